"""An operation answered: planned once for its shape, then bound and run as one statement.

In: a validated document, its operation and variables, and a read-only connection. Out: an `Answer`,
whose text is the JSON of `data`, or the faults of the arguments with their paths. Beside it only
`kb.query.cardinality` touches a connection, between operations.
"""

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    get_operation_ast,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues

from kb.background import Background
from kb.cache import ENTRY_OVERHEAD, WeightedCache
from kb.database.read_pool import TRY_AGAIN, Pieces, Reader
from kb.errors import (
    HISTORIES,
    ForkedError,
    KBError,
    LimitError,
    QueryError,
    TooSlow,
    Unavailable,
    for_client,
)
from kb.query.binding import Binding, fit_value, shape, slots, varies
from kb.query.cardinality import Lengths
from kb.query.compiler import compile_plan
from kb.query.introspection import Introspection
from kb.query.nodes import Plan
from kb.query.planner import Planner
from kb.query.price import MOST_COST, Price, Size, check_price, price_of, sizes
from kb.query.refusals import find_refusals
from kb.query.sql import HOLE, Param, Path, Scalar, Sql, Tables, in_front
from kb.query.variables import Variables
from kb.query.withheld import NOTHING
from kb.telemetry.record import OperationLabel, current, label

MOST_TEXT, MOST_PARAMS = 256_000, 30_000
"""How long a statement may be, and how many values may be bound to it."""
PlanKey = tuple[str, str | None, Hashable]
"""A document, the name of its operation, and the shape of the variables."""
_MOST_PLANNED, _LETTER, _VALUE = 64_000_000, 4, 400
"""Bytes of plans that are kept, of each letter of one, and of each value that is bound to it."""


class Answer(Mapping[str, object]):
    """The `data` of a response: its JSON, read only if someone looks into it.

    `revision` is that of a query; what a mutation answers has several.
    """

    def __init__(self, text: str, revision: str | None = None) -> None:
        self.json, self.revision = text, revision
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


class Operation(NamedTuple):
    """What a client sent: `document` is `text` and valid, `variables` are as they came."""

    text: str
    document: DocumentNode
    name: str | None
    variables: Mapping[str, object]


@dataclass(frozen=True)
class CompiledStatement:
    """A plan's SQL in pieces, the values between them, and its price.

    `verdicts` are the fields whose cursors the statement judges; `faults` those that no value of
    the variables' scalars can mend; there is no SQL then.
    """

    pieces: Pieces
    binding: Binding
    price: Price
    verdicts: tuple[Path, ...]
    faults: tuple[QueryError, ...]

    def values(self, variables: Mapping[str, object]) -> list[Scalar]:
        """Raises Refused with every fault, each once."""
        values, faults = self.binding.values(variables)
        if faults or self.faults:
            fault_by_message = {f"{fault.path} {fault}": fault for fault in (*self.faults, *faults)}
            raise Refused([*fault_by_message.values()])
        return values


class CachedStatement(NamedTuple):
    """A statement that is kept, and its cost at a revision; None where variables decide it."""

    statement: CompiledStatement
    cost: int
    measured: int | None


@dataclass(frozen=True)
class PreparedOperation:
    """The operation of a document that is meant, whatever variables it will be asked with."""

    node: OperationDefinitionNode
    variables: Variables
    label: OperationLabel


class Chosen(NamedTuple):
    """The operation of a document that is meant, and its variables as coerced."""

    node: OperationDefinitionNode
    variables: VariableValues
    operation: Operation


class Refused(Exception):
    """An operation whose arguments are at fault."""

    def __init__(self, faults: Sequence[QueryError]) -> None:
        super().__init__()
        self.faults = faults


