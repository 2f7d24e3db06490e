"""What a load did, or would do, to records.

In: the tasks of its chunks, and what it left out. Out: a `Report`, of which the first records are
named. Pure: no I/O.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kb.commit.validate import Task
from kb.files.skipped import SkippedRecords
from kb.records.rows import Ref

MOST_NAMED = 1000
"""Records that a report names of those added, changed and removed each."""


@dataclass(frozen=True, slots=True)
class RefSample:
    """A number of records, and the first of them by name."""

    count: int = 0
    named: tuple[Ref, ...] = ()

    def __len__(self) -> int:
        return self.count

    def __add__(self, refs: Sequence[Ref]) -> "RefSample":
        more = refs[: MOST_NAMED - len(self.named)]
        return RefSample(self.count + len(refs), (*self.named, *more))


@dataclass(slots=True)
class Report:
    """What a load did, or would do, to records; those `skipped` were given and left out."""

    added: RefSample = RefSample()
    changed: RefSample = RefSample()
    removed: RefSample = RefSample()
    left: int = 0
    skipped: SkippedRecords = field(default_factory=SkippedRecords)

    def note(self, task: Task) -> None:
        self.added += task.added
        self.changed += task.changed
        self.left += len(task.wanted) - len(task.added) - len(task.changed)
