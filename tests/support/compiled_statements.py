"""What SQLAlchemy compiled, shared by all engines of a process of tests.

In: connections as they are opened. Out: the same, which find what those of another engine compiled.
Nearly every test opens a database of its own, and half the time of a load or a check of a small one
was to compile the same statements anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Dialect, Engine, event

_Key = tuple[Dialect, object, object, object, object]


class CompiledStatements(dict[tuple[object, ...], object]):
    """A `compiled_cache` whose keys have the name of a dialect, where each engine has its own."""

    def get(self, key: _Key, default: object = None) -> object:  # type: ignore[override]  # Its keys
        return super().get(_shared(key), default)

    def __setitem__(self, key: _Key, compiled: object) -> None:  # type: ignore[override]  # The same
        super().__setitem__(_shared(key), compiled)


def _shared(key: _Key) -> tuple[object, ...]:
    dialect, *rest = key
    return dialect.name, *rest


@contextmanager
def compiled_once() -> Iterator[None]:
    """Of all engines that connect within it."""
    cache = CompiledStatements()

    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=cache)

    event.listen(Engine, "engine_connect", share)
    try:
        yield
    finally:
        event.remove(Engine, "engine_connect", share)
