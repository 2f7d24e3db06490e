"""How long the lists without pages are, so that they have a price before they are read.

In: a reader, from the start on and then every minute, between operations and never within one. Out:
for each such field of the schema the length of its longest list, as it was when last measured.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from graphql import GraphQLSchema

from kb.database.read_pool import Reader
from kb.errors import TooSlow, Unavailable
from kb.query import price
from kb.query.sql import HOLE, Tables, in_front
from kb.query.withheld import NOTHING

_INTERVAL = 60.0
"""Seconds between two measurements."""
_PATIENCE = 0.25
"""Seconds that a start waits for the first one, which takes less of all but very many records."""
_REST = 20
"""How many times as long as a measurement took the next one waits at least."""
_sleep, _clock = asyncio.sleep, time.monotonic
_LOGGER = logging.getLogger(__name__)


class Lengths:
    """The lengths of one database's lists, at the newest revision that was looked at; of those of
    withheld tables nothing is told.
    """

    def __init__(self, schema: GraphQLSchema, withheld: Tables = NOTHING) -> None:
        statement = in_front(withheld, price.lengths_statement(schema))
        self._pieces = tuple(statement.text.split(HOLE))
        self._longest: Mapping[str, int] = {}
        self.revision = -1

    def of(self, name: str) -> int:
        return self._longest.get(name, price.UNKNOWN_LENGTH)

    async def measure(self, reader: Reader) -> None:
        """Measures again if anything has changed."""
        (text,) = await reader.fetch(self._pieces, [self.revision])
        if text:
            measured = json.loads(str(text))
            self.revision, self._longest = measured["revision"], measured["longest"]

    @asynccontextmanager
    async def keep_measured(self, reader: Reader) -> AsyncIterator[None]:
        """Measures until the end; what a start cannot wait for goes on beside what is served."""
        first = asyncio.Event()
        task = asyncio.create_task(self._measure_regularly(reader, first))
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(first.wait(), _PATIENCE)
            yield
        finally:
            task.cancel()

    async def _measure_regularly(self, reader: Reader, first: asyncio.Event) -> None:
        while True:
            begun = _clock()
            await self._try_to_measure(reader)
            first.set()
            await _sleep(max(_INTERVAL, _REST * (_clock() - begun)))

    async def _try_to_measure(self, reader: Reader) -> None:
        """An error ends nothing: what is unavailable here is so for operations, which report it."""
        try:
            await self.measure(reader)
        except Unavailable:
            pass
        except TooSlow as error:
            _LOGGER.warning("the lengths of lists stay as they were: %s", error)
        except Exception:
            _LOGGER.exception("the lengths of lists could not be read")
