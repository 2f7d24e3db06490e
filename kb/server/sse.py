"""GraphQL over Server-Sent Events, by the protocol's distinct connections mode.

In: results, those of an operation that is refused among them. Out: a response with the answer that
POST gives to each of them in an event `next`, then `complete`. The id of an event is its cursor,
which browsers send back as `Last-Event-ID` when they connect again.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Send
from strawberry.types import ExecutionResult

from kb.server.requests import EVENT_STREAM
from kb.server.responses import encode_json, response_of
from kb.server.subscriptions import CURSOR, PATIENCE, Results

LIFETIME = 1_800.0
"""Seconds after which a stream without news ends: nothing else tells of who reads nothing.

The system takes signs of life for it, and its own are none of the protocol, as a WebSocket's are.
"""
_HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    "Vary": "Accept",
    # For proxies that would hold events back.
    "X-Accel-Buffering": "no",
}
_QUIET = ": nothing new\r\n\r\n"
_COMPLETE = "event: complete\r\ndata: \r\n\r\n"


class EventStream(StreamingResponse):
    """Ends the operation at once when the client goes away, or takes no event for a while."""

    media_type = EVENT_STREAM

    def __init__(self, first: ExecutionResult | None, others: Results) -> None:
        self._events = _events(first, others)
        super().__init__(self._events, headers=_HEADERS)

    async def stream_response(self, send: Send) -> None:
        async def in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(PATIENCE):
                    await send(message)
            except TimeoutError:
                raise ClientDisconnect from None

        async with aclosing(self._events):
            await super().stream_response(in_time)


async def _events(first: ExecutionResult | None, others: Results) -> AsyncGenerator[str, None]:
    async with aclosing(others):
        yield _event(first)
        async for result in others:
            yield _event(result)
    yield _COMPLETE


def _event(result: ExecutionResult | None) -> str:
    if result is None:
        return _QUIET
    cursor = (result.extensions or {}).get(CURSOR)
    id_ = f"id: {cursor}\r\n" if cursor else ""
    return f"event: next\r\n{id_}data: {encode_json(response_of(result))}\r\n\r\n"
