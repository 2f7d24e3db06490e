"""Refusals that need no task of their own: to the byte as the application sends them."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kb.admission.rates import BURST
from kb.app import App, create_app
from kb.config import Settings
from kb.database.sqlite_reader import SqliteReader
from kb.process.connections import Connections
from kb.process.http_protocol import HttpProtocol
from kb.process.run import server_config
from kb.server import load_shedding
from kb.telemetry.record import RequestRecord
from tests.support.databases import SqlitePlace, prepare

HEADS = {
    "GET /graphql?query={revision} HTTP/1.1": "host: x",
    "GET /graphql?query={states{code}} HTTP/1.1": "host: x\r\naccept: application/json",
    "GET / HTTP/1.1": "host: x\r\naccept: text/html\r\norigin: https://elsewhere.example",
    "GET /export HTTP/1.1": "host: x\r\nconnection: close\r\nauthorization: Bearer none",
    "GET /st%61tes HTTP/1.0": "accept: text/plain",
    "HEAD /export HTTP/1.1": "host: x",
    "GET /kb/states HTTP/1.1": "host: x\r\naccept: */*",
    "POST /graphql HTTP/1.1": "host: x\r\ncontent-type: application/json\r\ncontent-length: 2",
}
PASSED_ON = {
    "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n": 200,
    "GET /graphql HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n": 400,
    "GET /graphql HTTP/1.1\r\n\r\n": 400,
    "OPTIONS /graphql HTTP/1.1\r\nhost: x\r\norigin: https://elsewhere.example\r\n"
    "access-control-request-method: POST\r\n\r\n": 200,
    "PUT /graphql HTTP/1.1\r\nhost: x\r\n\r\n": 503,
}
"""What the application answers, refusals that are rare among it."""
OWN = re.compile(rb"(x-request-id: )\w{24}\r\n")
TOGETHER = 10
LARGE = (
    "{"
    + " ".join(f"a{number}: events(first: 100) {{ nodes {{ slug }} }}" for number in range(40))
    + "}"
)
"""Too large for the event loop."""
CROWD = 1_000
"""That wait already."""
FORWARDED = "x-forwarded-for: 198.51.100.7\r\n"
CLOSING = (b"connection", b"close")


class Service:
    """In this loop; `called` counts requests that reached the application."""

    def __init__(self, app: App, records: list[RequestRecord]) -> None:
        self.app, self.records = app, records
        self.called = 0
        self.state = Connections(100)
        self.state.default_headers = [(b"date", b"today")]
        self._config = server_config(app)
        self._config.load()
        self._config.loaded_app = self._count

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.called += 1
        await self.app(scope, receive, send)

    def make_protocol(self) -> HttpProtocol:
        return HttpProtocol(self._config, self.state, {})


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, request: str) -> None:
        self._writer.write(request.encode())

    async def read(self, *, body: bool = True) -> bytes:
        head = await self._reader.readuntil(b"\r\n\r\n")
        size = re.search(rb"content-length: (\d+)", head)
        return head + await self._reader.readexactly(int(size[1]) if body and size else 0)

    async def status(self) -> int:
        return int((await self.read()).split()[1])

    async def is_closed(self) -> bool:
        return await self._reader.read(1) == b""

    def close(self) -> None:
        self._writer.close()


Connect = Callable[[], Coroutine[object, object, Client]]


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[Service, Connect]]:
    records = list[RequestRecord]()
    service = Service(create_app(settings, records.append), records)
    server = await asyncio.get_running_loop().create_server(service.make_protocol, "127.0.0.1", 0)
    port, clients = server.sockets[0].getsockname()[1], list[Client]()

    async def connect() -> Client:
        clients.append(Client(*await asyncio.open_connection("127.0.0.1", port)))
        return clients[-1]

    try:
        yield service, connect
    finally:
        for client in clients:
            client.close()
        server.close()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("shedding")
    settings = prepare(SqlitePlace(folder).create())
    return settings.model_copy(update={"public_url": "https://example.org/kb/"})


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks is refused."""
    monkeypatch.setattr(load_shedding, "MOST_LATE", -1.0)
    monkeypatch.setattr(load_shedding, "SHORT", -1.0)


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("line", HEADS)
@pytest.mark.parametrize("headers", [[], [CLOSING]], ids=["open", "ending"])
def test_a_refusal_is_as_the_application_sends_it(
    settings: Settings, line: str, headers: list[tuple[bytes, bytes]]
) -> None:
    """First by the application in calm times, then by it in haste, then without it."""
    has_body = not line.startswith("HEAD")
    request = f"{line}\r\n{HEADS[line]}\r\n\r\n{'{}' if line.startswith('POST') else ''}"

    async def run() -> None:
        async with served(settings) as (service, connect):
            service.state.default_headers += headers
            answers, closed = list[bytes](), set[bool]()
            for _ in range(3):
                client = await connect()
                client.send(request)
                answers.append(await client.read(body=has_body))
                closes = b"connection: close" in answers[-1]
                closed.add(closes)
                assert not closes or await client.is_closed()
            assert answers[0].startswith(b"HTTP/1.1 503 ")
            assert len({OWN.sub(rb"\1", answer) for answer in answers}) == 1
            assert len(set(answers)) == 3
            assert closed == {bool(headers) or "1.0" in line or "close" in HEADS[line]}
            assert service.called == (3 if headers else 2)
            assert len({traits(record) for record in service.records}) == 1
            ids = [record.id for record in service.records]
            assert all(id_.encode() in answer for id_, answer in zip(ids, answers, strict=True))

    asyncio.run(run())


