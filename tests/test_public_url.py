"""The address that `KB_PUBLIC_URL` states: all links live under it, whatever a request says."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from http.client import HTTPConnection
from urllib.parse import urlsplit

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient, WebSocketDenialResponse

from kb.app import create_app
from kb.config import Settings, read_settings
from kb.errors import SettingsError
from kb.server.websocket import PROTOCOL
from tests.support.command import serving
from tests.support.databases import Database
from tests.support.pages import PAGE
from tests.support.service import JSON, ROUTES, free_port

pytestmark = pytest.mark.sweep
PUBLIC = "https://kb.example/base"
PATHS = (
    "/",
    "/search?q=taj",
    "/states/UZ?known=2018-01-01",
    "/states/XX",
    "/articles/bulletin-430-comment-the-csto-has-always-lacked-relevance",
    "/graphql",
)


@pytest.fixture(scope="module")
def client(csto: Database) -> Iterator[TestClient]:
    settings = Settings(database_url=csto.settings.database_url, public_url=PUBLIC, cors_origins="")
    headers = PAGE | {"X-Request-Id": "the-same"}
    with TestClient(create_app(settings), headers=headers, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
def test_every_link_lives_under_it(client: TestClient, path: str) -> None:
    page = lxml.html.document_fromstring(client.get(path).text)
    links = {str(link) for _, _, link, _ in page.iterlinks()}
    inside = {link for link in links if link.startswith(("/", PUBLIC))}
    assert len(inside) > 3
    assert all(urlsplit(link).path.startswith("/base/") for link in inside)
    # Identifiers are what others call it, and lead to them.
    others = {*page.xpath("//dt[text()='Identifiers']/../dd/a/@href")}
    assert all(link.startswith(("data:", "#", "?")) for link in links - inside - others)
    assert page.get("data-root") == "/base"


@pytest.mark.parametrize("path", [path for path in PATHS if path.count("/") == 2])
def test_what_machines_read_is_whole(client: TestClient, path: str) -> None:
    page = lxml.html.document_fromstring(client.get(path).text)
    told = page.xpath("//link[@rel='canonical']/@href")
    for script in page.xpath("//script[@type='application/ld+json']"):
        described = json.loads(script.text)
        told += [described["@id"].partition("?")[0], described["url"]]
    assert all(link.startswith(f"{PUBLIC}/") for link in told)
    assert told or path == "/states/XX"


@pytest.mark.parametrize(
    "path", [*PATHS, *ROUTES, "/states/uz?known=", "/states/UZ/memberships.csv"]
)
def test_a_proxy_may_pass_its_path_on_or_strip_it(client: TestClient, path: str) -> None:
    stripped, kept = client.get(path), client.get(f"/base{path}")
    assert (stripped.status_code, stripped.content) == (kept.status_code, kept.content)
    assert stripped.headers == kept.headers


def test_its_own_root_needs_no_slash(client: TestClient) -> None:
    assert client.get("/base").content == client.get("/").content
    assert client.get("/basement").status_code == 404


def test_redirects_lead_there(client: TestClient) -> None:
    for path in ("/states/uz?known=", "/base/states/uz?known="):
        assert client.get(path).headers["location"] == "/base/states/UZ?known="


@pytest.mark.parametrize(
    ("origin", "host", "is_taken"),
    [
        ("https://kb.example", "127.0.0.1:8000", True),
        ("https://kb.example", "kb.example", True),
        ("https://other.example", "other.example", False),
    ],
)
def test_its_own_origin_is_that_one(
    client: TestClient, origin: str, host: str, is_taken: bool
) -> None:
    headers = {"Origin": origin, "Host": host}
    with (
        nullcontext() if is_taken else pytest.raises(WebSocketDenialResponse),
        client.websocket_connect("/base/graphql", [PROTOCOL], headers=headers),
    ):
        pass


def test_texts_are_then_for_bearers_of_a_token() -> None:
    """Whatever the service listens on: others reach it."""
    assert not Settings(public_url=PUBLIC).shows_text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ""),
        ("https://example.org", "https://example.org"),
        ("https://EXAMPLE.org:443/", "https://example.org"),
        ("http://[::1]:8080/a/b-c/", "http://[::1]:8080/a/b-c"),
    ],
)
def test_it_has_one_form(text: str, read: str) -> None:
    assert Settings(public_url=text).public_url == read


@pytest.mark.parametrize(
    "text",
    [
        "example.org/kb",
        "ftp://example.org",
        "https://",
        "https://user:canary@example.org",
        "https://example.org/canary?a",
        "https://example.org/#canary",
        "https://example.org/canary%20b",
        "https://example.org//canary",
        "https://example.org/ä",
        " https://example.org/canary b",
    ],
)
def test_what_is_none_is_told_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("KB_PUBLIC_URL", text)
    with pytest.raises(SettingsError, match=r"^KB_PUBLIC_URL: write ") as raised:
        read_settings()
    assert "canary" not in str(raised.value)


def test_a_path_that_is_also_a_route_is_refused(csto: Database) -> None:
    """A proxy that strips it would ask for a state, and one that passes it on for its home page."""
    settings = Settings(
        database_url=csto.settings.database_url, public_url="https://example.org/states/kb"
    )
    with pytest.raises(SettingsError, match="a path that begins with /states is the service's own"):
        create_app(settings)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HTTPConnection]:
    """To a real server, from an address that uvicorn would trust by itself."""
    port = free_port()
    settings = {"FORWARDED_ALLOW_IPS": "*", "WEB_CONCURRENCY": "many", "PORT": "1"}
    with serving(tmp_path_factory.mktemp("served"), port, **settings):
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        yield connection
        connection.close()


Told = tuple[int, bytes, list[tuple[str, str]]]


def ask(connection: HTTPConnection, path: str, headers: dict[str, str]) -> Told:
    """Status, body and headers, without the time."""
    connection.request("GET", path, headers=headers | {"X-Request-Id": "the-same"})
    answer = connection.getresponse()
    told = [(name, value) for name, value in answer.getheaders() if name != "date"]
    return answer.status, answer.read(), told


HOSTS = st.from_regex(r"[a-z0-9.-]{1,20}(:[0-9]{1,4})?", fullmatch=True)
NAMES = ("X-Forwarded-Host", "X-Forwarded-Server", "X-Forwarded-For", "X-Real-IP", "Via")
FORGED = st.fixed_dictionaries(
    {"Host": HOSTS},
    optional={
        **dict.fromkeys(NAMES, HOSTS),
        "X-Forwarded-Proto": st.sampled_from(["https", "http", "wss", "odd"]),
        "X-Forwarded-Port": st.integers(0, 99_999).map(str),
        "X-Forwarded-Prefix": HOSTS.map("/{}".format),
        "X-Script-Name": HOSTS.map("/{}".format),
        "X-Original-URL": HOSTS.map("/{}".format),
        "X-Rewrite-URL": HOSTS.map("/{}".format),
        "Forwarded": HOSTS.map("for=1.2.3.4;proto=https;host={}".format),
    },
)
ASKED = [
    *((path, PAGE["accept"]) for path in (*PATHS, "/states/uz?known=", "/graphql/", "/states/UZ/")),
    *((path, JSON) for path in (*ROUTES, "/export", "/states/UZ/memberships.csv")),
]


@pytest.fixture(scope="module")
def told(connection: HTTPConnection) -> dict[tuple[str, str], Told]:
    """What is answered to whoever forges nothing."""
    return {(path, accept): ask(connection, path, {"Accept": accept}) for path, accept in ASKED}


@given(st.sampled_from(ASKED), FORGED)
def test_no_header_of_a_request_names_the_service(
    connection: HTTPConnection,
    told: dict[tuple[str, str], Told],
    asked: tuple[str, str],
    forged: dict[str, str],
) -> None:
    path, accept = asked
    assert ask(connection, path, {"Accept": accept} | forged) == told[asked]
