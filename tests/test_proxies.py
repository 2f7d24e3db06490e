"""Proxies: only those that `KB_TRUSTED_PROXIES` names tell from where a client comes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from starlette.testclient import TestClient, WebSocketTestSession

from kb.app import create_app
from kb.config import Settings, read_settings
from kb.errors import SettingsError
from kb.server import context
from kb.server.websocket import PROTOCOL
from tests.support.databases import SqlitePlace, prepare

PROXIES = "10.0.0.0/8, fd00::1"
SUBSCRIBE = {"type": "subscribe", "payload": {"query": "subscription { changes { revision } }"}}


@pytest.fixture(scope="module")
def empty_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return prepare(SqlitePlace(tmp_path_factory.mktemp("proxies")).create())


@contextmanager
def reached_by(settings: Settings, address: str, proxies: str = PROXIES) -> Iterator[TestClient]:
    """The service as someone of that address reaches it."""
    app = create_app(Settings(database_url=settings.database_url, trusted_proxies=proxies))
    with TestClient(app, client=(address, 5000)) as client:
        yield client


def is_refused(socket: WebSocketTestSession) -> bool:
    """Whether its client has all the subscriptions that one client may have."""
    socket.send_json({"type": "connection_init"})
    socket.receive_json()
    socket.send_json({"id": "1", **SUBSCRIBE})
    # Of an empty database nothing comes: what is asked next is answered meanwhile.
    socket.send_json({"id": "2", "type": "subscribe", "payload": {"query": "{ revision }"}})
    kind: str = socket.receive_json()["type"]
    return kind == "error"


def refused(client: TestClient, *forwarded: str) -> list[bool]:
    """Of clients that come one after the other, and stay."""
    with ExitStack() as stack:
        return [
            is_refused(
                stack.enter_context(
                    client.websocket_connect(
                        "/graphql", [PROTOCOL], headers={"X-Forwarded-For": who}
                    )
                )
            )
            for who in forwarded
        ]


@pytest.fixture(autouse=True)
def _one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "MOST_OF_CLIENT", 1)


@pytest.mark.parametrize("proxy", ["10.1.2.3", "fd00::1"])
def test_a_named_proxy_tells_its_clients_apart(empty_settings: Settings, proxy: str) -> None:
    with reached_by(empty_settings, proxy) as client:
        assert refused(client, "1.1.1.1", "2.2.2.2", "1.1.1.1") == [False, False, True]


def test_what_a_client_puts_before_its_address_is_nothing(empty_settings: Settings) -> None:
    with reached_by(empty_settings, "10.0.0.1") as client:
        forged = ("5.5.5.5, 1.1.1.1", "6.6.6.6, 1.1.1.1, 10.9.9.9", "odd, 2.2.2.2")
        assert refused(client, *forged) == [False, True, False]


@pytest.mark.parametrize(("address", "proxies"), [("127.0.0.1", ""), ("11.0.0.1", PROXIES)])
def test_nobody_else_is_believed(empty_settings: Settings, address: str, proxies: str) -> None:
    with reached_by(empty_settings, address, proxies) as client:
        assert refused(client, "1.1.1.1", "2.2.2.2") == [False, True]


@pytest.mark.parametrize("text", ["*", "10.0.0.1/8", "localhost", "10.0.0.0/33", "canary"])
def test_only_addresses_and_networks_are_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("KB_TRUSTED_PROXIES", text)
    with pytest.raises(SettingsError, match=r"^KB_TRUSTED_PROXIES: write addresses") as raised:
        read_settings()
    assert "canary" not in str(raised.value)