class Executor:
    """Answers the operations of one schema; keeps the newest plans.

    `withheld` stand in front of the tables that are kept from whom it answers.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        background: Background,
        withheld: Tables = NOTHING,
        *,
        hide_suggestions: bool = False,
    ) -> None:
        self.schema, self._hide_suggestions = schema, hide_suggestions
        self.lengths = Lengths(schema, withheld)
        self.background = background
        self._withheld = withheld
        self._plans: WeightedCache[PlanKey, CachedStatement] = WeightedCache(_MOST_PLANNED)

    async def answer(self, chosen: Chosen, reader: Reader) -> ExecutionResult:
        """One statement; faults of arguments refuse the whole operation, each with its path."""
        try:
            text, revision = await self.fetch(chosen, reader)
        except Refused as refused:
            return ExecutionResult(None, [to_graphql(fault) for fault in refused.faults])
        except (QueryError, TooSlow, Unavailable) as error:
            return ExecutionResult(None, [to_graphql(error)])
        # The library types data as a dict, but only passes it on.
        return ExecutionResult(cast(dict[str, object], Answer(text, revision)), None)

    async def fetch(self, chosen: Chosen, reader: Reader) -> tuple[str, str]:
        """The JSON of `data`, and its revision; raises what `answer` tells."""
        key = _key(chosen)
        statement, cost = self._find(key, chosen) or await self._plan(key, chosen)
        return await self._run(statement, cost, chosen, reader)

    async def fetch_at(
        self, chosen: Chosen, revision: int, withheld: Tables, reader: Reader
    ) -> str:
        """The JSON of `data` as it was after a revision, for whom these tables are withheld.

        Raises what `fetch` raises. No plan is kept, and no answer is too dear: what was given once
        has as many rows as it had, however long lists are by now.
        """
        async with self.background.turn():
            statement, cost = await self.background.run(
                self._planned_at, chosen, revision, withheld
            )
        text, _ = await self._run(statement, cost, chosen, reader)
        return text

    async def _run(
        self, statement: CompiledStatement, cost: int, chosen: Chosen, reader: Reader
    ) -> tuple[str, str]:
        current().price = cost
        values = statement.values(chosen.variables.coerced)
        text, revision, *verdicts = await reader.fetch(statement.pieces, values, cost)
        if any(verdicts) and reader.primary is not reader:
            text, revision, *verdicts = await _judged(reader.primary, statement, values, verdicts)
        if any(verdicts):
            judged = zip(verdicts, statement.verdicts, strict=True)
            raise Refused([HISTORIES[str(code)](path) for code, path in judged if code])
        if refusals := find_refusals(str(text)):
            raise Refused(refusals)
        return str(text), str(revision)

    def find_planned(self, chosen: Chosen) -> tuple[Pieces, int] | None:
        """The statement and the cost of an operation which was planned before, and would be run."""
        try:
            planned = self._find(_key(chosen), chosen)
        except LimitError:
            return None
        return (planned[0].pieces, planned[1]) if planned else None

    def choose(self, operation: Operation) -> Chosen | ExecutionResult:
        """The operation that is meant and its variables, or why there are none."""
        prepared = self.prepare(operation)
        if prepared is None:
            return ExecutionResult(None, [_no_operation(operation.name)])
        variables = prepared.variables.coerce(operation.variables)
        if isinstance(variables, list):
            return ExecutionResult(None, variables)
        return Chosen(prepared.node, variables, operation)

    def prepare(self, operation: Operation) -> PreparedOperation | None:
        """None if the document has no operation of that name."""
        node = get_operation_ast(operation.document, operation.name)
        if node is None:
            return None
        variables = Variables(self.schema, node, hide_suggestions=self._hide_suggestions)
        return PreparedOperation(node, variables, label(operation.text, node))

    def planner(self, chosen: Chosen, variables: VariableValues) -> Planner:
        fragments = {
            node.name.value: FragmentDetails(node)
            for node in chosen.operation.document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        given = chosen.operation.variables
        introspection = Introspection(self.schema, chosen.node, fragments, given)
        return Planner(self.schema, fragments, variables, chosen.node, introspection)

    def cost(self, price: Price, variables: Mapping[str, object]) -> int:
        """In rows; raises LimitError if that is too much. Of sizes that are none, others tell."""

        def measure(size: Size) -> int:
            if isinstance(size, Param):
                return int(fit_value(size, variables) or 0)
            return size if isinstance(size, int) else self.lengths.of(size)

        try:
            return check_price(price, measure)
        except LimitError:
            raise
        except QueryError:
            return 0

    def _find(self, key: PlanKey, chosen: Chosen) -> tuple[CompiledStatement, int] | None:
        """The one kept for this shape, and its cost; raises LimitError."""
        kept = self._plans.find(key)
        if kept is None:
            return None
        statement, cost, measured = kept
        if measured != self.lengths.revision:
            cost = self.cost(statement.price, chosen.variables.coerced)
            if measured is not None:
                self._keep(key, CachedStatement(statement, cost, self.lengths.revision))
        return statement, cost

    async def _plan(self, key: PlanKey, chosen: Chosen) -> tuple[CompiledStatement, int]:
        """A new one, made beside the loop; raises LimitError."""

        async def plan() -> tuple[CompiledStatement, int]:
            revision = self.lengths.revision
            statement, cost, lasts = await self.background.run(self._planned, chosen)
            if lasts:
                varying = any(
                    isinstance(size, Param) and varies(size.value)
                    for size in sizes(statement.price)
                )
                self._keep(key, CachedStatement(statement, cost, None if varying else revision))
            return statement, cost

        return await self.background.once(key, lambda: self._find(key, chosen), plan)

    def _planned(self, chosen: Chosen) -> tuple[CompiledStatement, int, bool]:
        """With its cost, and whether it holds for other variables of the same shape."""
        variables = chosen.variables
        slotted = {name: slots(value, (name,)) for name, value in variables.coerced.items()}
        planner = self.planner(chosen, VariableValues(variables.sources, slotted))
        plan = planner.plan()
        price = price_plan(planner, plan)
        # What is too dear is not compiled.
        cost = self.cost(price, variables.coerced)
        statement = compile_statement(planner, plan, price, self._withheld)
        return statement, cost, not planner.introspection.used

    def _planned_at(
        self, chosen: Chosen, revision: int, withheld: Tables
    ) -> tuple[CompiledStatement, int]:
        planner = self.planner(chosen, chosen.variables)
        plan = planner.plan_at(revision)
        price = price_plan(planner, plan)
        try:
            cost = self.cost(price, chosen.variables.coerced)
        except LimitError:
            cost = MOST_COST
        return compile_statement(planner, plan, price, withheld), cost

    def _keep(self, key: PlanKey, kept: CachedStatement) -> None:
        self._plans.keep(key, kept, weight(key, [kept.statement]))


async def _judged(
    primary: Reader,
    statement: CompiledStatement,
    values: Sequence[Scalar],
    verdicts: Sequence[Scalar],
) -> Sequence[Scalar]:
    """The row by the primary: a cursor may be newer than the replica that did not know it.

    Without the primary nobody knows whether there is another history; all else holds.
    """
    if not primary.is_gone():
        return await primary.fetch(statement.pieces, values)
    if ForkedError.code in verdicts:
        raise Unavailable("the cursor is newer than what can be read just now", TRY_AGAIN)
    return ["", "", *verdicts]


def _key(chosen: Chosen) -> PlanKey:
    return chosen.operation.text, chosen.operation.name, shape(chosen.variables.coerced)


def weight(key: PlanKey, statements: Iterable[CompiledStatement]) -> int:
    """Of statements that are kept under a key, in bytes."""
    bare = ENTRY_OVERHEAD + (len(key[0]) + len(str(key[2]))) * _LETTER
    pieces = [statement.pieces for statement in statements]
    return bare + sum(sum(map(len, each)) * _LETTER + len(each) * _VALUE for each in pieces)


def price_plan(planner: Planner, plan: Plan) -> Price:
    """The price of what was planned; none of a plan at fault, which is not run."""
    planner.faults.extend(planner.introspection.faults)
    return Price() if planner.faults else price_of(plan)


def compile_statement(
    planner: Planner, plan: Plan, price: Price, withheld: Tables = NOTHING
) -> CompiledStatement:
    """The plan's statement, or all that is wrong with it."""
    text, faults = Sql(""), list(planner.faults)
    try:
        # Arguments at fault may be of no use to the compiler.
        if not faults:
            whole = compile_plan(plan, [verdict for _, verdict in planner.verdicts])
            text = in_front(withheld, whole)
        check_size(len(text.text), len(text.params))
    except QueryError as error:
        faults.append(error)
    return CompiledStatement(
        Pieces(text.text.split(HOLE)),
        Binding(planner.checks, text.params),
        price,
        tuple(path for path, _ in planner.verdicts),
        tuple(faults),
    )


def check_size(letters: int, values: int) -> None:
    """Of a statement; raises LimitError."""
    for count, most, what in (
        (letters, MOST_TEXT, "characters"),
        (values, MOST_PARAMS, "values"),
    ):
        if count > most:
            message = f"the operation makes a statement of {count:,} {what}, more than {most:,}"
            raise LimitError(message, "ask for less at once")


def _no_operation(name: str | None) -> GraphQLError:
    if name:
        return GraphQLError(f"Unknown operation named '{name}'.")
    return GraphQLError("Must provide operation name if query contains multiple operations.")


def to_graphql(error: KBError) -> GraphQLError:
    """As clients get it, with its place and code."""
    path = (list(error.path) or None) if isinstance(error, QueryError) else None
    return GraphQLError(for_client(error), path=path, extensions={"code": error.code})
