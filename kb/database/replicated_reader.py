"""Queries on replicas of a PostgreSQL server, as long as they keep up with it.

In: readers of a primary and of its replicas. Out: one `Reader`, which reads from one of them at a
time: the first replica in an order of its own that answers and does not lag, else the primary. Its
state, revisions and cursors are so those of one database. A replica that lags, goes or breaks off a
statement is left, and taken back when it has kept up for a while; while the primary is gone nothing
is known of any lag, and replicas of its stream are read as they are.
"""

import asyncio
import logging
import math
import os
import socket
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from functools import partial
from zlib import crc32

import psycopg

from kb import database_url
from kb.database.broadcast import Broadcast
from kb.database.head_history import HeadHistory
from kb.database.head_watch import POLL, HeadRow
from kb.database.postgresql_reader import PostgresqlReader
from kb.database.read_pool import PRIMARY, Reader, ReaderLoad, SourceState, SqlValue

_LOGGER = logging.getLogger(__name__)
PROBATION = 5.0
"""Seconds for which a replica that was left must keep up before it is taken back."""
_QUICK, _NEAR = 0.01, 1.0
"""Seconds between two looks at a replica that lags, and the lag up to which they are so quick."""
_FIRST_LOOK = 4.0
"""Seconds in which it is known at the start whether the primary answers, or a replica instead."""


class Source:
    """A server that may be read, and from when on."""

    def __init__(self, reader: PostgresqlReader, name: str) -> None:
        self.reader, self.name = reader, name
        self.free_at = -math.inf
        self._was_fit = self._was_gone = False
        self._mending: asyncio.Task[None] | None = None

    @property
    def head(self) -> HeadRow | None:
        return self.reader.watch.head

    def answers(self) -> bool:
        return self.head is not None and not self.reader.is_gone()

    def note_fitness(self, now: float, *, is_fit: bool) -> None:
        """Who was fit and is so no longer has to keep up for a while."""
        if self._was_fit and not is_fit:
            self.free_at = now + PROBATION
        self._was_fit = self._was_fit or is_fit

    def note_presence(self) -> None:
        """What still waits for a server that is gone is ended; lost connections are replaced."""
        is_gone = self.reader.is_gone()
        if is_gone and not self._was_gone:
            self.reader.break_off()
        elif self._was_gone and not is_gone:
            self._mending = asyncio.create_task(self.reader.replace_lost())
        self._was_gone = is_gone

    async def close(self) -> None:
        if self._mending:
            self._mending.cancel()
        await self.reader.close()


