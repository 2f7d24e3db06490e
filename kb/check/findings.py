"""`kb check`, what it decides: everything that can be wrong with a database at rest.

In: a `Snapshot` of the tables. Out: a `Finding` for each thing wrong, with what to do about it.
What records say, and what follows from that, is judged in `kb.check.consistency`. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from kb.citations.anchors import Anchor, anchor_holds
from kb.errors import DateError
from kb.records.rows import Ref, Row, Rows, Value, date_row
from kb.records.types import snake_case

LOAD = "load its file again"
PAGE = "ingest its page again"
ANEW = "restore a backup, or load the seeds into a new database"


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """One thing wrong with one record, or with what the database keeps beside them."""

    type: str
    key: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.type} {self.key}".rstrip() + f": {self.what}; {self.remedy}"


class Numbered(NamedTuple):
    """A row of the table `record`."""

    id: int
    ref: Ref
    revision: int


class Loose(NamedTuple):
    """A row that refers to nothing; `owner` is the record that it is, or is a part of."""

    owner: Ref
    table: str
    column: str
    target: str
    value: object


class Passage(NamedTuple):
    """A citation beside the text of its paragraph; None if that has not been ingested."""

    citation: str
    article: str
    anchor: Anchor
    verified: bool
    text: str | None
    ingested: bool


@dataclass(frozen=True)
class Snapshot:
    """The tables at one moment; `placed` has the key of each type's row by its number."""

    head: int | None
    records: tuple[Numbered, ...]
    placed: Mapping[str, Mapping[int, str]]
    stored: Mapping[Ref, Rows]
    loose: tuple[Loose, ...]
    dates: Mapping[str, Row]
    dates_used: frozenset[str]
    passages: Iterable[Passage]
    gaps: Iterable[str]


def check_structure(snapshot: Snapshot) -> Iterator[Finding]:
    """Faults of single rows, and of what should stand beside them."""
    yield from check_revisions(snapshot.head, snapshot.records)
    yield from check_places(snapshot.records, snapshot.placed)
    known = {record.ref for record in snapshot.records}
    for loose in snapshot.loose:
        what = f"`{loose.column}` of its {loose.table} is {told(loose.value)}: no {loose.target}"
        remedy = f"add that, or {LOAD}" if loose.owner in known else "remove the row"
        yield Finding(*loose.owner, f"{what} has that", remedy)
    yield from check_dates(snapshot.dates, snapshot.dates_used)
    for article in snapshot.gaps:
        what = "its paragraphs are not numbered from 1 on without gaps"
        yield Finding("Article", article, what, PAGE)
    for passage in snapshot.passages:
        yield from check_passage(passage)


def sound(snapshot: Snapshot) -> dict[Ref, Rows]:
    """The records that can be judged by what they say: whole, and so are their citations."""
    broken = {loose.owner for loose in snapshot.loose}
    cited = {
        snapshot.stored[ref].own["subject_id"] for ref in broken if _is_citation(snapshot, ref)
    }
    return {
        ref: snapshot.stored[ref]
        for number, ref, _ in snapshot.records
        if _place(number, snapshot.placed) == [ref.type] and ref not in broken | cited
    }


def _is_citation(snapshot: Snapshot, ref: Ref) -> bool:
    return ref in snapshot.stored and "subject_id" in snapshot.stored[ref].own


def check_revisions(head: int | None, records: Iterable[Numbered]) -> Iterator[Finding]:
    """Each record has a revision of its own, from 1 up to the newest."""
    if head is None:
        yield Finding("Head", "", "the row that counts revisions is missing", ANEW)
    ordered = sorted(records, key=lambda record: (record.revision, record.id))
    for record in ordered:
        if record.revision < 1 or (head is not None and record.revision > head):
            what = f"its revision {record.revision} is not one of 1 to {head}"
            yield Finding(*record.ref, what, ANEW)
    for one, other in pairwise(ordered):
        if one.revision == other.revision:
            what = f"its revision {other.revision} is also that of {' '.join(one.ref)}"
            yield Finding(*other.ref, what, ANEW)


def check_places(
    records: Iterable[Numbered], placed: Mapping[str, Mapping[int, str]]
) -> Iterator[Finding]:
    """Each record has one row, in the table of its type, and each such row has its record."""
    numbers = set()
    for number, ref, _ in records:
        numbers.add(number)
        places = _place(number, placed)
        if places != [ref.type]:
            where = " and ".join(f"`{snake_case(place)}`" for place in places) or "no table"
            what = f"its row stands in {where}, not in `{snake_case(ref.type)}`"
            yield Finding(*ref, what, ANEW if places else LOAD)
    for kind, keys in placed.items():
        for number, key in keys.items():
            if number not in numbers:
                yield Finding(
                    kind, key, "it has a row, but no record", f"remove the row, or {ANEW}"
                )


def _place(number: int, placed: Mapping[str, Mapping[int, str]]) -> list[str]:
    return [kind for kind, keys in placed.items() if number in keys]


def check_day(ref: Ref, column: str, text: str) -> Iterator[Finding]:
    """Text that stands in a column of days."""
    try:
        plain = date.fromisoformat(text).isoformat() == text
    except ValueError:
        plain = False
    if not plain:
        yield Finding(*ref, f"`{column}` is {told(text)}, which is no day", ANEW)


def check_dates(dates: Mapping[str, Row], used: frozenset[str]) -> Iterator[Finding]:
    """Each partial date is what its text says, and some record carries it."""
    for edtf, row in dates.items():
        try:
            wanted = date_row(edtf)
        except DateError as error:
            yield Finding("PartialDate", edtf, error.message, ANEW)
            continue
        for column, value in wanted.items():
            if row[column] != value:
                yield Finding("PartialDate", edtf, differs(column, row[column], value), ANEW)
        if edtf not in used:
            yield Finding("PartialDate", edtf, "no record carries it", "remove the row")


def check_passage(passage: Passage) -> Iterator[Finding]:
    """The cited words are in the text, where there is one, and `verified` says so."""
    citation, article, anchor, verified, text, ingested = passage
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
        yield Finding("Citation", citation, what, PAGE if ingested else ANEW)


def differs(column: str, value: Value, wanted: Value) -> str:
    return f"`{column}` is {told(value)}, and should be {told(wanted)}"


def told(value: object) -> str:
    if value is None:
        return "nothing"
    return f"`{value.isoformat() if isinstance(value, date) else value}`"
