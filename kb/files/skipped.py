"""Records that a load leaves out, because they are there already: which, where, and whose they are.

In: what is left out, a chunk at a time. Out: how many, with the citations about them, and the first
by name. Pure: no I/O.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kb.records.entries import Lines, Place
from kb.records.rows import Ref

MOST_TOLD = 20
"""Records that are told by name."""


class CitationCounts(NamedTuple):
    """The citations given with a record, and those of them that are not there yet."""

    given: int
    new: int


class Skipped(NamedTuple):
    """A record that is left out, with its citations; `why` in words."""

    ref: Ref
    why: str
    citations: CitationCounts
    lines: Lines
    place: Place = ()

    def __str__(self) -> str:
        line, column = self.lines.find(self.place)
        where = f"{self.lines.file}:{line}{f':{column}' if column else ''}"
        told = f"{where}: {self.ref.type} {self.ref.key} is left out: {self.why}"
        match self.citations.new:
            case 0:
                return told
            case 1:
                return f"{told}; with it a new citation"
            case count:
                return f"{told}; with it {count} new citations"


@dataclass(frozen=True, slots=True)
class SkippedRecords:
    """How many records and citations are left out, new ones by themselves, and the first of the
    records."""

    records: int = 0
    citations: int = 0
    new_citations: int = 0
    named: tuple[Skipped, ...] = ()

    @property
    def count(self) -> int:
        """As those that are taken are counted: citations are records, too."""
        return self.records + self.citations

    @property
    def room(self) -> int:
        """How many more are told by name."""
        return MOST_TOLD - len(self.named)

    def plus(
        self, citations: Collection[CitationCounts], named: Sequence[Skipped]
    ) -> "SkippedRecords":
        """With more records, each by its citations."""
        return SkippedRecords(
            self.records + len(citations),
            self.citations + sum(each.given for each in citations),
            self.new_citations + sum(each.new for each in citations),
            (*self.named, *named[: self.room]),
        )