class ReplicatedReader:
    """Of a primary and its replicas, which may lag by so many seconds."""

    def __init__(
        self, primary: PostgresqlReader, replicas: Sequence[PostgresqlReader], most_lag: float
    ) -> None:
        self._primary = Source(primary, PRIMARY)
        self._replicas = _rotated(
            [Source(reader, f"replica {number}") for number, reader in enumerate(replicas, 1)]
        )
        self._most_lag, self._history = most_lag, HeadHistory(most_lag)
        self._source, self._chosen_at = self._primary, -math.inf
        self._count, self._read = 0, (self._source, self._source.head)
        self._states: Sequence[SourceState] = []
        self._news, self._is_known = Broadcast(), asyncio.Event()

    @property
    def primary(self) -> Reader:
        return self._primary.reader

    @property
    def url(self) -> str:
        return self._source.reader.url

    async def open(self) -> None:
        for source in self._sources:
            source.reader.watch.reviewed = partial(self._review, source)
            source.reader.watch.pause = partial(self._pause, source)
            await source.reader.open()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_known.wait(), _FIRST_LOOK)

    async def close(self) -> None:
        for source in self._sources:
            await source.close()

    @property
    def _sources(self) -> Sequence[Source]:
        return [self._primary, *self._replicas]

    async def fetch(
        self, pieces: tuple[str, ...], values: Sequence[SqlValue], cost: int = 0
    ) -> Sequence[SqlValue]:
        """Once more, and elsewhere, what a server broke off."""
        source = self._source
        try:
            return await source.reader.fetch_once(pieces, values)
        except psycopg.OperationalError as error:
            self._leave(source, error)
        return await self._source.reader.fetch(pieces, values, cost)

    async def state(self) -> int | None:
        return None if await self._source.reader.state() is None else self._count

    def load(self) -> ReaderLoad:
        return self._source.reader.load()

    @property
    def is_refusing(self) -> bool:
        return self._source.reader.is_refusing

    def refuses(self, pieces: tuple[str, ...], cost: int) -> bool:
        return self._source.reader.refuses(pieces, cost)

    def sources(self) -> Sequence[SourceState]:
        return self._states

    def is_gone(self) -> bool:
        return self._source.reader.is_gone()

    def watch_commits(self) -> AsyncGenerator[None, None]:
        return self._news.items()

    def _leave(self, source: Source, error: psycopg.Error) -> None:
        """Read elsewhere from now on, unless others have left it already."""
        name = database_url.display_name(source.reader.url)
        _LOGGER.info("%s broke off a statement: %s", name, " ".join(str(error).split()))
        source.free_at = time.monotonic() + PROBATION
        if source is self._source:
            self._choose()

    def _review(self, source: Source) -> None:
        """After a look at a source."""
        source.note_presence()
        if source is self._primary and source.head and source.answers():
            before = self._history.newest
            self._history.note(source.head, source.reader.watch.read_at)
            if self._history.newest != before:
                for replica in self._replicas:
                    replica.reader.watch.hurry()
        self._choose()

    def _choose(self) -> None:
        now = time.monotonic()
        for replica in self._replicas:
            replica.note_fitness(now, is_fit=self._is_fit(replica, now))
        chosen = self._best_with_primary(now)
        if chosen is not self._source:
            _LOGGER.warning("queries read from %s", database_url.display_name(chosen.reader.url))
            self._source, self._chosen_at = chosen, now
        if self._read != (chosen, chosen.head):
            self._read, self._count = (chosen, chosen.head), self._count + 1
            self._news.tell()
        if chosen.answers():
            self._is_known.set()
        self._states = [self._state_of(source, now) for source in self._sources]

    def _state_of(self, source: Source, now: float) -> SourceState:
        lag = 0.0 if source is self._primary else self._lag(source, now)
        is_read = source is self._source
        return SourceState(source.name, is_read, lag if source.answers() else math.inf)

    def _best_with_primary(self, now: float) -> Source:
        if self._primary.reader.is_gone():
            return self._best_without_primary(now)
        for replica in self._replicas:
            is_free = now >= replica.free_at and self._is_fit(replica, now)
            if is_free and not self._is_behind(replica, now):
                return replica
        return self._primary

    def _best_without_primary(self, now: float) -> Source:
        """The one that is read now, else the newest."""

        def rank(replica: Source) -> tuple[bool, bool, int]:
            revision = replica.head.revision if replica.head else 0
            return now >= replica.free_at, replica is self._source, revision

        return max(filter(self._is_of_stream, self._replicas), key=rank, default=self._primary)

    def _is_of_stream(self, replica: Source) -> bool:
        """Of the primary's, as far as that was ever seen."""
        newest = self._history.newest
        is_other = newest and replica.head and replica.head.stream != newest.stream
        return replica.answers() and not is_other

    def _is_fit(self, replica: Source, now: float) -> bool:
        return replica.answers() and (
            self._primary.reader.is_gone() or self._lag(replica, now) < self._most_lag
        )

    def _lag(self, replica: Source, now: float) -> float:
        watch = replica.reader.watch
        return self._history.lag(watch.head, watch.read_at, now) if watch.head else math.inf

    def _is_behind(self, replica: Source, now: float) -> bool:
        """Whether readers would go back in time; not waited for if writes never let up."""
        head, read = replica.head, self._source.head
        if not (head and read) or now >= max(replica.free_at, self._chosen_at) + PROBATION:
            return False
        return head.stream == read.stream and head.revision < read.revision

    def _pause(self, replica: Source) -> float:
        """Until the next look at it: soon if it lacks something that it may have any moment."""
        return _QUICK if 0 < self._lag(replica, time.monotonic()) < _NEAR else POLL


def _rotated(replicas: Sequence[Source]) -> list[Source]:
    """In an order of this process's own, so that several processes spread over them."""
    start = (crc32(socket.gethostname().encode()) + os.getpid()) % max(len(replicas), 1)
    return [*replicas[start:], *replicas[:start]]