def traits(record: RequestRecord) -> tuple[object, ...]:
    assert 0 < record.begun <= record.ended
    return record.method, record.path, record.route, record.status, record.code, record.sent


@pytest.mark.usefixtures("late")
def test_ids_are_given_back_and_origins_are_told_apart(settings: Settings) -> None:
    async def run() -> None:
        async with served(settings) as (service, connect):
            client = await connect()
            for number, origin in enumerate(("", "https://a.example", "", "https://a.example")):
                own = f"origin: {origin}\r\n" if origin else ""
                client.send(f"GET / HTTP/1.1\r\nhost: x\r\n{own}x-request-id: n{number}\r\n\r\n")
                answer = await client.read()
                assert f"\r\nx-request-id: n{number}\r\n".encode() in answer
                assert (b"access-control-allow-origin" in answer) == bool(origin)
            # The first makes it late, and the next two are kept.
            assert service.called == 3

    asyncio.run(run())


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("request_", PASSED_ON)
def test_what_is_odd_is_for_the_application(settings: Settings, request_: str) -> None:
    async def run() -> None:
        async with served(settings) as (service, connect):
            client = await connect()
            client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert await client.status() == 503
            for _ in range(3):
                client.send(request_)
                assert await client.status() == PASSED_ON[request_]
            assert service.called == 4

    asyncio.run(run())


