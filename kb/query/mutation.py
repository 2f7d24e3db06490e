"""A mutation planned: its roots, and for each the statement that answers an outcome.

In: a validated mutation and its coerced variables. Out: roots with their arguments, for an outcome
the plan of what is selected of it, and which variables have a part in that. An outcome is the one
row of a table `outcome`, which stands in front of the statement, with its problems in `problem`
and, of a request for several records, these in `listed`:
the payload's fields are read from there and, by its record, from everywhere else, as in any query.
Pure: no connection.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_named_type,
    visit,
)
from graphql.execution.collect_fields import FieldDetails, collect_fields
from graphql.execution.values import get_argument_values

from kb.query.fields import RowSet, as_scalar
from kb.query.nodes import ObjectValue
from kb.query.planner import Planner
from kb.query.sql import HOLE, Param, Row, Scalar, Sql, join, sql

OUTCOME = ("record_id", "id", "revision", "message")
PROBLEM = ("position", "path", "message")
LISTED = ("position", "record_id")
"""Columns; `id` is the Relay id, `path` a list as JSON."""
_TYPES = {"record_id": "bigint", "position": "bigint"}
OutcomeRow = Mapping[str, Scalar]


def _everything(*_: object) -> Sql:
    return Sql("true")


def _is_problem(problem: Row, *_: object) -> Sql:
    return sql("{} is not null", problem["position"])


OUTCOMES = RowSet("outcome", _everything, extra=frozenset(OUTCOME))
PROBLEMS = RowSet("problem", _is_problem, extra=frozenset(PROBLEM))


def _listed_records(*_: object) -> Sql:
    """Its columns are null where there is no such record any more."""
    return Sql(
        "select r.*, l.position from listed l left join record r on r.id = l.record_id"
        " where l.position is not null"
    )


LISTED_RECORDS = RowSet("record", _everything, _listed_records, frozenset({"position"}))


@dataclass(frozen=True)
class OutcomeAnswer:
    """An outcome as the payload of this type shows it."""

    type_name: str
    row: OutcomeRow
    problems: Sequence[OutcomeRow] = ()
    listed: Sequence[OutcomeRow] = ()


@dataclass(frozen=True)
class Root:
    """A field of the mutation under its response key, with its arguments as coerced."""

    key: str
    name: str
    arguments: Mapping[str, object]
    details: list[FieldDetails]


def roots(planner: Planner) -> list[Root]:
    """In the order in which they are carried out."""
    mutation_type = planner.schema.mutation_type
    assert mutation_type is not None
    groups = collect_fields(
        planner.schema, planner.fragments, planner.variables, mutation_type, planner.operation
    ).grouped_field_set
    root_fields = []
    for key, details in groups.items():
        node = details[0].node
        field = mutation_type.fields.get(node.name.value)
        given = get_argument_values(field, node, planner.variables) if field else {}
        root_fields.append(Root(key, node.name.value, given, details))
    return root_fields


def selecting_variables(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Iterable[FragmentDefinitionNode],
) -> frozenset[str]:
    """The variables that have a part in what is selected.

    All others only fill arguments of roots, and whatever they are makes no other plan.
    """
    mutation_type = schema.mutation_type
    assert mutation_type is not None
    parts = [*_without_arguments(operation.selection_set)]
    for fragment in fragments:
        of_roots = fragment.type_condition.name.value == mutation_type.name
        parts += _without_arguments(fragment.selection_set) if of_roots else [fragment]
    visitor = _Variables()
    for part in parts:
        visit(part, visitor)
    return frozenset(visitor.names)


def _without_arguments(selected: SelectionSetNode) -> Iterator[Node]:
    """What is selected of roots and under which conditions, without their arguments."""
    for selection in selected.selections:
        yield from selection.directives or ()
        if isinstance(selection, InlineFragmentNode):
            yield from _without_arguments(selection.selection_set)
        elif isinstance(selection, FieldNode) and selection.selection_set:
            yield selection.selection_set


class _Variables(Visitor):
    """The names of those that stand in what is visited."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)


def outcomes(schema: GraphQLSchema, root: Root) -> list[GraphQLObjectType]:
    """The types that a root may answer with."""
    mutation_type = schema.mutation_type
    assert mutation_type is not None
    union = get_named_type(mutation_type.fields[root.name].type)
    assert isinstance(union, GraphQLUnionType)
    return [*union.types]


def plan(planner: Planner, root: Root, type_name: str) -> ObjectValue:
    """What is selected of an outcome of this type, under the root's key."""
    payload = planner.schema.type_map[type_name]
    assert isinstance(payload, GraphQLObjectType)
    return planner.plan_outcome(root.key, root.details, payload, OUTCOMES)


def outcome_tables(answer: OutcomeAnswer) -> Sql:
    """`with …` of the outcome, for the plan of its type."""
    tables = (
        _table("outcome", OUTCOME, [answer.row]),
        _table("problem", PROBLEM, answer.problems or [dict.fromkeys(PROBLEM)]),
        _table("listed", LISTED, answer.listed or [dict.fromkeys(LISTED)]),
    )
    return sql("with {}", join(",", tables))


def _table(name: str, columns: Sequence[str], rows: Sequence[OutcomeRow]) -> Sql:
    listed = [
        sql(
            "({})",
            join(",", [_cast(row[column], _TYPES.get(column, "text")) for column in columns]),
        )
        for row in rows
    ]
    return sql(f"{name}({','.join(columns)}) as (values {{}})", join(",", listed))


def _cast(value: Scalar, sql_type: str) -> Sql:
    return sql(f"cast({{}} as {sql_type})", Sql(HOLE, (Param(value, as_scalar, ()),)))
