"""The tools: what each is called, what it takes and what it gives, as data.

In: the arguments of a call. Out: the same, checked against the tool's schema, or ArgumentFault,
which says what a model can do better. Pure: no I/O.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kb.errors import KBError, alternatives
from kb.mcp.protocol import JsonObject
from kb.server.strict_json import show_text

Arguments = Mapping[str, object]
"""What a call gives."""

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_WHOLE = {"type": "integer"}
_ANY = {"type": "object"}
MOST_TEXT_OF_ARGUMENT = 2_000


def _text(description: str) -> JsonObject:
    return {**_TEXT, "description": description}


def _rows(properties: JsonObject, required: tuple[str, ...] = ()) -> JsonObject:
    items = {"type": "object", "properties": properties, "required": [*required]}
    return {"type": "array", "items": items}


_MOMENT: Mapping[str, JsonObject] = {
    "knownAt": {**_TEXT, "format": "date", "description": "As known on this day."},
    "revision": {**_WHOLE, "description": "As recorded after it."},
}
_CURSOR = {"cursor": _text("Of an answer with `more`.")}
_TYPES = ("ORGANISATION", "STATE", "OFFICIAL", "MEMBERSHIP", "TERM", "SUMMIT", "EVENT", "ARTICLE")
_CITATIONS = _rows({"id": _TEXT, "url": _TEXT, "stance": _TEXT}, ("id", "url"))
_FACT = {
    "field": _TEXT,
    "value": _TEXT,
    "certainty": _TEXT,
    "because": _TEXT,
    "disputed": _FLAG,
    "id": _TEXT,
    "url": _TEXT,
    "citations": _CITATIONS,
}
_FACTS = _rows(_FACT, ("field", "value", "certainty", "disputed", "citations"))
_NEAREST = {"type": "array", "items": _ANY}
_HEAD: Mapping[str, JsonObject] = {
    "note": _TEXT,
    "knownTo": _TEXT,
    "more": _FLAG,
    "cursor": _TEXT,
}


@dataclass(frozen=True)
class Tool:
    """`takes` and `gives` are properties of JSON Schemas."""

    name: str
    description: str
    takes: Mapping[str, JsonObject]
    required: tuple[str, ...]
    gives: Mapping[str, JsonObject]

    def told(self) -> JsonObject:
        """As `tools/list` has it."""
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": {
                "type": "object",
                "properties": {**self.takes},
                "required": [*self.required],
                "additionalProperties": False,
            },
            "outputSchema": {"type": "object", "properties": {**_HEAD, **self.gives}},
            "annotations": {"readOnlyHint": True},
        }


TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "find",
            "Find records by a name in any spelling, or by words: their ids, which the other tools"
            " take. Of a name that is not there the nearest ones are told.",
            {
                "name": _text("A name or words."),
                "types": {"type": "array", "items": {"enum": [*_TYPES]}},
                **_CURSOR,
                **_MOMENT,
            },
            ("name",),
            {
                "found": _rows(
                    {"id": _TEXT, "name": _TEXT, "url": _TEXT, "disputed": _FLAG, "match": _TEXT},
                    ("id", "name", "url"),
                ),
                "total": _WHOLE,
                "nearest": _NEAREST,
            },
        ),
        Tool(
            "record",
            "One record by its id: its facts, each with certainty, `disputed` and citations, and"
            " the citations with what they claim.",
            {"id": _text("Such as `State:UZ`."), **_CURSOR, **_MOMENT},
            ("id",),
            {
                "id": _TEXT,
                "name": _TEXT,
                "url": _TEXT,
                "disputed": _FLAG,
                "facts": _FACTS,
                "citations": _rows(
                    {
                        "id": _TEXT,
                        "url": _TEXT,
                        "field": _TEXT,
                        "value": _TEXT,
                        "stance": _TEXT,
                        "claim": _TEXT,
                        "paragraph": _WHOLE,
                        "article": _ANY,
                    }
                ),
                "nearest": _NEAREST,
            },
        ),
        Tool(
            "as_of",
            "What held on a day: members and offices of an organisation, memberships and offices of"
            " a state, terms of an official, or one membership or term; with reasons for doubt.",
            {
                "of": _text("The id of a record."),
                "on": {**_TEXT, "format": "date", "description": "The day: YYYY-MM-DD."},
                "office": _text("Tell of this office alone."),
                **_CURSOR,
                **_MOMENT,
            },
            ("of", "on"),
            {"id": _TEXT, "name": _TEXT, "on": _TEXT, "facts": _FACTS, "nearest": _NEAREST},
        ),
        Tool(
            "disagreements",
            "Where articles exclude each other (CONFLICT), or one is more precise (REFINEMENT).",
            {"of": _text("The id of a record; of all if left out."), **_CURSOR, **_MOMENT},
            (),
            {
                "disagreements": _rows(
                    {
                        "id": _TEXT,
                        "name": _TEXT,
                        "url": _TEXT,
                        "field": _TEXT,
                        "kind": _TEXT,
                        "recorded": _TEXT,
                        "values": _rows({"value": _TEXT, "citations": _CITATIONS}),
                    },
                    ("id", "kind", "values"),
                ),
                "total": _WHOLE,
                "nearest": _NEAREST,
            },
        ),
        Tool(
            "check_quote",
            "Whether an article has exactly these words: the places with their SHA-256, or none.",
            {
                "words": _text("The words, as they stand in one paragraph."),
                "article": _text("Its id or slug."),
                **_MOMENT,
            },
            ("words", "article"),
            {
                "stands": {"enum": ["YES", "NO", "UNKNOWN"]},
                "places": _rows(
                    {"paragraph": _WHOLE, "start": _WHOLE, "end": _WHOLE, "sha256": _TEXT}
                ),
                "article": _ANY,
                "nearest": _NEAREST,
            },
        ),
        Tool(
            "query",
            "Whatever the others do not answer: a GraphQL query; or with `schema`, the parts of the"
            " schema about these words.",
            {
                "query": _text("The query."),
                "variables": {**_ANY, "description": "Its variables."},
                "schema": _text("Words: names of types or fields."),
                **_MOMENT,
            },
            (),
            {"data": _ANY, "schema": _TEXT},
        ),
    )
}


class ArgumentFault(KBError):
    """What a call gives that its tool does not take."""

    code = "BAD_ARGUMENT"


def check_arguments(tool: Tool, given: Arguments) -> None:
    """Raises ArgumentFault."""
    remedy = f"it takes {alternatives(tool.takes)}"
    for name, value in given.items():
        if name not in tool.takes:
            raise ArgumentFault(f"`{tool.name}` takes no {show_text(name)}", remedy)
        _check_value(name, value, tool.takes[name])
    for name in tool.required:
        if not given.get(name):
            raise ArgumentFault(f"`{tool.name}` wants `{name}`", remedy)


def _check_value(name: str, value: object, schema: JsonObject) -> None:
    match schema["type"], value:
        case "string", str():
            if schema.get("format") == "date":
                _check_day(name, value)
            elif name != "query" and len(value) > MOST_TEXT_OF_ARGUMENT:
                raise ArgumentFault(
                    f"`{name}` has more than {MOST_TEXT_OF_ARGUMENT:,} characters", "send fewer"
                )
        case "integer", int() if not isinstance(value, bool):
            pass
        case "object", dict():
            pass
        case "array", list() if all(each in _TYPES for each in value):
            pass
        case "array", _:
            raise ArgumentFault(
                f"`{name}` is no list of types", f"give some of {', '.join(_TYPES)}"
            )
        case kind, _:
            raise ArgumentFault(f"`{name}` is no {kind}", f"send one as {kind}")


def _check_day(name: str, value: str) -> None:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            date.fromisoformat(value)
            return
    except ValueError:
        pass
    raise ArgumentFault(f"`{name}` is no day", "give one as YYYY-MM-DD")
