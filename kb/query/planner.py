"""A GraphQL operation planned: what is wanted, from which rows, under which names.

In: a validated operation, its schema and its coerced variables. Out: a tree of values, from which
`kb.query.compiler` makes one statement. All of GraphQL is decided here: fragments, aliases,
merging, @skip and @include, abstract types, nulls and arguments. Pure: no connection, no execution.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar, cast

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values

from kb.errors import LimitError, QueryError
from kb.query import pagination
from kb.query.budget import Work
from kb.query.fields import Arguments, Leaf, Many, OfPage, One, Page, Rows, Same, View
from kb.query.introspection import INTROSPECTION, Introspection
from kb.query.nodes import (
    CaseValue,
    Constant,
    Form,
    LeafValue,
    ManyValue,
    ObjectValue,
    OneValue,
    PageLeaf,
    PageValue,
    Part,
    SameValue,
    SharedValue,
    Value,
    ViewValue,
)
from kb.query.selections import Abstract, Groups, Kind, Sharing, ids, source_of
from kb.query.sql import Param, Path, Row, Sql, sql

MOST_CONNECTIONS = 12
"""How many connections may stand within one another."""


Found = TypeVar("Found")
_TYPE_NAME = Leaf(lambda row, _: row["type"])


def table_of(kind: GraphQLNamedType) -> str:
    """The table that a GraphQL type's rows stand in."""
    table: str = kind.extensions["strawberry-definition"].origin.table
    return table


