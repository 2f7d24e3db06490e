"""How long the lists without pages are, so that they have a price before they are read.

In: a reader, at the start and then every minute, between operations and never within one. Out: for
each such list of the schema the length of the longest; data that grew since may be longer.
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
from kb.query.sql import HOLE

_EVERY = 60.0
"""Seconds between two measurements."""
_LOGGER = logging.getLogger(__name__)


class Lengths:
    """The lengths of one database's lists, at the newest revision that was looked at."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._pieces = tuple(price.lengths(schema).text.split(HOLE))
        self._longest: Mapping[str, int] = {}
        self.revision = -1

    def of(self, name: str) -> int:
        return self._longest.get(name, price.UNKNOWN_LENGTH)

    async def read(self, reader: Reader) -> None:
        """Measures anew if anything has changed."""
        (text,) = await reader.fetch(self._pieces, [self.revision])
        if text:
            found = json.loads(str(text))
            self.revision, self._longest = found["revision"], found["longest"]

    @asynccontextmanager
    async def kept(self, reader: Reader) -> AsyncIterator[None]:
        """Known from here on, and measured again every minute until the end."""
        await self._try(reader)
        task = asyncio.create_task(self._keep(reader))
        try:
            yield
        finally:
            task.cancel()

    async def _keep(self, reader: Reader) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            await self._try(reader)

    async def _try(self, reader: Reader) -> None:
        """What keeps this from being read keeps operations from it too, and is told there."""
        try:
            await self.read(reader)
        except Unavailable:
            pass
        except Exception:
            _LOGGER.exception("the lengths of lists could not be read")
