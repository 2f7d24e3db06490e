"""An empty knowledge base behind its application, for tests in which the data do not matter.

In: a folder. Out: a client of the application, on one engine.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.testclient import TestClient

from kb.app import create_app
from tests.support.databases import SqlitePlace, prepare

GRAPHQL, JSON = "application/graphql-response+json", "application/json"
ROUTES = {
    "/": 200,
    "/graphql": 400,
    "/graphql?query={revision}": 200,
    "/graphql?query={nothing}": 400,
    "/schema.graphql": 200,
    "/changes.ndjson": 200,
    "/feed/head": 404,
    "/mcp": 405,
    "/export/states.csv": 200,
    "/reconcile": 200,
    "/livez": 200,
    "/readyz": 200,
    "/assets/nothing.js": 404,
    "/nowhere": 404,
    "/" + "a" * 4_001: 414,
}
"""Of each kind some, with the status of its answer to GET, as GraphQL's own media type."""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def empty_service(folder: Path) -> Iterator[TestClient]:
    app = create_app(prepare(SqlitePlace(folder).create()))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
