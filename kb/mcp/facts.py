"""Facts of a record, each with its certainty, whether it is disputed, and who says so.

In: a record as a query of `queries/` selects it. Out: rows, field by field. Pure: no I/O.

Certainty is that of the recorded dates: a value that has none is certain as it is recorded.
"""

from collections.abc import Iterator, Mapping, Sequence

from kb.mcp.asking import Asker
from kb.mcp.find import named
from kb.mcp.told import ToldRow, shortened
from kb.web.presentation import (
    Json,
    JsonObject,
    citation_address,
    conflicting_fields,
    list_rows,
    record_name,
    value_at,
)

FACTS, CITATIONS = "facts", "citations"
_MOST_CITED, _SUPPORTS = 2, "SUPPORTS"
_APART = {
    "__typename",
    "id",
    "disputed",
    "citations",
    "all",
    "disagreements",
    "identifiers",
    "participantsComplete",
}
"""What is told in a place of its own."""
_NAMES = {
    "ofOrganisation": "organisation",
    "ofState": "state",
    "summitKind": "kind",
    "eventKind": "kind",
    "articleKind": "kind",
    "eventOffice": "office",
}
"""Fields that have another name beside those of other types."""
_CITATION_FIELDS = ("field", "value", "paragraph", "locator")
NAMING = ("office", "status", "heldOn")
"""Fields of which the citations say who or what a record is of; as in `queries/`."""
_BOUNDS = ("certainFrom", "certainTo", "possibleFrom", "possibleTo", "attestedUntil")


def cited(asker: Asker, citations: Sequence[JsonObject]) -> list[JsonObject]:
    """The ids and addresses of some of them."""
    return [
        {
            "id": f"Citation:{each['key']}",
            "url": asker.url(citation_address(str(each["key"]))),
            "stance": each["stance"],
        }
        for each in citations[:_MOST_CITED]
    ]


def evidence(asker: Asker, record: JsonObject) -> list[JsonObject]:
    """One citation that supports the record, and one that disputes it.

    The first by its key would be one of any field, such as of a day before which nobody was named.
    """
    support = list_rows(record, "naming") or list_rows(record, CITATIONS)
    return cited(asker, [*support, *list_rows(record, "disputing")])


def fact_row(
    field: str,
    value: str,
    certainty: object,
    disputed: object,
    citations: Sequence[JsonObject],
    **more: object,
) -> ToldRow:
    """One fact, and the same in words; what is not told of it is left out."""
    told = {name: each for name, each in more.items() if each is not None}
    fields = {"field": field, "value": value, "certainty": certainty, "disputed": disputed is True}
    marks = [str(certainty), *(["disputed"] if disputed is True else [])]
    because = f" {told['because']}" if "because" in told else ""
    sources = "".join(f" [{_mark(each)}]" for each in citations[:1])
    words = f"{field}: {value} ({', '.join(marks)}){because}{sources}"
    return ToldRow(FACTS, {**fields, **told, "citations": citations}, words)


def _mark(citation: JsonObject) -> str:
    """Which supports, unless it says otherwise."""
    against = "" if citation["stance"] == _SUPPORTS else f"{citation['stance']}: "
    return f"{against}{citation['id']}"


def facts_of(asker: Asker, record: JsonObject) -> Iterator[ToldRow]:
    """What the record itself says, and then what is told of others that belong to it."""
    conflicts = conflicting_fields(record)
    for name, value in record.items():
        if name not in _APART and value is not None and value != []:
            field = _NAMES.get(name, name)
            disputed = any(not each or each.startswith(field) for each in conflicts)
            sources = cited(asker, _of_field(list_rows(record, "all"), field, value))
            yield from _facts(asker, field, value, record, disputed, sources)
    for each in list_rows(record, "identifiers"):
        value = f"{each['schemeName']}: {each['value']}"
        yield fact_row("identifier", value, "CERTAIN", False, [], because="Curators say so.")


def _of_field(citations: Sequence[JsonObject], field: str, value: Json) -> list[JsonObject]:
    """One that supports the field or a part of it, with its value if there is such a one.

    Else one that supports the record, as a whole or by what names it if there is such a one, and
    one that disputes it.
    """
    recorded = _recorded(value)
    support = [each for each in citations if each["stance"] == _SUPPORTS]
    of_field = [each for each in support if str(each["field"] or "").startswith(field)]
    if of_field:
        return sorted(of_field, key=lambda each: each["value"] not in recorded)[:1]
    whole = [each for each in citations if each["field"] is None and each not in support]
    return sorted(support, key=_lead_order)[:1] + whole[:1]


