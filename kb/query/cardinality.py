"""How long the lists without pages are, so that they have a price before they are read.

In: a reader, at the start and then every minute, between operations and never within one. Out: for
each such field of the schema the length of its longest list, as it was when last measured.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from graphql import GraphQLSchema

from kb.database.read_pool import Reader
from kb.errors import Unavailable
from kb.query import price
from kb.query.sql import HOLE, Tables, in_front
from kb.query.withheld import NOTHING

_INTERVAL = 60.0
"""Seconds between two measurements."""
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
        """Measures at the start, and then every minute until the end."""
        await self._try_to_measure(reader)
        task = asyncio.create_task(self._measure_regularly(reader))
        try:
            yield
        finally:
            task.cancel()

    async def _measure_regularly(self, reader: Reader) -> None:
        while True:
            await asyncio.sleep(_INTERVAL)
            await self._try_to_measure(reader)

    async def _try_to_measure(self, reader: Reader) -> None:
        """An error ends nothing: what is unavailable here is so for operations, which report it."""
        try:
            await self.measure(reader)
        except Unavailable:
            pass
        except Exception:
            _LOGGER.exception("the lengths of lists could not be read")
