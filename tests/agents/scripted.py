"""A client with no model in it: it answers a question by a script of at most two calls.

In: a client of `/mcp`, and a question. Out: its answer, with what the tools said on the way. It
goes by what a model would go by: names, ids, notes and facts of structured content.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from tests.agents.answers import FIELDS, NOBODY, Answer, Row, Verdict
from tests.agents.questions import Question
from tests.support.mcp import Json, McpClient, rows

MOST_CALLS = 2
_WITHOUT_REASON = {"membership", "term"}
"""Facts whose reason is their own recorded span, in words that the schema does not have."""


@dataclass
class Dialogue:
    """The calls that one question takes, and what was said to each."""

    host: McpClient
    told: list[str] = field(default_factory=list)

    def call(self, tool: str, **arguments: object) -> Json:
        result = self.host.ask("tools/call", name=tool, arguments=arguments)
        self.told.append(json.dumps(result, ensure_ascii=False))
        assert len(self.told) <= MOST_CALLS, self.told
        structured = result.get("structuredContent", {})
        assert isinstance(structured, dict)
        assert structured or result["isError"]
        return structured


def answer_question(dialogue: Dialogue, question: Question, known_at: date | None) -> Answer:
    """By the id that the name has; without one, nobody of that name is known."""
    known: Mapping[str, object] = {"knownAt": known_at.isoformat()} if known_at else {}
    wanted = {"name": question.name, "types": [question.type.upper()]}
    found = rows(dialogue.call("find", **wanted, **known), "found")
    ids = [each["id"] for each in found if each["name"] == question.name]
    if not ids:
        return NOBODY
    match question.tool:
        case "disagreements":
            return _disagreements(dialogue.call("disagreements", of=ids[0], **known))
        case "record":
            return _record(dialogue.call("record", id=ids[0], **known))
    assert question.on
    office = {"office": question.office} if question.office else {}
    return _as_of(dialogue.call("as_of", of=ids[0], on=question.on.isoformat(), **office, **known))


def _as_of(told: Json) -> Answer:
    assert "more" not in told, told
    note, facts = str(told.get("note", "")), tuple(map(_fact_on_day, rows(told, "facts")))
    verdict = Verdict.TOLD if facts else Verdict.NOTHING
    if note.startswith("It has no office"):
        verdict = Verdict.NO_SUCH_OFFICE
    assert facts or verdict is Verdict.NO_SUCH_OFFICE or "Nothing is recorded" in note
    return Answer(verdict, facts, "nothing is attested" in note)


def _fact_on_day(fact: Json) -> Row:
    what = fact.get("id", fact["value"])
    because = None if fact["field"] in _WITHOUT_REASON else fact.get("because")
    return fact["field"], what, fact["certainty"], fact["disputed"], because


def _disagreements(told: Json) -> Answer:
    assert "more" not in told, told
    differences = tuple(
        (each["field"], each["kind"], each.get("recorded"), *_values(each))
        for each in rows(told, "disagreements")
    )
    return Answer(Verdict.TOLD if differences else Verdict.NOTHING, differences)


def _values(difference: Json) -> Iterator[Row]:
    for value in rows(difference, "values"):
        yield value["value"], *(citation["id"] for citation in rows(value, "citations"))


def _record(told: Json) -> Answer:
    """Citations alone may be left for later: what leads on repeats no fact."""
    assert "more" not in told or rows(told, "citations"), told
    facts = tuple(
        (fact["field"], fact.get("id", fact["value"]), fact["certainty"], fact["disputed"])
        for fact in rows(told, "facts")
        if fact["field"] in FIELDS
    )
    return Answer(Verdict.TOLD, facts)
