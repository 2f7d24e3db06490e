"""Spans of one thing that are certain on the same days, which cannot be two records.

In: the rows of memberships and terms. Out: those that overlap; for whoever gives one of them, a
fault that tells what to write if it is what another source has of the same span. Pure: no I/O.
"""

import json
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kb.derive.assertions import START_FIELDS
from kb.derive.disagreements import recorded_value
from kb.errors import Fault
from kb.models import Stance
from kb.models.base import AFTER_ALL
from kb.records.documents import FORMS, CitationDocument, SourcedDocument
from kb.records.entries import Entry
from kb.records.rows import Ref, Rows, TableRow
from kb.records.traits import fields_of_document
from kb.records.types import RECORD_TYPES

SPANS = {
    each.name: tuple(fields_of_document(FORMS[each.name])[name] for name in each.unique_span)
    for each in RECORD_TYPES
    if each.unique_span
}
"""Of each type whose spans must not overlap: the fields in which two of the same thing agree."""


def check_overlaps(
    entries: Sequence[Entry], rows: Sequence[Rows], others: Mapping[Ref, Rows]
) -> Iterator[Fault]:
    """Spans that are certain on the days on which another span of the same thing is.

    Of two, the one that is new is at fault.
    """
    read = {record.ref: entry for entry, record in zip(entries, rows, strict=True)}
    kept = [record for ref, record in others.items() if ref not in read]
    stored_first = sorted(rows, key=lambda record: record.ref not in others)
    for record, other in find_overlaps(stored_first, kept):
        entry = read[record.ref]
        what = f"{entry.key}: certain on the same day as `{other.ref.key}`"
        apart = "end the one by the day on which the other begins"
        remedy = f"{apart}; {_divergence(entry, record, other)}"
        yield entry.lines.fault(what, remedy, "period")


def _divergence(entry: Entry, record: Rows, other: Rows) -> str:
    """What to write for the other span to be disputed by what this one says, ready to be copied."""
    cited = json.dumps(dict(_disputing(entry, record, other)), ensure_ascii=False)
    return f"if it is the same as another source has it, give `{other.ref.key}` citations: {cited}"


def _disputing(
    entry: Entry, record: Rows, other: Rows
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Of each bound that differs, or of both where none does."""
    assert isinstance(entry.document, SourcedDocument)
    names = _bounds_of(entry)
    values = {name: recorded_value(record.row, name) for name in names}
    differing = [name for name in names if values[name] != recorded_value(other.row, name)]
    for name in differing or names:
        if value := values[name]:
            cited = _speaking_of(name, entry.document)
            given = {"field": name, "value": value, "stance": Stance.DISPUTES.name}
            key = f"{entry.key}-{'start' if name in START_FIELDS else 'end'}"
            yield key.lower(), cited.model_dump(by_alias=True, exclude_none=True) | given


def _bounds_of(entry: Entry) -> tuple[str, ...]:
    fields = fields_of_document(type(entry.document)).values()
    return next(field.assertable for field in fields if field.is_span)


def _speaking_of(name: str, document: SourcedDocument) -> CitationDocument:
    """A citation that speaks of the field, else the first."""
    cited = [*document.citations.values()]
    return next((each for each in cited if each.field == name), cited[0])


def spans(refs: Iterable[Ref]) -> list[Ref]:
    """Those that may overlap others."""
    return [ref for ref in refs if ref.type in SPANS]


def find_overlaps(rows: Iterable[Rows], others: Iterable[Rows] = ()) -> Iterator[tuple[Rows, Rows]]:
    """Each of the rows with those of the others, and of the rows before it, that it overlaps.

    Where one ends on the day on which the next begins, both are certain on that day: they touch.
    The others do not overlap one another; what overlaps one of these is held against no more.
    """
    groups: defaultdict[tuple[object, ...], _DisjointSpans] = defaultdict(_DisjointSpans)
    for record in others:
        if record.ref.type in SPANS:
            groups[_span_subject(record)].add(record)
    for record in rows:
        if record.ref.type in SPANS:
            group = groups[_span_subject(record)]
            overlapping = group.overlapping(record)
            yield from ((record, other) for other in overlapping)
            if not overlapping:
                group.add(record)


def _span_subject(record: Rows) -> tuple[object, ...]:
    return (record.ref.type, *(record.row[field.column] for field in SPANS[record.ref.type]))


class _DisjointSpans:
    """Spans of one thing, in the order of their certain days, of which they share at most one."""

    def __init__(self) -> None:
        self._spans: list[tuple[str, str, Rows]] = []

    def add(self, record: Rows) -> None:
        first, last = _certain_days(record.row)
        if first <= last:
            insort(self._spans, (first, last, record), key=_days)

    def overlapping(self, record: Rows) -> list[Rows]:
        first, last = _certain_days(record.row)
        place = bisect_right(self._spans, (last, AFTER_ALL), key=_days) if first <= last else 0
        overlapping: list[Rows] = []
        while place and self._spans[place - 1][1] >= first:
            place -= 1
            other_first, other_last, other = self._spans[place]
            if not _touch((first, last), (other_first, other_last)):
                overlapping.append(other)
        return overlapping


def _touch(days: tuple[str, str], others: tuple[str, str]) -> bool:
    """Whether spans that share days share only the one on which one ends and the other begins."""
    return days != others and (days[1] == others[0] or others[1] == days[0])


def _days(span: tuple[str, str, Rows]) -> tuple[str, str]:
    return span[:2]


def _certain_days(row: TableRow) -> tuple[str, str]:
    """The days on which a span certainly held; if they end before they begin, there are none."""
    return str(row["start_latest"]), str(row["end_earliest"])
