"""A reader of a database that fails at whatever is asked of it, as nobody foresaw.

In: the error to raise. Out: `FailingReader`, which tells its revision all the same, and counts how
often anything else was asked.
"""

from collections.abc import AsyncGenerator, Sequence

from kb.database.read_pool import (
    NEWEST_REVISION,
    Reader,
    ReaderLoad,
    SourceState,
    SqlValue,
    only_source,
)


class FailingReader:
    def __init__(self, error: Exception) -> None:
        self.error, self.asked = error, 0

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def state(self) -> int | None:
        return None

    @property
    def url(self) -> str:
        return ""

    @property
    def primary(self) -> Reader:
        return self

    def is_gone(self) -> bool:
        return False

    def load(self) -> ReaderLoad:
        raise NotImplementedError  # Nobody measures it.

    def sources(self) -> Sequence[SourceState]:
        return only_source(self)

    @property
    def is_refusing(self) -> bool:
        return False

    def refuses(self, pieces: tuple[str, ...], cost: int) -> bool:
        del pieces, cost
        return False

    def watch_commits(self) -> AsyncGenerator[None, None]:
        raise NotImplementedError  # Nothing listens here.

    async def fetch(
        self, pieces: Sequence[str], values: Sequence[SqlValue], cost: int = 0
    ) -> Sequence[SqlValue]:
        del values, cost
        if pieces == NEWEST_REVISION:
            return (1,)
        self.asked += 1
        raise self.error
