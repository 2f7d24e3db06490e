"""Connections to PostgreSQL that cannot be limited, or that nobody waits for, are not left open."""

import asyncio
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import psycopg
import pytest

from kb.database.server_connection import ReadingConnection, connect_reader
from tests.support.databases import PostgresqlPlace

pytestmark = pytest.mark.slow

ROLE = "limited_by_nobody"
_OPEN = "select count(*) from pg_stat_activity where usename = %s"


@pytest.fixture
def refusing(postgresql: str) -> str:
    """The URL of a database where no session may be limited."""
    url = PostgresqlPlace(postgresql).create().database_url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"drop role if exists {ROLE}".encode())
        connection.execute(f"create role {ROLE} login password 'kb'".encode())
        connection.execute(b"revoke execute on function set_config(text, text, bool) from public")
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{ROLE}:kb@{host}").geturl()


def await_none_open(postgresql: str, is_open: Callable[[], object]) -> None:
    """Whatever still refers to it."""
    until = time.monotonic() + 10
    with psycopg.connect(postgresql, autocommit=True) as connection:
        while connection.execute(_OPEN, [ROLE]).fetchone() != (0,):
            assert time.monotonic() < until, is_open()
            time.sleep(0.02)


def test_what_cannot_be_limited_is_closed(postgresql: str, refusing: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
        asyncio.run(connect_reader(refusing))
    await_none_open(postgresql, lambda: refused.traceback)


def test_what_nobody_waits_for_is_closed(
    postgresql: str, refusing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[ReadingConnection] = []

    async def never(connection: ReadingConnection) -> None:
        opened.append(connection)
        await asyncio.Event().wait()

    async def connect_and_give_up() -> None:
        task = asyncio.create_task(connect_reader(refusing))
        while not opened:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    monkeypatch.setattr(ReadingConnection, "limit", never)
    asyncio.run(connect_and_give_up())
    await_none_open(postgresql, lambda: opened)
