"""A file that is read from the database for a download, in a transaction of its own.

In: a reader, and what reads a `Content` on a connection. Out: the place in the feed that the file
belongs to, its first block, and the rest, whose end is the end of the transaction.
"""

from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from kb import database
from kb.commit.feed import FeedState
from kb.config import Settings
from kb.database.read_pool import Reader
from kb.errors import Unavailable


class Content(NamedTuple):
    state: FeedState
    blocks: Iterator[bytes]


ReadContent = Callable[[Connection], Content]


class Reading(NamedTuple):
    state: FeedState
    first: bytes
    rest: Generator[bytes, None, None]


async def begin_reading(settings: Settings, reader: Reader, read: ReadContent) -> Reading:
    """By the primary if a replica does not give the first block."""
    url = reader.url
    try:
        return await run_in_threadpool(_begin, settings, url, read)
    except Unavailable:
        if url == reader.primary.url or reader.primary.is_gone():
            raise
    return await run_in_threadpool(_begin, settings, reader.primary.url, read)


def _begin(settings: Settings, url: str, read: ReadContent) -> Reading:
    states: list[FeedState] = []
    rest = _read_blocks(settings, url, read, states)
    first = next(rest)
    return Reading(states[0], first, rest)


def _read_blocks(
    settings: Settings, url: str, read: ReadContent, states: list[FeedState]
) -> Generator[bytes, None, None]:
    """`states` takes the place before the first block is given."""
    engine = database.open_reading_engine(settings.model_copy(update={"database_url": url}))
    try:
        with database.read_transaction(engine) as connection:
            content = read(connection)
            states.append(content.state)
            yield from content.blocks
    finally:
        engine.dispose()
