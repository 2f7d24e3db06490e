"""JSON-RPC as the Model Context Protocol has it: messages, versions, errors, answers.

In: the members of a message, and the headers that came with it by HTTP. Out: an `McpMessage` of
one of two eras, or RpcError; answers complete for the era. Pure: no I/O.

By the modern version each request says for itself by which version it speaks. By the older ones a
client begins with `initialize`; nothing is kept of that, so that any process may answer the next.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

JsonObject = Mapping[str, object]

MODERN = "2026-07-28"
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26")
"""Newest first."""
VERSIONS = (MODERN, *LEGACY)
VERSION_HEADER = "mcp-protocol-version"
PARSE_ERROR, INVALID_REQUEST, NO_METHOD = -32700, -32600, -32601
INVALID_PARAMS, INTERNAL = -32602, -32603
_HEADER_MISMATCH, _UNSUPPORTED_VERSION = -32020, -32022
_MOST_VERSION = 40
"""Characters of what is told of an unknown one."""
_META = "io.modelcontextprotocol/"
_NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""Methods whose requests repeat one of their parameters in a header."""
_CACHED = frozenset(
    {
        "server/discover",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "resources/read",
    }
)
_LIFETIMES = {"resources/list": 0, "resources/read": 0}
"""Milliseconds for which an answer holds; of what only a new version changes, an hour."""
_HOUR = 3_600_000


class RpcError(Exception):
    """An error of the protocol, with the status that goes with it by HTTP."""

    def __init__(
        self, code: int, message: str, data: JsonObject | None = None, status: int = 400
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.data, self.status = code, message, data, status


@dataclass(frozen=True)
class McpMessage:
    """A request, or a notification, which has no id and no answer."""

    id: str | int | None
    method: str
    params: JsonObject
    is_modern: bool

    @property
    def is_notification(self) -> bool:
        return self.id is None


@cache
def server_info() -> JsonObject:
    """Cached: to look the version up reads a file."""
    return {"name": "csto-kb", "version": version("csto-kb")}


def read_message(members: JsonObject, declared: str | None = None) -> McpMessage:
    """The message; `declared` is the version of the header. Raises RpcError."""
    id_, method, params = members.get("id"), members.get("method"), members.get("params", {})
    if members.get("jsonrpc") != "2.0" or not isinstance(method, str):
        raise RpcError(INVALID_REQUEST, 'no request: send {"jsonrpc":"2.0","id":1,"method":"…"}')
    if "id" in members and (not isinstance(id_, str | int) or isinstance(id_, bool)):
        raise RpcError(INVALID_REQUEST, "`id` is neither a string nor an integer")
    if not isinstance(params, dict):
        raise RpcError(INVALID_PARAMS, "`params` is no object")
    assert isinstance(id_, str | int | None)
    message = McpMessage(id_, method, params, _is_modern(params, declared))
    if message.is_modern and not message.is_notification:
        _check_meta(params, declared)
    return message


def _is_modern(params: JsonObject, declared: str | None) -> bool:
    meta = params.get("_meta")
    told = isinstance(meta, dict) and f"{_META}protocolVersion" in meta
    return told or (declared is not None and declared not in LEGACY)


def _check_meta(params: JsonObject, declared: str | None) -> None:
    meta = params.get("_meta")
    given = meta if isinstance(meta, dict) else {}
    wanted = given.get(f"{_META}protocolVersion")
    capabilities = given.get(f"{_META}clientCapabilities")
    if not isinstance(wanted, str):
        if declared is not None and declared not in VERSIONS:
            raise _unsupported(declared)
        raise RpcError(INVALID_PARAMS, f"`_meta` has no `{_META}protocolVersion`")
    if declared is not None:
        _compare("MCP-Protocol-Version", declared, wanted)
    if wanted not in VERSIONS:
        raise _unsupported(wanted)
    if not isinstance(capabilities, dict):
        raise RpcError(INVALID_PARAMS, f"`_meta` has no `{_META}clientCapabilities`")


def _unsupported(wanted: str) -> RpcError:
    data = {"supported": [*VERSIONS], "requested": wanted[:_MOST_VERSION]}
    return RpcError(_UNSUPPORTED_VERSION, "Unsupported protocol version", data)


def check_headers(message: McpMessage, headers: Mapping[str, str]) -> None:
    """Raises RpcError where a header says otherwise than the message that it came with."""
    if message.is_notification or not message.is_modern:
        return
    meta = message.params["_meta"]
    assert isinstance(meta, dict)
    declared = headers.get(VERSION_HEADER)
    _compare("MCP-Protocol-Version", declared, meta[f"{_META}protocolVersion"])
    _compare("Mcp-Method", headers.get("mcp-method"), message.method)
    if named := _NAMED.get(message.method):
        _compare("Mcp-Name", _decoded(headers.get("mcp-name")), message.params.get(named))


def _compare(name: str, header: str | None, value: object) -> None:
    if header is None:
        raise RpcError(_HEADER_MISMATCH, f"Header mismatch: there is no {name}")
    if header.strip(" \t") != value:
        raise RpcError(_HEADER_MISMATCH, f"Header mismatch: {name} says otherwise than the body")


def _decoded(header: str | None) -> str | None:
    """As clients encode what no header can hold."""
    header = header and header.strip(" \t")
    if header is None or not (header.startswith("=?base64?") and header.endswith("?=")):
        return header
    try:
        return base64.b64decode(header[9:-2], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise RpcError(_HEADER_MISMATCH, "Header mismatch: Mcp-Name is no base64") from None


def negotiated(params: JsonObject) -> str:
    """The version in which an older client is answered: its own, if it is known.

    Raises RpcError where it names none.
    """
    wanted = params.get("protocolVersion")
    if not isinstance(wanted, str):
        raise RpcError(INVALID_PARAMS, f"`protocolVersion` is no string, such as {LEGACY[0]}")
    return wanted if wanted in LEGACY else LEGACY[0]


def answer(message: McpMessage, result: JsonObject) -> JsonObject:
    """The response, with what the modern version adds to every result."""
    if message.is_modern:
        meta = {f"{_META}serverInfo": server_info()}
        result = {"resultType": "complete", **_hints(message.method), **result, "_meta": meta}
    return {"jsonrpc": "2.0", "id": message.id, "result": result}


def _hints(method: str) -> JsonObject:
    """For how long a client may keep it, and for whom: another may be shown other texts."""
    if method not in _CACHED:
        return {}
    private = method in _LIFETIMES
    return {
        "ttlMs": _LIFETIMES.get(method, _HOUR),
        "cacheScope": "private" if private else "public",
    }


def failed(id_: object, error: RpcError) -> JsonObject:
    """The response of an error; without an id where the message could not be read."""
    told: dict[str, object] = {"code": error.code, "message": error.message}
    if error.data is not None:
        told["data"] = error.data
    known = isinstance(id_, str | int) and not isinstance(id_, bool)
    return {"jsonrpc": "2.0", **({"id": id_} if known else {}), "error": told}


def page_of(names: Sequence[JsonObject], key: str, cursor: str | None = None) -> JsonObject:
    """A page of a list."""
    return {key: [*names], **({"nextCursor": cursor} if cursor else {})}
