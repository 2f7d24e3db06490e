"""A GraphQL operation planned: which values, from which rows, under which names.

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
from kb.query.budget import PlanningBudget
from kb.query.fields import (
    Arguments,
    ComparedSource,
    ConnectionSource,
    LeafSource,
    ListSource,
    PageFieldSource,
    RevisionSource,
    RowSet,
    RowSource,
    SameRowSource,
    ViewSource,
)
from kb.query.grouping import Grouping, GroupsSource, grouping
from kb.query.introspection import INTROSPECTION, Introspection
from kb.query.moments import Moment
from kb.query.nodes import (
    CaseValue,
    ConnectionField,
    ConnectionValue,
    Constant,
    JsonForm,
    LeafValue,
    ListValue,
    MomentValue,
    ObjectValue,
    PageFieldValue,
    RowValue,
    SameRowValue,
    SharedValue,
    Value,
)
from kb.query.selections import (
    AbstractType,
    CompositeType,
    FieldGroups,
    SharedSelections,
    group_ids,
    source_of,
)
from kb.query.sql import Param, Path, Row, Sql, sql

MOST_CONNECTIONS = 12
"""How many connections may stand within one another."""

Result = TypeVar("Result")
_TYPE_NAME = LeafSource(lambda row, _: row["type"])


def table_of(graphql_type: GraphQLNamedType) -> str:
    """The table that a GraphQL type's rows stand in."""
    table: str = graphql_type.extensions["strawberry-definition"].origin.table
    return table


