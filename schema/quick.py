"""Requests read and answered without the library, where that gives the same answer, byte for byte.

In: an ASGI request. Out: an `Answered` that was kept since the last commit, or made from a document
that is known to be valid; None for all else, which the full path answers: it reads the same request
again, and tells every fault.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from graphql import DocumentNode, OperationType
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from kb.errors import QueryError, RequestError
from kb.query.execute import Chosen, Executor, Operation, Refused
from kb.readers import Reader
from kb.weighed import Weighed
from schema.requests import (
    ANSWERS,
    EVENTS,
    MOST_BYTES,
    negotiated,
    operation_of_body,
    operation_of_url,
)

MOST_KEPT = 64_000_000
"""Bytes of answers that are kept."""
_MOST_PARSED, _PARSED = 64_000_000, 300
"""Bytes of documents that are known, and of each of their letters."""
_BESIDE = 500
"""Bytes that whatever is kept takes beside its own."""
_JSON = (b"application/json", b"application/json; charset=utf-8")
_READ = (b"accept", b"content-type", b"content-encoding", b"if-none-match", b"x-kb-min-revision")
"""Headers that matter here; a request that has one of them twice is for the full path."""
_OF_CONTENT = (b"content-length", b"content-type")


Key = tuple[bool, str, bytes]
Make = Callable[[str, str, str], Response]
"""Of the JSON of `data`, its revision, and a media type."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it is read here: `text` is its body, or the query of its URL."""

    get: bool
    media: str
    text: bytes
    wanted: bytes

    @property
    def key(self) -> "Key":
        return self.get, self.media, self.text


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer; `tag` is what a client that has it already names it by."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    tag: bytes

    async def send(self, wanted: bytes, send: Send) -> None:
        headers: list[tuple[bytes, bytes]] = [*self.headers]
        status, body = 200, self.body
        if self.tag and wanted and _names(wanted, self.tag):
            status, body = 304, b""
            headers = [one for one in headers if one[0] not in _OF_CONTENT]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def finished(response: Response, *, get: bool) -> Answered:
    """An answer in full; what is asked for by GET may be kept by others, and asked for again."""
    headers, body = [*response.raw_headers], bytes(response.body)
    tag = b""
    if get:
        tag = b'"' + sha256(body).hexdigest()[:32].encode() + b'"'
        headers += [(b"etag", tag), (b"cache-control", b"public, no-cache")]
    return Answered(tuple(headers), body, tag)


def _names(wanted: bytes, tag: bytes) -> bool:
    names = [one.strip().removeprefix(b"W/") for one in wanted.split(b",")]
    return tag in names or b"*" in names


class Documents:
    """Documents that are known to be valid, by their text."""

    def __init__(self) -> None:
        self._kept: Weighed[str, DocumentNode] = Weighed(_MOST_PARSED)

    def add(self, text: str, document: DocumentNode) -> None:
        self._kept.keep(text, document, _BESIDE + len(text) * _PARSED)

    def find(self, text: str) -> DocumentNode | None:
        return self._kept.find(text)


class Quick:
    """The answers of one database; `make` puts one in the form that the full path gives it."""

    def __init__(
        self, executor: Executor, reader: Reader, documents: Documents, make: Make
    ) -> None:
        self._executor, self._reader = executor, reader
        self._documents, self._make = documents, make
        self._kept: Weighed[Key, Answered] = Weighed(MOST_KEPT)
        self.state: int | None = None

    async def answer(self, asked: Asked) -> Answered | None:
        """Raises Unavailable and TooSlow, which the full path would not mend."""
        state = await self._reader.state()
        if state != self.state:
            self._kept.clear()
            self.state = state
        if found := self._kept.find(asked.key):
            return found
        if response := await self._run(asked):
            answered = finished(response, get=asked.get)
            self.keep(asked, answered, state)
            return answered
        return None

    def keep(self, asked: Asked, answered: Answered, state: int | None) -> None:
        """An answer that was read after the database was in that state."""
        if state is not None and state == self.state:
            weight = len(asked.text) + len(answered.body) + _BESIDE
            self._kept.keep(asked.key, answered, weight)

    async def _run(self, asked: Asked) -> Response | None:
        operation = self._operation(asked)
        chosen = self._executor.choose(operation) if operation else None
        if not isinstance(chosen, Chosen) or chosen.node.operation is not OperationType.QUERY:
            return None
        try:
            text, revision = await self._executor.fetch(chosen, self._reader)
        except (Refused, QueryError, RecursionError):
            return None
        return self._make(text, revision, asked.media)

    def _operation(self, asked: Asked) -> Operation | None:
        read = operation_of_url if asked.get else operation_of_body
        try:
            found = read(asked.text)
        except RequestError:
            return None
        document = self._documents.find(found.query or "")
        if document is None:
            return None
        return Operation(found.query or "", document, found.operation_name, found.variables or {})


async def read(scope: Scope, receive: Receive) -> tuple[Asked | None, Receive]:
    """The request, if it is plain; and what the full path reads it from, from the beginning."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _READ:
            if name in headers:
                return None, receive
            headers[name] = value
    media = _media(headers)
    if media is None:
        return None, receive
    wanted = headers.get(b"if-none-match", b"")
    if scope["method"] in ("GET", "HEAD") and b"query=" in scope["query_string"]:
        return Asked(True, media, scope["query_string"], wanted), receive
    if scope["method"] != "POST" or headers.get(b"content-type") not in _JSON:
        return None, receive
    body, more = await _body(receive)
    whole = not more and len(body) <= MOST_BYTES
    return Asked(False, media, body, b"") if whole else None, _again(body, more, receive)


def _media(headers: Mapping[bytes, bytes]) -> str | None:
    """Of the answer; none if it is to be no plain one."""
    if b"content-encoding" in headers or b"x-kb-min-revision" in headers:
        return None
    accept = headers.get(b"accept", b"").decode("latin-1")
    if negotiated(accept, (*ANSWERS, EVENTS)) == EVENTS:
        return None
    return negotiated(accept, ANSWERS)


async def _body(receive: Receive) -> tuple[bytes, bool]:
    """The body, and whether it goes on: it is read no further than it may be long."""
    body, more = b"", True
    while more and len(body) <= MOST_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body, more


def _again(body: bytes, more: bool, receive: Receive) -> Receive:
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": more}]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again
