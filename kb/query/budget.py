"""How much planning an operation may take.

In: the fields that are planned, and those that are looked through to find them. Out: LimitError if
it is too much. Where types of a record select more of the same field, each combination of them is
planned by itself: nested, a short document comes to millions. Pure: no connection.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import FragmentSpreadNode, InlineFragmentNode, SelectionSetNode
from graphql.execution.collect_fields import FieldDetails, FragmentDetails

from kb.errors import LimitError
from kb.query.sql import Path

MOST_FIELDS, MOST_SELECTIONS = 4_000, 25_000
"""Fields planned, and selections looked through: for each type of a record, all of its own."""


@dataclass
class Work:
    """What has been done so far."""

    fields: int = 0
    selections: int = 0
    _sizes: dict[int, int] = field(default_factory=dict)

    def plan(self, path: Path) -> None:
        self.fields += 1
        if self.fields > MOST_FIELDS:
            _refuse(MOST_FIELDS, "fields", path)

    def collect(
        self,
        details: Iterable[FieldDetails],
        fragments: Mapping[str, FragmentDetails],
        path: Path,
    ) -> None:
        for one in details:
            if one.node.selection_set:
                self.selections += self._size(one.node.selection_set, fragments)
        if self.selections > MOST_SELECTIONS:
            _refuse(MOST_SELECTIONS, "selections", path)

    def _size(self, selected: SelectionSetNode, fragments: Mapping[str, FragmentDetails]) -> int:
        """The selections of one row, those of fragments among them."""
        if id(selected) not in self._sizes:
            size = 0
            for one in selected.selections:
                size += 1 + len(one.directives or ())
                if isinstance(one, InlineFragmentNode):
                    size += self._size(one.selection_set, fragments)
                elif isinstance(one, FragmentSpreadNode):
                    spread = fragments[one.name.value].definition.selection_set
                    size += self._size(spread, fragments)
            self._sizes[id(selected)] = size
        return self._sizes[id(selected)]


def _refuse(most: int, what: str, path: Path) -> None:
    told = f"the operation comes to more than {most:,} {what}, counted for each type of a record"
    raise LimitError(told, "select less of records whose type is open, first of all here", path)
