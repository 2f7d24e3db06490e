"""How much a document asks for, counted without being spread out.

In: a parsed document, valid or not. Out: what each definition comes to with its fragments, by sums,
so that the work is linear in the document and not in what its fragments spread to; and, of a
document that is known to be small, how many fields the rules of GraphQL will compare.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
)

Definition = OperationDefinitionNode | FragmentDefinitionNode
FIELDS, FRAGMENTS, ALIASES = "fields", "fragments", "aliases"
DIRECTIVES, VALUES, VARIABLES = "directives", "values of arguments", "variables"


@dataclass
class DefinitionTally:
    """What is counted, how deep fields stand, and the fragments spread, each with its depth."""

    counts: Counter[str] = field(default_factory=Counter)
    depth: int = 0
    spreads: list[tuple[str, int]] = field(default_factory=list)


class DefinitionTallies:
    """The tally of each definition, alone and with its fragments.

    Fragments that spread one another make the document `cyclic`; other rules tell of it.
    """

    def __init__(self, document: DocumentNode) -> None:
        self.visited = 0
        self.cyclic = False
        self._fragments = fragments_of(document)
        self._own_tallies: dict[int, DefinitionTally] = {}
        self._totals: dict[str, DefinitionTally] = {}

    def own_tally(self, definition: Definition) -> DefinitionTally:
        if id(definition) not in self._own_tallies:
            self._own_tallies[id(definition)] = self._count(definition)
        return self._own_tallies[id(definition)]

    def total_tally(self, definition: Definition) -> DefinitionTally:
        tally = self.own_tally(definition)
        for name, _ in tally.spreads:
            self._fill(name)
        return self._sum(tally)

    def _fill(self, name: str) -> None:
        """The totals of a fragment and of those that it spreads, the innermost first."""
        waiting, begun = [name], set[str]()
        while waiting:
            current = waiting[-1]
            if current in self._totals or current not in self._fragments:
                waiting.pop()
                continue
            begun.add(current)
            tally = self.own_tally(self._fragments[current])
            unknown = [spread for spread, _ in tally.spreads if spread not in self._totals]
            inner = [
                spread for spread in unknown if spread not in begun and spread in self._fragments
            ]
            if inner:
                waiting += inner
            else:
                self.cyclic = self.cyclic or any(spread in begun for spread in unknown)
                self._totals[current] = self._sum(tally)

    def _sum(self, tally: DefinitionTally) -> DefinitionTally:
        total = DefinitionTally(tally.counts.copy(), tally.depth)
        for name, outer in tally.spreads:
            if inner := self._totals.get(name):
                total.counts.update(inner.counts)
                total.depth = max(total.depth, outer + inner.depth)
        return total

    def _count(self, definition: Definition) -> DefinitionTally:
        tally = DefinitionTally()
        self._add_directives(tally, definition.directives)
        for variable in definition.variable_definitions or ():
            tally.counts[VARIABLES] += 1
            self._add_directives(tally, variable.directives)
            self._add_values(tally, [variable.default_value] if variable.default_value else [])
        waiting = [(definition.selection_set, 0)]
        while waiting:
            selection_set, depth = waiting.pop()
            for selection in selection_set.selections:
                self.visited += 1
                self._add_directives(tally, selection.directives)
                match selection:
                    case FieldNode():
                        self._add_field(tally, selection, depth + 1)
                        if selection.selection_set:
                            waiting.append((selection.selection_set, depth + 1))
                    case InlineFragmentNode():
                        tally.counts[FRAGMENTS] += 1
                        waiting.append((selection.selection_set, depth))
                    case FragmentSpreadNode():
                        tally.counts[FRAGMENTS] += 1
                        tally.spreads.append((selection.name.value, depth))
        return tally

    def _add_field(self, tally: DefinitionTally, node: FieldNode, depth: int) -> None:
        tally.depth = max(tally.depth, depth)
        tally.counts[FIELDS] += 1
        tally.counts[ALIASES] += node.alias is not None
        self._add_values(tally, [argument.value for argument in node.arguments or ()])

    def _add_directives(
        self, tally: DefinitionTally, directives: Iterable[DirectiveNode] | None
    ) -> None:
        for directive in directives or ():
            self.visited += 1
            tally.counts[DIRECTIVES] += 1
            self._add_values(tally, [argument.value for argument in directive.arguments or ()])

    def _add_values(self, tally: DefinitionTally, waiting: list[ValueNode]) -> None:
        while waiting:
            value = waiting.pop()
            self.visited += 1
            tally.counts[VALUES] += 1
            if isinstance(value, ListValueNode):
                waiting += value.values
            elif isinstance(value, ObjectValueNode):
                waiting += (member.value for member in value.fields)


class MergedFields:
    """Definitions as they are answered: fields of one name together, each fragment once a place.

    `pairs` are the fields of one name, and the fragments of one place, taken two by two; `roots`
    the most fields at the root of a definition. Not for documents that are cyclic.
    """

    def __init__(self, document: DocumentNode) -> None:
        self.visited = self.pairs = self.roots = 0
        self.seen: set[int] = set()
        self._fragments = fragments_of(document)

    def add(self, definition: Definition) -> None:
        self.seen.add(id(definition))
        roots = self._merge([definition.selection_set])
        self.roots = max(self.roots, len(roots))
        waiting = [roots]
        while waiting:
            for group in waiting.pop().values():
                if inner := [node.selection_set for node in group if node.selection_set]:
                    waiting.append(self._merge(inner))

    def _merge(self, waiting: list[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        groups: dict[str, list[FieldNode]] = defaultdict(list)
        spread: set[str] = set()
        while waiting:
            for selection in waiting.pop().selections:
                self.visited += 1
                match selection:
                    case FieldNode():
                        groups[(selection.alias or selection.name).value].append(selection)
                    case InlineFragmentNode():
                        waiting.append(selection.selection_set)
                    case FragmentSpreadNode():
                        waiting += self._spread(selection.name.value, spread)
        for size in (len(spread), *map(len, groups.values())):
            self.pairs += size * (size - 1) // 2
        return groups

    def _spread(self, name: str, spread: set[str]) -> Sequence[SelectionSetNode]:
        fragment = self._fragments.get(name)
        if fragment is None or name in spread:
            return ()
        spread.add(name)
        self.seen.add(id(fragment))
        return (fragment.selection_set,)


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
