"""Documents turned into rows: which tables a record fills, and with what.

In: the entries of seed files. Out: `Rows`, with references still as (type, key) pairs; numbers are
given when they are written. Pure: no I/O.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from kb.dates import UNKNOWN_DATE, PartialDate, fork
from kb.folding import fold_office
from kb.models.base import AFTER_ALL, BEFORE_ALL, LAST_TEXT, stem_of
from kb.periods import Bounds, EndKind, Period
from kb.records.documents import FORMS, AnchorDocument, CitationDocument, Document
from kb.records.traits import (
    DocumentField,
    fields_of_document,
)
from kb.records.types import record_type


class Ref(NamedTuple):
    """Another record, by type and permanent key."""

    type: str
    key: str


ANCHOR_COLUMNS: Final[Mapping[str, str]] = {
    "paragraph": "paragraph",
    "start": "start_at",
    "end": "end_at",
    "sha256": "sha256",
}
"""Of an anchor, where each field stands in the table of citations."""
ColumnValue = str | int | bool | date | Ref | None
TableRow = dict[str, ColumnValue]

LISTS = {
    table: field.name
    for name, form in FORMS.items()
    for field in fields_of_document(form).values()
    if (table := field.part_table(record_type(name).table))
}
"""The tables of rows that belong to another, and the field of the document that each comes from."""


@dataclass(frozen=True)
class Rows:
    """What one record is in the tables: its own row, and the rows that belong to it alone."""

    ref: Ref
    row: TableRow
    parts: Mapping[str, tuple[TableRow, ...]]
    disputed: bool = False


def refs_in(rows: Rows) -> Iterator[Ref]:
    """The records that a record points to, by itself or by a part."""
    parts = (part for each in rows.parts.values() for part in each)
    for row in (rows.row, *parts):
        yield from (value for value in row.values() if isinstance(value, Ref))


def rows_of(ref: Ref, document: Document, attested_until: date | None) -> Rows:
    """The rows of one document; its citations are records of their own."""
    table = record_type(ref.type).table
    row: TableRow = {"key": ref.key}
    parts: dict[str, tuple[TableRow, ...]] = {}
    for name, field in fields_of_document(type(document)).items():
        value = getattr(document, name)
        if part := field.part_table(table):
            items = [*_joined_keys(field, document), *value]
            parts[part] = _part_rows(field, items, table)
        elif field.is_span:
            row |= period_columns(Period.parse(value), attested_until) if value else NO_PERIOD
        else:
            row |= columns_of(field, value)
    return Rows(ref, row, parts)


def attest(rows: Rows, document: Document, until: date) -> Rows:
    """The rows of a document whose period goes on, once it is known until when that is attested."""
    row = {**rows.row}
    for name, field in fields_of_document(type(document)).items():
        if field.is_span and (value := getattr(document, name)):
            row |= period_columns(Period.parse(value), until)
    return replace(rows, row=row)


# A value is of whichever type its field has.
def columns_of(field: DocumentField, value: Any) -> TableRow:  # noqa: ANN401
    """What the value of a field that is no period fills in."""
    if field.is_date:
        return date_columns(field.name, value)
    if reference := field.reference:
        return {field.column: _ref(reference.type, value)}
    if field.enum:
        return {field.column: value.name}
    return {field.column: list_text(value)} if field.many else text_columns(field, value)


def text_columns(field: DocumentField, value: str | None) -> TableRow:
    """A text, or whatever else stands as it is; and the forms in which it is sorted or looked for.

    Sorted by, an unknown one comes last in each direction.
    """
    columns: TableRow = {field.name: value}
    if field.is_sorted_last:
        columns |= {
            f"{field.name}_rising": value or LAST_TEXT,
            f"{field.name}_falling": value or "",
        }
    if field.is_folded:
        columns[f"{field.name}_key"] = fold_office(value or "")
    return columns


def _joined_keys(field: DocumentField, document: Document) -> Iterator[str]:
    """The keys with which the rows of a list begin: those to which parts of another refer."""
    reference, joined = field.reference, field.joined_by
    if reference and joined:
        name = record_type(reference.type).table
        keys = {
            key: None
            for part in getattr(document, joined.field)
            if getattr(part, joined.column) != joined.excluded and (key := getattr(part, name))
        }
        yield from keys


def _part_rows(field: DocumentField, items: Sequence[Any], owner: str) -> tuple[TableRow, ...]:
    """The rows of a list, in its order: of keys of records, or of documents."""
    if reference := field.reference:
        column = f"{field.member(owner)}_id"
        rows: Iterable[TableRow] = ({column: Ref(reference.type, key)} for key in items)
    else:
        rows = map(_part_row, items)
    return tuple({**row, "position": position} for position, row in enumerate(rows))


def _part_row(document: BaseModel) -> TableRow:
    row: TableRow = {}
    for name, field in fields_of_document(type(document)).items():
        row |= columns_of(field, getattr(document, name))
    return row


def citation_rows(subject: Ref, key: str, document: CitationDocument) -> Rows:
    row: TableRow = {
        "key": key,
        "subject_id": subject,
        "field": document.field,
        "value": document.value,
        "stance": document.stance.name,
        "article_id": Ref("Article", document.article),
        **_anchor_columns(document.anchor),
        "locator": document.locator,
        "observed_on": document.observed_on,
        "claim": document.claim,
    }
    return Rows(Ref("Citation", key), row, {})


def _anchor_columns(anchor: AnchorDocument | None) -> TableRow:
    return {
        column: getattr(anchor, name) if anchor else None for name, column in ANCHOR_COLUMNS.items()
    }


def date_row(edtf: str) -> TableRow:
    """The row of a partial date."""
    parsed = _parsed(edtf)
    row = {name: getattr(parsed, name) for name in PartialDate.__slots__}
    return row | {"precision": parsed.precision.name}


def latest_own_day(issued_on: str | None, dated_on: str) -> date | None:
    """The latest day of the issue's date, else of the dateline.

    Without a date of the issue, `kb.derive.issue_days` may make an article known later.
    """
    return PartialDate.parse(issued_on or dated_on).latest


def date_columns(name: str, edtf: str | None) -> TableRow:
    """A date, and what lists sort and filter by: `kb.models.base.day_columns`.

    One that is not there has no day at all, one of which nothing is known may be any.
    """
    earliest, latest = _bounds(edtf) if edtf else (None, None)
    stem = stem_of(name)
    return {
        name: edtf,
        f"{stem}_order": _day(earliest, AFTER_ALL),
        f"{stem}_earliest": _day(earliest, BEFORE_ALL),
        f"{stem}_latest": _day(latest, AFTER_ALL) if edtf else BEFORE_ALL,
        f"{stem}_fork": fork(earliest, latest) if edtf else 0,
    }


def _bounds(edtf: str) -> tuple[date | None, date | None]:
    parsed = _parsed(edtf)
    return parsed.earliest, parsed.latest


def _parsed(edtf: str) -> PartialDate:
    return UNKNOWN_DATE if edtf == UNKNOWN_DATE.edtf else PartialDate.parse(edtf)


def period_columns(period: Period, attested_until: date | None) -> TableRow:
    """What a period fills in; `attested_until` counts for an ongoing one."""
    bounds = period.bounds(attested_until)
    return {
        "period_start": period.start.edtf if period.start else None,
        "period_end": period.end.edtf if period.end else None,
        "end_kind": period.end_kind.name,
        "attested_until": attested_until,
        **bound_columns(bounds),
        "start_order": _day(bounds.start_earliest, AFTER_ALL),
        "start_latest_order": _day(bounds.start_latest, BEFORE_ALL),
        "end_order": _day(bounds.end_latest, BEFORE_ALL),
        "start_fork": fork(bounds.start_earliest, bounds.start_latest),
        "end_fork": fork(bounds.end_earliest, bounds.end_latest),
        "span_fork": fork(bounds.start_earliest, bounds.end_latest),
        "period_text": period.text,
        "start_doubt": period.start_doubt(),
        "end_doubt": period.end_doubt(attested_until),
    }


def bound_columns(bounds: Bounds) -> TableRow:
    """An absent bound becomes the sentinel that rules nothing out, or makes nothing certain."""
    return {
        "start_earliest": _day(bounds.start_earliest, BEFORE_ALL),
        "start_latest": _day(bounds.start_latest, AFTER_ALL),
        "end_earliest": _day(bounds.end_earliest, BEFORE_ALL),
        "end_latest": _day(bounds.end_latest, AFTER_ALL),
    }


def _day(day: date | None, absent: str) -> str:
    return day.isoformat() if day else absent


NO_PERIOD: Final[TableRow] = dict.fromkeys(
    period_columns(Period.from_ends(None, None, EndKind.UNKNOWN), None)
)
"""What a period that is not there fills in."""


def _ref(type_name: str, key: str | None) -> Ref | None:
    return Ref(type_name, key) if key else None


def list_text(values: Sequence[str]) -> str:
    """A list of texts, as its column holds it."""
    return json.dumps([*values], ensure_ascii=False, separators=(",", ":"))
