"""GraphQL over WebSocket, by the protocol `graphql-transport-ws`.

In: a WebSocket before its handshake, and who is at its other end. Out: each answer in a `next`,
the errors of an operation that is refused in an `error`, in the text that POST has. A frame that is
no message of the protocol closes the socket, with the protocol's code and a reason; what is no
strict JSON is none.
"""

import asyncio
import json
from contextlib import aclosing

from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData

from kb.errors import (
    DocumentError,
    KBError,
    LimitError,
    RequestError,
    TooManyRequests,
    TooSlow,
    Unauthenticated,
    Unavailable,
    for_client,
)
from kb.query.executor import to_graphql
from kb.server.document_store import DocumentStore
from kb.server.requests import MOST_BYTES, read_operation
from kb.server.responses import encode_json, response_of, response_to
from kb.server.socket_client import SocketClient
from kb.server.strict_json import read_json, show_text
from kb.telemetry.record import note_code, operation_of_socket

PROTOCOL = "graphql-transport-ws"
MOST_AT_ONCE = 50
"""Operations of one socket."""
INITIALISATION = 60.0
"""Seconds within which a client must send `connection_init`."""
MOST_ID = 200
"""Characters of an operation's id, which goes with each of its answers."""
_MOST_REASON = 123
"""Bytes of the reason for a close, by the WebSocket protocol."""
_WHERE = "the message"
_TYPES = "connection_init, subscribe, complete, ping, pong"


