"""News passed on to all who wait for it.

In: a call whenever there is news. Out: to each who asks an item for the last state of things, and
one more whenever something was told since its last item, however often.
"""

import asyncio
from collections.abc import AsyncGenerator


class Broadcast:
    """Of one thing; nobody is told anything before the first news."""

    def __init__(self) -> None:
        self._begun = False
        self._waiting: set[asyncio.Event] = set()

    def tell(self) -> None:
        self._begun = True
        for event in self._waiting:
            event.set()

    async def items(self) -> AsyncGenerator[None, None]:
        self._waiting.add(told := asyncio.Event())
        if self._begun:
            told.set()
        try:
            while True:
                await told.wait()
                told.clear()
                yield
        finally:
            self._waiting.discard(told)
