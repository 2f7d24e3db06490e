"""The rules of `kb check` about rows: everything that can be wrong with a database at rest.

In: a `TableSnapshot`. Out: a `Finding` for each thing wrong, with what to do about it. What records
say, and what is derived from that, is checked in `kb.check.consistency`. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from kb.citations.anchors import Anchor, anchor_holds
from kb.errors import DateError
from kb.records.rows import ColumnValue, Ref, TableRow, date_row
from kb.records.types import in_words, snake_case

LOAD_AGAIN = "load its file again"
INGEST_AGAIN = "ingest its page again"
RESTORE = "restore a backup, or load the seeds into a new database"


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """One thing that is wrong with a record, or with rows that are derived from records."""

    type: str
    key: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.type} {self.key}".rstrip() + f": {self.what}; {self.remedy}"


class RecordRow(NamedTuple):
    """A row of the table `record`."""

    id: int
    ref: Ref
    revision: int


class DanglingReference(NamedTuple):
    """A reference to a row that does not exist; `owner` is the record that has the reference.

    `is_record` is false where that has no record either.
    """

    owner: Ref
    table: str
    column: str
    target: str
    value: object
    is_record: bool


class CitedPassage(NamedTuple):
    """A citation beside the text of its paragraph; None if that has not been ingested.

    One that names no words has no anchor.
    """

    citation: str
    article: str
    anchor: Anchor | None
    verified: bool
    text: str | None
    ingested: bool


@dataclass(frozen=True)
class TableSnapshot:
    """The tables at one moment.

    `records` are those whose place or revision may be wrong. `keys_by_type` has the keys of these
    in each type's table, and of what is no record, by the numbers of rows.
    """

    head: int | None
    records: tuple[RecordRow, ...]
    keys_by_type: Mapping[str, Mapping[int, str]]
    dangling: tuple[DanglingReference, ...]
    dates: Mapping[str, TableRow]
    cited_passages: Iterable[CitedPassage]
    gaps: Iterable[str]


def check_structure(snapshot: TableSnapshot) -> Iterator[Finding]:
    """Faults of single rows, and rows that are missing beside them."""
    yield from check_revisions(snapshot.head, snapshot.records)
    yield from check_places(snapshot.records, snapshot.keys_by_type)
    for reference in snapshot.dangling:
        value = format_value(reference.value)
        what = f"`{reference.column}` of its {reference.table} is {value}: no {reference.target}"
        remedy = f"add that, or {LOAD_AGAIN}" if reference.is_record else "remove the row"
        yield Finding(*reference.owner, f"{what} has that", remedy)
    yield from check_dates(snapshot.dates)
    for article in snapshot.gaps:
        what = "its paragraphs are not numbered from 1 on without gaps"
        yield Finding("Article", article, what, INGEST_AGAIN)
    for passage in snapshot.cited_passages:
        yield from check_passage(passage)


def unsound_records(snapshot: TableSnapshot) -> set[Ref]:
    """Those that are not whole: what they say is not checked."""
    broken = {reference.owner for reference in snapshot.dangling}
    return broken | {
        ref
        for number, ref, _ in snapshot.records
        if _types_of(number, snapshot.keys_by_type) != [ref.type]
    }


def check_revisions(head: int | None, records: Iterable[RecordRow]) -> Iterator[Finding]:
    """Each record has a revision of its own, from 1 up to the newest."""
    if head is None:
        yield Finding("Head", "", "the row that counts revisions is missing", RESTORE)
    ordered = sorted(records, key=lambda record: (record.revision, record.id))
    for record in ordered:
        if record.revision < 1 or (head is not None and record.revision > head):
            what = f"its revision {record.revision} is not one of 1 to {head}"
            yield Finding(*record.ref, what, RESTORE)
    for previous, record in pairwise(ordered):
        if previous.revision == record.revision:
            what = f"its revision {record.revision} is also that of {' '.join(previous.ref)}"
            yield Finding(*record.ref, what, RESTORE)


def check_places(
    records: Iterable[RecordRow], keys_by_type: Mapping[str, Mapping[int, str]]
) -> Iterator[Finding]:
    """Each record has one row, in the table of its type, and each such row has its record."""
    numbers = set()
    for number, ref, _ in records:
        numbers.add(number)
        types = _types_of(number, keys_by_type)
        if types != [ref.type]:
            where = (
                " and ".join(f"`{snake_case(other_type)}`" for other_type in types) or "no table"
            )
            what = f"its row stands in {where}, not in `{snake_case(ref.type)}`"
            yield Finding(*ref, what, RESTORE if types else LOAD_AGAIN)
    for record_type, keys in keys_by_type.items():
        for number, key in keys.items():
            if number not in numbers:
                yield Finding(
                    record_type, key, "it has a row, but no record", f"remove the row, or {RESTORE}"
                )


def _types_of(number: int, keys_by_type: Mapping[str, Mapping[int, str]]) -> list[str]:
    return [record_type for record_type, keys in keys_by_type.items() if number in keys]


def check_day(ref: Ref, column: str, text: str) -> Iterator[Finding]:
    """Text that stands in a column of days."""
    try:
        plain = date.fromisoformat(text).isoformat() == text
    except ValueError:
        plain = False
    if not plain:
        yield Finding(*ref, f"`{column}` is {format_value(text)}, which is no day", RESTORE)


def check_dates(dates: Mapping[str, TableRow]) -> Iterator[Finding]:
    """Each partial date is what its text says."""
    for edtf, row in dates.items():
        try:
            expected = date_row(edtf)
        except DateError as error:
            yield Finding("PartialDate", edtf, error.message, RESTORE)
            continue
        for column, value in expected.items():
            if row[column] != value:
                yield Finding(
                    "PartialDate", edtf, describe_difference(column, row[column], value), RESTORE
                )


def check_passage(passage: CitedPassage) -> Iterator[Finding]:
    """The cited words are in the text, where there is one, and `verified` says so."""
    citation, article, anchor, verified, text, ingested = passage
    if anchor is None:
        if verified:
            yield Finding(
                "Citation", citation, "it names no words, yet counts as verified", RESTORE
            )
        return
    place = f"`{article}`, paragraph {anchor.paragraph}, {anchor.start} to {anchor.end}"
    if ingested and not anchor_holds(replace(anchor, paragraph=1), [text or ""]):
        what = "the text has no such paragraph" if text is None else "the words are other ones"
        counted = ", yet it counts as verified" if verified else ""
        remedy = f'run `kb cite {article} "…"` and correct the anchor, or ingest the page again'
        yield Finding("Citation", citation, f"{place}: {what}{counted}", remedy)
    elif verified != ingested:
        what = "the words are there" if ingested else "there is no text to hold it against"
        counted = "verified" if verified else "unverified"
        what = f"{place}: {what}, yet it counts as {counted}"
        yield Finding("Citation", citation, what, INGEST_AGAIN if ingested else RESTORE)


def describe_difference(column: str, value: ColumnValue, expected: ColumnValue) -> str:
    return f"`{column}` is {format_value(value)}, and should be {format_value(expected)}"


def format_value(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Ref):
        return f"the {in_words(value.type)} `{value.key}`"
    return f"`{value.isoformat() if isinstance(value, date) else value}`"
