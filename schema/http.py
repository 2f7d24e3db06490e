"""The GraphQL endpoint: Strawberry's view, with answers passed on as the database made them.

In: HTTP requests, well formed or not. Out: JSON whose `data` is spliced in as text, never parsed
here, of the media type that the client prefers. The status is as GraphQL over HTTP has it: 200 for
every operation as `application/json`; 400 for one that was refused as
`application/graphql-response+json`; 4xx for a request that is none, and 5xx for failures of ours.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from json import JSONDecodeError

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.http.streaming import SSETransport
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult

from kb.errors import (
    KBError,
    Overloaded,
    RequestError,
    StorageError,
    TooSlow,
    Unavailable,
)
from kb.query.execute import Answer, to_graphql
from schema.build import build_schema
from schema.faults import Code, failure
from schema.following import MOST_OF_ONE, Context
from schema.quick import REVISION, Asked, Quick, answered, read
from schema.requests import ANSWERS, EVENTS, GRAPHQL, HTML, JSON, Incoming, preferred

_REVISION = REVISION.decode()
_HEAD = ("select revision from head",)
RETRY = {"Retry-After": "1"}
"""Headers for while the database is gone: it may be back within a second."""

_FAILURES = {
    str(Code.INTERNAL): 500,
    Overloaded.code: 503,
    StorageError.code: 507,
    TooSlow.code: 503,
    Unavailable.code: 503,
}
_HEADERS: dict[int, dict[str, str]] = {405: {"Allow": "GET, HEAD, POST"}, 503: RETRY}
"""What goes with a status."""


class Endpoint(GraphQL[Context, None]):
    """Serves one database to all requests."""

    request_adapter_class = Incoming

    def __init__(self, context: Context, explorer: Callable[[], Response]) -> None:
        super().__init__(
            build_schema(),
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            max_subscriptions_per_connection=MOST_OF_ONE,
        )
        self._context, self._explorer = context, explorer
        self._quick = Quick(context.executor, context.reader, context.documents)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            asked, receive = await read(scope, receive)
            try:
                self._context.pressure.check()
                made = await self._quick.answer(asked) if asked else None
            except (TooSlow, Unavailable) as error:
                await self._refuse(error, Request(scope, receive), send)
                return
            if asked and made:
                await made.send(asked.wanted, send)
            else:
                await self._answer_in_full(Request(scope, receive), asked, send)
        except ClientDisconnect:
            return  # Nobody is left to be answered.

    async def _refuse(self, error: KBError, request: Request, send: Send) -> None:
        """Not now: whatever was asked may be asked again."""
        media = preferred(request, ANSWERS) or JSON
        told = self.encode_json({"errors": [to_graphql(error).formatted]})
        response = _response(told, 503, media)
        await response(request.scope, request.receive, send)

    async def _answer_in_full(self, request: Request, asked: Asked | None, send: Send) -> None:
        state = self._quick.state
        response = await self._answer(request)
        if _REVISION not in response.headers:
            await self._number(response)
        elif isinstance(response, Response) and response.status_code == 200:
            # Only whole answers of queries have a revision of their own.
            revision, content = response.headers[_REVISION].encode(), str(response.media_type)
            get = request.method != "POST"
            made = answered(bytes(response.body), revision, content, get=get)
            if asked:
                self._quick.keep(asked, made, state)
            await made.send(request.headers.get("if-none-match", "").encode("latin-1"), send)
            return
        await response(request.scope, request.receive, send)

    async def _number(self, response: Response) -> None:
        """With the newest revision, unless the database could not be asked."""
        if response.status_code >= 500:
            return
        try:
            (revision,) = await self._context.reader.fetch(_HEAD, ())
        except Unavailable:
            return
        response.headers[_REVISION] = str(revision)

    async def _answer(self, request: Request) -> Response:
        """An answer whatever happens, with errors in GraphQL's form."""
        try:
            await self._context.reach(Incoming(request).least_revision)
            return await self.run(request)
        except ClientDisconnect:
            raise
        except Unavailable as error:
            told, status = to_graphql(error), 503
        except RequestError as error:
            told, status = to_graphql(error), error.status
        except HTTPException as error:
            refused = _translated(error)
            told, status = to_graphql(refused), refused.status
        except Exception as error:
            told, status = failure(error), 500
        media = preferred(request, ANSWERS) or JSON
        return _response(self.encode_json({"errors": [told.formatted]}), status, media)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """The same for all, but for who asks."""
        del response
        client = request.client.host if request.client else ""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else None
        return replace(self._context, client=client, token=bearer)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """What the answer starts from: it carries the media type to `create_response`."""
        response = await super().get_sub_response(request)
        response.media_type = preferred(request, ANSWERS)
        return response

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """For who prefers a page to an answer, as browsers do: it shows what the URL asks."""
        assert isinstance(request, Incoming)
        return request.method == "GET" and preferred(request, (*ANSWERS, HTML)) == HTML

    async def render_graphql_ide(self, request: Request) -> Response:
        del request
        return self._explorer()

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        assert isinstance(request, Incoming)
        if preferred(request, (*ANSWERS, EVENTS)) == EVENTS:
            return replace(await request.read(), protocol=SSETransport.protocol)
        if not preferred(request, ANSWERS):
            what = f"the client accepts neither {JSON} nor {GRAPHQL}"
            raise RequestError(what, "accept one of them", 406)
        return await request.read()

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        """Without `data` if the operation was refused, as the specification wants it."""
        response = await super().process_result(request, result)
        if result.errors and result.data is None:
            del response["data"]
        return response

    def decode_json(self, data: str | bytes) -> object:
        """A message of a WebSocket; one that nests too deeply is no JSON to it."""
        try:
            return json.loads(data)
        except RecursionError:
            raise JSONDecodeError("it nests too deeply", "", 0) from None

    def encode_json(self, data: object) -> str | bytes:
        """JSON of a response; an answer's text stands in it as it is."""
        if isinstance(data, dict) and isinstance(data.get("data"), Answer):
            rest = {key: value for key, value in data.items() if key != "data"}
            tail = json.dumps(rest, ensure_ascii=False)[1:] if rest else "}"
            return f'{{"data":{data["data"].json}{"," if rest else ""}{tail}'
        return json.dumps(data, ensure_ascii=False, default=dict)

    def create_response(
        self,
        response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse],
        sub_response: Response,
    ) -> Response:
        assert isinstance(response_data, dict)  # There are no batches.
        media = sub_response.media_type or JSON
        status = _status(response_data, media)
        response = _response(self.encode_json(response_data), status, media)
        if revision := _revision(response_data):
            response.headers[_REVISION] = revision
        response.raw_headers.extend(sub_response.raw_headers)
        return response


def _revision(response: object) -> str | None:
    """That of a query's whole answer."""
    if not isinstance(response, dict) or response.get("errors"):
        return None
    data = response.get("data")
    return data.revision if isinstance(data, Answer) else None


def _response(content: str | bytes, status: int, media: str) -> Response:
    headers = {"Vary": "Accept"} | _HEADERS.get(status, {})
    return Response(content, status, headers, f"{media}; charset=utf-8")


def _status(response: GraphQLHTTPResponse, media: str) -> int:
    for error in response.get("errors") or ():
        assert isinstance(error, dict)
        if status := _FAILURES.get(error["extensions"]["code"]):
            return status
    return 400 if media == GRAPHQL and "data" not in response else 200


def _translated(error: HTTPException) -> RequestError:
    """What the library refuses: a method, or an operation that is none for its method."""
    wrong_method = isinstance(error.__cause__, InvalidOperationTypeError)
    status = 405 if wrong_method else error.status_code
    return RequestError(error.reason.rstrip("."), "send the operation by POST", status)
