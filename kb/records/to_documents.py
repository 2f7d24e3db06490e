"""Rows turned back into documents: the inverse of `kb.records.rows`.

In: what `kb.records.read.read_batch` gives. Out: the documents of seed files, with citations
under their subjects. `document_of` raises pydantic's ValidationError for rows that no file could
have given. Pure: no I/O.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping

from kb.periods import EndKind, Period
from kb.records.documents import FORMS, SOURCED, CitationDocument, Document
from kb.records.rows import ANCHOR_COLUMNS, Ref, Rows, TableRow
from kb.records.traits import DocumentField, fields_of_document
from kb.records.types import record_type

_CITED = fields_of_document(CitationDocument)

CitationsByKey = Mapping[str, Rows]
"""The citations of one record, by key."""


def citations_by_subject(records: Iterable[Rows]) -> defaultdict[Ref, dict[str, Rows]]:
    """The citations among the records, by the record that they speak of, in the order of keys."""
    cited: defaultdict[Ref, dict[str, Rows]] = defaultdict(dict)
    for rows in sorted(records, key=lambda rows: rows.ref):
        subject = rows.row.get("subject_id")
        if rows.ref.type == "Citation" and isinstance(subject, Ref):
            cited[subject][rows.ref.key] = rows
    return cited


def document_of(rows: Rows, cited: CitationsByKey) -> Document:
    given = fields_of(rows)
    if rows.ref.type in SOURCED:
        given["citations"] = {key: _citation(citation.row) for key, citation in cited.items()}
    return FORMS[rows.ref.type].model_validate(given)


def fields_of(rows: Rows) -> dict[str, object]:
    """The fields of a record's own document, by their names in it, whatever they hold."""
    if rows.ref.type == "Citation":
        return _citation(rows.row)
    table = record_type(rows.ref.type).table
    fields = fields_of_document(FORMS[rows.ref.type]).values()
    return {field.alias: _value(field, table, rows) for field in fields}


def _value(field: DocumentField, table: str, rows: Rows) -> object:
    if part := field.part_table(table):
        parts = rows.parts[part]
        if field.reference:
            joined = _joined_refs(field, rows)
            return [ref.key for row in parts for ref in _refs(row) if ref not in joined]
        return [_part(row) for row in parts]
    if field.is_span:
        return _span(rows.row)
    return _list(rows.row[field.name]) if field.many else _field(field.name, rows.row)


def _citation(row: TableRow) -> dict[str, object]:
    fields = (field for name, field in _CITED.items() if name != "anchor")
    anchor = {name: row[column] for name, column in ANCHOR_COLUMNS.items()}
    named = any(value is not None for value in anchor.values())
    return {
        "anchor": anchor if named else None,
        **{field.alias: _field(field.name, row) for field in fields},
    }


def _part(part: TableRow) -> dict[str, object]:
    names = (column.removesuffix("_id") for column in part if column != "position")
    return {name: _field(name, part) for name in names}


def _joined_refs(field: DocumentField, rows: Rows) -> set[Ref]:
    """What the parts of another list refer to, and this list therefore does not name."""
    if field.joined_by is None:
        return set()
    other = fields_of_document(FORMS[rows.ref.type])[field.joined_by.field]
    assert other.parts
    return {ref for part in rows.parts[other.parts.table] for ref in _refs(part)}


def _refs(part: TableRow) -> Iterable[Ref]:
    return (value for value in part.values() if isinstance(value, Ref))


def _field(name: str, row: TableRow) -> object:
    """A value as it stands, or the key of the record that it refers to."""
    value = row[name] if name in row else row[f"{name}_id"]
    return value.key if isinstance(value, Ref) else value


def _list(text: object) -> object:
    """What is no JSON stays as it is, for the form to refuse."""
    try:
        return json.loads(str(text))
    except ValueError:
        return text


def _span(row: TableRow) -> str | None:
    """The period as it was written; None if there is none.

    A single date is its own start and end, as `2016/2016` is: only the latter reads as a period.
    """
    if row["end_kind"] is None:
        return None
    start, end = row["period_start"] or "", row["period_end"] or ""
    if row["end_kind"] == EndKind.ONGOING:
        return f"{start}/.."
    single = start == end and Period.parse(f"{start}/{end}").text != row["period_text"]
    return str(start) if single else f"{start}/{end}"
