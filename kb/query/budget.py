"""How much planning an operation may take.

In: the fields that are planned, and those that are looked through to find them. Out: LimitError if
it is too much. Where types of a record select different things of the same field, each combination
is planned by itself: nested, a short document comes to millions. Pure: no connection.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import FragmentSpreadNode, InlineFragmentNode, SelectionSetNode
from graphql.execution.collect_fields import FieldDetails, FragmentDetails

from kb.errors import LimitError
from kb.query.sql import Path

MOST_FIELDS, MOST_SELECTIONS = 4_000, 25_000
"""Fields planned, and selections looked through; of an abstract type, for each of its types."""


@dataclass
class PlanningBudget:
    """What planning has come to so far."""

    fields: int = 0
    selections: int = 0
    _sizes: dict[int, int] = field(default_factory=dict)

    def count_field(self, path: Path) -> None:
        self.fields += 1
        if self.fields > MOST_FIELDS:
            _refuse(MOST_FIELDS, "fields", path)

    def count_selections(
        self,
        details: Iterable[FieldDetails],
        fragments: Mapping[str, FragmentDetails],
        path: Path,
    ) -> None:
        for field_details in details:
            if field_details.node.selection_set:
                self.selections += self._size(field_details.node.selection_set, fragments)
        if self.selections > MOST_SELECTIONS:
            _refuse(MOST_SELECTIONS, "selections", path)

    def _size(
        self, selection_set: SelectionSetNode, fragments: Mapping[str, FragmentDetails]
    ) -> int:
        """The selections of one row, those of fragments among them."""
        if id(selection_set) not in self._sizes:
            size = 0
            for selection in selection_set.selections:
                size += 1 + len(selection.directives or ())
                if isinstance(selection, InlineFragmentNode):
                    size += self._size(selection.selection_set, fragments)
                elif isinstance(selection, FragmentSpreadNode):
                    spread = fragments[selection.name.value].definition.selection_set
                    size += self._size(spread, fragments)
            self._sizes[id(selection_set)] = size
        return self._sizes[id(selection_set)]


def _refuse(most: int, what: str, path: Path) -> None:
    message = f"the operation comes to more than {most:,} {what}, counted for each type of a record"
    raise LimitError(message, "select less of records whose type is open, first of all here", path)