@pytest.mark.usefixtures("late")
def test_a_connection_goes_on_after_refusals(settings: Settings) -> None:
    """With bodies, and with requests that do not wait for answers."""
    post = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 30\r\n\r\n" + 30 * "a"

    async def run() -> None:
        async with served(settings) as (service, connect):
            client = await connect()
            client.send(post * 5 + "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            assert [await client.status() for _ in range(6)] == [503] * 5 + [200]
            gone = await connect()
            gone.send(post)
            gone.close()
            client.send(post)
            assert await client.status() == 503
            assert service.called < len(service.records)

    asyncio.run(run())


async def busy(_: Request) -> PlainTextResponse:
    time.sleep(0.2)
    return PlainTextResponse("done")


async def quick(_: Request) -> PlainTextResponse:
    return PlainTextResponse("done")


def test_as_many_are_taken_up_as_there_is_time_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those that come together, in the order in which they came."""
    monkeypatch.setattr(load_shedding, "SHORT", 0.1)

    async def run() -> None:
        async with served(settings) as (service, connect):
            service.app.routes[:0] = [Route("/busy", busy), Route("/quick", quick)]
            clients = [await connect() for _ in range(TOGETHER)]

            async def ask(path: str) -> list[int]:
                service.app.context.pressure._refused_at = time.monotonic()
                for client in clients:
                    client.send(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")
                return [await client.status() for client in clients]

            assert await ask("/quick") == [200] * TOGETHER
            for _ in range(2):
                assert await ask("/busy") == [200] + [503] * (TOGETHER - 1)
            assert await ask("/quick") == [200] * TOGETHER

    asyncio.run(run())


def test_calm_times_come_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_shedding, "CALM_AFTER", 0.0)

    async def run() -> None:
        async with served(settings) as (service, connect):
            service.app.context.pressure._refused_at = time.monotonic()
            service.app.routes.insert(0, Route("/busy", busy))
            clients = [await connect() for _ in range(2)]
            for client in clients:
                client.send("GET /busy HTTP/1.1\r\nhost: x\r\n\r\n")
            assert [await client.status() for client in clients] == [200, 200]

    asyncio.run(run())


def asking(method: str, query: str, number: int, headers: str = "", path: str = "/graphql") -> str:
    """A request of its own: its answer is none that is kept for another number."""
    members = {"query": query, "extensions": json.dumps({"number": number})}
    head = f"HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n{headers}"
    if method == "GET":
        return f"GET {path}?{urlencode(members)} {head}\r\n"
    body = json.dumps({"query": query, "extensions": {"number": number}})
    length = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return f"POST {path} {head}{length}\r\n{body}"


def crowd(service: Service, by: int) -> None:
    reader = service.app.context.reader
    assert isinstance(reader, SqliteReader)
    reader._queue.present += by


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/graphql", "/kb/graphql"])
def test_large_operations_are_refused_as_the_application_refuses_them(
    settings: Settings, method: str, path: str
) -> None:
    """Once planned; by it as long as nobody was refused, then by it in haste, then without it."""
    public = settings.model_copy(update={"public_url": "https://example.org/kb"})

    async def run() -> None:
        async with served(public) as (service, connect):
            client = await connect()
            client.send(asking(method, LARGE, 0, path=path))
            assert await client.status() == 200
            crowd(service, CROWD)
            answers = list[bytes]()
            for number in range(1, 5):
                client.send(asking(method, LARGE, number, path=path))
                answers.append(await client.read())
            assert b"more large operations wait already" in answers[0]
            assert answers[0].startswith(b"HTTP/1.1 503 ")
            assert len({OWN.sub(rb"\1", answer) for answer in answers}) == 1
            assert service.called == 3
            told = {(*traits(each), each.operation, each.price) for each in service.records[1:]}
            assert len(told) == 1
            assert service.records[-1].operation
            assert service.records[-1].price
            crowd(service, -CROWD)
            client.send(asking(method, LARGE, 5, path=path))
            assert await client.status() == 200

    asyncio.run(run())


def test_only_what_is_sure_to_be_refused_is(settings: Settings) -> None:
    """Not what is small, kept, new, sent with a token or by another method."""

    async def run() -> None:
        async with served(settings) as (service, connect):
            client = await connect()

            async def status(request: str) -> int:
                client.send(request)
                return await client.status()

            assert [await status(asking("GET", LARGE, 0)) for _ in range(3)] == [200] * 3
            crowd(service, CROWD)
            refused = [await status(asking("GET", LARGE, number)) for number in (1, 2, 3)]
            before = service.called
            assert refused == [503] * 3
            assert await status(asking("GET", LARGE, 0)) == 200
            assert await status(asking("GET", "{ revision }", 0)) == 200
            assert await status(asking("POST", "{ revision }", 0)) == 200
            assert await status(asking("GET", LARGE + " ", 0)) == 503
            assert await status(asking("GET", LARGE, 4, "authorization: Bearer none\r\n")) == 401
            assert await status(asking("GET", LARGE, 5, "host: y\r\n")) == 400
            assert await status("GET /graphql?query=%7B HTTP/1.1\r\nhost: x\r\n\r\n") == 200
            assert service.called == before + 7
            client.send(asking("GET", LARGE, 6).replace("GET", "HEAD", 1))
            assert b" 503 " in await client.read(body=False)
            assert await status(asking("GET", LARGE, 7)) == 503
            assert service.called == before + 8

    asyncio.run(run())


def test_large_operations_that_are_refused_are_counted_of_their_client(
    settings: Settings,
) -> None:
    """Whom a proxy names."""
    changed = {"trusted_proxies": "127.0.0.1", "most_requests": 1}

    async def run() -> None:
        async with served(settings.model_copy(update=changed)) as (service, connect):
            client = await connect()

            async def status(number: int, headers: str) -> int:
                client.send(asking("GET", LARGE, number, headers))
                return await client.status()

            assert await status(0, "") == 200
            crowd(service, CROWD)
            assert [await status(number, FORWARDED) for number in range(BURST + 2)] == [
                *[503] * BURST,
                *[429] * 2,
            ]
            assert [await status(number, "") for number in range(BURST + 2)] == [503] * (BURST + 2)

    asyncio.run(run())
