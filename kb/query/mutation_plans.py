"""Mutations planned once for their document, and bound for each request.

In: a mutation with its variables. Out: its roots, each with its arguments and, for every outcome
that it may have, the statement that answers it; or `Refused`, with all that is wrong with any of
these. After that nothing is planned or compiled, whatever the outcomes will be. No connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graphql import FragmentDefinitionNode, GraphQLError
from graphql.execution.values import VariableValues

from kb.cache import ENTRY_OVERHEAD, WeightedCache
from kb.database.read_pool import Pieces
from kb.errors import QueryError
from kb.query import mutation
from kb.query.binding import Binding, fill_slots, fit_value, shape, slots
from kb.query.executor import (
    Chosen,
    CompiledStatement,
    Executor,
    PlanKey,
    Refused,
    check_size,
    compile_statement,
    price_plan,
    weight,
)
from kb.query.mutation import OutcomeAnswer, Root
from kb.query.price import Price
from kb.query.sql import HOLE, Scalar, Slot

_MOST_PLANNED, _MOST_READ = 32_000_000, 1_000_000
"""Bytes of plans that are kept, and of what is known of their documents."""
_Document = tuple[str, str | None]
"""A document, and the name of its operation."""


class Bound(NamedTuple):
    """A statement in pieces, and the values that stand between them."""

    pieces: Sequence[str]
    values: Sequence[Scalar]


@dataclass(frozen=True)
class BoundRoot:
    """A root with its arguments, and what answers it by the type of its outcome."""

    key: str
    name: str
    arguments: Mapping[str, object]
    answers: Mapping[str, Bound]

    def answer(self, outcome: OutcomeAnswer) -> Bound:
        """The statement that answers this outcome, which stands in front of it.

        Raises LimitError for so many problems that no statement takes them.
        """
        before, (pieces, values) = mutation.outcome_tables(outcome), self.answers[outcome.type_name]
        *first, last = before.text.split(HOLE)
        whole = (*first, f"{last} {pieces[0]}", *pieces[1:])
        check_size(sum(map(len, whole)), len(whole) - 1)
        return Bound(whole, [*(fit_value(param, {}) for param in before.params), *values])


@dataclass(frozen=True)
class _PlannedRoot:
    """A root whose arguments have slots, and its statements by the type of the outcome."""

    key: str
    name: str
    arguments: Mapping[str, object]
    statements: Mapping[str, CompiledStatement]


@dataclass(frozen=True)
class _Plan:
    """What is planned of a mutation; `selecting` are the variables that have a part in it."""

    roots: Sequence[_PlannedRoot]
    selecting: frozenset[str]


class MutationPlans:
    """Those of the mutations of one executor's schema; the newest are kept."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._selecting: WeightedCache[_Document, frozenset[str]] = WeightedCache(_MOST_READ)
        self._plans: WeightedCache[PlanKey, _Plan] = WeightedCache(_MOST_PLANNED)

    async def bind(self, chosen: Chosen) -> list[BoundRoot]:
        """The roots, in the order in which they are carried out; raises Refused and QueryError."""
        variables, background = chosen.variables.coerced, self._executor.background

        def find() -> list[BoundRoot] | None:
            plan = self._find(chosen)
            return None if plan is None else self._bound(plan, variables)

        async def make() -> list[BoundRoot]:
            plan = await background.run(self._planned, chosen)
            self._keep(chosen, plan)
            # What is too large to be kept may take long to be bound, too.
            return await background.run(self._bound, plan, variables)

        if (bound := find()) is not None:
            return bound
        document = chosen.operation.text, chosen.operation.name
        return await background.once(document, find, make)

    def _find(self, chosen: Chosen) -> _Plan | None:
        selecting = self._selecting.find((chosen.operation.text, chosen.operation.name))
        return None if selecting is None else self._plans.find(_key(chosen, selecting))

    def _keep(self, chosen: Chosen, plan: _Plan) -> None:
        document, key = (chosen.operation.text, chosen.operation.name), _key(chosen, plan.selecting)
        self._selecting.keep(document, plan.selecting, ENTRY_OVERHEAD + len(chosen.operation.text))
        statements = [statement for root in plan.roots for statement in root.statements.values()]
        self._plans.keep(key, plan, weight(key, statements) + len(statements) * ENTRY_OVERHEAD)

    def _planned(self, chosen: Chosen) -> _Plan:
        executor = self._executor
        definitions = chosen.operation.document.definitions
        fragments = [
            definition
            for definition in definitions
            if isinstance(definition, FragmentDefinitionNode)
        ]
        selecting = mutation.selecting_variables(executor.schema, chosen.node, fragments)
        chosen = chosen._replace(variables=_slotted(chosen.variables, selecting))
        try:
            roots = mutation.roots(executor.planner(chosen, chosen.variables))
        except GraphQLError as error:
            raise QueryError(error.message) from error
        return _Plan([self._planned_root(chosen, root) for root in roots], selecting)

    def _planned_root(self, chosen: Chosen, root: Root) -> _PlannedRoot:
        """With a statement for each outcome; `__typename` has none."""
        bare = root.name == "__typename"
        types = [] if bare else mutation.outcomes(self._executor.schema, root)
        statements = {
            outcome_type.name: self._statement(chosen, root, outcome_type.name)
            for outcome_type in types
        }
        return _PlannedRoot(root.key, root.name, root.arguments, statements)

    def _statement(self, chosen: Chosen, root: Root, type_name: str) -> CompiledStatement:
        """What answers an outcome of this type; what cannot be planned has the fault instead."""
        planner = self._executor.planner(chosen, chosen.variables)
        try:
            plan = mutation.plan(planner, root, type_name)
            statement = compile_statement(planner, plan, price_plan(planner, plan))
        except QueryError as fault:
            statement = CompiledStatement(Pieces(("",)), Binding((), ()), Price(), (), (fault,))
        # No payload leads to the roots of queries; what is told of the schema rests on variables.
        assert not planner.introspection.used
        return statement

    def _bound(self, plan: _Plan, variables: Mapping[str, object]) -> list[BoundRoot]:
        faults: dict[str, QueryError] = {}
        roots = [self._bound_root(root, variables, faults) for root in plan.roots]
        if faults:
            raise Refused([*faults.values()])
        return roots

    def _bound_root(
        self,
        root: _PlannedRoot,
        variables: Mapping[str, object],
        faults: dict[str, QueryError],
    ) -> BoundRoot:
        """With what is wrong with it, each once, added to the faults."""
        answers = {}
        for type_name, statement in root.statements.items():
            try:
                self._executor.cost(statement.price, variables)
                answers[type_name] = Bound(statement.pieces, statement.values(variables))
            except Refused as refused:
                faults |= {f"{fault.path} {fault}": fault for fault in refused.faults}
            except QueryError as fault:
                faults[f"{fault.path} {fault}"] = fault
        arguments = {
            name: fill_slots(argument, variables) for name, argument in root.arguments.items()
        }
        return BoundRoot(root.key, root.name, arguments, answers)


def _key(chosen: Chosen, selecting: frozenset[str]) -> PlanKey:
    """Of what fills arguments of roots alone, whether it is null may refuse it and no more."""
    shapes = [
        (name, shape(value) if name in selecting else value is None)
        for name, value in chosen.variables.coerced.items()
    ]
    return chosen.operation.text, chosen.operation.name, tuple(shapes)


def _slotted(variables: VariableValues, selecting: frozenset[str]) -> VariableValues:
    """Equal for two mutations of one document exactly if their keys are equal."""
    coerced = {
        name: slots(value, (name,)) if name in selecting else _slot(name, value)
        for name, value in variables.coerced.items()
    }
    return VariableValues(variables.sources, coerced)


def _slot(name: str, value: object) -> Slot | None:
    return None if value is None else Slot((name,))
