"""Several workers on one port: who answers, what a death costs, and what is counted once."""

import json
import os
import signal
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from kb.config import Settings
from kb.server.context import MOST_OF_CLIENT
from kb.server.websocket import PROTOCOL
from tests.chaos.commands import listens
from tests.support.command import run, serving
from tests.support.databases import SHIPPED_RECORDS, Place
from tests.support.impatience import open_few_files
from tests.support.service import free_port
from tests.support.workers import Crew, ask_worker, await_true, running_crew

pytestmark = pytest.mark.sweep

QUERY = "/graphql?query={revision}"
FEED = "/graphql?query=" + quote("subscription { changes { revision } }")
HERE = "203.0.113.5"


@pytest.fixture
def crew(place: Place, migrated: Settings, tmp_path: Path) -> Iterator[Crew]:
    with running_crew(tmp_path, place.create(migrated), metrics_port=free_port()) as running:
        yield running


def samples(crew: Crew) -> Counter[str]:
    """Sums of the metrics by name; none if the worker that is asked has just died."""
    try:
        return _samples(crew)
    except OSError:
        return Counter()


def _samples(crew: Crew) -> Counter[str]:
    with urlopen(f"http://127.0.0.1:{crew.settings.metrics_port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    sums = Counter[str]()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] += int(sample.value)
    return sums


def test_connections_are_spread_evenly_as_they_come_and_go(crew: Crew) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(closing(crew.connect())) for _ in range(9)]
        spread = Counter(ask_worker(each) for each in held)
        assert sorted(spread.values()) == [4, 5]
        (most, _), _ = spread.most_common()
        for each in [each for each in held if ask_worker(each) == most]:
            each.close()
        # The parent is told a moment later.
        time.sleep(0.2)
        more = [stack.enter_context(closing(crew.connect())) for _ in range(4)]
        assert {ask_worker(each) for each in more} == {most}


def test_the_death_of_a_worker_costs_its_own_connections_alone(crew: Crew) -> None:
    answered, failed = Counter[int](), list[int]()
    ended = threading.Event()

    def ask_again_and_again(number: int, connection: HTTPConnection) -> None:
        with closing(connection):
            try:
                while not ended.is_set():
                    ask_worker(connection, QUERY)
                    answered[number] += 1
            except (OSError, HTTPException):
                failed.append(number)

    held = [crew.connect() for _ in range(8)]
    by_worker = [ask_worker(each) for each in held]
    clients = [threading.Thread(target=ask_again_and_again, args=pair) for pair in enumerate(held)]
    for client in clients:
        client.start()
    await_true(lambda: min(answered[number] for number in range(8)) > 5)
    before = crew.processes
    os.kill(before[0], signal.SIGKILL)
    await_true(lambda: len(failed) == 4)
    so_far = +answered
    others = [number for number in range(8) if number not in failed]
    await_true(lambda: all(answered[number] > so_far[number] + 5 for number in others))
    # Whoever connects meanwhile is answered by another one.
    with closing(crew.connect()) as connection:
        assert ask_worker(connection) == by_worker[others[0]]
    ended.set()
    for client in clients:
        client.join()
    assert len({by_worker[number] for number in failed}) == 1
    assert sorted([*failed, *others]) == [*range(8)]
    await_true(lambda: len(crew.processes) == 2 and crew.processes != before)
    await_true(lambda: samples(crew)["kb_workers"] == 2)
    with ExitStack() as stack:
        new = [stack.enter_context(closing(crew.connect())) for _ in range(8)]
        assert len({ask_worker(each) for each in new} - {*by_worker}) == 1


