"""A service that reads from streaming replicas, in the process of the test.

In: a cluster, and a curator's token. Out: a `Service`, which is asked and written to, and tells
what server it reads from.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from httpx2 import Response
from starlette.testclient import TestClient

from kb import database, tokens
from kb.app import App, create_app
from kb.config import Keepers, Settings
from kb.database.read_pool import SqlValue
from kb.roles import Role
from tests.chaos.writer import official
from tests.support.replication import Cluster, Server

MOST_LAG = 1.0
REVISION = {"query": "{ revision }"}
SLOW = ("select pg_sleep(1.5)::text || 'done'",)
NUMBERS = count()
_MUTATION = """mutation($i: RecordOfficialInput!) {
  recordOfficial(input: $i) { ... on RecordOfficialPayload { revision } } }"""


@dataclass(frozen=True)
class Service:
    """One that runs on a cluster, and a token for it."""

    cluster: Cluster
    client: TestClient
    token: str
    names: dict[str, Server] = field(default_factory=dict)

    @property
    def source(self) -> Server:
        """The server that queries are read from."""
        assert isinstance(self.client.app, App)
        return self.names[self.client.app.context.reader.url]

    def write(self) -> int:
        """The revision that a mutation answers; it is told by the header, too."""
        answer = self.mutate()
        assert answer.status_code == 200, answer.text
        revision = answer.json()["data"]["recordOfficial"]["revision"]
        assert answer.headers["x-kb-revision"] == revision
        return int(revision)

    def mutate(self) -> Response:
        body = {"query": _MUTATION, "variables": {"i": official("curator", next(NUMBERS))}}
        headers = {"authorization": f"Bearer {self.token}"}
        return self.client.post("/graphql", json=body, headers=headers)

    def ask(
        self, query: str = "{ revision }", headers: Mapping[str, str] | None = None, **given: object
    ) -> dict[str, object]:
        body = {"query": query, "variables": given}
        answer: dict[str, object] = self.client.post("/graphql", json=body, headers=headers).json()
        return answer

    def revision(self, headers: Mapping[str, str] | None = None) -> int:
        data = self.ask(headers=headers)["data"]
        assert isinstance(data, dict)
        return int(data["revision"])

    def fetch(self, pieces: tuple[str, ...]) -> Sequence[SqlValue]:
        assert isinstance(self.client.app, App)
        reader, portal = self.client.app.context.reader, self.client.portal
        assert portal is not None
        return portal.call(reader.fetch, pieces, ())

    def await_source(self, is_wanted: Callable[[Server], bool]) -> None:
        await_true(lambda: is_wanted(self.source))

    def reads_from_replica(self) -> bool:
        return self.source is not self.cluster.primary


def await_true(holds: Callable[[], bool], seconds: float = 10.0) -> float:
    """How long that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it takes too long"
        time.sleep(0.01)
    return time.monotonic() - began


def codes(answer: Mapping[str, object]) -> list[str]:
    errors = answer["errors"]
    assert isinstance(errors, list)
    return [error["extensions"]["code"] for error in errors]


def new_token(running: Cluster) -> str:
    engine = database.open_engine(Settings(database_url=running.primary.url()))
    with database.write_transaction(engine) as connection:
        token = tokens.issue_token(connection, f"curator {next(NUMBERS)}", Role.CURATOR)
    engine.dispose()
    return token


@contextmanager
def serve(running: Cluster, token: str, *more: Server) -> Iterator[Service]:
    urls = " ".join(server.url() for server in (*running.replicas, *more))
    settings = Settings(
        database_url=running.primary.url(),
        replica_urls=urls,
        most_lag=MOST_LAG,
        answers=Keepers.PUBLIC,
        # What asks over and over would be held to 200 requests a second on a fast machine.
        most_requests=0,
    )
    names = {server.url(): server for server in (*running.servers, *more)}
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield Service(running, client, token, names)


@contextmanager
def paused(servers: Sequence[Server]) -> Iterator[None]:
    """Replicas that replay nothing meanwhile, as a query or an administrator may have it."""
    for server in servers:
        server.pause_replay()
    yield
    for server in servers:
        server.resume_replay()
