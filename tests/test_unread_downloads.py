"""Downloads that nobody reads, and slow ones: what memory they hold, and how far the log grows.

SQLite's log cannot begin anew while anybody reads what is older than its end. Nobody can be made to
read, so what is unread for half a minute is cut off, and what is read slowly is put aside: a server
as it is shipped, while others write.
"""

import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest
from sqlalchemy import Engine

from kb import database
from kb.process.deadlines import UNREAD
from kb.server.downloads import MOST_DOWNLOADS, MOST_OF_CLIENT
from kb.server.spool import PATIENCE
from tests.support.command import KB, await_port, bare_environment
from tests.support.databases import SqlitePlace, prepare, shipped_seeds
from tests.support.service import free_port

pytestmark = [
    pytest.mark.long,
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the memory in use"),
]
DOWNLOADS = 200
MOST_MEMORY = 50_000_000
"""Bytes by which the process may grow."""
_PAUSE = 0.2
_MULTIPLY = """insert into snapshot (type, key, document, sha256, textless_sha256)
 select type, key || '-' || number, document, sha256, textless_sha256
 from snapshot, (with recursive counted(number) as
 (select 1 union all select number + 1 from counted where number < 200) select * from counted)"""
"""The whole feed two hundred times: more than all buffers hold between a server and its clients."""
_WRITE = "update snapshot set sha256 = hex(randomblob(32)) where rowid % 500 = 0"
"""Changes some two hundred pages."""


class Service(NamedTuple):
    port: int
    process: int
    engine: Engine
    log: Path
    """SQLite's own, of what was written."""

    def memory(self) -> int:
        """Bytes of its own, without the file that it maps."""
        status = Path(f"/proc/{self.process}/status").read_text(encoding="ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("RssAnon"))
        return int(line.split()[1]) * 1_024

    def write_for(self, seconds: float) -> int:
        """The largest size of the log meanwhile."""
        largest, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            with database.write_transaction(self.engine) as connection:
                connection.exec_driver_sql(_WRITE)
            largest = max(largest, self.log.stat().st_size)
            time.sleep(_PAUSE)
        return largest


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with shipped_seeds() as seeds:
        settings, port = prepare(SqlitePlace(tmp_path).create(), seeds), free_port()
    environment = {"KB_DATABASE_URL": settings.database_url, "KB_PORT": str(port)}
    engine = database.open_engine(settings)
    with database.write_transaction(engine) as connection:
        connection.exec_driver_sql(_MULTIPLY)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
    with (tmp_path / "told.txt").open("wb") as told:
        server = subprocess.Popen(
            [KB, "serve"], env=bare_environment() | environment, stdout=told, stderr=told
        )
        try:
            await_port(port)
            yield Service(port, server.pid, engine, Path(f"{settings.database_name}-wal"))
        finally:
            server.terminate()
            server.wait()
            engine.dispose()


@contextmanager
def unread(port: int) -> Iterator[Counter[bytes]]:
    """The statuses of downloads, once each has one; no address has more than it may."""
    with ExitStack() as stack:
        statuses = Counter[bytes]()
        for number in range(DOWNLOADS):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.settimeout(20)
            client.bind((f"127.0.1.{1 + number // MOST_OF_CLIENT}", 0))
            client.connect(("127.0.0.1", port))
            client.sendall(b"GET /export HTTP/1.1\r\nhost: x\r\n\r\n")
            statuses[client.recv(12)[9:]] += 1
        yield statuses


def test_downloads_that_nobody_reads_hold_little_and_not_for_long(service: Service) -> None:
    usual, before = service.write_for(3), service.memory()
    with unread(service.port) as statuses:
        assert statuses == {b"200": MOST_DOWNLOADS, b"503": DOWNLOADS - MOST_DOWNLOADS}
        held = service.write_for(UNREAD + 5)
        grown = service.memory() - before
        # By now they have been cut off: what is written goes to the beginning of the log again.
        later = service.write_for(10)
    print(f"memory grew by {grown:,} bytes; the log: {usual:,}, {held:,} while they were held,")
    print(f"{later:,} in the next ten seconds")
    assert grown < MOST_MEMORY
    assert usual < held
    assert later == held


def test_a_slow_client_holds_the_log_for_seconds_alone(service: Service) -> None:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect(("127.0.0.1", service.port))
        client.sendall(b"GET /export HTTP/1.0\r\nhost: x\r\n\r\n")
        client.settimeout(20)
        got, ended = bytearray(), Event()

        def read_slowly() -> None:
            while not ended.is_set():
                got.extend(client.recv(4_096))
                time.sleep(0.02)

        with ThreadPoolExecutor(1) as thread:
            reading = thread.submit(read_slowly)
            held = service.write_for(4 * PATIENCE)
            later = service.write_for(20)
            ended.set()
            reading.result()
        slowly = len(got)
        while piece := client.recv(1_000_000):
            got.extend(piece)
    print(f"the log: {held:,}, {later:,} later; {slowly:,} bytes of {len(got):,} read by then")
    assert slowly < len(got) / 4
    assert later == held
    assert b'"counts"' in got[-5_000:]
