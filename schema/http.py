"""The GraphQL endpoint: Strawberry's view, with answers passed on as the database made them.

In: HTTP requests. Out: JSON responses whose `data` is spliced in as text, never parsed here.
"""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse

from kb.errors import Unavailable
from kb.query.execute import Answer
from schema.build import Context, build_schema

RETRY = {"Retry-After": "1"}
"""Headers for while the database is gone: it may be back within a second."""


class Endpoint(GraphQL[Context, None]):
    """Serves one database to all requests."""

    def __init__(self, context: Context) -> None:
        super().__init__(build_schema())
        self._context = context

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        del request, response  # Every operation runs with the same.
        return self._context

    def encode_json(self, data: object) -> str | bytes:
        """JSON of a response; an answer's text stands in it as it is."""
        if isinstance(data, dict) and isinstance(data.get("data"), Answer):
            rest = {key: value for key, value in data.items() if key != "data"}
            tail = json.dumps(rest, ensure_ascii=False)[1:] if rest else "}"
            return f'{{"data":{data["data"].json}{"," if rest else ""}{tail}'
        return json.dumps(data, ensure_ascii=False)

    def create_response(
        self,
        response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse],
        sub_response: Response,
    ) -> Response:
        """503 while the database is gone, so that proxies and clients try again."""
        response = super().create_response(response_data, sub_response)
        if isinstance(response_data, dict) and _is_unavailable(response_data):
            response.status_code = 503
            response.headers.update(RETRY)
        return response


def _is_unavailable(response: GraphQLHTTPResponse) -> bool:
    errors = response.get("errors")
    return isinstance(errors, list) and any(
        isinstance(error, dict) and error.get("extensions") == {"code": Unavailable.code}
        for error in errors
    )
