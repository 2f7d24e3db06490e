"""One database under test: its servers, what the rivals need, and proof that all answer alike.

In: settings of a database with a world in it. Out: a `Subject`, with a server of every kind, each
in a process of its own; equal answers were checked before anything is measured.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from kb.config import Settings
from kb.database.dialects import dialect_of_engine
from kb.database.read_pool import SqlValue
from tests.bench.load import Job, number_request
from tests.bench.peers import PEERS
from tests.bench.rivals import ShapeAnswer, path_of
from tests.bench.serve import Server, start_server
from tests.bench.shapes import PEERED, SHAPES, Shape, Variables
from tests.bench.world import Sizes
from tests.support.databases import Database, open_database

SERVER_TYPES = ("bare", "hand", "ours", "idiomatic")
CONTENDERS = ("bare", "cached", "uncached", "hand", "idiomatic")
"""What is always measured; the service twice: asked the same again, and never the same."""
_BODIES = 200
"""Variables that are asked by turns."""
_CHECKED = 5
"""Answers of each shape that are compared."""


@dataclass(frozen=True)
class Subject:
    """A database, its engine's name, what is asked of it, and its servers by kind; `plans` are by
    shape.
    """

    settings: Settings
    engine: str
    sizes: Sizes
    shapes: Sequence[Shape]
    servers: dict[str, Server]
    plans: dict[str, list[str]]

    def contenders(self, shape: Shape) -> list[str]:
        """Those that run and can answer it; the service twice."""
        return [
            contender
            for contender in (*CONTENDERS, *PEERS)
            if _server_type(contender) in self.servers and _answers(contender, shape)
        ]

    def job(self, shape: Shape, contender: str, seconds: float) -> Job:
        server_type = _server_type(contender)
        alike = contender == "cached"
        drawn = draw(shape, self.sizes, 1 if alike else _BODIES)
        requests = [{"query": shape.document, "variables": variables} for variables in drawn]
        bodies = [json.dumps(request) if alike else number_request(request) for request in requests]
        port, path = self.servers[server_type].port, _path(server_type, shape)
        return Job(port, path, bodies, not alike, shape.connections, seconds)


def draw(shape: Shape, sizes: Sizes, count: int) -> list[Variables]:
    """The same ones each time."""
    random = Random(shape.name)
    return [shape.draw(random, sizes) for _ in range(count)]


@contextmanager
def subject(
    settings: Settings,
    sizes: Sizes,
    server_types: Sequence[str] = SERVER_TYPES,
    shapes: Sequence[Shape] = SHAPES,
) -> Iterator[Subject]:
    """Raises AssertionError if answers differ."""
    with open_database(settings) as db, TemporaryDirectory() as folder, ExitStack() as stack:
        file = Path(folder) / "written.json"
        written = {shape.name: _prepare_shape(db, shape, sizes) for shape in shapes}
        file.write_text(
            json.dumps({name: asdict(shape_answer) for name, shape_answer in written.items()})
        )
        plans = {shape.name: _plan(db, shape, sizes) for shape in shapes}
        url = settings.database_url
        servers = {
            server_type: stack.enter_context(start_server(server_type, url, file))
            for server_type in server_types
        }
        for server in servers.values():
            server.wait("/", {})
        tested = Subject(settings, db.engine.dialect.name, sizes, shapes, servers, plans)
        for shape in shapes:
            _check(tested, shape)
        yield tested


def _run_once(
    db: Database, shape: Shape, variables: Variables
) -> tuple[str, Sequence[SqlValue], dict[str, object]]:
    """The one statement of the service, its values, and the answer."""
    db.reader.statements.clear()
    answer = db.ask(shape.document, **variables)
    ((pieces, values),) = db.reader.statements
    return dialect_of_engine(db.engine).join_pieces(pieces), values, answer


def _prepare_shape(db: Database, shape: Shape, sizes: Sizes) -> ShapeAnswer:
    """What is to be bound is found by its value."""
    (variables,) = draw(shape, sizes, 1)
    statement, values, answer = _run_once(db, shape, variables)
    names: dict[SqlValue, str] = {
        value: name for name, value in shape.parameters(variables).items()
    }
    bound = [[names[value]] if value in names else value for value in values]
    return ShapeAnswer(statement, bound, json.dumps({"data": answer}, ensure_ascii=False))


def _plan(db: Database, shape: Shape, sizes: Sizes) -> list[str]:
    """As the engine tells it, a line a step."""
    statement, values, _ = _run_once(db, shape, *draw(shape, sizes, 1))
    explain = "explain query plan " if db.is_sqlite else "explain (costs off) "
    with db.engine.connect() as connection:
        steps = connection.exec_driver_sql(explain + statement, tuple(values)).all()
    if not db.is_sqlite:
        return [str(line) for (line,) in steps]
    depths = {0: -1}
    for number, parent, *_ in steps:
        depths[number] = depths[parent] + 1
    return [f"{'  ' * depths[number]}{told}" for number, _, _, told in steps]


def _server_type(contender: str) -> str:
    return "ours" if contender in ("cached", "uncached") else contender


def _answers(contender: str, shape: Shape) -> bool:
    """Whether it can: Strawberry and Node were taught some of the shapes."""
    if contender in PEERS:
        return shape.name in PEERED
    return shape.rivalled or contender != "idiomatic"


def _path(server_type: str, shape: Shape) -> str:
    return path_of(shape.name) if server_type in ("bare", "hand") else "/graphql"


def _check(subject: Subject, shape: Shape) -> None:
    """Equal, whoever answers; the bare route has only its bytes."""
    for variables in draw(shape, subject.sizes, _CHECKED):
        body: dict[str, object] = {"query": shape.document, "variables": variables}
        answers = {
            server_type: json.loads(server.ask(_path(server_type, shape), body))
            for server_type, server in subject.servers.items()
            if server_type != "bare" and _answers(server_type, shape)
        }
        for server_type, answer in answers.items():
            assert answer == answers["ours"], f"{server_type} answers {shape.name} otherwise"
