"""Operations answered by a stream of results, as a subscription needs.

In: an operation, by any transport that streams. Out: the one answer that POST gives, or one result
an event, in order, without gap or repeat: each batch is the query for what follows the batch
before, so that there is no seam between old changes and new ones. A client that does not keep up
holds no more than one batch, and those who read much take turns.
"""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import cast

from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError
from graphql import OperationType as CoreOperationType
from strawberry.http import GraphQLRequestData
from strawberry.schema import BaseSchema
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from kb.errors import (
    DocumentError,
    KBError,
    LimitError,
    QueryError,
    TooSlow,
    Unauthenticated,
    Unavailable,
)
from kb.query.executor import Operation, to_graphql
from kb.query.subscription import (
    AFTER_VARIABLE,
    ChangesQuery,
    EventBatch,
    to_changes_query,
    to_event_batch,
)
from kb.server.context import Context
from kb.server.error_codes import failure

PATIENCE = 60.0
"""Seconds in which a client must take an event."""
CURSOR = "cursor"
_QUIET = 15.0
"""Seconds without news after which a client gets a sign of life."""
_AGAIN = "subscribe again after the cursor in `extensions`"

Results = AsyncGenerator[ExecutionResult | None, None]


@dataclass(frozen=True)
class SubscriptionContext:
    """Answers an operation; a subscription takes a slot, and its answer is the first `Step`.

    It goes on `after` a cursor, if a client that was cut off gives one.
    """

    context: Context
    exit_stack: ExitStack
    after: str | None = None

    async def answer(self, operation: Operation) -> CoreResult:
        executor = self.context.executor
        chosen = executor.choose(operation)
        if isinstance(chosen, CoreResult):
            return chosen
        if chosen.node.operation is not CoreOperationType.SUBSCRIPTION:
            return await self.context.carry_out(chosen)
        try:
            followed = to_changes_query(
                executor.schema, operation.document, chosen.node, chosen.variables
            )
            self.exit_stack.enter_context(self.context.subscribed())
        except QueryError as error:
            return CoreResult(None, [to_graphql(error)])
        except GraphQLError as error:
            return CoreResult(None, [error])
        return await _step(self.context, operation, followed, self.after or followed.after)


@dataclass(frozen=True)
class Step:
    """A batch of a subscription's events; `seen` is the count of news before it was read."""

    context: Context
    operation: Operation
    followed: ChangesQuery
    batch: EventBatch
    seen: int

    async def next(self) -> "Step | ExecutionResult":
        """The batch after it, or the errors that end the subscription."""
        try:
            await self.context.check_token()
            result = await _step(self.context, self.operation, self.followed, self.batch.after)
        except (TooSlow, Unauthenticated, Unavailable) as error:
            return ExecutionResult(None, [_with_cursor(self.batch.after, error)])
        except Exception as error:
            return ExecutionResult(None, [failure(error)])
        data: object = result.data
        return data if isinstance(data, Step) else ExecutionResult(None, result.errors)

    async def wait_for_news(self) -> bool:
        """Whether there may be more events; False when none came for a while."""
        try:
            async with asyncio.timeout(_QUIET):
                await self.context.news.wait_beyond(self.seen)
        except TimeoutError:
            return False
        return True

    async def end_of_quiet(self, end: float) -> GraphQLError | None:
        """What ends the subscription although there is no news: its time is over, or its token.

        Whose token cannot be looked up just now is shown nothing, and may wait.
        """
        if time.monotonic() > end:
            return _lifetime_error(self.batch.after)
        try:
            await self.context.check_token()
        except Unauthenticated as error:
            return _with_cursor(self.batch.after, error)
        except (TooSlow, Unavailable):
            return None
        return None


async def _step(
    context: Context, operation: Operation, followed: ChangesQuery, after: str | None
) -> CoreResult:
    """The batch that follows a cursor, as a `Step`; errors have the paths of their events."""
    seen = context.news.count
    text = f"{operation.text}\0{AFTER_VARIABLE}"
    variables = {**operation.variables, AFTER_VARIABLE: after}
    batch_operation = Operation(text, followed.document, operation.name, variables)
    result = await context.answer(batch_operation)
    if result.errors:
        return CoreResult(
            None, [_with_path(error, followed.path(error.path or ())) for error in result.errors]
        )
    assert result.data is not None
    step = Step(context, operation, followed, to_event_batch(result.data, followed.key), seen)
    # The library types data as a dict, but only passes it on.
    return CoreResult(cast(dict[str, object], step), None)


def _with_path(error: GraphQLError, path: tuple[str | int, ...]) -> GraphQLError:
    return GraphQLError(error.message, path=path, extensions=error.extensions)


async def answers(
    schema: BaseSchema,
    request: GraphQLRequestData,
    context: Context,
    allowed: Iterable[OperationType] | None = None,
    lifetime: float = math.inf,
    after: str | None = None,
) -> Results:
    """Results in order; None now and then while a subscription waits, for a sign of life.

    An event has its cursor in `extensions`, for the transport; `after` is the one to go on after,
    if it is not that of the document. A subscription ends after `lifetime` seconds, with the cursor
    from which it can go on.
    """
    end = time.monotonic() + lifetime
    with ExitStack() as exit_stack:
        exit_stack.callback(context.lag.end, exit_stack)
        await context.turns.take()
        result = await schema.execute(
            request.query,
            variable_values=request.variables,
            context_value=SubscriptionContext(context, exit_stack, after),
            operation_name=request.operation_name,
            allowed_operation_types=allowed,
        )
        data: object = result.data
        step = data if isinstance(data, Step) else result
        while isinstance(step, Step):
            over = await context.turns.take()
            if step.batch.events:
                context.lag.begin(exit_stack)
            for cursor, event in step.batch.events:
                begun = time.monotonic()
                if begun > over:
                    over = await context.turns.take()
                yield ExecutionResult(event, None, {CURSOR: cursor})
                if time.monotonic() - begun > PATIENCE:
                    yield ExecutionResult(None, [_slow_client_error(cursor)])
                    return
            if not step.batch.more:
                context.lag.end(exit_stack)
            while not step.batch.more and not await step.wait_for_news():
                if error := await step.end_of_quiet(end):
                    yield ExecutionResult(None, [error])
                    return
                yield None
            if context.news.ended:
                yield ExecutionResult(None, [_shutdown_error(step.batch.after)])
                return
            await context.turns.take()
            step = await step.next()
        yield step


async def document_refusal(error: DocumentError) -> Results:
    """The one result of an operation whose document is not to be had."""
    yield ExecutionResult(None, [to_graphql(error)])


def _slow_client_error(cursor: str) -> GraphQLError:
    what = f"the client took longer than {PATIENCE:.0f} seconds for an event"
    return _with_cursor(cursor, LimitError(what, _AGAIN))


def _lifetime_error(cursor: str) -> GraphQLError:
    return _with_cursor(cursor, Unavailable("the stream has lasted as long as one may", _AGAIN))


def _shutdown_error(cursor: str) -> GraphQLError:
    return _with_cursor(cursor, Unavailable("the service ends", _AGAIN))


def _with_cursor(cursor: str, error: KBError) -> GraphQLError:
    """The error with the cursor from which a subscription can go on."""
    graphql_error = to_graphql(error)
    return GraphQLError(
        graphql_error.message, extensions={**(graphql_error.extensions or {}), "cursor": cursor}
    )
