"""Who is at the other end of a WebSocket, and what its operations are answered with.

In: the handshake, then the payload of the first message, which may hold the token that browsers can
send by no header. Out: the results of operations, for as long as the token holds.
"""

from collections.abc import Mapping
from contextlib import aclosing

from starlette.websockets import WebSocket
from strawberry.http import GraphQLRequestData
from strawberry.schema import BaseSchema

from kb.errors import Unauthenticated
from kb.server.bearers import may_send_token, token_of_payload, token_wanted
from kb.server.context import Context
from kb.server.requests import least_revision
from kb.server.subscriptions import Results, answers


class SocketClient:
    """The client of one WebSocket."""

    def __init__(self, socket: WebSocket, context: Context, schema: BaseSchema) -> None:
        self._socket, self._schema = socket, schema
        self._context = context.sent_by(socket)

    async def greet(self, payload: Mapping[str, object]) -> None:
        """By a token in the payload, or else by that of the handshake.

        Raises Unauthenticated if it does not hold, or is missing where reading takes one, and as
        `Bearers.admit` does.
        """
        token, scope = token_of_payload(payload), self._socket.scope
        if token is None:
            if self._context.is_closed and self._context.bearer is None:
                raise token_wanted()
            return
        if not may_send_token(scope):
            what = "a page of this origin may send no token"
            raise Unauthenticated(what, "KB_CORS_ORIGINS lists those that may")
        await self._context.tokens.admit(scope, token)
        self._context = self._context.sent_by(self._socket)

    async def respond(self, operation: GraphQLRequestData) -> Results:
        """Raises Unauthenticated once the token holds no longer."""
        context = self._context
        context.count_operation()
        context.pressure.check()
        await context.check_token()
        context = await context.reaching(least_revision(self._socket))
        async with aclosing(answers(self._schema, operation, context)) as results:
            async for result in results:
                yield result
