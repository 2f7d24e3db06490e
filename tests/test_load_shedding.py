"""What is refused while more is asked than can be answered: on every route, and at no cost."""

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from kb.database.postgresql_reader import PostgresqlReader
from kb.database.sqlite_reader import SqliteReader
from kb.errors import Overloaded
from kb.server import load_shedding
from kb.server.load_shedding import MOST_LATE, SHORT, Pressure
from kb.telemetry.record import RequestRecord
from tests.support.databases import Database, SqlitePlace, prepare
from tests.support.sampling import one_in
from tests.support.service import GRAPHQL, JSON, ROUTES

OPEN = ("/livez", "/readyz", "/assets/nothing.js")
"""Routes that are for all."""
LARGE = (
    "{"
    + " ".join(f"a{number}: events(first: 100) {{ nodes {{ slug }} }}" for number in range(40))
    + "}"
)
"""Too large for the event loop."""
ATTEMPTS = 5
LATE = MOST_LATE + 0.5


@pytest.fixture
def records() -> list[RequestRecord]:
    return []


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return prepare(SqlitePlace(tmp_path_factory.mktemp("late")).create())


@pytest.fixture
def client(
    settings: Settings, records: list[RequestRecord], monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    """Of a service that is late at once."""
    monkeypatch.setattr(load_shedding, "MOST_LATE", -1.0)
    monkeypatch.setattr(load_shedding, "SHORT", -1.0)
    with TestClient(create_app(settings, records.append)) as client:
        yield client


@pytest.mark.parametrize("path", [path for path in ROUTES if not path.startswith(OPEN)])
@pytest.mark.parametrize("accept", one_in(4, [JSON, GRAPHQL, "text/html", "*/*"]))
def test_a_late_loop_refuses(
    client: TestClient, records: list[RequestRecord], path: str, accept: str
) -> None:
    """The same twice: a refusal is kept. A token is not looked up, nor a body read."""
    headers = {"accept": accept, "authorization": "Bearer none", "x-request-id": "a"}

    def ask(number: int) -> Response:
        return client.get(path, headers=headers | {"x-request-id": f"{number}"})

    first, second = ask(1), ask(2)
    assert first.status_code == 503
    assert first.headers["retry-after"] == "1"
    assert first.content == second.content
    differing = {name for name, value in first.headers.items() if second.headers[name] != value}
    assert differing <= {"x-request-id"}
    assert [*first.headers] == [*second.headers]
    assert [(record.code, record.status) for record in records] == [("OVERLOADED", 503)] * 2


def test_operations_are_refused_in_their_own_form(client: TestClient) -> None:
    for response in (
        client.post("/graphql", json={"query": "{ revision }"}),
        client.get("/graphql?query={revision}", headers={"accept": GRAPHQL}),
    ):
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "OVERLOADED"}
        assert error["message"] == "more is asked than can be answered; try again in a moment"
    assert "<h1>" in client.get("/", headers={"accept": "text/html"}).text
    assert client.get("/states.csv").text.startswith("more is asked than can be answered")
    assert client.head("/export").content == b""


@pytest.mark.parametrize("path", OPEN)
def test_whether_the_service_is_well_is_told_all_the_same(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == ROUTES[path]


def test_a_node_that_is_only_busy_stays_ready(filled: Database) -> None:
    """What a balancer took away from it would be the others' to bear."""
    app = create_app(filled.settings)
    with TestClient(app) as client:
        reader = app.context.reader
        assert isinstance(reader, SqliteReader | PostgresqlReader)
        reader._queue.present += 10_000
        assert reader.load().waiting == 10_000 - reader.load().most
        assert client.get("/readyz").status_code == 200
        response = client.post("/graphql", json={"query": LARGE})
        assert response.json()["errors"][0]["extensions"] == {"code": "OVERLOADED"}
        assert response.headers["retry-after"] == "1"
        reader._queue.present -= 10_000
        assert client.post("/graphql", json={"query": LARGE}).status_code == 200


def test_who_comes_within_an_iteration_is_refused_once_it_takes_too_long() -> None:
    """In one of some attempts: what else the machine does may take longer than a whole one."""

    async def run() -> list[list[bool]]:
        pressure = Pressure()
        with_time = MOST_LATE * 0.4, MOST_LATE * 0.4, MOST_LATE * 0.3, 0.0
        refused = [
            await ask_in_turn(pressure, with_time),
            # While others are refused, it takes up no more than is answered at once.
            await ask_in_turn(pressure, (2 * SHORT, 0.0, 0.0)),
            await ask_in_turn(pressure, (SHORT / 4, SHORT / 4, 0.0)),
        ]
        pressure._refused_at -= 2
        return [*refused, await ask_in_turn(pressure, (2 * SHORT, 0.0, 0.0))]

    wanted = [[False, False, False, True], [False, True, True], [False] * 3, [False] * 3]
    assert wanted in (asyncio.run(run()) for _ in range(ATTEMPTS))


async def ask_in_turn(pressure: Pressure, busy: tuple[float, ...]) -> list[bool]:
    """Who is refused of those that come at once, each of whom takes so long once let in."""
    return await asyncio.gather(*(ask_once(pressure, seconds) for seconds in busy))


async def ask_once(pressure: Pressure, seconds: float) -> bool:
    try:
        pressure.check()
    except Overloaded:
        return True
    time.sleep(seconds)
    return False


def stand_still(_: Pressure) -> None:
    time.sleep(LATE)


def stand_still_twice(pressure: Pressure) -> None:
    for _ in range(2):
        time.sleep(LATE)
        pressure.check()


def work(pressure: Pressure) -> None:
    """One that takes long, as no budget bounds it; again if the machine hardly let it run."""
    worked = 0.0
    while worked < LATE / 2:
        pressure.check()
        end, before = time.monotonic() + LATE, time.process_time()
        while time.monotonic() < end:
            pass
        worked = time.process_time() - before


def wait_often(pressure: Pressure) -> None:
    """Many that take a moment each, which is spent on a disk, or under a limit of the processor."""
    end = time.monotonic() + 2 * LATE
    while time.monotonic() < end:
        time.sleep(0.04)
        pressure.check()


def is_overloaded(occupy: Callable[[Pressure], None]) -> bool:
    """Whether a request is refused that comes after others have held up the loop."""

    async def measured() -> bool:
        pressure = Pressure()
        pressure.check()
        try:
            occupy(pressure)
            pressure.check()
        except Overloaded:
            return True
        return False

    return asyncio.run(measured())


@pytest.mark.parametrize("occupy", [work, wait_often])
def test_what_waits_for_others_is_refused(occupy: Callable[[Pressure], None]) -> None:
    assert is_overloaded(occupy)


@pytest.mark.parametrize("occupy", [stand_still, stand_still_twice])
def test_what_came_while_the_machine_stood_still_is_answered(
    occupy: Callable[[Pressure], None],
) -> None:
    assert not is_overloaded(occupy)
