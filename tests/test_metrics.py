"""Metrics as Prometheus reads them: of known series alone, on an address of their own."""

import http.client
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from kb.config import Settings
from tests.support.command import ask_server, run, serving
from tests.support.databases import Place
from tests.support.service import free_port

pytestmark = pytest.mark.sweep

BOARD = Path(__file__).parents[1] / "docs" / "grafana.json"
_READERS = 16
"""Connections of PostgreSQL that read."""
Series = tuple[str, tuple[tuple[str, str], ...]]


class Service:
    """A running service, and its metrics."""

    def __init__(self, address: str, port: int, database_url: str) -> None:
        self.address, self.port, self.database_url = address, port, database_url

    def metrics(self) -> dict[Series, float]:
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def send(self, method: str, path: str, body: str = "", **headers: str) -> int:
        host = self.address.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=10)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", **headers})
            return connection.getresponse().status
        finally:
            connection.close()


@pytest.fixture(scope="module")
def service(
    place: Place, migrated: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder, port = tmp_path_factory.mktemp("metrics"), free_port()
    url = place.create(migrated).database_url
    settings = {"KB_METRICS_PORT": str(port), "KB_DATABASE_URL": url}
    with serving(folder, free_port(), None, None, **settings) as (address, _):
        yield Service(address, port, url)


def await_more(service: Service, series: Series, than: float) -> float:
    """Records are passed on a moment after the request."""
    for _ in range(200):
        value = service.metrics().get(series, 0.0)
        if value > than:
            return value
    pytest.fail(f"{series} stays at {than}")


def http_count(method: str, route: str, status: str) -> Series:
    labels = {
        "http_request_method": method,
        "http_response_status_code": status,
        "http_route": route,
    }
    return ("http_server_request_duration_seconds_count", tuple(sorted(labels.items())))


def test_requests_are_counted_by_route_and_status(service: Service) -> None:
    series = http_count("GET", "/livez", "200")
    before = service.metrics().get(series, 0.0)
    for _ in range(3):
        service.send("GET", "/livez")
    while await_more(service, series, before) < before + 3:
        pass
    assert service.metrics()[series] == before + 3


def test_messages_of_tools_are_counted_whatever_they_name(service: Service) -> None:
    """Names that a client makes up are no labels: they add no series."""
    answered, refused = http_count("POST", "/mcp", "200"), http_count("POST", "/mcp", "400")

    def send(method: str, tool: str) -> None:
        params = {"name": tool, "arguments": {"name": "union"}}
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        service.send("POST", "/mcp", json.dumps(message))

    for number in range(2):
        send("tools/call", "find")
        send(f"made/up{number}", "find")
        send("tools/call", f"made-up-{number}")
    before = service.metrics()
    assert await_more(service, answered, 3) == 4
    assert await_more(service, refused, 1) == 2
    kept = {*service.metrics()}
    assert not [series for series in kept if "made" in str(series)]
    for number in range(2, 6):
        send(f"made/up{number}", "find")
        send("tools/call", f"made-up-{number}")
    assert await_more(service, refused, before.get(refused, 0.0) + 3) == 6
    assert {*service.metrics()} == kept


def test_what_is_kept_and_what_fails_is_counted(service: Service) -> None:
    for _ in range(4):
        ask_server(service.address, "query Counted { revision }")
    assert await_more(service, ("kb_answers_total", (("cache", "hit"),)), 1) == 2
    service.send("POST", "/graphql", '{"query":"{ nothing }"}')
    refused = ("error_type", "GRAPHQL_VALIDATION_FAILED")
    assert await_more(service, ("kb_refusals_total", (refused,)), 0) == 1


def test_how_the_service_is(service: Service) -> None:
    metrics = service.metrics()
    assert metrics["kb_database_reachable", ()] == 1
    newest = ask_server(service.address, "{ revision }")
    assert newest == {"data": {"revision": str(int(metrics["kb_revision", ()]))}}
    assert metrics["kb_subscriptions", ()] == 0
    assert metrics["kb_subscription_lag_seconds", ()] == 0
    assert 0 <= metrics["kb_loop_late_seconds", ()] < 5
    most = 2 if service.database_url.startswith("sqlite") else _READERS
    assert metrics["kb_database_connections", ()] == most
    assert metrics["kb_database_waiting", ()] == 0
    # On PostgreSQL the statement for the revision was one, and is over.
    assert metrics["kb_database_connections_busy", ()] == 0


@contextmanager
def unreachable(settings: Settings) -> Iterator[None]:
    """The database of a service that runs, gone for a while."""
    if settings.database_url.startswith("sqlite"):
        path = Path(settings.database_name)
        away = path.rename(path.with_suffix(".away"))
        yield
        away.rename(path)
        return
    name = urlsplit(settings.database_url).path.removeprefix("/")
    server = urlsplit(settings.database_url)._replace(path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        allow = f"alter database {name} allow_connections "
        connection.execute(f"{allow} false".encode())
        ended = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
        connection.execute(ended.encode(), [name])
        yield
        connection.execute(f"{allow} true".encode())


def test_a_database_that_is_gone_is_told(service: Service) -> None:
    with unreachable(Settings(database_url=service.database_url)):
        metrics = service.metrics()
        assert metrics["kb_database_reachable", ()] == 0
        assert ("kb_revision", ()) not in metrics
        assert metrics["kb_database_connections_busy", ()] == 0
        assert service.send("GET", "/readyz") == 503
    await_more(service, ("kb_database_reachable", ()), 0)
    assert ("kb_revision", ()) in service.metrics()


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_who_waits_for_a_reader_is_counted(service: Service) -> None:
    """And a database of which all readers are busy is reachable all the same."""
    ended = Event()

    def ask_again_and_again(number: int) -> None:
        query = json.dumps({"query": f"query Q{number} {{ states {{ totalCount }} }}"})
        while not ended.is_set():
            service.send("POST", "/graphql", query)

    with (
        ThreadPoolExecutor(_READERS + 8) as clients,
        psycopg.connect(service.database_url) as other,
    ):
        other.execute("lock table state in access exclusive mode")
        for number in range(_READERS + 8):
            clients.submit(ask_again_and_again, number)
        metrics = await_waiting(service)
        ended.set()
        other.rollback()
    assert metrics["kb_database_connections_busy", ()] == _READERS
    assert metrics["kb_database_reachable", ()] == 1


def await_waiting(service: Service) -> dict[Series, float]:
    """Once all readers are there, which takes a moment, and statements wait for them."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        metrics = service.metrics()
        busy = metrics["kb_database_connections_busy", ()]
        if busy == _READERS and metrics["kb_database_waiting", ()]:
            return metrics
    pytest.fail("nobody waits")


def attack(service: Service, number: int) -> None:
    """Requests none of which any other is like."""
    for method in ("GET", "PROPFIND", "REPORT", "MKCOL", "POST", "M-SEARCH"):
        service.send(method, f"/{method}/{number}", **{"X-Request-Id": f"id-{number}"})
    with suppress(http.client.HTTPException):
        service.send(f"X{number}", "/")
    for path in (f"/states/X{number}", f"/export/{number}.csv", f"/assets/{number}", "/%0A%22"):
        service.send("GET", path, Authorization=f"Basic {number}")
    service.send("GET", "/livez", Authorization=f"Bearer {number}", Origin=f"https://{number}.org")
    for query in (f"query N{number} {{ revision }}", f"{{ f{number} }}", f"{{ {number}", "{"):
        service.send("POST", "/graphql", json.dumps({"query": query, "operationName": None}))
    service.send("POST", "/graphql", json.dumps({"documentId": f"{number}"}))
    service.send("POST", "/graphql", f"{number}")


def test_series_do_not_grow_with_what_clients_send(service: Service) -> None:
    for number in range(3):
        attack(service, number)
    other = await_more(service, http_count("_OTHER", "", "404"), 0)
    # The last of them was passed on.
    service.send("PROPFIND", "/nowhere")
    await_more(service, http_count("_OTHER", "", "404"), other)
    known = service.metrics().keys()
    for number in range(3, 10):
        attack(service, number)
    service.send("PROPFIND", "/nowhere")
    await_more(service, http_count("_OTHER", "", "404"), other + 7)
    assert service.metrics().keys() == known


def test_the_board_asks_for_what_there_is(service: Service) -> None:
    service.send("GET", "/livez")
    service.send("GET", "/graphql?query={nothing}")
    ask_server(service.address, "{ revision }")
    await_more(service, ("kb_answers_total", (("cache", "miss"),)), 0)
    names = {name for name, _ in service.metrics()}
    labels = {label for _, pairs in service.metrics() for label, _ in pairs}
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert len(queries) >= 8
    for query in queries:
        bare = re.sub(r"\b(?:by|without) \([^)]*\)|\{[^}]*\}|\[[^]]*\]", "", query)
        used = set(re.findall(r"\b(?:kb|http|process|python)_\w+", bare))
        assert used
        assert used <= names, query
        grouped = re.findall(r"by \(([^)]*)\)", query)
        assert {label.strip() for group in grouped for label in group.split(",")} <= labels


def test_there_is_none_unless_it_is_asked_for(service: Service, tmp_path: Path) -> None:
    url = service.database_url
    with serving(tmp_path, free_port(), None, None, KB_DATABASE_URL=url) as (address, _):
        with pytest.raises(URLError, match="404"):
            urlopen(f"{address}/metrics", timeout=10)
        with pytest.raises(URLError):
            urlopen("http://127.0.0.1:9464/metrics", timeout=10)


def test_an_address_that_is_taken_is_told(service: Service, tmp_path: Path) -> None:
    taken = str(service.port)
    settings = {"KB_METRICS_PORT": taken, "KB_DATABASE_URL": service.database_url}
    done = run(tmp_path, "serve", KB_PORT=str(free_port()), **settings)
    assert done.returncode == 1
    assert done.stderr == (
        f"port {taken} of 127.0.0.1 is taken by another program;"
        " name another in KB_METRICS_PORT and KB_METRICS_HOST\n"
    )
