"""What an import took of each file, by which those that gave nothing are told.

In: what was found in a file, table by table. Out: a fault of one that nothing came of, though
nothing in it is wrong: that would be lost without a word. Pure: no I/O.
"""

from dataclasses import dataclass
from pathlib import Path

from kb.errors import Fault
from kb.imports.mapping import TableMap

_LEAVE_OUT = "or leave the file out"


@dataclass
class FileTally:
    """Of one file. Tables without `records` are there to be joined, and give none."""

    path: Path
    is_taken: bool = False
    gives_records: bool = False
    is_at_fault: bool = False
    rows: int = 0
    records: int = 0

    def take(self, table_map: TableMap) -> None:
        """A table of it is taken by the mapping."""
        self.is_taken = True
        self.gives_records |= bool(table_map.records)

    def find_fault(self) -> Fault | None:
        """None where its faults are told already."""
        if self.is_at_fault:
            return None
        if not self.is_taken:
            what = "no table of the mapping is for it, or for a list in it"
            return self._fault(what, "add one under its name to `tables`")
        if not self.rows:
            return self._fault("there are no rows in it", f"add them, {_LEAVE_OUT}")
        if self.gives_records and not self.records:
            what = "the mapping makes no record of any row of it"
            return self._fault(what, f"correct `when` and `unless`, {_LEAVE_OUT}")
        return None

    def _fault(self, what: str, remedy: str) -> Fault:
        return Fault(str(self.path), 1, what, remedy)
