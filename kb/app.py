"""The web application: routes over one database.

In: settings. Out: a Starlette application; it opens the database when it starts, and closes it when
it stops. Nothing happens on import.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from kb import database
from kb.admission.shared_counts import SharedCounts
from kb.config import Keepers, Settings
from kb.database.read_pool import Reader
from kb.errors import KBError, Overloaded, RequestError, Unavailable, for_client
from kb.mcp.endpoint import MCP, McpEndpoint, refuse_message
from kb.middleware.authentication import Authentication
from kb.middleware.compression import Compression
from kb.middleware.conditional import Conditional
from kb.middleware.cross_origin import CrossOrigin
from kb.middleware.direct_route import DirectRoute
from kb.middleware.failures import Failures
from kb.middleware.host_header import HostHeader
from kb.middleware.limited_url import LimitedUrl
from kb.middleware.load_shedding import LoadShedding
from kb.middleware.public_path import PublicPath, check_public_path
from kb.middleware.rate_limit import RateLimit
from kb.middleware.recording import Recording
from kb.server.answer_endpoint import AnswerEndpoint
from kb.server.answers import Answers
from kb.server.context import Context
from kb.server.downloads import Downloads
from kb.server.endpoint import RETRY, Endpoint, error_response, headers_of
from kb.server.feed_pages import FeedPages
from kb.server.import_endpoint import ImportEndpoint
from kb.server.large_operations import LargeOperations
from kb.server.requests import ANSWERS, HTML, preferred_media_type
from kb.server.served_schema import open_context
from kb.server.signed_head import SignedHead
from kb.signed_note import read_signing_keys
from kb.telemetry.record import Recorder, RecordSink, ignore, note_code
from kb.web.answer_pages import AnswerPages
from kb.web.citation_pages import CitationPages
from kb.web.diff_pages import DiffPages
from kb.web.figure_pages import FigurePages
from kb.web.home_page import HomePage
from kb.web.linked_data import LinkedData
from kb.web.list_pages import ListPages
from kb.web.page_queries import script_documents
from kb.web.pages import Site, error_page, problem_page
from kb.web.reconcile_pages import ReconcilePages
from schema.build import sdl

_GRAPHQL = "/graphql"


class App(Starlette):
    """All routes over one database; middleware that is added to it wraps each of them."""

    context: Context
    recorder: Recorder
    large_operations: LargeOperations

    def build_middleware_stack(self) -> ASGIApp:
        """Without the outermost of Starlette's, which answers failures.

        It stands within the others, so that they add their headers to these answers, too.
        """
        outermost = super().build_middleware_stack()
        assert isinstance(outermost, ServerErrorMiddleware)
        return outermost.app


def create_app(
    settings: Settings, report: RecordSink = ignore, shared: SharedCounts | None = None
) -> App:
    """`report` takes what is recorded of requests, `shared` is what workers count in together.

    Raises DatabaseMissing if there is none yet.
    """
    reader = database.open_reader(settings)
    context = open_context(settings, reader, script_documents(), shared)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await reader.open()
        async with (
            context.anonymous.executor.lengths.keep_measured(reader),
            context.bearers.executor.lengths.keep_measured(reader),
            context.news.running(),
            context.pressure.measure(),
        ):
            yield
        context.executor.background.close()
        context.writer.close()
        await reader.close()

    async def ready(_: Request) -> PlainTextResponse:
        return await _readiness(reader, is_ending=context.news.ended)

    site, keeping = Site(context), AnswerEndpoint(context, Answers(settings))
    endpoint = Endpoint(context, None if settings.is_locked else site.explorer)
    routes: list[BaseRoute] = [
        *LinkedData(site).routes(),
        *CitationPages(site).routes(),
        *site.routes(),
        *HomePage(site).routes(),
        *ListPages(site).routes(),
        *FigurePages(site).routes(),
        *DiffPages(site).routes(),
        keeping.route(),
        ImportEndpoint(context).route(),
        *AnswerPages(site, keeping).routes(),
        *ReconcilePages(site).routes(),
        *([] if settings.is_locked else [Route("/schema.graphql", _schema)]),
        WebSocketRoute(_GRAPHQL, endpoint),
        *FeedPages(context, settings.public_url).routes(),
        McpEndpoint(context, settings).route(),
        *SignedHead(context, read_signing_keys(settings.signing_key)).routes(),
        *Downloads(settings, reader, shared.downloads if shared else None).routes(),
        Route("/livez", _alive),
        Route("/readyz", ready),
    ]
    check_public_path(settings.public_path, routes)
    recorder = Recorder(report)
    app = App(
        routes=routes,
        # Starlette puts what is added later in front of these.
        middleware=[
            *_of_proxies(settings),
            Middleware(Recording, recorder),
            Middleware(HostHeader),
            Middleware(CrossOrigin, settings.origins, urlsplit(settings.public_url).netloc),
            Middleware(Failures),
            Middleware(LoadShedding, context.pressure, _refusal),
            Middleware(Authentication, context.tokens, context.is_closed, _refusal),
            *([Middleware(RateLimit, context.rates, _refusal)] if context.rates else []),
            Middleware(DirectRoute, _GRAPHQL, endpoint),
            Middleware(Compression),
            Middleware(Conditional, reader, _shown_by(settings)),
            Middleware(LimitedUrl),
        ],
        lifespan=lifespan,
        exception_handlers={GraphQLError: error_page, 404: site.unknown_address},
    )
    app.context, app.recorder = context, recorder
    app.large_operations = _large_operations(settings, context, endpoint)
    app.state.is_locked, app.state.public_url = settings.is_locked, settings.public_url
    app.state.keeps_answers = settings.answers is not Keepers.NONE
    # It would lead to the host that a request names; each page has one address.
    app.router.redirect_slashes = False
    return app


def _of_proxies(settings: Settings) -> Iterator[Middleware]:
    """What undoes what proxies do to requests: first of all, for whatever comes behind."""
    if settings.trusted_proxies:
        yield Middleware(ProxyHeadersMiddleware, settings.trusted_proxies.split())
    if settings.public_path:
        yield Middleware(PublicPath, settings.public_path)


def _large_operations(settings: Settings, context: Context, endpoint: Endpoint) -> LargeOperations:
    # Where all reading takes a token, who has none is told so.
    paths = () if context.is_closed else (_GRAPHQL, settings.public_path + _GRAPHQL)
    trusted = settings.trusted_proxies.split()
    return LargeOperations(endpoint.anonymous, context.reader, paths, context.rates, trusted)


def _shown_by(settings: Settings) -> str:
    """By what settings pages and files of the same data differ."""
    return f"{settings.shows_text} {settings.is_locked} {settings.public_url}"


def _refusal(connection: HTTPConnection, error: KBError) -> Response:
    """As a page to browsers, as GraphQL or the tools have it, or in plain words."""
    note_code(error.code)
    status = error.status if isinstance(error, RequestError) else 503
    headers = headers_of(error)
    if preferred_media_type(connection, (*ANSWERS, "text/plain", HTML)) == HTML:
        return problem_page(connection, for_client(error), status, headers)
    if connection.scope["path"] == _GRAPHQL:
        return error_response(connection, error)
    if connection.scope["path"] == MCP:
        return refuse_message(error)
    return PlainTextResponse(f"{for_client(error)}\n", status, headers)


async def _schema(_: Request) -> PlainTextResponse:
    return PlainTextResponse(sdl())


async def _alive(_: Request) -> PlainTextResponse:
    return PlainTextResponse("alive\n")


async def _readiness(reader: Reader, *, is_ending: bool) -> PlainTextResponse:
    """Whether queries can be answered: the database is there, and in its newest form."""
    if is_ending:
        return PlainTextResponse("the service ends\n", 503, RETRY)
    try:
        (version,) = await reader.fetch(("select version_num from alembic_version",), [])
    except Overloaded:
        # What a balancer took away would be the others' to bear.
        return PlainTextResponse("ready, and busy\n")
    except Unavailable as error:
        note_code(error.code)
        return PlainTextResponse(f"{for_client(error)}\n", 503, RETRY)
    if version != database.newest_migration():
        what = "the database is of another version; run `kb migrate`, or install a newer program"
        return PlainTextResponse(f"{what}\n", 503)
    return PlainTextResponse("ready\n")
