"""Connections to a PostgreSQL server: how one is opened, and what it may do.

In: the URL of a database. Out: connections that notice soon that their server is gone, and that
find among several hosts the one that takes writes. Those that read have a time limit and cannot
write: as settings of their session, which are made once it is open, because a server is not found
by `target_session_attrs=read-write` that was told to read; or, where a pooler gives each
transaction to another session, as settings of each transaction.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from socket import SHUT_RDWR, socket

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from kb.database.read_pool import DEADLINE

_SOON: Mapping[str, str] = {
    "connect_timeout": "3",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "5000",
}
"""Within what time a host that answers nothing at all is given up."""
_LIMITS = "set_config('jit', 'off', {0}), set_config('statement_timeout', %s, {0})"
_LIMIT_SESSION = f"""select set_config('default_transaction_read_only', 'on', false),
 {_LIMITS.format("false")} where pg_backend_pid() = %s""".encode()
_LIMIT_TRANSACTION = f"select {_LIMITS.format('true')}".encode()


def conninfo_of(url: str) -> str:
    """What libpq is told: the URL, and what it leaves to be said.

    Of several hosts the one that takes writes is wanted.
    """
    told = conninfo_to_dict(url)
    hosts = str(told.get("host") or told.get("hostaddr") or "")
    wanted = {"target_session_attrs": "read-write"} if "," in hosts else {}
    # Of an encoding of its own the driver would give bytes, and the environment may name one.
    return make_conninfo("", **{**_SOON, **wanted, **told, "client_encoding": "UTF8"})


def leave_to_pooler(connection: psycopg.Connection) -> None:
    """Prepare no statements if a pooler gives each transaction to another session."""
    (pid,) = connection.execute("select pg_backend_pid()").fetchone() or (0,)
    connection.rollback()
    if pid != connection.info.backend_pid:
        connection.prepare_threshold = None


class ReadingConnection(psycopg.AsyncConnection[TupleRow]):
    """One that cannot write, once it is limited; `is_direct` says that no pooler is between.

    A pooler tells clients another number of the server's process than the server itself does.
    """

    is_direct = False

    async def limit(self) -> None:
        """By one statement, which does nothing to a session of others."""
        cursor = await self.execute(_LIMIT_SESSION, [f"{DEADLINE}s", self.info.backend_pid])
        self.is_direct = cursor.rowcount > 0
        if not self.is_direct:
            self.prepare_threshold = None

    def break_off(self) -> None:
        """Whoever waits for a server that may never answer again hears at once that it is gone.

        To cancel what waits would ask the same server to cancel it.
        """
        with suppress(OSError, psycopg.Error), socket(fileno=os.dup(self.fileno())) as handle:
            handle.shutdown(SHUT_RDWR)

    async def fetch_row(
        self, statement: bytes, values: Sequence[object] = (), *, prepare: bool | None = None
    ) -> TupleRow | None:
        """The first row; in one round trip, whether or not there is a pooler."""
        if self.is_direct:
            return await (await self.execute(statement, values, prepare=prepare)).fetchone()
        try:
            async with self.pipeline():
                await self.execute(b"begin read only", prepare=False)
                await self.execute(_LIMIT_TRANSACTION, [f"{DEADLINE}s"], prepare=False)
                cursor = await self.execute(statement, values, prepare=False)
                await self.execute(b"commit", prepare=False)
        except psycopg.Error:
            if not self.closed:
                await self.rollback()
            raise
        return await cursor.fetchone()


async def connect_reader(url: str) -> ReadingConnection:
    """Limited already, and in no transaction; none stays open of which that cannot be."""
    connection = await ReadingConnection.connect(conninfo_of(url), autocommit=True)
    try:
        await connection.limit()
    except BaseException:  # Nor where nobody waits for it any more.
        await connection.close()
        raise
    return connection
