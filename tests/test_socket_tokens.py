"""Tokens in the first message of a WebSocket, where browsers can send no header, by real sockets.

They are all that they are as a header; and what is under way by a token ends with it.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.connection import Connection

from kb import database, tokens
from kb.config import Settings
from kb.roles import Role
from kb.server.bearers import BOUND
from tests.support.command import serving
from tests.support.curated import ADA, mutation_text, token
from tests.support.databases import Database, Place, open_database
from tests.support.followers import connect_socket, open_socket
from tests.support.impatience import look_at_tokens_often
from tests.support.service import free_port

pytestmark = pytest.mark.sweep

LISTED, READER = "https://app.example", "https://other.example"
WRITING = {"query": mutation_text("recordOfficial", "revision"), "variables": {"input": ADA}}
FEED = {"query": "subscription { changes(types: [SUMMIT]) { revision } }"}
ASKED = {"query": "{ revision }"}


@dataclass(frozen=True)
class Service:
    """Two services of one database: `closed` is read by bearers of a token alone."""

    database: Database
    open: str
    closed: str
    log: Path

    def expiring(self, seconds: float) -> str:
        """A token that a reader may use for so long."""
        made = token(self.database, Role.READER)
        instant = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + seconds))
        self.database.run(
            f"update token set expires_at = '{instant}.000000Z' where id = '{made.split('_')[1]}'"
        )
        return made

    def revoked(self) -> str:
        made = token(self.database)
        self.revoke(made)
        return made

    def revoke(self, made: str) -> None:
        with database.write_transaction(self.database.engine) as connection:
            tokens.revoke(connection, made.split("_")[1])


@contextmanager
def serve(folder: Path, settings: Settings, *given: object, **more: str) -> Iterator[str]:
    before, log = given
    variables = {"KB_DATABASE_URL": settings.database_url, **more}
    assert before is None or callable(before)
    assert isinstance(log, Path)
    with serving(folder, free_port(), before, log, **variables) as (address, _):
        yield address


@pytest.fixture(scope="module")
def service(
    place: Place, loaded: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("tokens")
    settings, log = place.create(loaded), folder / "log"
    origins = {"KB_CORS_ORIGINS": f"{LISTED} *"}
    with (
        open_database(settings) as opened,
        serve(folder, settings, None, log, **origins) as address,
        serve(folder, settings, None, log, KB_READ="token") as closed,
    ):
        yield Service(opened, address, closed, log)


@pytest.fixture(scope="module")
def watchful(
    service: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """One that looks at tokens often, and its log."""
    folder = tmp_path_factory.mktemp("watchful")
    given = service.database.settings, look_at_tokens_often, folder / "log"
    with serve(folder, *given) as address:
        yield address, folder / "log"


def bearing(made: object, name: str = "Authorization") -> dict[str, object]:
    return {name: f"Bearer {made}"}


def asked(socket: Connection, operation: Mapping[str, object]) -> dict[str, object]:
    """The first message of an operation's answer."""
    socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": operation}))
    message: dict[str, object] = json.loads(socket.recv(10))
    return message