@dataclass(frozen=True)
class Planner:
    """One operation with its variables, whose scalars may be slots to be filled later.

    `checks` gathers values to be checked even where no part of the statement uses them, `faults`
    what is wrong with the arguments whatever these values are, `verdicts` what tells whether the
    cursors of a field hold.
    """

    schema: GraphQLSchema
    fragments: dict[str, FragmentDetails]
    variables: VariableValues
    operation: OperationDefinitionNode
    introspection: Introspection
    checks: list[Param] = field(default_factory=list)
    verdicts: list[tuple[Path, Sql]] = field(default_factory=list)
    faults: list[QueryError] = field(default_factory=list)
    work: Work = field(default_factory=Work)

    def plan(self) -> ObjectValue:
        """The whole answer."""
        root = self.schema.query_type
        assert root is not None

        def collect() -> Groups:
            return collect_fields(
                self.schema, self.fragments, self.variables, root, self.operation
            ).grouped_field_set

        groups: Groups = self._tried(collect, {}, ())
        return ObjectValue(
            {key: self._field(root, details, (key,), 0) for key, details in groups.items()}
        )

    def plan_outcome(
        self, key: str, details: list[FieldDetails], kind: GraphQLObjectType, rows: Rows
    ) -> ObjectValue:
        """What a root of a mutation answers, whose type is known by then."""
        value = ObjectValue(self._fields(kind, details, (key,), 0))
        return ObjectValue({key: OneValue(rows, Arguments({}, (key,)), value, nullable=False)})

    def _fields(
        self, kind: GraphQLObjectType, details: list[FieldDetails], path: Path, depth: int
    ) -> dict[str, Value]:
        return {
            key: self._field(kind, group, (*path, key), depth)
            for key, group in self._groups(kind, details, path).items()
        }

    def _groups(self, kind: GraphQLObjectType, details: list[FieldDetails], path: Path) -> Groups:
        self.work.collect(details, self.fragments, path)

        def collect() -> Groups:
            return collect_subfields(
                self.schema, self.fragments, self.variables, self.operation, kind, details
            ).grouped_field_set

        return self._tried(collect, {}, path)

    def _tried(self, find: Callable[[], Found], otherwise: Found, path: Path) -> Found:
        """What is found, or else a fault: a variable is null where its place takes no null."""
        try:
            return find()
        except GraphQLError as error:
            self.faults.append(QueryError(error.message, path=path))
            return otherwise

    def _field(
        self,
        kind: Kind,
        details: list[FieldDetails],
        path: Path,
        depth: int,
    ) -> Value:
        self.work.plan(path)
        node = details[0].node
        if node.name.value == "__typename":
            if is_abstract_type(kind):
                return LeafValue(_TYPE_NAME, Arguments({}, path), Form.TEXT)
            return Constant(json.dumps(kind.name))
        assert not isinstance(kind, GraphQLUnionType)
        if node.name.value in INTROSPECTION:
            return Constant(self.introspection.describe([one.node for one in details], path))
        field = kind.fields[node.name.value]
        arguments = Arguments(self._arguments(field, node, path), path)
        match source_of(field):
            case Leaf() as source:
                return LeafValue(source, arguments, _form(field.type))
            case Same() as source:
                return SameValue(source, self._record(field.type, details, path, depth))
            case One() as source:
                value = self._record(field.type, details, path, depth)
                return OneValue(source.rows, arguments, value, not is_non_null_type(field.type))
            case Many() as source:
                value = self._record(field.type, details, path, depth)
                size = _size(source, arguments, f"{kind.name}.{node.name.value}")
                return ManyValue(source, arguments, value, size)
            case Page() as source:
                return self._page(source, field, details, arguments, depth + 1)
            case View() as source:
                root = self.schema.query_type
                assert root is not None
                inner = ObjectValue(self._fields(root, details, path, depth))
                # Without its day there is a fault already.
                day = arguments.bind(source.day) if arguments.given(source.day) else Sql("''")
                return ViewValue(day, inner)
            case OfPage():
                return PageLeaf(node.name.value)

    def _arguments(self, field: GraphQLField, node: FieldNode, path: Path) -> Mapping[str, object]:
        return self._tried(lambda: get_argument_values(field, node, self.variables), {}, path)

    def _record(
        self, kind: GraphQLOutputType, details: list[FieldDetails], path: Path, depth: int
    ) -> Value:
        """What is selected of one row; of an abstract type, what each type adds to the rest."""
        named = get_named_type(kind)
        if isinstance(named, GraphQLObjectType):
            return ObjectValue(self._fields(named, details, path, depth))
        assert isinstance(named, GraphQLInterfaceType | GraphQLUnionType)
        return self._any_of(named, details, path, depth)

    def _any_of(
        self, kind: Abstract, details: list[FieldDetails], path: Path, depth: int
    ) -> CaseValue:
        rest = self._groups_of_abstract(kind, details, path)
        groups = {
            each: found
            for each in self.schema.get_possible_types(kind)
            if _nodes(found := self._groups(each, details, path)) != _nodes(rest)
        }
        sharing = Sharing[Value](kind, [(kind, rest), *groups.items()])

        def plan(each: Kind, found: Groups) -> ObjectValue:
            return ObjectValue(
                {
                    key: self._shared(sharing, each, group, (*path, key), depth)
                    for key, group in found.items()
                }
            )

        cases = {each.name: _case(each, plan(each, found), path) for each, found in groups.items()}
        remaining = plan(kind, rest)
        return CaseValue(tuple(sharing.values), cases, remaining)

    def _shared(
        self,
        sharing: Sharing[Value],
        kind: Kind,
        details: list[FieldDetails],
        path: Path,
        depth: int,
    ) -> Value:
        """A field that other types of the record may select too."""
        owner = sharing.owner(kind, details)
        if owner is None:
            return self._field(kind, details, path, depth)
        plan = partial(self._field, owner, details, path, depth)
        return SharedValue(sharing.place(owner, details, plan))

    def _groups_of_abstract(
        self, kind: Abstract, details: list[FieldDetails], path: Path
    ) -> Groups:
        """As for an object type: what each of its types selects."""
        # The library wants an object type, but compares names and subtypes only.
        return self._groups(cast(GraphQLObjectType, kind), details, path)

    def _page(
        self,
        source: Page,
        declared: GraphQLField,
        details: list[FieldDetails],
        arguments: Arguments,
        depth: int,
    ) -> PageValue:
        if depth > MOST_CONNECTIONS:
            raise LimitError(
                f"more than {MOST_CONNECTIONS} connections stand within one another",
                "ask for the inner ones by their ids",
                arguments.path,
            )
        window = self._window(source, arguments)
        marks = [window.mark] if window.mark else []
        for bound in (window.size, *marks, *window.after, *window.before):
            self.checks.extend(bound.params)
        if source.history:
            verdict = source.history.verdict(window.mark, window.after[0] if window.after else None)
            self.verdicts.append((arguments.path, verdict))
        kind = get_named_type(declared.type)
        assert isinstance(kind, GraphQLObjectType)
        parts = {
            key: self._part(kind, group, (*arguments.path, key), depth)
            for key, group in self._groups(kind, details, arguments.path).items()
        }
        return PageValue(source, arguments, window, parts)

    def _window(self, source: Page, arguments: Arguments) -> pagination.Window:
        try:
            return pagination.window(source, arguments)
        except QueryError as error:
            self.faults.append(error)
            return pagination.window(source, Arguments({}, arguments.path))

    def _part(
        self, kind: GraphQLObjectType, details: list[FieldDetails], path: Path, depth: int
    ) -> Part:
        name = details[0].node.name.value
        if name == "__typename":
            return Part(name, Constant(json.dumps(kind.name)))
        named = get_named_type(kind.fields[name].type)
        if is_leaf_type(named):
            return Part(name, None)
        if name == "nodes":
            return Part(name, self._record(named, details, path, depth))
        assert isinstance(named, GraphQLObjectType)
        return Part(name, ObjectValue(self._fields(named, details, path, depth)))


def _size(source: Many, arguments: Arguments, name: str) -> int | str:
    if not isinstance(source.most, str):
        return name
    wanted = arguments.values.get(source.most)
    return len(wanted) if isinstance(wanted, list) else 1


def _same_id(row: Row, parent: Row, _: Arguments) -> Sql:
    return sql("{} = {}", row["id"], parent["id"])


def _case(kind: GraphQLObjectType, value: ObjectValue, path: Path) -> OneValue:
    return OneValue(Rows(table_of(kind), _same_id), Arguments({}, path), value, nullable=False)


def _nodes(groups: Groups) -> dict[str, tuple[int, ...]]:
    return {key: ids(group) for key, group in groups.items()}


def _form(kind: GraphQLOutputType) -> Form:
    bare = kind.of_type if is_non_null_type(kind) else kind
    if is_list_type(bare):
        return Form.JSON
    name = get_named_type(kind).name
    return {"Int": Form.NUMBER, "Float": Form.NUMBER, "Boolean": Form.BOOLEAN}.get(name, Form.TEXT)
