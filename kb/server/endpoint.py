"""The GraphQL endpoint: Strawberry's view, with answers passed on as the database made them.

In: HTTP requests, well formed or not, and WebSockets. Out: JSON whose `data` is spliced in as text,
never parsed here, of the media type that the client prefers, or events. The status is as GraphQL
over HTTP has it: 200 for every operation as `application/json`; 400 for one that was refused as
`application/graphql-response+json`; 4xx for a request that is none, and 5xx for failures of ours.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from kb.content_coding import accepted_coding
from kb.database.read_pool import NEWEST_REVISION, fetch_newest
from kb.errors import (
    DocumentError,
    KBError,
    Overloaded,
    RequestError,
    TooManyRequests,
    TooSlow,
    Unauthenticated,
    Unavailable,
)
from kb.server.bearers import bearer_and_token
from kb.server.context import Context
from kb.server.fast_path import REVISION_HEADER, FastPath, PlainRequest, encode, read_request
from kb.server.kept_refusals import KeptRefusals
from kb.server.requests import (
    ANSWERS,
    EVENT_STREAM,
    GRAPHQL_JSON,
    HTML,
    PLAIN_JSON,
    StrictRequestAdapter,
    least_revision,
    preferred_media_type,
)
from kb.server.responses import encode_json, response_of, response_to, revision_of, status_of
from kb.server.served_schema import served_schema
from kb.server.socket_client import SocketClient
from kb.server.sse import LIFETIME, EventStream
from kb.server.subscriptions import Results, answers, document_refusal
from kb.server.websocket import serve_socket

_REVISION = REVISION_HEADER.decode()
_READER = "kb.reader"
"""Where a request has the reader that it is answered by."""
RETRY = {"Retry-After": "1"}
"""Headers for while the database is gone: it may be back within a second."""

CHALLENGE = {"WWW-Authenticate": "Bearer"}
_HEADERS: dict[int, dict[str, str]] = {
    401: CHALLENGE,
    405: {"Allow": "GET, HEAD, POST"},
    503: RETRY,
}
"""What goes with a status."""


Explorer = Callable[[Request], Awaitable[Response]]


class Endpoint(GraphQL[Context, None]):
    """Serves one database to all requests."""

    request_adapter_class = StrictRequestAdapter

    def __init__(self, context: Context, explorer: Explorer | None) -> None:
        # It is asked for single answers alone.
        super().__init__(served_schema(), subscription_protocols=())
        self._context, self._explorer = context, explorer
        self._refusals = KeptRefusals(error_response)
        # Each keeps answers of its own: what is for bearers reaches nobody else.
        self._fast_paths = {
            access: FastPath(
                access.executor,
                context.reader,
                context.documents,
                context.store,
                private=access is context.bearers,
            )
            for access in (context.anonymous, context.bearers)
        }

    @property
    def anonymous(self) -> FastPath:
        """Of those who have no token."""
        return self._fast_paths[self._context.anonymous]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._serve(WebSocket(scope, receive, send))
            return
        bearer, _ = bearer_and_token(scope)
        fast_path = self._fast_paths[self._context.bearers if bearer else self._context.anonymous]
        try:
            plain, receive = await read_request(scope, receive)
            try:
                answer = await fast_path.answer(plain) if plain else None
            except Overloaded as error:
                await self._refusals.send(error, scope, send)
                return
            except (TooSlow, Unavailable) as error:
                await self._refuse(error, Request(scope, receive), send)
                return
            if plain and answer:
                await answer.send(plain.if_none_match, send)
            else:
                await self._answer_in_full(Request(scope, receive), plain, fast_path, send)
        except ClientDisconnect:
            return  # Nobody is left to be answered.

    async def _refuse(self, error: KBError, request: Request, send: Send) -> None:
        """503: the same request may be sent again later."""
        await error_response(request, error)(request.scope, request.receive, send)

    async def _answer_in_full(
        self, request: Request, plain: PlainRequest | None, fast_path: FastPath, send: Send
    ) -> None:
        state, coding = fast_path.state, accepted_coding(request.headers.raw)
        response = await self._answer(request)
        if _REVISION not in response.headers:
            await self._add_revision(response)
        elif isinstance(response, Response) and response.status_code == 200:
            # Only whole answers of queries have a revision of their own.
            revision, content = response.headers[_REVISION].encode(), str(response.media_type)
            get = request.method != "POST"
            body = bytes(response.body)
            answer = await fast_path.make_answer(body, revision, content, coding, get=get)
            if plain:
                fast_path.keep(plain, answer, state)
            await answer.send(request.headers.get("if-none-match", "").encode("latin-1"), send)
            return
        await _compress(response, coding)
        await response(request.scope, request.receive, send)

    async def _add_revision(self, response: Response) -> None:
        """Adds the newest revision as a header, unless the database does not answer."""
        if response.status_code >= 500:
            return
        try:
            # Of a mutation it is that from which on it can be read.
            (revision,) = await fetch_newest(self._context.reader, NEWEST_REVISION, ())
        except Unavailable:
            return
        response.headers[_REVISION] = str(revision)

    async def _answer(self, request: Request) -> Response:
        """An answer whatever happens, with errors in GraphQL's form."""
        headers: dict[str, str] = {}
        try:
            context = await self._context.reaching(least_revision(request))
            request.scope[_READER] = context.reader
            if self._wants_events(request):
                return await self._stream(request)
            return await self.run(request)
        except ClientDisconnect:
            raise
        except Exception as error:
            data, code = response_to(error)
            if isinstance(error, DocumentError):
                # A document that is unknown now may be known a moment later.
                headers = {"Cache-Control": "no-store"}
        media = preferred_media_type(request, ANSWERS) or PLAIN_JSON
        return _response(encode_json(data), code, media, headers)

    def _wants_events(self, request: Request) -> bool:
        offers = {"GET": (*ANSWERS, EVENT_STREAM, HTML), "POST": (*ANSWERS, EVENT_STREAM)}
        return preferred_media_type(request, offers.get(request.method, ANSWERS)) == EVENT_STREAM

    async def _stream(self, request: Request) -> EventStream:
        """A malformed request is refused as plain HTTP; all that comes after is sent as events."""
        incoming = StrictRequestAdapter(request)
        results = await self._results(request, incoming)
        try:
            return EventStream(await anext(results), results)
        except InvalidOperationTypeError as error:
            raise HTTPException(400, error.as_http_error_reason(incoming.method)) from error

    async def _results(self, request: Request, incoming: StrictRequestAdapter) -> Results:
        try:
            operation = await incoming.read(self._context.store)
        except DocumentError as error:
            return document_refusal(error)
        context = await self.get_context(request, Response())
        allowed = OperationType.from_http(incoming.method)
        after = request.headers.get("last-event-id")
        return answers(self.schema, operation, context, allowed, LIFETIME, after)

    async def _serve(self, socket: WebSocket) -> None:
        client = SocketClient(socket, self._context, self.schema)
        await serve_socket(socket, self._context.store, client)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """The one context, with the address and the token of this client, and what it reads."""
        del response
        return replace(self._context.sent_by(request), reader=request.scope[_READER])

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """What the answer starts from: it carries the media type to `create_response`."""
        response = await super().get_sub_response(request)
        response.media_type = preferred_media_type(request, ANSWERS)
        return response

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Whether the client prefers a page to JSON, as browsers do, and there is one."""
        assert isinstance(request, StrictRequestAdapter)
        preferred = preferred_media_type(request, (*ANSWERS, HTML))
        return self._explorer is not None and request.method == "GET" and preferred == HTML

    async def render_graphql_ide(self, request: Request) -> Response:
        assert self._explorer
        return await self._explorer(request)

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        assert isinstance(request, StrictRequestAdapter)
        if not preferred_media_type(request, ANSWERS):
            what = f"the client accepts neither {PLAIN_JSON} nor {GRAPHQL_JSON}"
            raise RequestError(what, "accept one of them", 406)
        return await request.read(self._context.store)

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        del request
        return response_of(result)

    def create_response(
        self,
        response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse],
        sub_response: Response,
    ) -> Response:
        assert isinstance(response_data, dict)  # There are no batches.
        media = sub_response.media_type or PLAIN_JSON
        response = _response(encode_json(response_data), status_of(response_data, media), media)
        if revision := revision_of(response_data):
            response.headers[_REVISION] = revision
        response.raw_headers.extend(sub_response.raw_headers)
        return response


async def _compress(response: Response, coding: str) -> None:
    """What is no query's answer, such as a mutation's; events go as they come."""
    if isinstance(response, EventStream):
        return
    response.body, encoding = await encode(bytes(response.body), coding)
    response.headers["content-length"] = str(len(response.body))
    response.raw_headers.extend(encoding)


def error_response(connection: HTTPConnection, error: KBError) -> Response:
    """The answer to a request that does not come to be read."""
    media = preferred_media_type(connection, ANSWERS) or PLAIN_JSON
    data, code = response_to(error)
    return _response(encode_json(data), code, media, headers_of(error))


def headers_of(error: KBError) -> dict[str, str]:
    """What goes with the refusal of a request, whatever its form."""
    match error:
        case TooManyRequests():
            return {"Retry-After": str(error.seconds)}
        case Unauthenticated():
            return CHALLENGE
        case _:
            return RETRY if isinstance(error, TooSlow | Unavailable) else {}


def _response(
    content: str, code: int, media: str, more_headers: Mapping[str, str] = MappingProxyType({})
) -> Response:
    headers = {"Vary": "Accept, Accept-Encoding", **_HEADERS.get(code, {}), **more_headers}
    return Response(content, code, headers, f"{media}; charset=utf-8")
