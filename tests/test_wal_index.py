"""What the index of SQLite's log tells of commits: as much as SQLite itself, whoever makes them."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pysqlite3
import pytest

from kb.database.sqlite_reader import SqliteReader
from kb.database.wal_index import WalIndex


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kb.db"


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(pysqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table number (value)")
        yield connection


@pytest.fixture
def index(path: Path, writer: sqlite3.Connection) -> Iterator[WalIndex]:
    index = WalIndex(path)
    yield index
    writer.close()
    index.close()


def test_the_number_changes_with_every_commit_and_by_nothing_else(
    path: Path, writer: sqlite3.Connection, index: WalIndex
) -> None:
    numbers = [index.number()]
    with closing(pysqlite3.connect(path, isolation_level=None)) as other:
        for value in range(200):
            connection = (writer, other)[value % 2]
            connection.execute("begin")
            connection.execute("insert into number values (?)", (value,))
            assert index.number() == numbers[-1]
            connection.execute("commit")
            numbers.append(index.number())
            connection.execute("select count(*) from number").fetchone()
            assert index.number() == numbers[-1]
            if value % 50 == 49:
                # The log begins anew with the next commit.
                connection.execute("pragma wal_checkpoint(truncate)")
                numbers[-1] = index.number()
    assert None not in numbers
    assert len({*numbers}) == len(numbers)


def test_what_is_rolled_back_changes_nothing(writer: sqlite3.Connection, index: WalIndex) -> None:
    before = index.number()
    writer.execute("pragma cache_size = 1")
    writer.execute("begin")
    # More than is held in memory: a part is written to the log before its end.
    writer.executemany("insert into number values (?)", [("x" * 4_000,)] * 500)
    assert index.number() == before
    writer.execute("rollback")
    assert index.number() == before


def test_a_database_without_a_log_has_no_index(path: Path) -> None:
    with closing(pysqlite3.connect(path)) as connection:
        connection.execute("create table number (value)")
        with pytest.raises(FileNotFoundError):
            WalIndex(path)


def test_an_index_of_another_form_tells_nothing(path: Path) -> None:
    path.with_name("kb.db-shm").write_bytes(bytes(32_768))
    index = WalIndex(path)
    assert index.number() is None
    index.close()


def test_a_reader_notices_each_commit_before_there_is_a_log_and_after(path: Path) -> None:
    with closing(pysqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("create table number (value)")
        reader = SqliteReader(
            path, lambda kept: pysqlite3.connect(path, cached_statements=kept), lambda: None
        )

        async def follow() -> list[int | None]:
            states = [await reader.state()]
            for value in range(20):
                if value == 10:
                    writer.execute("pragma journal_mode = wal")
                writer.execute("insert into number values (?)", (value,))
                states.append(await reader.state())
                assert await reader.state() == states[-1]
            await reader.close()
            return states

        states = asyncio.run(follow())
    assert len({*states}) == len(states) == 21
