"""Records that a load leaves out, because they are there already: which, where, and whose they are.

In: what is left out, a chunk at a time. Out: how many, with the citations about them, and the first
by name. Pure: no I/O.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kb.records.entries import Lines, Place
from kb.records.rows import Ref

MOST_TOLD = 20
"""Records that are told by name."""


class Skipped(NamedTuple):
    """A record that is left out, with `citations` that are in no set; `why` in words."""

    ref: Ref
    why: str
    citations: int
    lines: Lines
    place: Place = ()

    def __str__(self) -> str:
        line, column = self.lines.find(self.place)
        where = f"{self.lines.file}:{line}{f':{column}' if column else ''}"
        told = f"{where}: {self.ref.type} {self.ref.key} is left out: {self.why}"
        match self.citations:
            case 0:
                return told
            case 1:
                return f"{told}; with it a new citation"
            case count:
                return f"{told}; with it {count} new citations"


@dataclass(frozen=True, slots=True)
class SkippedRecords:
    """How many records and citations are left out, and the first of the records."""

    count: int = 0
    citations: int = 0
    named: tuple[Skipped, ...] = ()

    @property
    def room(self) -> int:
        """How many more are told by name."""
        return MOST_TOLD - len(self.named)

    def plus(self, count: int, citations: int, named: Sequence[Skipped]) -> "SkippedRecords":
        named = (*self.named, *named[: self.room])
        return SkippedRecords(self.count + count, self.citations + citations, named)
