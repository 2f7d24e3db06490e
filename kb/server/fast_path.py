"""Requests read and answered without the library, where that gives the same answer, byte for byte.

In: an ASGI request. Out: an `Answered` that was kept since the last commit, or made from a document
that is known to be valid; None for all else, which the full path answers: it reads the same request
again, and tells every fault.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from graphql import OperationType
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from kb.cache import ENTRY_OVERHEAD, WeightedCache
from kb.database.read_pool import Reader
from kb.errors import QueryError, RequestError
from kb.query.executor import Chosen, Executor, Operation, Refused
from kb.server.document_cache import Documents
from kb.server.requests import (
    ANSWERS,
    EVENTS,
    HTML,
    MOST_BYTES,
    MOST_OF_HEADER,
    negotiated,
    operation_of_body,
    operation_of_url,
)

MOST_KEPT = 64_000_000
"""Bytes of answers that are kept."""
_MOST_ASKED, _ASKED = 4_000_000, 100
"""Bytes of requests that are remembered, and of each one: only its hash is."""
_LONG = 200_000
"""Bytes of a body that is for the full path: to read it twice would take too long."""
_JSON = (b"application/json", b"application/json; charset=utf-8")
_FULL = {b"content-encoding", b"x-kb-min-revision"}
"""Headers of requests that are for the full path."""
_READ = {*_FULL, b"accept", b"content-type", b"if-none-match"}
"""Headers that matter here; a request that has one of them twice is for the full path."""
REVISION = b"x-kb-revision"
_OF_CONTENT = (b"content-length", b"content-type")
_TAGGED = (b"cache-control", b"public, no-cache")
Key = tuple[bool, str, bytes]


class Asked(NamedTuple):
    """A request as it is read here: `text` is its body, or the query of its URL."""

    get: bool
    media: str
    text: bytes
    wanted: bytes

    def key(self) -> Key:
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


def answered(body: bytes, revision: bytes, content: str, *, get: bool) -> Answered:
    """A query's answer, by either path, of the content type `content`.

    One to GET may be kept by others, and asked for again.
    """
    headers = (
        (b"vary", b"Accept"),
        (b"content-length", b"%d" % len(body)),
        (b"content-type", content.encode()),
        (REVISION, revision),
    )
    if not get:
        return Answered(headers, body, b"")
    tag = b'"' + sha256(body).hexdigest()[:32].encode() + b'"'
    return Answered((*headers, (b"etag", tag), _TAGGED), body, tag)


def _names(wanted: bytes, tag: bytes) -> bool:
    """A tag stands in quotes, which stand nowhere within one."""
    return tag in wanted or wanted.strip() == b"*"


class Quick:
    """The answers of one database."""

    def __init__(self, executor: Executor, reader: Reader, documents: Documents) -> None:
        self._executor, self._reader, self._documents = executor, reader, documents
        self._kept: WeightedCache[Key, Answered] = WeightedCache(MOST_KEPT)
        self._asked: WeightedCache[int, bool] = WeightedCache(_MOST_ASKED)
        self.state: int | None = None

    async def answer(self, asked: Asked) -> Answered | None:
        """Raises Unavailable and TooSlow, which the full path would not mend."""
        found = self._kept.find(asked.key())
        if (found or self.state is None) and await self._moved():
            found = None
        state = self.state
        if found is None and (found := await self._run(asked)):
            self.keep(asked, found, state)
        return found

    async def _moved(self) -> bool:
        """Whether anything was committed since the last look; what was kept is forgotten then.

        To look when a kept answer is to be given is enough: those made since can only be newer.
        """
        state = await self._reader.state()
        moved = state is None or state != self.state
        if moved:
            self._kept.clear()
            self.state = state
        return moved

    def keep(self, asked: Asked, made: Answered, state: int | None) -> None:
        """An answer that was begun while that was the state, and still is.

        Not before it is asked for again: to keep what nobody wants takes longer than to make it,
        and who walks through a list would push all else out.
        """
        if state is None or state != self.state:
            return
        key = asked.key()
        if self._asked.find(hash(key)):
            self._kept.keep(key, made, len(asked.text) + len(made.body) + ENTRY_OVERHEAD)
        else:
            self._asked.keep(hash(key), True, _ASKED)

    async def _run(self, asked: Asked) -> Answered | None:
        chosen = self._chosen(asked)
        if chosen is None or chosen.node.operation is not OperationType.QUERY:
            return None
        try:
            text, revision = await self._executor.fetch(chosen, self._reader)
        except (Refused, QueryError, RecursionError):
            return None
        body = b'{"data":%b}' % text.encode()
        content = f"{asked.media}; charset=utf-8"
        return answered(body, revision.encode(), content, get=asked.get)

    def _chosen(self, asked: Asked) -> Chosen | None:
        read = operation_of_url if asked.get else operation_of_body
        try:
            found = read(asked.text)
        except RequestError:
            return None
        text, name, given = found.query or "", found.operation_name, found.variables or {}
        known = self._documents.find(text, name)
        if known is None:
            return None
        document, prepared = known
        variables = prepared.variables.coerce(given)
        if isinstance(variables, list):
            return None
        return Chosen(prepared.node, variables, Operation(text, document, name, given))


async def read(scope: Scope, receive: Receive) -> tuple[Asked | None, Receive]:
    """The request, if it is plain; and what the full path reads it from, from the beginning."""
    headers = [header for header in scope["headers"] if header[0] in _READ]
    found = dict(headers)
    accept = found.get(b"accept", b"")
    media = _media(accept if len(accept) <= MOST_OF_HEADER else b"")
    if media is None or len(found) < len(headers) or not _FULL.isdisjoint(found):
        return None, receive
    if scope["method"] in ("GET", "HEAD") and b"query=" in scope["query_string"]:
        wanted = found.get(b"if-none-match", b"")
        return Asked(True, media, scope["query_string"], wanted), receive
    if scope["method"] != "POST" or found.get(b"content-type") not in _JSON:
        return None, receive
    body, more = await _body(receive)
    whole = not more and len(body) <= _LONG
    return Asked(False, media, body, b"") if whole else None, _again(body, more, receive)


@lru_cache(64)
def _media(accept: bytes) -> str | None:
    """Of the answer; none if it is to be no plain one."""
    text = accept.decode("latin-1")
    if negotiated(text, (*ANSWERS, EVENTS, HTML)) in (EVENTS, HTML):
        return None
    return negotiated(text, ANSWERS)


async def _body(receive: Receive) -> tuple[bytes, bool]:
    """The body, and whether it goes on: it is read no further than it may be long."""
    chunks, length, more = list[bytes](), 0, True
    while more and length <= MOST_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        length += len(chunks[-1])
        more = message.get("more_body", False)
    return b"".join(chunks), more


def _again(body: bytes, more: bool, receive: Receive) -> Receive:
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": more}]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again
