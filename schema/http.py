"""The GraphQL endpoint: Strawberry's view, with answers passed on as the database made them.

In: HTTP requests, well formed or not. Out: JSON whose `data` is spliced in as text, never parsed
here, of the media type that the client prefers. The status is as GraphQL over HTTP has it: 200 for
every operation as `application/json`; 400 for one that was refused as
`application/graphql-response+json`; 4xx for a request that is none, and 5xx for failures of ours.
"""

import json
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

from kb.errors import RequestError, StorageError, Unavailable
from kb.query.execute import Answer, to_graphql
from schema.build import build_schema
from schema.faults import Code, failure
from schema.following import MOST_OF_ONE, Context
from schema.requests import Incoming, preferred

RETRY = {"Retry-After": "1"}
"""Headers for while the database is gone: it may be back within a second."""

_JSON, _GRAPHQL, _HTML = "application/json", "application/graphql-response+json", "text/html"
_ANSWERS = (_JSON, _GRAPHQL)
_EVENTS = "text/event-stream"
_FAILURES = {str(Code.INTERNAL): 500, Unavailable.code: 503, StorageError.code: 507}
_HEADERS: dict[int, dict[str, str]] = {405: {"Allow": "GET, HEAD, POST"}, 503: RETRY}
"""What goes with a status."""


class Endpoint(GraphQL[Context, None]):
    """Serves one database to all requests."""

    request_adapter_class = Incoming

    def __init__(self, context: Context) -> None:
        super().__init__(
            build_schema(),
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            max_subscriptions_per_connection=MOST_OF_ONE,
        )
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self._answer(Request(scope, receive))
        except ClientDisconnect:
            return  # Nobody is left to be answered.
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        """An answer whatever happens, with errors in GraphQL's form."""
        try:
            return await self.run(request)
        except ClientDisconnect:
            raise
        except RequestError as error:
            told, status = to_graphql(error), error.status
        except HTTPException as error:
            refused = _translated(error)
            told, status = to_graphql(refused), refused.status
        except Exception as error:
            told, status = failure(error), 500
        media = preferred(request, _ANSWERS) or _JSON
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
        response.media_type = preferred(request, _ANSWERS)
        return response

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Only for who prefers a page to an answer, as browsers do."""
        assert isinstance(request, Incoming)
        asks = request.method == "GET" and not request.query_params.get("query")
        return asks and preferred(request, (*_ANSWERS, _HTML)) == _HTML

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        assert isinstance(request, Incoming)
        if preferred(request, (*_ANSWERS, _EVENTS)) == _EVENTS:
            return replace(await request.read(), protocol=SSETransport.protocol)
        if not preferred(request, _ANSWERS):
            what = f"the client accepts neither {_JSON} nor {_GRAPHQL}"
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
        media = sub_response.media_type or _JSON
        status = _status(response_data, media)
        response = _response(self.encode_json(response_data), status, media)
        response.raw_headers.extend(sub_response.raw_headers)
        return response


def _response(content: str | bytes, status: int, media: str) -> Response:
    headers = {"Vary": "Accept"} | _HEADERS.get(status, {})
    return Response(content, status, headers, f"{media}; charset=utf-8")


def _status(response: GraphQLHTTPResponse, media: str) -> int:
    for error in response.get("errors") or ():
        assert isinstance(error, dict)
        if status := _FAILURES.get(error["extensions"]["code"]):
            return status
    return 400 if media == _GRAPHQL and "data" not in response else 200


def _translated(error: HTTPException) -> RequestError:
    """What the library refuses: a method, or an operation that is none for its method."""
    wrong_method = isinstance(error.__cause__, InvalidOperationTypeError)
    status = 405 if wrong_method else error.status_code
    return RequestError(error.reason.rstrip("."), "send the operation by POST", status)
