"""The web application: routes over one database.

In: settings. Out: a Starlette application; it opens the database when it starts, and closes it when
it stops. Nothing happens on import.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route

from kb import database
from kb.config import Settings
from schema.build import open_context, sdl
from schema.http import Endpoint


def create_app(settings: Settings) -> Starlette:
    """Raises DatabaseMissing where there is no database yet."""
    reader = database.open_reader(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await reader.close()

    routes = [
        Route("/", _home),
        Route("/schema.graphql", _schema),
        Route("/graphql", Endpoint(open_context(reader))),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def _home(_: Request) -> RedirectResponse:
    return RedirectResponse("/graphql")


async def _schema(_: Request) -> PlainTextResponse:
    return PlainTextResponse(sdl())
