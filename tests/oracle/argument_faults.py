"""Faults of arguments, found by walking an operation's fields before any of them is answered.

In: a schema, a world, a document and its variables. Out: the path of every field whose arguments
do not go together, whether or not rows would ever reach it; None for a fault of the variables.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    get_variable_values,
)
from graphql.execution.values import VariableValues
from graphql.type import SchemaMetaFieldDef, TypeMetaFieldDef

from kb.normalisation import normalise
from tests.oracle.data import World
from tests.oracle.lists import order_of
from tests.oracle.search import HIT_TYPES, MOST_TERMS, phrases_of
from tests.oracle.text_filters import without_nulls

Path = tuple[object, ...]
MOST_ROWS, MOST_GROUPS, MOST_KEYS, MOST_CHARACTERS = 100, 1_000, 3, 2_000
_META = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


@dataclass(frozen=True)
class Refusal:
    """An operation that is not answered; a fault that stands at no field has no path.

    `hiding`: a condition of `@skip` or `@include` is at fault, and what stands beside it need not
    be looked at. `late`: searches for too many words, or for none, which the planner does not tell
    yet beside some other faults.
    """

    paths: frozenset[Path | None]
    hiding: bool = False
    late: frozenset[Path] = frozenset()

    def allows(self, paths: Set[object]) -> bool:
        """Whether these are the paths of an answer that refuses the same."""
        least = frozenset() if self.hiding else self.paths - self.late
        return bool(paths) and least <= paths <= self.paths


def find_faults(
    schema: GraphQLSchema, world: World, document: DocumentNode, variables: Mapping[str, object]
) -> Refusal | None:
    (operation,) = (
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    )
    values = get_variable_values(schema, operation.variable_definitions or (), dict(variables))
    if isinstance(values, list):
        return Refusal(frozenset({None}))
    root = schema.query_type
    assert root is not None
    walk = _Walk(schema, world, values, document)
    faulty_paths = list(walk.faults(operation.selection_set, root, {root.name}, ())) or walk.stale
    # What is wrong beside the root fields stands at no field.
    paths = frozenset(path or None for path in faulty_paths)
    return Refusal(paths, walk.hiding, frozenset(walk.unfit_searches)) if faulty_paths else None


class _Walk:
    """One operation; `possible` are the object types that can stand where the walk is.

    `stale` are the paths of searches that go on from before a write; others are told before these.
    """

    def __init__(
        self, schema: GraphQLSchema, world: World, values: VariableValues, document: DocumentNode
    ) -> None:
        self.schema, self.world, self.values = schema, world, values
        self.hiding = False
        self.stale: list[Path] = []
        self.unfit_searches: list[Path] = []
        self.fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def faults(
        self, selections: SelectionSetNode, parent: GraphQLNamedType, possible: set[str], path: Path
    ) -> Iterator[Path]:
        for node in selections.selections:
            try:
                if not self._included(node.directives):
                    continue
            except GraphQLError:
                self.hiding = True
                yield path
                continue
            if isinstance(node, FieldNode):
                yield from self._field(node, parent, path)
                continue
            inner = self._fragment(node)
            condition = inner.type_condition
            narrowed = self.schema.type_map[condition.name.value] if condition else parent
            remaining = possible & self._possible(narrowed)
            if remaining:
                yield from self.faults(inner.selection_set, narrowed, remaining, path)

    def _fragment(self, node: object) -> FragmentDefinitionNode | InlineFragmentNode:
        if isinstance(node, FragmentSpreadNode):
            return self.fragments[node.name.value]
        assert isinstance(node, InlineFragmentNode)
        return node

    def _included(self, directives: Sequence[DirectiveNode] | None) -> bool:
        for node in directives or ():
            skip = node.name.value == "skip"
            directive = GraphQLSkipDirective if skip else GraphQLIncludeDirective
            if get_argument_values(directive, node, self.values)["if"] is skip:
                return False
        return True

    def _possible(self, graphql_type: GraphQLNamedType) -> set[str]:
        if isinstance(graphql_type, GraphQLObjectType):
            return {graphql_type.name}
        if not isinstance(graphql_type, GraphQLInterfaceType | GraphQLUnionType):
            return set()
        return {object_type.name for object_type in self.schema.get_possible_types(graphql_type)}

    def _field(self, node: FieldNode, parent: GraphQLNamedType, path: Path) -> Iterator[Path]:
        if node.name.value == "__typename":
            return
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        field = _META.get(node.name.value) or parent.fields[node.name.value]
        here = (*path, node.alias.value if node.alias else node.name.value)
        try:
            given = without_nulls(get_argument_values(field, node, self.values))
            phrases = phrases_of(given.get("query", ""))
            unfit = len(phrases) > MOST_TERMS or (
                bool(phrases) and all(phrase.unwanted for phrase in phrases)
            )
            wrong = self._is_wrong(field, given)
            self.unfit_searches += [here] if unfit and not wrong else []
            wrong = wrong or unfit
        except GraphQLError:
            wrong = True
        if wrong:
            yield here
        elif self._is_stale(given):
            self.stale.append(here)
        if node.selection_set:
            inner = get_named_type(field.type)
            yield from self.faults(node.selection_set, inner, self._possible(inner), here)

    def _is_stale(self, given: Mapping[str, Any]) -> bool:
        place = self.world.shared.cursors.get(given.get("after", ""))
        return place is not None and place.revision not in {None, self.world.head}

    def _is_wrong(self, field: GraphQLField, given: Mapping[str, Any]) -> bool:
        if len(given.get("ids", ())) > MOST_ROWS or {"first", "last"} <= given.keys():
            return True
        most = MOST_GROUPS if "by" in field.args else MOST_ROWS
        if not all(0 <= given.get(name, 0) <= most for name in ("first", "last")):
            return True
        if len(given.get("by", ())) > MOST_KEYS:
            return True
        list_type = get_named_type(field.type).name.removesuffix("Connection")
        cursors = [given[name] for name in ("after", "before") if name in given]
        if not all(self._is_cursor_of(cursor, list_type, given) for cursor in cursors):
            return True
        if "words" in given and not 0 < len(normalise(given["words"])) <= MOST_CHARACTERS:
            return True
        if _has_null(given.get("filter", {})):
            return True
        if list_type == "Search" and not HIT_TYPES.issuperset(given.get("types", ())):
            return True
        day = "occurred" if list_type == "Event" else "asOf"
        return any(
            _lacks_day(each, day) or _lacks_day(without_nulls(each.get("memberOf")), "asOf")
            for each in _filters(given.get("filter") or {})
        )

    def _is_cursor_of(self, cursor: str, list_type: str, given: Mapping[str, Any]) -> bool:
        """Whether a list of this type and order gave out the cursor."""
        place = self.world.shared.cursors.get(cursor)
        return place is not None and (place.list_type, place.order) == (
            list_type,
            order_of(list_type, given),
        )


def _has_null(wanted: object) -> bool:
    if isinstance(wanted, Mapping):
        return any(map(_has_null, wanted.values()))
    if isinstance(wanted, list):
        return any(map(_has_null, wanted))
    return wanted is None


def _filters(wanted: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A filter, and those within it."""
    yield wanted
    denied = [wanted["not"]] if "not" in wanted else []
    for inner in (*wanted.get("and", ()), *wanted.get("or", ()), *denied):
        yield from _filters(inner)


def _lacks_day(wanted: Mapping[str, Any], day: str) -> bool:
    return "atLeast" in wanted and day not in wanted
