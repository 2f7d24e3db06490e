"""An operation answered: planned once for its shape, then bound and run as one statement.

In: a validated document, its operation and variables, and a read-only connection. Out: an `Answer`,
whose text is the JSON of `data`, or the faults of the arguments with their paths. The only module
of the query layer that touches a connection.
"""

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
    get_operation_ast,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues, get_variable_values

from kb.dialects import Reader
from kb.errors import KBError, QueryError, Unavailable
from kb.query.compile import compile_plan
from kb.query.plan import Planner
from kb.query.sql import HOLE, Param, Path, Scalar, Slot, Sql

_MOST_PLANS = 500
_INTROSPECTION = frozenset({"__schema", "__type"})


class Answer(Mapping[str, object]):
    """The `data` of a response: its JSON, read only if someone looks into it."""

    def __init__(self, text: str) -> None:
        self.json = text
        self._read: dict[str, object] | None = None

    def _data(self) -> dict[str, object]:
        if self._read is None:
            self._read = json.loads(self.json)
        return self._read

    def __getitem__(self, key: str) -> object:
        return self._data()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data())

    def __len__(self) -> int:
        return len(self._data())


@dataclass(frozen=True)
class Operation:
    """What a client sent: `document` is `text` and valid, `variables` are as they came."""

    text: str
    document: DocumentNode
    name: str | None
    variables: Mapping[str, object]


@dataclass(frozen=True)
class Statement:
    """A plan's SQL, and the values that are checked whether or not the SQL uses them."""

    sql: Sql
    checks: tuple[Param, ...]


class Executor:
    """Answers the operations of one schema; keeps the newest plans."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._plans: OrderedDict[tuple[str, str | None, str], Statement] = OrderedDict()

    async def answer(self, operation: Operation, reader: Reader) -> ExecutionResult:
        """One statement; faults of arguments refuse the whole operation, each with its path."""
        chosen = get_operation_ast(operation.document, operation.name)
        if chosen is None:
            return ExecutionResult(None, [_no_operation(operation.name)])
        inputs = dict(operation.variables)
        variables = get_variable_values(self.schema, chosen.variable_definitions or (), inputs)
        if isinstance(variables, list):
            return ExecutionResult(None, variables)
        try:
            statement = self._statement(operation, chosen, variables)
        except QueryError as error:
            return ExecutionResult(None, [_to_graphql(error)])
        values, faults = _bind(statement, variables.coerced)
        if faults:
            return ExecutionResult(None, [_to_graphql(fault) for fault in faults])
        try:
            text = await reader.fetch(statement.sql.text.split(HOLE), values)
        except Unavailable as error:
            return ExecutionResult(None, [_to_graphql(error)])
        # The library types data as a dict, but only passes it on.
        return ExecutionResult(cast(dict[str, object], Answer(text)), None)

    def _statement(
        self, operation: Operation, chosen: OperationDefinitionNode, variables: VariableValues
    ) -> Statement:
        slotted = {name: _slots(value, (name,)) for name, value in variables.coerced.items()}
        key = (operation.text, operation.name, repr(slotted))
        if key in self._plans:
            self._plans.move_to_end(key)
            return self._plans[key]
        fragments = {
            node.name.value: FragmentDetails(node)
            for node in operation.document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        shape = VariableValues(variables.sources, slotted)
        planner = Planner(self.schema, fragments, shape, chosen)
        constants = self._introspect(planner, operation)
        compiled = compile_plan(planner.plan(constants))
        statement = Statement(compiled, tuple(planner.checks))
        if not constants:
            self._plans[key] = statement
            if len(self._plans) > _MOST_PLANS:
                self._plans.popitem(last=False)
        return statement

    def _introspect(self, planner: Planner, operation: Operation) -> dict[str, str]:
        """The values of introspection fields at the root, which have no rows, as JSON."""
        root = self.schema.query_type
        assert root is not None
        groups = planner.root_groups(root)
        nodes = {
            key: [details.node for details in group]
            for key, group in groups.items()
            if group[0].node.name.value in _INTROSPECTION
        }
        if not nodes:
            return {}
        selections = tuple(node for group in nodes.values() for node in group)
        asked = OperationDefinitionNode(
            operation=planner.operation.operation,
            variable_definitions=planner.operation.variable_definitions,
            selection_set=SelectionSetNode(selections=selections),
        )
        fragments = [details.definition for details in planner.fragments.values()]
        document = DocumentNode(definitions=(asked, *fragments))
        found = execute_sync(self.schema, document, variable_values=dict(operation.variables))
        if found.errors:
            raise QueryError(found.errors[0].message, path=tuple(found.errors[0].path or ()))
        data = found.data or {}
        return {key: json.dumps(data[key], ensure_ascii=False) for key in nodes}


def _slots(value: object, path: Path) -> object:
    """The shape of a variable: what only fills the statement becomes a slot.

    Nulls, booleans, enum values and the lengths of lists belong to the shape.
    """
    if isinstance(value, Mapping):
        return {name: _slots(inner, (*path, name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [_slots(inner, (*path, index)) for index, inner in enumerate(value)]
    return value if value is None or isinstance(value, bool | Enum) else Slot(path)


def _bind(
    statement: Statement, variables: Mapping[str, object]
) -> tuple[list[Scalar], list[QueryError]]:
    """The values of the SQL's holes, and every fault among these and the checks, each once."""
    values: list[Scalar] = []
    faults: dict[str, QueryError] = {}
    for param in (*statement.checks, *statement.sql.params):
        try:
            values.append(param.fit(_filled(param.value, variables)))
        except QueryError as error:
            faults.setdefault(f"{error.path} {error}", error)
    return values[len(statement.checks) :], list(faults.values())


def _filled(value: object, variables: object) -> object:
    if isinstance(value, Slot):
        for part in value.path:
            if isinstance(variables, list):
                variables = variables[int(part)]
            elif isinstance(variables, Mapping):
                variables = variables[part]
        return variables
    if isinstance(value, list):
        return [_filled(inner, variables) for inner in value]
    return value


def _no_operation(name: str | None) -> GraphQLError:
    if name:
        return GraphQLError(f"Unknown operation named '{name}'.")
    return GraphQLError("Must provide operation name if query contains multiple operations.")


def _to_graphql(error: KBError) -> GraphQLError:
    path = list(error.path) if isinstance(error, QueryError) else None
    return GraphQLError(str(error), path=path, extensions={"code": error.code})