class ProtocolViolation(Exception):
    """The client broke the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:_MOST_REASON].decode(errors="ignore")


async def serve_socket(socket: WebSocket, store: DocumentStore, client: SocketClient) -> None:
    """Until either side closes it; no operation outlives it."""
    chosen = PROTOCOL if PROTOCOL in socket.scope["subprotocols"] else None
    await socket.accept(chosen)
    try:
        if chosen is None:
            raise ProtocolViolation(4406, "Subprotocol not acceptable")
        await SocketConnection(socket, store, client).run()
    except ProtocolViolation as violation:
        await socket.close(violation.code, violation.reason)
    except WebSocketDisconnect:
        return  # Nobody is left to be told.


class SocketConnection:
    """One client's socket and the operations that run on it, by their ids."""

    def __init__(self, socket: WebSocket, store: DocumentStore, client: SocketClient) -> None:
        self._socket, self._store, self._client = socket, store, client
        self._is_initialised = False
        self._patience = asyncio.timeout(INITIALISATION)
        self._late = ProtocolViolation(4408, "Connection initialisation timeout")
        """What ends the connection once the patience with it is over."""
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Raises ProtocolViolation if the client breaks the protocol."""
        try:
            async with self._patience:
                while (message := await self._receive()) is not None:
                    await self._handle(message)
        except TimeoutError:
            raise self._late from None
        finally:
            tasks = [*self._running.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _receive(self) -> dict[str, object] | None:
        """The next message; None after the last one."""
        frame = await self._socket.receive()
        if frame["type"] == "websocket.disconnect":
            return None
        if (text := frame.get("text")) is None:
            raise ProtocolViolation(4400, f"{_WHERE} is binary; send text")
        if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
            raise ProtocolViolation(
                1009, f"{_WHERE} is longer than {MOST_BYTES} bytes; send a shorter one"
            )
        try:
            message = read_json(text, _WHERE)
        except RequestError as error:
            raise ProtocolViolation(4400, str(error)) from None
        if not isinstance(message, dict):
            raise ProtocolViolation(4400, f'{_WHERE} is no JSON object; send {{"type":"…"}}')
        return message

    async def _handle(self, message: dict[str, object]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(message)
            case "ping":
                _check_payload(message)
                await self._socket.send_text('{"type":"pong"}')
            case "pong":
                _check_payload(message)
            case "subscribe":
                await self._subscribe(_operation_id(message), message)
            case "complete":
                if task := self._running.pop(_operation_id(message), None):
                    task.cancel()
            case str() as name:
                raise ProtocolViolation(
                    4400, f"{_WHERE} is of type {show_text(name)}; send one of {_TYPES}"
                )
            case _:
                raise ProtocolViolation(4400, f"{_WHERE} has no type; send one of {_TYPES}")

    async def _initialise(self, message: dict[str, object]) -> None:
        _check_payload(message)
        if self._is_initialised:
            raise ProtocolViolation(4429, "Too many initialisation requests")
        await self._greet(message.get("payload"))
        self._is_initialised = True
        self._patience.reschedule(None)
        await self._socket.send_text('{"type":"connection_ack"}')

    async def _greet(self, payload: object) -> None:
        """By the token in the message, if there is one; clients come again after either code."""
        try:
            await self._client.greet(payload if isinstance(payload, dict) else {})
        except Unauthenticated as error:
            note_code(error.code)
            raise ProtocolViolation(4403, str(error)) from None
        except (TooManyRequests, TooSlow, Unavailable) as error:
            note_code(error.code)
            raise ProtocolViolation(1013, for_client(error)) from None

    async def _subscribe(self, id_: str, message: dict[str, object]) -> None:
        payload = message.get("payload")
        if not isinstance(payload, dict):
            raise ProtocolViolation(4400, f"`payload` of {_WHERE} is not an object; send one")
        refused: KBError | None = None
        try:
            operation = read_operation(payload, _WHERE, self._store)
        except DocumentError as error:
            refused = error
        except RequestError as error:
            # An empty text is a query by the protocol, and none by GraphQL.
            if payload.get("query") != "":
                raise ProtocolViolation(4400, str(error)) from None
            refused = error
        if not self._is_initialised:
            raise ProtocolViolation(4401, "Unauthorized")
        if id_ in self._running:
            raise ProtocolViolation(4409, f"Subscriber for {id_} already exists")
        if len(self._running) >= MOST_AT_ONCE:
            what = f"{MOST_AT_ONCE} operations at once are all that one WebSocket may have"
            refused = LimitError(what, "end another one, or open another WebSocket")
        if refused:
            with operation_of_socket():
                note_code(refused.code)
                await self._send(id_, "error", [to_graphql(refused).formatted])
            return
        self._running[id_] = asyncio.create_task(self._run_recorded(id_, operation))

    async def _run_recorded(self, id_: str, operation: GraphQLRequestData) -> None:
        with operation_of_socket():
            await self._run(id_, operation)

    async def _run(self, id_: str, operation: GraphQLRequestData) -> None:
        """Cancelled when the client wants no more of it, or is gone."""
        try:
            async with aclosing(self._client.respond(operation)) as results:
                async for result in results:
                    if result is None:
                        continue
                    response = response_of(result)
                    if "data" not in response:
                        await self._fail(id_, response)
                        return
                    await self._send(id_, "next", response)
            await self._end(id_, "complete")
        except WebSocketDisconnect:
            return
        except Exception as error:
            await self._fail(id_, response_to(error)[0])

    async def _fail(self, id_: str, response: GraphQLHTTPResponse) -> None:
        """Ends the connection, too, if its token holds no longer: the next may have another."""
        errors = response["errors"]
        await self._end(id_, "error", errors)
        error = errors[0] if errors else None
        assert isinstance(error, dict)
        if error["extensions"]["code"] == Unauthenticated.code:
            self._late = ProtocolViolation(4403, str(error["message"]))
            self._patience.reschedule(0)

    async def _end(self, id_: str, message_type: str, payload: object = None) -> None:
        """The client may use the id again as soon as it hears of it."""
        self._running.pop(id_, None)
        await self._send(id_, message_type, payload)

    async def _send(self, id_: str, message_type: str, payload: object = None) -> None:
        rest = "" if payload is None else f',"payload":{encode_json(payload)}'
        await self._socket.send_text(f'{{"id":{json.dumps(id_)},"type":"{message_type}"{rest}}}')


def _check_payload(message: dict[str, object]) -> None:
    if not isinstance(message.get("payload"), dict | None):
        raise ProtocolViolation(
            4400, f"`payload` of {_WHERE} is not an object; send an object, or leave it out"
        )


def _operation_id(message: dict[str, object]) -> str:
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= MOST_ID:
        raise ProtocolViolation(
            4400, f"`id` of {_WHERE} is no string of 1 to {MOST_ID} characters; send one"
        )
    return id_
