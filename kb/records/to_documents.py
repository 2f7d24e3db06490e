"""Rows turned back into documents: the inverse of `kb.records.rows`.

In: what `stored.read_records` gives. Out: the documents of seed files, citations under their
subjects. `document_of` raises pydantic's ValidationError for rows that no file could have given.
Pure: no I/O.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping

from kb.periods import EndKind
from kb.records.documents import FORMS, CitationDocument, Document
from kb.records.rows import LISTS, Ref, Row, Rows

_TABLES = {field: table for table, field in LISTS.items()}
_SPANS = ("period", "occurred")
_ANCHOR = {"paragraph": "paragraph", "start": "start_at", "end": "end_at", "sha256": "sha256"}

Cited = Mapping[str, Rows]
"""The citations of one record, by key."""


def cited_by_subject(records: Iterable[Rows]) -> defaultdict[Ref, dict[str, Rows]]:
    """The citations among the records, by the record that they speak of, in the order of keys."""
    cited: defaultdict[Ref, dict[str, Rows]] = defaultdict(dict)
    for rows in sorted(records, key=lambda rows: rows.ref):
        subject = rows.own.get("subject_id")
        if rows.ref.type == "Citation" and isinstance(subject, Ref):
            cited[subject][rows.ref.key] = rows
    return cited


def document_of(rows: Rows, cited: Cited) -> Document:
    form = FORMS[rows.ref.type]
    return form.model_validate(
        {str(field.alias): _value(name, rows, cited) for name, field in form.model_fields.items()}
    )


def fields_of(rows: Rows) -> dict[str, object]:
    """The fields of a record's own document, by their names in it, whatever they hold."""
    if rows.ref.type == "Citation":
        return _citation(rows.own)
    return {
        str(field.alias): _value(name, rows, {})
        for name, field in FORMS[rows.ref.type].model_fields.items()
        if name != "citations"
    }


def _value(name: str, rows: Rows, cited: Cited) -> object:
    if name == "citations":
        return {key: _citation(citation.own) for key, citation in cited.items()}
    if name in _SPANS:
        return _span(rows.own)
    if name == "aliases":
        return _list(rows.own[name])
    if name == "participants":
        return [_part(part) for part in rows.parts[_TABLES[name]]]
    if name in _TABLES:
        return [key for part in rows.parts[_TABLES[name]] for key in _keys(part)]
    return _field(name, rows.own)


def _citation(own: Row) -> dict[str, object]:
    fields = (name for name in CitationDocument.model_fields if name != "anchor")
    anchor = {name: own[column] for name, column in _ANCHOR.items()}
    return {"anchor": anchor, **{name: _field(name, own) for name in fields}}


def _part(part: Row) -> dict[str, object]:
    names = (column.removesuffix("_id") for column in part if column != "position")
    return {name: _field(name, part) for name in names}


def _keys(part: Row) -> Iterable[str]:
    return (value.key for value in part.values() if isinstance(value, Ref))


def _field(name: str, row: Row) -> object:
    """A value as it stands, or the key of the record that it refers to."""
    value = row[name] if name in row else row[f"{name}_id"]
    return value.key if isinstance(value, Ref) else value


def _list(text: object) -> object:
    """What is no JSON stays as it is, for the form to refuse."""
    try:
        return json.loads(str(text))
    except ValueError:
        return text


def _span(own: Row) -> str:
    """The period as it was written.

    A single date is its own start and end, as `2016/2016` is: only the latter reads `2016 to 2016`.
    """
    start, end = own["period_start"] or "", own["period_end"] or ""
    if own["end_kind"] == EndKind.ONGOING:
        return f"{start}/.."
    single = start == end and " to " not in str(own["period_text"])
    return str(start) if single else f"{start}/{end}"
