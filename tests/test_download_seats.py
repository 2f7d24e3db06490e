"""Downloads are so many at once, and end with their clients: a real server, and nobody reads."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from kb import database
from kb.config import Settings
from kb.server.downloads import MOST_DOWNLOADS, MOST_OF_CLIENT
from tests.support.command import serving
from tests.support.databases import Place
from tests.support.impatience import end_downloads_soon
from tests.support.many_events import many_events
from tests.support.service import free_port

pytestmark = pytest.mark.sweep

GET = b"GET /export/events.csv HTTP/1.1\r\nhost: x\r\n\r\n"
EVENTS = 20_000
"""More than all buffers between a server and its client hold."""
PATIENCE = 20.0


class Service(NamedTuple):
    port: int
    settings: Settings
    log: Path


@pytest.fixture(scope="module")
def service(
    place: Place, migrated: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    settings, folder = many_events(place.create(migrated), EVENTS), tmp_path_factory.mktemp("many")
    port, log = free_port(), folder / "log.txt"
    url = settings.database_url
    with serving(folder, port, end_downloads_soon, log, KB_DATABASE_URL=url):
        yield Service(port, settings, log)


@pytest.fixture
def begin(service: Service) -> Iterator[Callable[[int], socket.socket]]:
    """Begins a download from an address of this machine, and reads no further than its status."""
    with ExitStack() as stack:

        def begin_from(number: int) -> socket.socket:
            client = stack.enter_context(socket.socket())
            client.settimeout(PATIENCE)
            # The less the system takes for a client at once, the less is sent ahead.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
            client.bind((f"127.0.0.{number}", 0))
            client.connect(("127.0.0.1", service.port))
            client.sendall(GET)
            return client

        yield begin_from


def status(client: socket.socket) -> str:
    return client.recv(500).decode().partition("\r\n\r\n")[0]


def is_begun(client: socket.socket) -> bool:
    return status(client).startswith("HTTP/1.1 200")


def begin_at_last(begin: Callable[[int], socket.socket], number: int) -> socket.socket:
    """Once there is room, which is a moment after others have ended."""
    end = time.monotonic() + PATIENCE
    while not is_begun(client := begin(number)):
        assert time.monotonic() < end
        time.sleep(0.05)
    return client


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_so_many_at_once_and_of_one_client(begin: Callable[[int], socket.socket]) -> None:
    for number in range(1, MOST_DOWNLOADS // MOST_OF_CLIENT + 1):
        assert all(is_begun(begin(number)) for _ in range(MOST_OF_CLIENT))
        refused = status(begin(number))
        assert refused.startswith("HTTP/1.1 429")
        assert "retry-after: 10" in refused
    refused = status(begin(100))
    assert refused.startswith("HTTP/1.1 503")
    assert "retry-after: 10" in refused


_IN_USE = {
    "sqlite": "pragma wal_checkpoint(truncate)",
    "postgresql": "select count(*) from pg_stat_activity where xact_start is not null"
    " and pid <> pg_backend_pid() and datname = current_database()",
}
"""Statements that tell whether anybody is amid a transaction, in their first column."""


def is_in_use(settings: Settings) -> bool:
    engine = database.open_engine(settings)
    with database.write_transaction(engine) as connection:
        # SQLite writes nothing where nothing changes.
        connection.exec_driver_sql("update head set chain = 'b' || substr(chain, 2)")
        connection.exec_driver_sql("update head set chain = 'a' || substr(chain, 2)")
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("pragma busy_timeout = 1")
        number = connection.exec_driver_sql(_IN_USE[engine.dialect.name]).scalar()
    engine.dispose()
    return bool(number)


def test_one_ends_with_its_client(begin: Callable[[int], socket.socket], service: Service) -> None:
    """Its transaction does, which would else keep the log of SQLite growing."""
    until(lambda: not is_in_use(service.settings))
    clients = [begin_at_last(begin, 5) for _ in range(MOST_OF_CLIENT)]
    assert is_in_use(service.settings)
    for client in clients:
        client.close()
    until(lambda: not is_in_use(service.settings))
    begin_at_last(begin, 5)


def cut_off(service: Service) -> int:
    """How many downloads were, by its log."""
    return service.log.read_text(encoding="utf-8").count("a download was cut off")


def test_none_takes_longer_than_it_may(
    begin: Callable[[int], socket.socket], service: Service
) -> None:
    # What another test began may have been cut off, too, and said so.
    until(lambda: not is_in_use(service.settings))
    before = cut_off(service)
    client = begin_at_last(begin, 6)
    until(lambda: cut_off(service) > before)
    received = b""
    with suppress(ConnectionResetError):
        while chunk := client.recv(1_000_000):
            received += chunk
    assert received
    assert not received.endswith(b"\r\n0\r\n\r\n")
