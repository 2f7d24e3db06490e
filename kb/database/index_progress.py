"""How far the index is that a connection makes, told from beside it once a second.

In: the connection of a migration, and whom to tell. Out: nothing. Only engines whose dialect has
`index_progress` say how far they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from kb.database.dialects import dialect_of_engine
from kb.progress import Told

_PAUSE = 1.0


@contextmanager
def watch_indexes(connection: Connection, told: Told) -> Iterator[None]:
    if not dialect_of_engine(connection).index_progress:
        yield
        return
    process = connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
    ended = Event()
    watch = Thread(target=_watch, args=(connection.engine, process, told, ended), daemon=True)
    watch.start()
    try:
        yield
    finally:
        ended.set()
        watch.join()


def _watch(engine: Engine, process: int, told: Told, ended: Event) -> None:
    """Until it has ended; a server that does not answer is not asked again."""
    query = dialect_of_engine(engine).index_progress
    numbers: dict[int, int] = {}
    with suppress(DatabaseError), engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        while not ended.wait(_PAUSE):
            for table, index, done, total in connection.exec_driver_sql(query, (process,)):
                number = numbers.setdefault(index, len(numbers) + 1)
                told(f"Index {number}, of {table}", done, total)
