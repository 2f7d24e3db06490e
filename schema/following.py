"""The subscription: changes, old and new, for as long as a client listens.

In: a subscription, by any transport. Out: one result an event, in order, without gap or repeat:
each batch is the query for what follows the last event's cursor, so that there is no seam between
old changes and new ones. A client that does not keep up holds no more than one batch.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import strawberry
from graphql import ExecutionResult as Result
from graphql import GraphQLError, get_operation_ast, parse
from graphql import OperationType as Kind
from strawberry.schema.schema import StreamResult
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from kb.errors import LimitError, QueryError, RequestError, Unavailable
from kb.news import News
from kb.query.execute import Executor, Operation, to_graphql
from kb.query.follow import AFTER, as_query, events
from kb.readers import Reader
from schema import fields
from schema.curating import Writer, curate
from schema.faults import CodedSchema
from schema.feed import CHANGES, Change
from schema.filters import TYPES
from schema.limits import MOST_CHARACTERS
from schema.pressure import Pressure
from schema.quick import Documents
from schema.requests import EVENTS

MOST_FOLLOWERS, MOST_OF_ONE = 1_000, 50
"""How many subscriptions there may be at once, and of one client."""
_WAIT = 2.0
"""Seconds until a revision must be there that was asked for."""
_PATIENCE = 60.0
"""Seconds in which a client must take an event."""


@strawberry.type(description="What can be listened to.")
class Subscription:
    changes: Change = fields.made(
        CHANGES,
        "Every change after a cursor, old and new, in order, without gap or repeat, for as long as"
        " the client listens.",
        fields.AFTER,
        TYPES,
    )


@dataclass
class Seats:
    """Who listens, by client."""

    taken: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def seat(self, client: str) -> Iterator[None]:
        """Raises LimitError if there are too many."""
        if self.taken.total() >= MOST_FOLLOWERS or self.taken[client] >= MOST_OF_ONE:
            what = f"{MOST_FOLLOWERS} subscriptions at once, {MOST_OF_ONE} of one client, are all"
            raise LimitError(f"{what} that there may be", "end another one, or come later")
        self.taken[client] += 1
        try:
            yield
        finally:
            self.taken[client] -= 1
            self.taken += Counter()


@dataclass(frozen=True)
class Context:
    """What an operation runs with."""

    executor: Executor
    reader: Reader
    news: News
    writer: Writer
    documents: Documents = field(default_factory=Documents)
    pressure: Pressure = field(default_factory=Pressure)
    seats: Seats = field(default_factory=Seats)
    client: str = ""
    token: str | None = None

    async def reach(self, revision: int) -> None:
        """Until the database has that revision; raises Unavailable if it takes too long."""
        until = time.monotonic() + _WAIT
        while revision:
            seen = self.news.count
            (head,) = await self.reader.fetch(("select revision from head",), ())
            if int(str(head)) >= revision:
                return
            try:
                await asyncio.wait_for(self.news.beyond(seen), until - time.monotonic())
            except TimeoutError:
                what = f"the newest revision is {head}, not yet {revision}"
                raise Unavailable(what, "try again in a moment") from None

    def learn(self, operation: Operation) -> None:
        """That its document is valid."""
        if prepared := self.executor.prepare(operation):
            self.documents.add(operation, prepared)

    async def answer(self, operation: Operation) -> Result:
        chosen = self.executor.choose(operation)
        if isinstance(chosen, Result):
            return chosen
        if chosen.node.operation is Kind.MUTATION:
            return await curate(self.executor, chosen, self.writer, self.token)
        if chosen.node.operation is Kind.SUBSCRIPTION:
            what = "a subscription has many answers"
            remedy = f"accept {EVENTS}, or subscribe over a WebSocket"
            return Result(None, [to_graphql(RequestError(what, remedy))])
        return await self.executor.answer(chosen, self.reader)


@dataclass(frozen=True)
class Following:
    """A subscription's next batch: what follows `after`, or its own argument before the first."""

    context: Context
    after: str | None = None
    begun: bool = False

    async def answer(self, operation: Operation) -> Result:
        """The events as `data["events"]`; errors stand where they would in an event."""
        executor = self.context.executor
        chosen = executor.choose(operation)
        if isinstance(chosen, Result):
            return chosen
        try:
            followed = as_query(executor.schema, operation.document, chosen.node, chosen.variables)
        except (QueryError, GraphQLError) as error:
            told = to_graphql(error) if isinstance(error, QueryError) else error
            return Result(None, [told])
        after = self.after if self.begun else followed.after
        found = await self.context.answer(
            Operation(
                f"{operation.text}\0{AFTER}",
                followed.document,
                operation.name,
                {**operation.variables, AFTER: after},
            )
        )
        if found.errors:
            return Result(
                None, [_moved(one, followed.path(one.path or ())) for one in found.errors]
            )
        assert found.data is not None
        batch, more = events(found.data, followed.key)
        return Result({"events": batch, "more": more}, None)


def _moved(error: GraphQLError, path: tuple[str | int, ...]) -> GraphQLError:
    return GraphQLError(error.message, path=path, extensions=error.extensions)


class FollowingSchema(CodedSchema):
    """Streams subscriptions batch by batch, each executed as a query is."""

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, object] | None = None,
        context_value: object = None,
        root_value: object = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, object] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> StreamResult:
        if query is not None and _is_subscription(query, operation_name):
            assert isinstance(context_value, Context)
            return self._follow(query, variable_values, operation_name, context_value)
        return await super().stream(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            operation_extensions,
            allowed_operation_types,
        )

    async def _follow(
        self,
        query: str,
        variables: dict[str, object] | None,
        name: str | None,
        context: Context,
    ) -> AsyncGenerator[ExecutionResult | PreExecutionError, None]:
        try:
            with context.seats.seat(context.client):
                after: str | None = None
                begun = False
                while True:
                    seen = context.news.count
                    following = Following(context, after, begun)
                    result = await self.execute(
                        query,
                        variable_values=variables,
                        context_value=following,
                        operation_name=name,
                        allowed_operation_types=(OperationType.SUBSCRIPTION,),
                    )
                    if result.errors or result.data is None:
                        form = ExecutionResult if begun else PreExecutionError
                        yield form(data=None, errors=result.errors)
                        return
                    begun = True
                    for cursor, data in result.data["events"]:
                        given = time.monotonic()
                        yield ExecutionResult(data=data, errors=None)
                        after = cursor
                        if time.monotonic() - given > _PATIENCE:
                            yield ExecutionResult(data=None, errors=[_too_slow(cursor)])
                            return
                    if not result.data["more"]:
                        await context.news.beyond(seen)
        except LimitError as error:
            yield PreExecutionError(data=None, errors=[to_graphql(error)])


def _too_slow(cursor: str) -> GraphQLError:
    what = f"the client took longer than {_PATIENCE:.0f} seconds for an event"
    told = to_graphql(LimitError(what, "subscribe again after the cursor in `extensions`"))
    return GraphQLError(told.message, extensions={**(told.extensions or {}), "cursor": cursor})


def _is_subscription(query: str, name: str | None) -> bool:
    """Whatever else it is, is for the library to say."""
    if len(query) > MOST_CHARACTERS:
        return False
    try:
        chosen = get_operation_ast(parse(query, no_location=True), name)
    except (GraphQLError, RecursionError):
        return False
    return chosen is not None and chosen.operation.value == "subscription"
