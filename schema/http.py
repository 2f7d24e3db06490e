"""The GraphQL endpoint: Strawberry's view, with answers passed on as the database made them.

In: HTTP requests. Out: JSON responses whose `data` is spliced in as text, never parsed here.
"""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from kb.query.execute import Answer
from schema.build import Context, build_schema


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