def _lead_order(citation: JsonObject) -> tuple[bool, bool]:
    """Those of the whole record come first, and then those that say who or what it is."""
    return citation["field"] is not None, citation["field"] not in NAMING


def _recorded(value: object) -> tuple[object, ...]:
    """The value as a citation would assert it."""
    if isinstance(value, Mapping):
        return value.get("edtf"), str(value.get("id", "")).rpartition(":")[2]
    return (value,)


def _facts(
    asker: Asker,
    field: str,
    value: Json,
    record: JsonObject,
    disputed: bool,
    sources: Sequence[JsonObject],
) -> Iterator[ToldRow]:
    match value:
        case {"nodes": list(rows)}:
            for row in rows:
                yield _span(asker, field, row)
        case [dict(first), *_] if "citations" in first:
            for row in list_rows(record, field):
                yield _span(asker, field, row)
        case [dict(), *_]:
            for part in list_rows(record, field):
                yield fact_row(field, _part_words(part), "CERTAIN", disputed, sources)
        case list(texts):
            yield fact_row(
                field, shortened("; ".join(map(str, texts))), "CERTAIN", disputed, sources
            )
        case {"id": str(), **_rest}:
            assert isinstance(value, Mapping)
            id_, name, _ = named(asker, value)
            yield fact_row(field, name, "CERTAIN", disputed, sources, id=id_)
        case {"text": str(text), **_rest}:
            assert isinstance(value, Mapping)
            yield fact_row(field, text, _sureness(value), disputed, sources, **_bounds(value))
        case bool():
            yield fact_row(field, "true" if value else "false", "CERTAIN", disputed, sources)
        case {"name": str(name)}:
            yield fact_row(field, name, "CERTAIN", disputed, sources)
        case _:
            yield fact_row(field, shortened(str(value)), "CERTAIN", disputed, sources)


def _span(asker: Asker, field: str, row: JsonObject) -> ToldRow:
    """A record that belongs to this one, with when it was and its own sources."""
    id_, name, _ = named(asker, row)
    when = row.get("period") or row.get("heldOn") or row.get("occurred") or {}
    assert isinstance(when, Mapping)
    status = [str(row["status"])] if "status" in row else []
    value = ", ".join([name, *status, *([str(when["text"])] if when else [])])
    sure = _sureness(when) if when else "CERTAIN"
    sources = evidence(asker, row)
    return fact_row(field, value, sure, row["disputed"], sources, id=id_, **_bounds(when))


def _sureness(when: JsonObject) -> str:
    """Whether its days are the same by every reading of the recorded dates."""
    if "precision" in when:
        exact = when["precision"] == "DAY" and not (when["approximate"] or when["uncertain"])
    else:
        exact = all(when[f"certain{end}"] == when[f"possible{end}"] for end in ("From", "To"))
    return "CERTAIN" if exact else "POSSIBLE"


def _bounds(when: JsonObject) -> dict[str, object]:
    names = _BOUNDS if "certainFrom" in when else ("earliest", "latest")
    return {name: when.get(name) for name in names}


def _part_words(part: JsonObject) -> str:
    """Somebody's part in a summit or an event, or a record that is named."""
    who = [record_name(each) for each in part.values() if isinstance(each, Mapping)]
    if not who:
        return shortened(record_name(part))
    role = part.get("attendance") or part.get("role")
    note = f": {part['note']}" if part.get("note") else ""
    return shortened(f"{', '.join(who)}, {role}{note}")


def told_citations(asker: Asker, record: JsonObject) -> Iterator[ToldRow]:
    """The citations, with what each claims in our own words, and where."""
    for each in list_rows(record, CITATIONS):
        article = each["article"]
        assert isinstance(article, Mapping)
        (source,) = cited(asker, [each])
        told = {name: each[name] for name in _CITATION_FIELDS if each[name] is not None}
        claim = shortened(str(each["claim"]))
        words = f"{source['id']} {each['stance']} {each['field'] or 'the whole'}: {claim}"
        by = f"{article['headline']}, {value_at(article, 'datedOn.text')}"
        fields = {**source, **told, "claim": claim, "verified": each["verified"]}
        yield ToldRow(
            CITATIONS, {**fields, "article": printed(asker, article)}, f"{words} ({shortened(by)})"
        )


def printed(asker: Asker, article: JsonObject) -> JsonObject:
    """An article as answers name it; `source` is where it stands on the web."""
    id_, name, url = named(asker, article)
    told = {"id": id_, "headline": name, "url": url, "dated": value_at(article, "datedOn.text")}
    return {**told, **({"source": article["url"]} if article.get("url") else {})}
