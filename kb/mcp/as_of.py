"""The tool `as_of`: what held on a day, how surely, and why not more.

In: the id of a record, and a day. Out: who belonged, who held which office, or whether it held
itself, each with its reason for doubt; and that the day is after all that is known, if it is.
"""

from collections.abc import Iterator, Mapping

from kb.mcp.asking import Asker
from kb.mcp.facts import FACTS, evidence, fact_row
from kb.mcp.find import named, unknown
from kb.mcp.told import ToldAnswer, ToldRow, shortened, split_cursor
from kb.mcp.tools import Arguments
from kb.web.presentation import JsonObject, list_rows, record_name, value_at

_ASKED = ("Organisation", "State", "Official", "Membership", "Term")


async def as_of(asker: Asker, arguments: Arguments) -> ToldAnswer:
    """Raises GraphQLError."""
    of, on, office = str(arguments["of"]), str(arguments["on"]), str(arguments.get("office") or "")
    offset, _ = split_cursor(arguments.get("cursor"))
    data = await asker.ask("as_of", of=of, on=on, office=office, one=bool(office), all=not office)
    node = data["record"]
    if not isinstance(node, Mapping):
        return await unknown(asker, "record", of, (FACTS,))
    id_, name, url = named(asker, node)
    rows = [*_rows(asker, node, only_asked=bool(office))]
    known_to = value_at(data, "about.knownTo")
    fields = {"id": id_, "name": name, "url": url, "on": on, "knownTo": known_to}
    notes = [*_notes(node, on, known_to, office, rows)]
    fields |= {"note": " ".join(notes)} if notes else {}
    words = " ".join([f"{name} ({id_}) on {on}.", *notes])
    return ToldAnswer(fields, words, rows, (FACTS,), offset)


def _notes(
    node: JsonObject, on: str, known_to: object, office: str, rows: list[ToldRow]
) -> Iterator[str]:
    if str(node["id"]).partition(":")[0] not in _ASKED:
        yield f"A day tells nothing of it: ask of one of {', '.join(_ASKED)}."
    elif office and not node.get("asked"):
        names = "; ".join(str(each["name"]) for each in list_rows(node, "offices")[:20])
        yield f"It has no office `{shortened(office)}`: it has {names or 'none at all'}."
    elif not rows:
        yield "Nothing is recorded that certainly or possibly held on this day."
    if known_to is None:
        yield "No article is known."
    elif on > str(known_to):
        yield f"Nothing could be read after {known_to}: of later days nothing is attested."


def _rows(asker: Asker, node: JsonObject, *, only_asked: bool) -> Iterator[ToldRow]:
    if "certainty" in node:
        yield _span(asker, "held", node, node["certainty"], node["disputed"], None)
    for member in list_rows(node, "members"):
        yield _member(asker, member)
    for name, field in (("memberships", "membership"), ("terms", "term")):
        edges = value_at(node, f"{name}.edges")
        for edge in edges if isinstance(edges, list) else []:
            certainty, disputed = edge["certainty"], edge["disputed"]
            yield _span(asker, field, edge["node"], certainty, disputed, None)
    office = node.get("asked")
    offices = [office] if only_asked and isinstance(office, Mapping) else list_rows(node, "offices")
    for each in offices:
        if isinstance(tenure := each.get("tenure"), Mapping):
            yield from _tenure(asker, str(each["name"]), tenure)


def _member(asker: Asker, member: JsonObject) -> ToldRow:
    membership, state = member["membership"], member["state"]
    assert isinstance(membership, Mapping)
    assert isinstance(state, Mapping)
    told = {**membership, "name": record_name(state), "status": member["status"]}
    certainty, because = member["certainty"], member["because"]
    return _span(asker, "member", told, certainty, member["disputed"], because)


def _span(
    asker: Asker,
    field: str,
    span: JsonObject,
    certainty: object,
    disputed: object,
    because: object,
) -> ToldRow:
    """A membership or term, with how sure it is on the day."""
    id_, name, _ = named(asker, span)
    status = f", {span['status']}" if "status" in span else ""
    period = value_at(span, "period.text")
    if because is None and certainty != "CERTAIN":
        because = f"Recorded: {period}."
    return fact_row(
        field,
        f"{name}{status}",
        certainty,
        disputed,
        evidence(asker, span),
        because=because,
        id=id_,
        attestedUntil=value_at(span, "period.attestedUntil"),
    )


def _tenure(asker: Asker, office: str, tenure: JsonObject) -> Iterator[ToldRow]:
    """The verdict, and whoever held it, or may have, or what tells that nobody did."""
    holders, vacancies = list_rows(tenure, "holders"), list_rows(tenure, "vacancies")
    disputed = any(each["disputed"] for each in (*holders, *vacancies))
    verdict, because = str(tenure["verdict"]), shortened(str(tenure["because"]))
    certainty = tenure["certainty"] or "POSSIBLE"
    spans = [*(each["term"] for each in holders), *(each["event"] for each in vacancies)]
    sources = [
        each for span in spans if isinstance(span, Mapping) for each in evidence(asker, span)
    ]
    yield fact_row(office, verdict, certainty, disputed, sources[:2], because=because)
    for holder in holders:
        official, term = holder["official"], holder["term"]
        assert isinstance(official, Mapping)
        assert isinstance(term, Mapping)
        told = {**term, "name": record_name(official)}
        yield _span(
            asker,
            f"{office}: holder",
            told,
            holder["certainty"],
            holder["disputed"],
            holder["because"],
        )
    for vacancy in vacancies:
        event = vacancy["event"]
        assert isinstance(event, Mapping)
        yield _span(
            asker,
            f"{office}: vacancy",
            event,
            vacancy["certainty"],
            vacancy["disputed"],
            vacancy["because"],
        )
