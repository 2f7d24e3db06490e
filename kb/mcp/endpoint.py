"""`/mcp`: the Model Context Protocol by HTTP, one message a POST.

In: requests, well formed or not. Out: responses of JSON-RPC with the status that goes with them;
202 for a notification. There are no sessions, and no streams: a GET is answered with 405.
"""

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kb.config import Settings
from kb.errors import KBError
from kb.mcp.protocol import (
    INTERNAL,
    INVALID_REQUEST,
    VERSION_HEADER,
    JsonObject,
    McpMessage,
    RpcError,
    check_headers,
    failed,
    read_message,
)
from kb.mcp.server import McpServer, protocol_error
from kb.origins import LOOPBACK
from kb.server.context import Context
from kb.server.endpoint import RETRY, headers_of
from kb.server.requests import StrictRequestAdapter, least_revision
from kb.server.responses import response_to
from kb.telemetry.record import note_code

MCP = "/mcp"
_NO_STORE = {"Cache-Control": "no-store"}


class McpEndpoint:
    """Serves one database to all clients of the protocol."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context, self._server = context, McpServer(settings.public_url)
        url = urlsplit(settings.public_url)
        public = re.escape(f"{url.scheme}://{url.netloc}")
        listed = [*settings.origins.listed, *LOOPBACK.listed, *([public] if url.netloc else [])]
        self._origins = re.compile("|".join(listed))

    def route(self) -> Route:
        return Route(MCP, self._serve, methods=["POST"])

    async def _serve(self, request: Request) -> Response:
        members: JsonObject = {}
        try:
            self._check_origin(request)
            members = await StrictRequestAdapter(request).read_members()
            message = read_message(members, request.headers.get(VERSION_HEADER))
            check_headers(message, request.headers)
            return await self._answer(request, message)
        except RpcError as error:
            note_code("BAD_REQUEST" if error.code != INTERNAL else "INTERNAL")
            return _response(failed(members.get("id"), error), error.status)
        except KBError as error:
            return refuse_message(error, members.get("id"))

    def _check_origin(self, request: Request) -> None:
        """A page of another origin is no client, unless it is listed: its host may be forged."""
        origin = request.headers.get("origin")
        if origin is not None and not self._origins.fullmatch(origin.lower()):
            raise RpcError(
                INVALID_REQUEST, "this origin may not call; see KB_CORS_ORIGINS", None, 403
            )

    async def _answer(self, request: Request, message: McpMessage) -> Response:
        if message.is_notification:
            return Response(status_code=202)
        sender = self._context.sent_by(request)
        context = await sender.reaching(least_revision(request))
        return _response(await self._server.answer(message, context), 200)


def refuse_message(error: KBError, id_: object = None) -> Response:
    """Of what is no message, or cannot be answered now; without an id if it was not read."""
    _, status = response_to(error)
    return _response(failed(id_, protocol_error(error)), status, headers_of(error))


def _response(
    content: JsonObject, status: int, headers: dict[str, str] | None = None
) -> JSONResponse:
    more = RETRY if status == 503 else {}
    return JSONResponse(content, status, {**_NO_STORE, **more, **(headers or {})})