def test_workers_end_with_their_parent(crew: Crew) -> None:
    workers = crew.processes
    os.kill(crew.command.number, signal.SIGKILL)
    await_true(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    assert not listens(crew.settings)


def test_signals_of_a_whole_group_are_the_parent_s(crew: Crew) -> None:
    """As a terminal and systemd send them."""
    for process in crew.processes:
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(process, number)
    with closing(crew.connect()) as connection:
        ask_worker(connection)
    assert crew.stop() == 143


def test_metrics_are_those_of_all(crew: Crew) -> None:
    for _ in range(6):
        with closing(crew.connect()) as connection:
            ask_worker(connection, QUERY)
    await_true(lambda: samples(crew)["kb_operation_duration_seconds_count"] == 6)
    told = samples(crew)
    assert (told["kb_workers"], told["kb_database_reachable"]) == (2, 1)
    assert told["kb_answers_total"] == 6
    most = 2 if crew.settings.database_url.startswith("sqlite") else 16
    assert told["kb_database_connections"] == 2 * most


def follow(crew: Crew) -> tuple[HTTPConnection, HTTPResponse]:
    connection = crew.connect()
    connection.request("GET", FEED, headers={"accept": "text/event-stream"})
    return connection, connection.getresponse()


def test_one_client_has_its_seats_once(crew: Crew) -> None:
    with ExitStack() as stack:
        for _ in range(MOST_OF_CLIENT):
            connection, response = follow(crew)
            stack.callback(connection.close)
            assert response.readline() != b""
        for _ in range(2):
            connection, response = follow(crew)
            with closing(connection):
                assert b"50 of one client" in response.read(1_000)
        os.kill(crew.processes[0], signal.SIGKILL)
        await_true(lambda: samples(crew)["kb_subscriptions"] == MOST_OF_CLIENT / 2)
        connection, response = follow(crew)
        with closing(connection):
            assert b"50 of one client" not in response.readline() + response.readline()


def test_one_client_has_its_rate_once(place: Place, migrated: Settings, tmp_path: Path) -> None:
    settings = {
        "KB_WORKERS": "2",
        "KB_MOST_REQUESTS": "1",
        "KB_TRUSTED_PROXIES": "127.0.0.1",
        "KB_DATABASE_URL": place.create(migrated).database_url,
    }
    port = free_port()
    with serving(tmp_path, port, None, None, **settings):
        statuses, workers = Counter[int](), set[str]()
        for _ in range(30):
            with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
                connection.request("GET", QUERY, headers={"x-forwarded-for": HERE})
                response = connection.getresponse()
                statuses[response.status] += 1
                workers.add((response.getheader("x-request-id") or "")[:16])
    assert len(workers) == 2
    # Ten at once, and one more for each second that this takes.
    assert 10 <= statuses[200] <= 13
    assert statuses[200] + statuses[429] == 30


def test_an_empty_database_is_set_up_once(place: Place, tmp_path: Path) -> None:
    settings = {"KB_WORKERS": "3", "KB_DATABASE_URL": place.create().database_url}
    with serving(tmp_path, free_port(), None, None, **settings) as (address, output):
        assert output.count("New database") == 1
        assert f"{SHIPPED_RECORDS} added" in output
        with urlopen(f"{address}{QUERY}", timeout=10) as answer:
            assert json.load(answer) == {"data": {"revision": str(SHIPPED_RECORDS)}}


def test_what_keeps_workers_from_starting_is_told_once(tmp_path: Path) -> None:
    port = str(free_port())
    done = run(tmp_path, "serve", KB_WORKERS="2", KB_PORT=port, KB_DOCUMENTS="nowhere")
    assert done.returncode == 1
    what = "KB_DOCUMENTS: there is no manifest; name a folder of `.json` files\n"
    assert done.stderr == what


def test_every_place_is_given_back(migrated: Settings, place: Place, tmp_path: Path) -> None:
    """Of WebSockets, and of those that are gone before they are looked at; 78 are all there are."""
    port, reset = free_port(), struct.pack("ii", 1, 0)
    settings = {"KB_WORKERS": "2", "KB_DATABASE_URL": place.create(migrated).database_url}
    with serving(tmp_path, port, open_few_files, None, **settings):
        for _ in range(200):
            with socket.create_connection(("127.0.0.1", port), 5) as gone:
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        for _ in range(3):
            await_true(lambda: _is_admitted(port))
            with ExitStack() as held:
                for _ in range(50):
                    address = f"ws://127.0.0.1:{port}/graphql"
                    held.enter_context(connect(address, subprotocols=[Subprotocol(PROTOCOL)]))


def test_who_is_one_too_many_is_refused_by_the_parent(
    migrated: Settings, place: Place, tmp_path: Path
) -> None:
    """Of 237 that ask for nothing, as where one process serves them."""
    port, log = free_port(), tmp_path / "log.txt"
    url = place.create(migrated).database_url
    settings = {"KB_WORKERS": "2", "KB_DATABASE_URL": url}
    with serving(tmp_path, port, open_few_files, log, **settings), ExitStack() as held:
        silent = [
            held.enter_context(socket.create_connection(("127.0.0.1", port), 5)) for _ in range(237)
        ]
        assert silent[-1].recv(100).startswith(b"HTTP/1.1 503 Service Unavailable\r\nretry-after")
        other = HTTPConnection("127.0.0.1", port, 5, source_address=("127.0.0.2", 0))
        held.callback(other.close)
        ask_worker(other)
        for each in silent:
            each.close()
        await_true(lambda: _is_admitted(port))
    assert log.read_text(encoding="utf-8").count("connections were refused") == 1


def _is_admitted(port: int) -> bool:
    with suppress(OSError), closing(HTTPConnection("127.0.0.1", port, 5)) as connection:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    return False
