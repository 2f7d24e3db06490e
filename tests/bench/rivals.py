"""Servers to be measured against: bare bytes, and the same SQL written by hand.

In: a file with a `ShapeAnswer` of each shape as JSON, and the URL of a database. Out: Starlette
applications with a route for each shape, which do as little as anybody could.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pysqlite3
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Lifespan

from kb.database.read_pool import SqlValue
from tests.bench.shapes import SHAPES

Run = Callable[[str, Sequence[SqlValue]], Awaitable[Sequence[SqlValue]]]
Parameters = Callable[[Mapping[str, str]], Mapping[str, str]]
_JSON = "application/json"
_MOST = 16
"""Connections, as many as the service has."""


@dataclass(frozen=True)
class ShapeAnswer:
    """A shape's statement, the values between its pieces, and an answer of the service.

    A value is a constant, or the name of one of the shape's parameters in a list of its own.
    """

    statement: str
    values: Sequence[SqlValue | list[str]]
    answer: str


def path_of(name: str) -> str:
    return "/" + "-".join(name.replace(",", "").split())


def bare(written: dict[str, ShapeAnswer]) -> Starlette:
    """Answers whatever is asked with bytes that are ready."""
    return Starlette(
        routes=[
            Route(path_of(name), _constant(shape.answer.encode()), methods=["POST"])
            for name, shape in written.items()
        ]
    )


def _constant(content: bytes) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        return Response(content, media_type=_JSON)

    return answer


def by_hand(written: dict[str, ShapeAnswer], url: str) -> Starlette:
    """Binds what the body gives, runs the statement, passes its text on."""
    run, lifespan = _sqlite(url) if url.startswith("sqlite") else _postgresql(url)
    shapes = {shape.name: shape for shape in SHAPES}
    routes = [
        Route(path_of(name), _shape_endpoint(shape, shapes[name].parameters, run), methods=["POST"])
        for name, shape in written.items()
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _shape_endpoint(
    written: ShapeAnswer, parameters: Parameters, run: Run
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        given = parameters(json.loads(await request.body())["variables"])
        values = [given[value[0]] if isinstance(value, list) else value for value in written.values]
        row = await run(written.statement, values)
        return Response(f'{{"data":{row[0]}}}', media_type=_JSON)

    return answer


def _sqlite(url: str) -> tuple[Run, Lifespan[Starlette]]:
    path = url.removeprefix("sqlite:///")
    connection = pysqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)

    async def run(statement: str, values: Sequence[SqlValue]) -> Sequence[SqlValue]:
        row: Sequence[SqlValue] = connection.execute(statement, values).fetchone()
        return row

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        connection.close()

    return run, lifespan


def _postgresql(url: str) -> tuple[Run, Lifespan[Starlette]]:
    settings = {"autocommit": True, "options": "-c jit=off"}
    pool = AsyncConnectionPool(url, min_size=1, max_size=_MOST, open=False, kwargs=settings)

    async def run(statement: str, values: Sequence[SqlValue]) -> Sequence[SqlValue]:
        async with pool.connection() as connection:
            cursor = await connection.execute(statement.encode(), values)
            row: Sequence[SqlValue] | None = await cursor.fetchone()
        assert row is not None
        return row

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with pool:
            yield

    return run, lifespan