@dataclass(frozen=True)
class Planner:
    """An operation with its variables, whose scalars may be slots to be filled later.

    `checks` gathers values to be checked even where no part of the statement uses them, `faults`
    what is wrong with the arguments whatever these values are, `verdicts` the expressions that tell
    whether the cursors of a field are valid. `moments` are the roots of other moments around the
    field that is being planned, and `lists` the arguments of the connections around it.
    """

    schema: GraphQLSchema
    fragments: dict[str, FragmentDetails]
    variables: VariableValues
    operation: OperationDefinitionNode
    introspection: Introspection
    checks: list[Param] = field(default_factory=list)
    verdicts: list[tuple[Path, Sql]] = field(default_factory=list)
    faults: list[QueryError] = field(default_factory=list)
    moments: list[ViewSource | RevisionSource] = field(default_factory=list)
    lists: list[Arguments] = field(default_factory=list)
    budget: PlanningBudget = field(default_factory=PlanningBudget)

    def plan(self) -> ObjectValue:
        """The whole answer."""
        root = self.schema.query_type
        assert root is not None

        def collect() -> FieldGroups:
            return collect_fields(
                self.schema, self.fragments, self.variables, root, self.operation
            ).grouped_field_set

        groups: FieldGroups = self._or_fault(collect, {}, ())
        return ObjectValue(
            {key: self._plan_field(root, details, (key,), 0) for key, details in groups.items()}
        )

    def plan_at(self, revision: int) -> MomentValue:
        """The whole answer as of what was recorded after a revision."""
        moment = Moment.after(revision)
        self._add_verdict(moment, ())
        return self._plan_at(moment, self.plan)

    def plan_outcome(
        self, key: str, details: list[FieldDetails], payload_type: GraphQLObjectType, rows: RowSet
    ) -> ObjectValue:
        """The answer of a root field of a mutation, whose payload type is known by then."""
        value = ObjectValue(self._plan_fields(payload_type, details, (key,), 0))
        return ObjectValue({key: RowValue(rows, Arguments({}, (key,)), value, nullable=False)})

    def _plan_fields(
        self, object_type: GraphQLObjectType, details: list[FieldDetails], path: Path, depth: int
    ) -> dict[str, Value]:
        return {
            key: self._plan_field(object_type, group, (*path, key), depth)
            for key, group in self._collect_subfields(object_type, details, path).items()
        }

    def _collect_subfields(
        self, object_type: GraphQLObjectType, details: list[FieldDetails], path: Path
    ) -> FieldGroups:
        self.budget.count_selections(details, self.fragments, path)

        def collect() -> FieldGroups:
            return collect_subfields(
                self.schema, self.fragments, self.variables, self.operation, object_type, details
            ).grouped_field_set

        return self._or_fault(collect, {}, path)

    def _or_fault(self, compute: Callable[[], Result], default: Result, path: Path) -> Result:
        """The result, or the default and a fault: a variable is null where null is not allowed."""
        try:
            return compute()
        except GraphQLError as error:
            self.faults.append(QueryError(error.message, path=path))
            return default

    def _plan_field(
        self,
        parent_type: CompositeType,
        details: list[FieldDetails],
        path: Path,
        depth: int,
    ) -> Value:
        self.budget.count_field(path)
        node = details[0].node
        if node.name.value == "__typename":
            if is_abstract_type(parent_type):
                return LeafValue(_TYPE_NAME, Arguments({}, path), JsonForm.TEXT)
            return Constant(json.dumps(parent_type.name))
        assert not isinstance(parent_type, GraphQLUnionType)
        if node.name.value in INTROSPECTION:
            nodes = [field_details.node for field_details in details]
            return Constant(self.introspection.describe(nodes, path))
        field = parent_type.fields[node.name.value]
        arguments = Arguments(self._coerce_arguments(field, node, path), path)
        match source_of(field):
            case LeafSource() as source:
                return LeafValue(source, arguments, JsonForm.of(field.type))
            case SameRowSource() as source:
                return SameRowValue(source, self._plan_record(field.type, details, path, depth))
            case RowSource() | ListSource() as source:
                return self._plan_rows(source, parent_type, details, arguments, depth)
            case ConnectionSource() as source:
                return self._plan_connection(source, field, details, arguments, depth + 1)
            case ViewSource() | RevisionSource() as source:
                moment = Moment.given(source, arguments)
                self._add_verdict(moment, path)
                return self._plan_at(moment, partial(self._plan_roots, details, path, depth))
            case ComparedSource() as source:
                moment = Moment.of(self.lists[-1], source.moment)
                rows = (source.source, parent_type, details, arguments, depth)
                return self._plan_at(moment, partial(self._plan_rows, *rows))
            case PageFieldSource():
                return PageFieldValue(node.name.value)

    def _plan_rows(
        self,
        source: RowSource | ListSource,
        parent_type: GraphQLObjectType | GraphQLInterfaceType,
        details: list[FieldDetails],
        arguments: Arguments,
        depth: int,
    ) -> RowValue | ListValue:
        name = details[0].node.name.value
        field_type = parent_type.fields[name].type
        value = self._plan_record(field_type, details, arguments.path, depth)
        if isinstance(source, ListSource):
            size = source.size(arguments, f"{parent_type.name}.{name}")
            return ListValue(source, arguments, value, size)
        nullable = not is_non_null_type(field_type)
        return RowValue(source.rows, arguments, value, nullable, source.requires)

    def _plan_at(self, moment: Moment, plan: Callable[[], Value]) -> MomentValue:
        self.moments.append(moment.source)
        value = plan()
        self.moments.pop()
        return MomentValue(moment, value)

    def _plan_roots(self, details: list[FieldDetails], path: Path, depth: int) -> ObjectValue:
        root = self.schema.query_type
        assert root is not None
        return ObjectValue(self._plan_fields(root, details, path, depth))

    def _add_verdict(self, moment: Moment, path: Path) -> None:
        if verdict := moment.verdict():
            self.verdicts.append((path, verdict))

    def _coerce_arguments(
        self, field: GraphQLField, node: FieldNode, path: Path
    ) -> Mapping[str, object]:
        return self._or_fault(lambda: get_argument_values(field, node, self.variables), {}, path)

    def _plan_record(
        self, field_type: GraphQLOutputType, details: list[FieldDetails], path: Path, depth: int
    ) -> Value:
        """The value of one row; of an abstract type, that of each type which selects otherwise."""
        record_type = get_named_type(field_type)
        if isinstance(record_type, GraphQLObjectType):
            return ObjectValue(self._plan_fields(record_type, details, path, depth))
        assert isinstance(record_type, GraphQLInterfaceType | GraphQLUnionType)
        return self._plan_abstract(record_type, details, path, depth)

    def _plan_abstract(
        self, abstract_type: AbstractType, details: list[FieldDetails], path: Path, depth: int
    ) -> CaseValue:
        rest = self._collect_abstract_subfields(abstract_type, details, path)
        groups = {
            object_type: selected
            for object_type in self.schema.get_possible_types(abstract_type)
            if group_ids(selected := self._collect_subfields(object_type, details, path))
            != group_ids(rest)
        }
        shared = SharedSelections[Value](abstract_type, [(abstract_type, rest), *groups.items()])

        def plan(object_type: CompositeType, selected: FieldGroups) -> ObjectValue:
            return ObjectValue(
                {
                    key: self._plan_shared(shared, object_type, group, (*path, key), depth)
                    for key, group in selected.items()
                }
            )

        cases = {
            object_type.name: _case(object_type, plan(object_type, selected), path)
            for object_type, selected in groups.items()
        }
        remaining = plan(abstract_type, rest)
        return CaseValue(tuple(shared.values), cases, remaining)

    def _plan_shared(
        self,
        shared: SharedSelections[Value],
        parent_type: CompositeType,
        details: list[FieldDetails],
        path: Path,
        depth: int,
    ) -> Value:
        """A field that other types of the same abstract type may select too."""
        owner = shared.owner(parent_type, details)
        if owner is None:
            return self._plan_field(parent_type, details, path, depth)
        plan = partial(self._plan_field, owner, details, path, depth)
        return SharedValue(shared.place(owner, details, plan))

    def _collect_abstract_subfields(
        self, abstract_type: AbstractType, details: list[FieldDetails], path: Path
    ) -> FieldGroups:
        """The fields that are selected of each of its types, by response key."""
        # The library wants an object type, but compares names and subtypes only.
        return self._collect_subfields(cast(GraphQLObjectType, abstract_type), details, path)

    def _plan_connection(
        self,
        source: ConnectionSource,
        field: GraphQLField,
        details: list[FieldDetails],
        arguments: Arguments,
        depth: int,
    ) -> ConnectionValue:
        if depth > MOST_CONNECTIONS:
            raise LimitError(
                f"more than {MOST_CONNECTIONS} connections stand within one another",
                "ask for the inner ones by their ids",
                arguments.path,
            )
        if fault := source.fault(arguments):
            self.faults.append(fault)
        self.faults.extend(source.refusals(self.moments, arguments.path))
        for name in source.moments:
            self._add_verdict(Moment.of(arguments, name), arguments.path)
        window = self._window(source, arguments)
        marks = [window.mark] if window.mark else []
        for value in (window.size, *marks, *window.after, *window.before):
            self.checks.extend(value.params)
        if source.validity:
            first_key = window.after[0] if window.after else None
            verdict = source.validity.verdict(window.mark, first_key, arguments)
            self.verdicts.append((arguments.path, verdict))
        connection_type = get_named_type(field.type)
        assert isinstance(connection_type, GraphQLObjectType)
        groups = self._collect_subfields(connection_type, details, arguments.path)
        self.lists.append(arguments)
        fields = {
            key: self._plan_connection_field(
                connection_type, group, arguments, (*arguments.path, key), depth
            )
            for key, group in groups.items()
        }
        self.lists.pop()
        return ConnectionValue(source, arguments, window, fields)

    def _window(self, source: ConnectionSource, arguments: Arguments) -> pagination.Window:
        try:
            return pagination.window(source, arguments)
        except QueryError as error:
            self.faults.append(error)
            return pagination.window(source, Arguments({}, arguments.path))

    def _plan_connection_field(
        self,
        connection_type: GraphQLObjectType,
        details: list[FieldDetails],
        arguments: Arguments,
        path: Path,
        depth: int,
    ) -> ConnectionField:
        """`arguments` are those of the connection: a fault of theirs is told where they stand."""
        node = details[0].node
        name = node.name.value
        if name == "__typename":
            return ConnectionField(name, Constant(json.dumps(connection_type.name)))
        field = connection_type.fields[name]
        field_type, source = get_named_type(field.type), source_of(field)
        if isinstance(source, LeafSource):
            return ConnectionField(name, LeafValue(source, arguments, JsonForm.of(field.type)))
        if is_leaf_type(field_type):
            return ConnectionField(name, None)
        if name == "nodes":
            return ConnectionField(name, self._plan_record(field_type, details, path, depth))
        assert isinstance(field_type, GraphQLObjectType)
        value = ObjectValue(self._plan_fields(field_type, details, path, depth))
        if not isinstance(source, GroupsSource):
            return ConnectionField(name, value)
        arguments = Arguments(self._coerce_arguments(field, node, path), path)
        return ConnectionField(name, value, self._grouping(source, arguments))

    def _grouping(self, source: GroupsSource, arguments: Arguments) -> Grouping | None:
        try:
            choice = grouping(source, arguments)
        except QueryError as error:
            self.faults.append(error)
            return None
        self.checks.extend(choice.size.params)
        return choice


def _same_id(row: Row, parent: Row, _: Arguments) -> Sql:
    return sql("{} = {}", row["id"], parent["id"])


def _case(object_type: GraphQLObjectType, value: ObjectValue, path: Path) -> RowValue:
    rows = RowSet(table_of(object_type), _same_id)
    return RowValue(rows, Arguments({}, path), value, nullable=False)
