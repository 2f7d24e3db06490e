"""An operation answered for who can take several answers, as a subscription has.

In: an operation, by any transport that streams. Out: the one answer that POST gives, or one result
an event, in order, without gap or repeat: each batch is the query for what follows the batch
before, so that there is no seam between old changes and new ones. A client that does not keep up
holds no more than one batch, and those who read much take turns.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

import strawberry
from graphql import ExecutionResult as Result
from graphql import GraphQLError
from graphql import OperationType as Kind
from strawberry.http import GraphQLRequestData
from strawberry.schema import BaseSchema
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from kb.errors import KBError, LimitError, QueryError, RequestError, Unavailable
from kb.news import News
from kb.query.execute import Chosen, Executor, Operation, to_graphql
from kb.query.follow import AFTER, Batch, Followed, as_query, batch
from kb.readers import Reader
from schema import fields
from schema.curating import Writer, curate
from schema.documents import Documents
from schema.faults import failure
from schema.feed import CHANGES, Change
from schema.filters import TYPES
from schema.pressure import Pressure
from schema.requests import EVENTS
from schema.turns import Turns

MOST_FOLLOWERS, MOST_OF_ONE = 1_000, 50
"""How many subscriptions there may be at once, and of one client."""
_WAIT = 2.0
"""Seconds until a revision must be there that was asked for."""
_PARTING, _GLANCE = 1.0, 0.01
"""Seconds that those who listen have to hear that the service ends; how often it is looked."""
PATIENCE = 60.0
"""Seconds in which a client must take an event."""
_QUIET = 15.0
"""Seconds without news after which a client is told that it is still listened for."""
_AGAIN = "subscribe again after the cursor in `extensions`"

Results = AsyncGenerator[ExecutionResult | None, None]


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
    turns: Turns = field(default_factory=Turns)
    client: str = ""
    token: str | None = None

    async def end(self) -> None:
        """The service ends: who follows it is told, and given a moment to hear it."""
        await self.news.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(_PARTING):
                while self.seats.taken:
                    await asyncio.sleep(_GLANCE)

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
        return chosen if isinstance(chosen, Result) else await self.carry_out(chosen)

    async def carry_out(self, chosen: Chosen) -> Result:
        """The one answer of an operation that has one."""
        if chosen.node.operation is Kind.MUTATION:
            return await curate(self.executor, chosen, self.writer, self.token)
        if chosen.node.operation is Kind.SUBSCRIPTION:
            what = "a subscription has many answers"
            remedy = f"accept {EVENTS}, or subscribe over a WebSocket"
            return Result(None, [to_graphql(RequestError(what, remedy))])
        return await self.executor.answer(chosen, self.reader)


@dataclass(frozen=True)
class Following:
    """Whatever has one answer has that; a subscription takes a seat, and its answer is a `Step`."""

    context: Context
    seats: ExitStack

    async def answer(self, operation: Operation) -> Result:
        executor = self.context.executor
        chosen = executor.choose(operation)
        if isinstance(chosen, Result):
            return chosen
        if chosen.node.operation is not Kind.SUBSCRIPTION:
            return await self.context.carry_out(chosen)
        try:
            followed = as_query(executor.schema, operation.document, chosen.node, chosen.variables)
            self.seats.enter_context(self.context.seats.seat(self.context.client))
        except QueryError as error:
            return Result(None, [to_graphql(error)])
        except GraphQLError as error:
            return Result(None, [error])
        return await _step(self.context, operation, followed, followed.after)


@dataclass(frozen=True)
class Step:
    """A batch of a subscription's events; `seen` is the news that was counted before that."""

    context: Context
    operation: Operation
    followed: Followed
    batch: Batch
    seen: int

    async def next(self) -> "Step | ExecutionResult":
        """The batch after it, or the errors that end the subscription."""
        try:
            found = await _step(self.context, self.operation, self.followed, self.batch.after)
        except Exception as error:
            return ExecutionResult(None, [failure(error)])
        data: object = found.data
        return data if isinstance(data, Step) else ExecutionResult(None, found.errors)

    async def is_news(self) -> bool:
        """Whether there may be more by now; it is waited for."""
        try:
            async with asyncio.timeout(_QUIET):
                await self.context.news.beyond(self.seen)
        except TimeoutError:
            return False
        return True


async def _step(
    context: Context, operation: Operation, followed: Followed, after: str | None
) -> Result:
    """What follows a cursor, as a `Step`; errors stand where they would in an event."""
    seen = context.news.count
    text, variables = f"{operation.text}\0{AFTER}", {**operation.variables, AFTER: after}
    asked = Operation(text, followed.document, operation.name, variables)
    found = await context.answer(asked)
    if found.errors:
        return Result(None, [_moved(one, followed.path(one.path or ())) for one in found.errors])
    assert found.data is not None
    step = Step(context, operation, followed, batch(found.data, followed.key), seen)
    # The library types data as a dict, but only passes it on.
    return Result(cast(dict[str, object], step), None)


def _moved(error: GraphQLError, path: tuple[str | int, ...]) -> GraphQLError:
    return GraphQLError(error.message, path=path, extensions=error.extensions)


async def answers(
    schema: BaseSchema,
    asked: GraphQLRequestData,
    context: Context,
    allowed: Iterable[OperationType] | None = None,
) -> Results:
    """None now and then while a subscription waits, for whoever must show that it lives."""
    with ExitStack() as seats:
        await context.turns.take()
        result = await schema.execute(
            asked.query,
            variable_values=asked.variables,
            context_value=Following(context, seats),
            operation_name=asked.operation_name,
            allowed_operation_types=allowed,
        )
        data: object = result.data
        step = data if isinstance(data, Step) else result
        while isinstance(step, Step):
            over = await context.turns.take()
            for cursor, event in step.batch.events:
                begun = time.monotonic()
                if begun > over:
                    over = await context.turns.take()
                yield ExecutionResult(event, None)
                if time.monotonic() - begun > PATIENCE:
                    yield ExecutionResult(None, [_too_slow(cursor)])
                    return
            while not step.batch.more and not await step.is_news():
                yield None
            if context.news.over:
                yield ExecutionResult(None, [_ended(step.batch.after)])
                return
            await context.turns.take()
            step = await step.next()
        yield step


def _too_slow(cursor: str) -> GraphQLError:
    what = f"the client took longer than {PATIENCE:.0f} seconds for an event"
    return _at(cursor, LimitError(what, _AGAIN))


def _ended(cursor: str) -> GraphQLError:
    return _at(cursor, Unavailable("the service ends", _AGAIN))


def _at(cursor: str, error: KBError) -> GraphQLError:
    """The cursor from which a subscription goes on."""
    told = to_graphql(error)
    return GraphQLError(told.message, extensions={**(told.extensions or {}), "cursor": cursor})
