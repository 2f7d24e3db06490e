"""How often clients may ask: by address or token, on every route, and what failed tokens cost."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from kb.admission.rates import Rates, network_of
from kb.admission.seats import Seats
from kb.app import App, create_app
from kb.server import bearers
from kb.server.websocket import PROTOCOL
from tests.support.curated import token
from tests.support.databases import Database
from tests.support.service import GRAPHQL

pytestmark = pytest.mark.sweep

ASKED = "/graphql?query={revision}"
AT_ONCE = 10
OTHER = "198.51.100.7"
_HERE = "203.0.113.5"

Visit = Callable[..., TestClient]


@pytest.fixture
def app(filled: Database) -> App:
    """So many at once of a client, and one more after a minute: none while a test runs."""
    app = create_app(filled.settings.model_copy(update={"most_requests": 1}))
    rates = app.context.rates
    assert rates
    assert rates.depth == AT_ONCE
    rates.interval, rates.depth = 60, 60 * AT_ONCE
    return app


@pytest.fixture
def visit(app: App) -> Iterator[Visit]:
    """A client at an address."""
    with ExitStack() as stack:
        stack.enter_context(TestClient(app))

        def visit_from(address: str = _HERE, **headers: str) -> TestClient:
            sent = {"accept": GRAPHQL, **headers}
            return TestClient(app, headers=sent, client=(address, 1), raise_server_exceptions=False)

        yield visit_from


def statuses(client: TestClient, times: int, path: str = ASKED) -> list[int]:
    return [client.get(path).status_code for _ in range(times)]


def test_beyond_its_rate_a_client_is_told_when_to_come_again(visit: Visit) -> None:
    assert statuses(visit(), AT_ONCE) == [200] * AT_ONCE
    refused = visit().get(ASKED)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    ((error,),) = refused.json().values()
    assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert error["message"].endswith("; come again in 60 s")
    assert visit(OTHER).get(ASKED).status_code == 200


def test_every_route_counts_but_those_that_tell_whether_it_is_well(visit: Visit) -> None:
    for path in ("/", "/export/states.csv", "/nowhere", "/schema.graphql", ASKED) * 2:
        assert visit().get(path).status_code != 429
    for path in ("/", "/export/states.csv", "/nowhere", "/schema.graphql", ASKED):
        refused = visit(accept="text/html" if path == "/" else "*/*").get(path)
        assert refused.status_code == 429
        assert "retry-after" in refused.headers
    assert statuses(visit(), 30, "/livez") == [200] * 30


def test_addresses_of_one_household_share_its_places(
    visit: Visit, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of subscriptions and of downloads alike."""
    household, asked = "2001:db8:0:1::/64", list[str]()
    scope = {"type": "http", "headers": [], "client": ("2001:db8:0:1::5", 1)}
    assert app.context.sent_by(HTTPConnection(scope)).client == household
    occupy = Seats.occupy

    def occupy_noted(seats: Seats, client: str) -> AbstractContextManager[None]:
        asked.append(client)
        return occupy(seats, client)

    monkeypatch.setattr(Seats, "occupy", occupy_noted)
    assert visit("2001:db8:0:1::7").get("/export/states.csv").status_code == 200
    assert asked == [household]


def test_addresses_of_one_household_are_one_client(visit: Visit) -> None:
    for number in range(AT_ONCE):
        assert statuses(visit(f"2001:db8:0:1::{number}"), 1) == [200]
    assert statuses(visit("2001:db8:0:1:ffff::"), 1) == [429]
    assert statuses(visit("2001:db8:0:2::"), 1) == [200]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_has_no_limit(visit: Visit, address: str) -> None:
    assert statuses(visit(address), 3 * AT_ONCE) == [200] * 3 * AT_ONCE


def test_bearers_are_counted_apart(visit: Visit, filled: Database) -> None:
    bearer = {"Authorization": f"Bearer {token(filled)}"}
    assert statuses(visit(), AT_ONCE + 1)[-1] == 429
    assert statuses(visit(**bearer), AT_ONCE) == [200] * AT_ONCE
    assert statuses(visit(OTHER, **bearer), 1) == [429]


def test_the_operations_of_a_socket_are_counted(visit: Visit) -> None:
    codes = list[str]()
    with visit().websocket_connect("/graphql", [PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        for number in range(AT_ONCE + 1):
            asked = {"id": str(number), "type": "subscribe", "payload": {"query": "{revision}"}}
            socket.send_json(asked)
            answer = socket.receive_json()
            if answer["type"] == "next":
                assert socket.receive_json()["type"] == "complete"
            else:
                codes += [error["extensions"]["code"] for error in answer["payload"]]
    assert codes == ["TOO_MANY_REQUESTS"]


def test_tokens_that_do_not_hold_are_only_so_many(
    filled: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setattr(bearers, "MOST_FAILURES", 3)
    visit: Visit = request.getfixturevalue("visit")
    held, fresh = (f"Bearer {token(filled)}" for _ in range(2))
    assert statuses(visit(authorization=held), 1) == [200]
    guesses = [f"Bearer kb_{number:08x}_guess" for number in range(5)]
    told = [statuses(visit(authorization=guess), 1)[0] for guess in guesses]
    assert told == [401, 401, 401, 429, 429]
    assert statuses(visit(authorization=held), 1) == [200]
    assert statuses(visit(authorization=fresh), 1) == [429]
    assert statuses(visit(OTHER, authorization=fresh), 1) == [200]
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [f"a token that does not hold was sent from {_HERE}"] * 3


def test_a_client_may_come_again_after_a_while() -> None:
    rates = Rates(5, 2)
    assert [rates.take("a"), rates.take("a"), rates.take("a"), rates.take("b")] == [0, 0, 1, 0]
    time.sleep(0.25)
    assert rates.wait("a") == 0
    assert rates.take("a") == 0


def test_who_is_remembered_is_bounded() -> None:
    rates = Rates(0.01, 1)
    for number in range(20_000):
        rates.take(str(number))
    assert len(vars(rates)["_full_at"]) == 10_000
    assert rates.wait("19999") > 0
    assert rates.wait("0") == 0


def test_what_is_no_address_is_a_client_of_its_own() -> None:
    assert network_of("unix") == "unix"
    assert len(network_of("x" * 60_000)) == 50