def close_of(socket: Connection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(10)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


def greeted(address: str, payload: object, **headers: str) -> tuple[int, str]:
    """How a connection is closed after its first message."""
    with connect_socket(address, headers) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        return close_of(socket)


def outcome(address: str, payload: dict[str, object], **headers: str) -> str:
    """What becomes of a curator's mutation."""
    with open_socket(address, headers, payload) as socket:
        return str(json.loads(json.dumps(asked(socket, WRITING)))["payload"]["data"]["done"])


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_a_token_has_its_role(service: Service, name: str) -> None:
    told = {
        role: outcome(service.open, bearing(token(service.database, role), name)) for role in Role
    }
    assert "this takes a curator's" in told[Role.READER]
    assert "RecordOfficialPayload" in told[Role.CURATOR]
    assert "RecordOfficialPayload" in told[Role.ADMIN]


@pytest.mark.parametrize(
    "payload", [None, {}, {"Authorization": None}, {"Authorization": "Basic eDp5"}, {"a": "Bearer"}]
)
def test_who_sends_none_is_who_the_handshake_says(service: Service, payload: object) -> None:
    assert isinstance(payload, dict | None)
    assert "this takes a token" in outcome(service.open, payload or {})
    headers = {"Authorization": f"Bearer {token(service.database)}"}
    assert "RecordOfficialPayload" in outcome(service.open, payload or {}, **headers)


def test_the_message_is_heeded_before_the_handshake(service: Service) -> None:
    headers = {"Authorization": f"Bearer {token(service.database)}"}
    told = outcome(service.open, bearing(token(service.database, Role.READER)), **headers)
    assert "this takes a curator's" in told


WRONG: dict[str, Callable[[Service], object]] = {
    "nothing": lambda _: "Bearer ",
    "unknown": lambda _: "Bearer kb_00000000_x",
    "wrong": lambda service: f"Bearer {token(service.database)}x",
    "revoked": lambda service: f"Bearer {service.revoked()}",
    "expired": lambda service: f"Bearer {service.expiring(-60)}",
    "no text": lambda _: 7,
    "an object": lambda _: {"Bearer": "x"},
    "a sign of control": lambda _: "Bearer kb_\x1b_x",
    "no ASCII": lambda _: "Bearer kb_é_x",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_one_that_does_not_hold_is_nobody_s(service: Service, wrong: str) -> None:
    for address in (service.open, service.closed):
        code, reason = greeted(address, {"Authorization": WRONG[wrong](service)})
        assert code == 4403
        assert reason.endswith(("`kb token create` makes it", "send `Bearer …`"))


def test_closed_reading(service: Service) -> None:
    for payload in (None, {}, {"Authorization": "Basic eDp5"}):
        code, reason = greeted(service.closed, payload)
        assert (code, reason.partition(";")[0]) == (4403, "reading takes a token here")
    with connect_socket(service.closed) as socket:
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": ASKED}))
        assert close_of(socket) == (4401, "Unauthorized")
    made = token(service.database, Role.READER)
    with open_socket(service.closed, payload=bearing(made)) as socket:
        assert asked(socket, ASKED)["type"] == "next"
    headers = {"Authorization": f"Bearer {made}"}
    with open_socket(service.closed, headers) as socket:
        assert asked(socket, ASKED)["type"] == "next"


def test_a_page_of_an_origin_that_may_only_read_sends_none(service: Service) -> None:
    made = bearing(token(service.database))
    assert "RecordOfficialPayload" in outcome(service.open, made, Origin=LISTED)
    assert "this takes a token" in outcome(service.open, {}, Origin=READER)
    code, reason = greeted(service.open, made, Origin=READER)
    assert (code, "KB_CORS_ORIGINS" in reason) == (4403, True)


def test_no_token_is_logged(service: Service) -> None:
    made = token(service.database)
    outcome(service.open, bearing(made))
    greeted(service.closed, bearing(f"{made}x"))
    while 'code="UNAUTHENTICATED"' not in (log := service.log.read_text(encoding="ascii")):
        time.sleep(0.05)
    assert "a token that does not hold was sent from 127.0.0.1" in log
    assert made.split("_", 2)[2][:12] not in log


def test_wrong_ones_are_only_so_many(service: Service, tmp_path: Path) -> None:
    given = service.database.settings, look_at_tokens_often, tmp_path / "log"
    with serve(tmp_path, *given) as address:
        codes = [greeted(address, bearing(f"kb_{number:08x}_guess"))[0] for number in range(5)]
        assert codes == [4403] * 3 + [1013] * 2
        assert "too many tokens" in greeted(address, bearing(token(service.database)))[1]


def events(address: str, made: str) -> Iterator[dict[str, object]]:
    """Of the feed as Server-Sent Events, by a token."""
    headers = {"Accept": "text/event-stream", "Content-Type": "application/json"}
    headers["Authorization"] = f"Bearer {made}"
    request = Request(f"{address}/graphql", json.dumps(FEED).encode(), headers)
    with urlopen(request, timeout=10) as response:
        for line in response:
            name, _, value = line.decode().strip().partition(": ")
            if name == "data" and value:
                yield json.loads(value)


def assert_ended(response: object) -> None:
    """By its token, with the cursor from which another goes on."""
    assert isinstance(response, list)
    (error,) = response
    assert error["extensions"].keys() == {"code", "cursor"}
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("end", ["expires", "is revoked"])
def test_a_quiet_subscription_ends_with_its_token(
    service: Service, watchful: tuple[str, Path], end: str
) -> None:
    """By either transport; and so does the connection, as the next one may have another."""
    made = service.expiring(4) if end == "expires" else token(service.database, Role.READER)
    stream = events(watchful[0], made)
    with open_socket(watchful[0], payload=bearing(made)) as socket:
        assert asked(socket, FEED)["type"] == "next"
        assert "data" in next(stream)
        if end == "is revoked":
            service.revoke(made)
        while (message := json.loads(socket.recv(10)))["type"] == "next":
            pass
        assert message["type"] == "error"
        assert_ended(message["payload"])
        assert close_of(socket)[0] == 4403
    *_, last = stream
    assert_ended(last["errors"])


def test_nothing_is_asked_any_more_by_a_token_that_was_revoked(service: Service) -> None:
    made = token(service.database, Role.READER)
    with open_socket(service.open, payload=bearing(made)) as socket:
        assert asked(socket, ASKED)["type"] == "next"
        assert json.loads(socket.recv(10))["type"] == "complete"
        service.revoke(made)
        time.sleep(BOUND)
        message = asked(socket, ASKED)
        assert message["type"] == "error"
        (error,) = json.loads(json.dumps(message["payload"]))
        assert error["extensions"] == {"code": "UNAUTHENTICATED"}
        assert close_of(socket)[0] == 4403
