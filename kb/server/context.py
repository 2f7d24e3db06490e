"""What the operations on one database run with, and how many may subscribe to it.

In: a reader and a writer of the database. Out: `Context`, by which every transport has an operation
carried out.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field, replace

from graphql import ExecutionResult, OperationType
from starlette.requests import HTTPConnection

from kb.admission.rates import Rates, household_of
from kb.admission.seats import Seats
from kb.admission.shared_counts import SeatTable
from kb.database.commit_watch import CommitWatch
from kb.database.read_pool import NEWEST_REVISION, Reader
from kb.errors import LimitError, RequestError, TooManyRequests, Unavailable
from kb.query.executor import Chosen, Executor, Operation, to_graphql
from kb.query.mutation_plans import MutationPlans
from kb.server.bearers import Bearers, bearer_and_token, client_of
from kb.server.document_cache import DocumentCache
from kb.server.document_store import DocumentStore
from kb.server.load_shedding import Pressure
from kb.server.mutations import Curation, Writer
from kb.server.requests import EVENT_STREAM
from kb.server.turns import Turns
from kb.telemetry.lag import Lag
from kb.tokens import Bearer

MOST_SUBSCRIPTIONS, MOST_OF_CLIENT = 1_000, 50
"""How many subscriptions there may be at once, and of one client."""
_WAIT, _WAIT_FOR_REPLICA = 2.0, 0.2
"""Seconds to wait for a revision that a client asks for, before the primary is asked, too."""
_PARTING, _GLANCE = 1.0, 0.01
"""Seconds that subscribers have to hear that the service ends, and between two looks for them."""


def too_many_requests(seconds: int) -> TooManyRequests:
    return TooManyRequests("this client has sent as many requests as it may just now", seconds)


def subscription_seats(table: SeatTable | None = None) -> Seats:
    return Seats(MOST_SUBSCRIPTIONS, MOST_OF_CLIENT, table)


@dataclass(frozen=True, eq=False)
class Access:
    """What plans operations, over the tables that some clients may read."""

    executor: Executor
    mutation_plans: MutationPlans


@dataclass(frozen=True)
class Context:
    """What an operation runs with: for whoever bears a token, or has none."""

    anonymous: Access
    bearers: Access
    reader: Reader
    news: CommitWatch
    writer: Writer
    tokens: Bearers
    store: DocumentStore
    documents: DocumentCache = field(default_factory=DocumentCache)
    pressure: Pressure = field(default_factory=Pressure)
    seats: Seats = field(default_factory=subscription_seats)
    lag: Lag = field(default_factory=Lag)
    turns: Turns = field(default_factory=Turns)
    rates: Rates | None = None
    is_closed: bool = False
    """Whether all reading takes a token."""
    client: str = ""
    counted_as: str = ""
    bearer: Bearer | None = None
    token: str | None = None

    @property
    def access(self) -> Access:
        return self.bearers if self.bearer else self.anonymous

    @property
    def executor(self) -> Executor:
        return self.access.executor

    def sent_by(self, connection: HTTPConnection) -> "Context":
        """For whoever sends this, whom the application has told from others."""
        client = household_of(connection.client.host) if connection.client else ""
        bearer, token = bearer_and_token(connection.scope)
        counted_as = client_of(connection.scope)
        return replace(self, client=client, counted_as=counted_as, bearer=bearer, token=token)

    def count_operation(self) -> None:
        """Raises TooManyRequests once the client has asked for more than it may."""
        if self.rates and self.counted_as and (seconds := self.rates.take(self.counted_as)):
            raise too_many_requests(seconds)

    async def check_token(self) -> None:
        """Raises Unauthenticated if the token holds no longer."""
        if self.bearer and self.token:
            await self.tokens.find(self.token)

    @contextmanager
    def subscribed(self) -> Iterator[None]:
        """While a subscription lasts; raises LimitError if there are too many."""
        if self.seats.are_full() or self.seats.are_full_for(self.client):
            allowed = f"{MOST_SUBSCRIPTIONS} subscriptions at once, {MOST_OF_CLIENT} of one client"
            what = f"{allowed}, are all that there may be"
            raise LimitError(what, "end another one, or come later")
        with self.seats.occupy(self.client):
            yield

    async def end(self) -> None:
        """The service ends: subscribers are told, and given a moment to hear it."""
        await self.news.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(_PARTING):
                while self.seats.taken:
                    await asyncio.sleep(_GLANCE)

    async def reaching(self, revision: int) -> "Context":
        """With a reader that has that revision; raises Unavailable after a while.

        A replica is waited for shortly; whoever asks for more than it has reads from the primary.
        """
        primary = self.reader.primary
        is_only = primary is self.reader or primary.is_gone()
        if not revision:
            return self
        head = await _newest(self.reader, revision, _WAIT if is_only else _WAIT_FOR_REPLICA)
        if head < revision and not is_only:
            head = await _newest(primary, revision, _WAIT)
        else:
            primary = self.reader
        if head < revision:
            what = f"the newest revision is {head}, not yet {revision}"
            raise Unavailable(what, "try again in a moment")
        return replace(self, reader=primary)

    def keep_document(self, operation: Operation) -> None:
        """Tells the fast path that the operation's document is valid."""
        if prepared := self.executor.prepare(operation):
            self.documents.add(operation, prepared)

    async def answer(self, operation: Operation) -> ExecutionResult:
        chosen = self.executor.choose(operation)
        return chosen if isinstance(chosen, ExecutionResult) else await self.carry_out(chosen)

    async def carry_out(self, chosen: Chosen) -> ExecutionResult:
        """The one answer of an operation that has one."""
        if chosen.node.operation is OperationType.MUTATION:
            curation = Curation(
                self.executor.schema,
                self.access.mutation_plans,
                self.reader,
                self.writer,
                self.bearer,
                self.token,
            )
            return await curation.answer(chosen)
        if chosen.node.operation is OperationType.SUBSCRIPTION:
            what = "a subscription has many answers"
            remedy = f"accept {EVENT_STREAM}, or subscribe over a WebSocket"
            return ExecutionResult(None, [to_graphql(RequestError(what, remedy))])
        return await self.executor.answer(chosen, self.reader)


async def _newest(reader: Reader, revision: int, seconds: float) -> int:
    """The newest revision, once it is at least that one or so many seconds have passed."""
    until = time.monotonic() + seconds
    async with aclosing(reader.watch_commits()) as news:
        while True:
            (head,) = await reader.fetch(NEWEST_REVISION, ())
            if int(str(head)) >= revision:
                return int(str(head))
            try:
                await asyncio.wait_for(anext(news), until - time.monotonic())
            except TimeoutError:
                return int(str(head))
