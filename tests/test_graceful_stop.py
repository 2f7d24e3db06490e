"""A service that is stopped is first not ready, then reached by nobody new, then ends.

Whoever has connected by then gets an answer: by a real process and real sockets.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from kb.config import Settings
from tests.chaos.commands import Command, at_free_port, start_command
from tests.support.command import await_port
from tests.support.databases import SqlitePlace, prepare

pytestmark = pytest.mark.slow

ASKED = "/graphql?query={revision}"
CLIENTS, BEFORE, STOPS = 4, 20, 3


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return prepare(SqlitePlace(tmp_path_factory.mktemp("stopped")).create())


@pytest.fixture(params=[1, 2], ids=["alone", "workers"])
def service(
    settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[Command, Settings]]:
    served = at_free_port(settings).model_copy(update={"workers": request.param})
    command = start_command(tmp_path, served, "serve")
    await_port(served.port)
    yield command, served
    command.kill()
    command.wait()


def stop(command: Command) -> None:
    os.kill(command.number, signal.SIGTERM)


def connect(settings: Settings) -> HTTPConnection:
    connection = HTTPConnection(settings.host, settings.port, timeout=20)
    connection.connect()
    return connection


def ask(connection: HTTPConnection, target: str = ASKED) -> HTTPResponse:
    connection.request("GET", target)
    response = connection.getresponse()
    response.read()
    return response


def test_readiness_falls_first_and_who_idles_is_answered_once_more(
    service: tuple[Command, Settings],
) -> None:
    command, settings = service
    kept, idle = connect(settings), connect(settings)
    assert [ask(kept).status, ask(kept, "/readyz").status, ask(idle).status] == [200, 200, 200]
    stop(command)
    time.sleep(0.2)
    ready = ask(connect(settings), "/readyz")
    assert (ready.status, ready.getheader("connection")) == (503, "close")
    answer = ask(idle)
    assert (answer.status, answer.getheader("connection")) == (200, "close")
    assert ask(kept).status == 200
    assert command.wait() == 143
    with pytest.raises(ConnectionRefusedError):
        connect(settings)


@pytest.mark.parametrize("_", range(STOPS))
def test_who_has_connected_is_answered_to_the_last(
    service: tuple[Command, Settings], _: int
) -> None:
    """Clients that connect anew each time, as proxies do, are answered or refused at the door."""
    command, settings = service
    answered, faults = [0] * CLIENTS, list[Exception]()

    def ask_again_and_again(client: int) -> None:
        try:
            while True:
                with closing(connect(settings)) as connection:
                    assert ask(connection).status == 200
                answered[client] += 1
        except ConnectionRefusedError:
            return
        except Exception as error:
            faults.append(error)

    clients = [
        threading.Thread(target=ask_again_and_again, args=(each,)) for each in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    while min(answered) < BEFORE and not faults:
        time.sleep(0.01)
    stop(command)
    for client in clients:
        client.join()
    assert faults == []
    assert command.wait() == 143
