"""Requests read and answered without the library, where that gives the same answer, byte for byte.

In: an ASGI request. Out: an `HttpAnswer` kept since the last commit, or made by the plan of a kept
document; None for all else, which the full path answers: it reads the same request again, and
reports every fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from graphql import OperationType
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from kb.cache import ENTRY_OVERHEAD, WeightedCache
from kb.content_coding import LEAST, compress, preferred_coding
from kb.database.read_pool import Pieces, Reader
from kb.errors import QueryError, RequestError
from kb.query.executor import Chosen, Executor, Operation, PreparedOperation, Refused
from kb.server.document_cache import DocumentCache
from kb.server.document_store import DocumentStore
from kb.server.heads import Header, complete_head, head_of
from kb.server.requests import (
    ANSWERS,
    EVENT_STREAM,
    HTML,
    MOST_BYTES,
    MOST_OF_HEADER,
    members_of_body,
    members_of_url,
    negotiate,
    operation_of_body,
    operation_of_url,
)
from kb.telemetry.record import OperationLabel, current

MOST_KEPT = 64_000_000
"""Bytes of answers that are kept."""
_MOST_ASKED, _ASKED = 4_000_000, 100
"""Bytes of requests that are remembered, and of each one: only its hash is."""
_LONG = 200_000
"""Bytes of a body from which on the full path takes it: to read it twice would take too long."""
_DIGITS = len(str(_LONG))
"""Of the length of a body that may be read here at all."""
_JSON = (b"application/json", b"application/json; charset=utf-8")
_FULL = {b"content-encoding", b"x-kb-min-revision"}
"""Headers of requests that are for the full path."""
_READ = {
    *_FULL,
    b"accept",
    b"accept-encoding",
    b"content-length",
    b"content-type",
    b"if-none-match",
}
"""Headers that matter here; a request that has one of them twice is for the full path."""
REVISION_HEADER = b"x-kb-revision"
_OF_CONTENT = (b"content-encoding", b"content-length", b"content-type")
_CACHING = (b"cache-control", b"public, no-cache"), (b"cache-control", b"private, no-cache")
"""Of answers for all, and of those for bearers of a token."""
_VARY = (
    (b"vary", b"Accept, Accept-Encoding"),
    (b"vary", b"Accept, Accept-Encoding, Authorization"),
)
_LONG_ANSWER = 100_000
"""Bytes from which on an answer is compressed in a thread."""
AnswerKey = tuple[bool, str, str, bytes]


class PlainRequest(NamedTuple):
    """A request as it is read here: `text` is its body, or the query of its URL."""

    get: bool
    media: str
    coding: str
    text: bytes
    if_none_match: bytes

    def key(self) -> AnswerKey:
        return self.get, self.media, self.coding, self.text


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer, as ASGI sends it, and to which operation; an empty `etag` is none.

    The tag is a weak one, of what the answer says: it is the same in each coding.
    """

    headers: tuple[Header, ...]
    body: bytes
    etag: bytes
    operation: OperationLabel | None

    async def send(self, if_none_match: bytes, send: Send) -> None:
        headers: list[Header] = [*self.headers]
        status, body = 200, self.body
        if self.etag and if_none_match and _matches(if_none_match, self.etag):
            status, body = 304, b""
            headers = [header for header in headers if header[0] not in _OF_CONTENT]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _matches(if_none_match: bytes, etag: bytes) -> bool:
    """Whether the header names the tag: a tag has its quotes, so that no other can contain it."""
    return etag in if_none_match or if_none_match.strip() == b"*"


class FastPath:
    """Answers of one database, kept until the next commit or made by a kept plan."""

    def __init__(
        self,
        executor: Executor,
        reader: Reader,
        documents: DocumentCache,
        store: DocumentStore,
        *,
        private: bool,
    ) -> None:
        """`private` says that its answers are for bearers of a token alone."""
        self._executor, self._reader = executor, reader
        self._documents, self._store = documents, store
        self._private = private
        self._answers: WeightedCache[AnswerKey, HttpAnswer] = WeightedCache(MOST_KEPT)
        self._requests: WeightedCache[int, bool] = WeightedCache(_MOST_ASKED)
        self.state: int | None = None

    async def answer(self, request: PlainRequest) -> HttpAnswer | None:
        """None if the full path must answer; raises Unavailable and TooSlow, as that would."""
        answer = self._answers.find(request.key())
        # Those made since the last look for commits can only be newer.
        if answer or self.state is None:
            state = await self._reader.state()
            if state is None or state != self.state:
                self._answers.clear()
                answer, self.state = None, state
        if answer:
            record = current()
            record.cached, record.operation = True, answer.operation
            return answer
        state = self.state
        if answer := await self._run(request):
            self.keep(request, answer, state)
        return answer

    def keep(self, request: PlainRequest, answer: HttpAnswer, state: int | None) -> None:
        """Keeps an answer that was begun at that state, if it is still the state.

        Not before it is asked for again: to keep what nobody wants takes longer than to make it,
        and who walks through a list would push all else out. Nor of a text that came with its hash:
        the store must see that each time, or it could never have it back.
        """
        if state is None or state != self.state or _sends_hash_and_text(request):
            return
        key = request.key()
        if self._requests.find(hash(key)):
            self._answers.keep(key, answer, len(request.text) + len(answer.body) + ENTRY_OVERHEAD)
        else:
            self._requests.keep(hash(key), True, _ASKED)

    async def _run(self, request: PlainRequest) -> HttpAnswer | None:
        known = self._find_operation(request)
        if known is None:
            return None
        current().operation = known[0].label
        chosen = choose_query(*known)
        if chosen is None:
            return None
        try:
            text, revision = await self._executor.fetch(chosen, self._reader)
        except (Refused, QueryError, RecursionError):
            return None
        body = b'{"data":%b}' % text.encode()
        content = f"{request.media}; charset=utf-8"
        coding = request.coding
        return await self.make_answer(body, revision.encode(), content, coding, get=request.get)

    async def make_answer(
        self, body: bytes, revision: bytes, content: str, coding: str, *, get: bool
    ) -> HttpAnswer:
        """A query's answer, by either path, of the content type `content`.

        One to GET may be kept by others, and asked for again.
        """
        sent, encoding = await encode(body, coding)
        headers: list[Header] = [
            *encoding,
            _VARY[self._private],
            (b"content-length", b"%d" % len(sent)),
            (b"content-type", content.encode()),
            (REVISION_HEADER, revision),
        ]
        complete_head(headers)
        record = current()
        record.cached = False
        if not get:
            return HttpAnswer(tuple(headers), sent, b"", record.operation)
        etag = b'"' + sha256(body).hexdigest()[:32].encode() + b'"'
        headers += ((b"etag", b"W/" + etag), _CACHING[self._private])
        return HttpAnswer(tuple(headers), sent, etag, record.operation)

    def find_planned(self, request: PlainRequest) -> tuple[OperationLabel, Pieces, int] | None:
        """What a query is, its statement and its cost, if it was planned before and has no kept
        answer.
        """
        known = None if self._answers.find(request.key()) else self._find_operation(request)
        chosen = choose_query(*known) if known else None
        planned = self._executor.find_planned(chosen) if chosen else None
        return (known[0].label, *planned) if known and planned else None

    def _find_operation(self, request: PlainRequest) -> tuple[PreparedOperation, Operation] | None:
        """Of a document that is known."""
        read_operation = operation_of_url if request.get else operation_of_body
        try:
            data = read_operation(request.text, self._store)
        except RequestError:
            return None
        text, name, given = data.query or "", data.operation_name, data.variables or {}
        valid = self._documents.find(text, name)
        if valid is None:
            return None
        document, prepared = valid
        return prepared, Operation(text, document, name, given)


def choose_query(prepared: PreparedOperation, operation: Operation) -> Chosen | None:
    """None for another operation, and where variables do not fit."""
    if prepared.node.operation is not OperationType.QUERY:
        return None
    variables = prepared.variables.coerce(operation.variables)
    return None if isinstance(variables, list) else Chosen(prepared.node, variables, operation)


async def encode(body: bytes, coding: str) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """What is sent of a body, and the header that says so; a short one is sent as it is."""
    if not coding or len(body) < LEAST:
        return body, []
    encoding = [(b"content-encoding", coding.encode())]
    if len(body) < _LONG_ANSWER:
        return compress(body, coding), encoding
    return await run_in_threadpool(compress, body, coding), encoding


def _sends_hash_and_text(request: PlainRequest) -> bool:
    if b"persistedQuery" not in request.text:
        return False
    read_members = members_of_url if request.get else members_of_body
    return bool(read_members(request.text).get("query"))


async def read_request(scope: Scope, receive: Receive) -> tuple[PlainRequest | None, Receive]:
    """The request, if it is plain; and what the full path reads it from, from the beginning."""
    head = _plain_head(scope)
    if head is None or head.get:
        return head, receive
    body, more = await _body(receive)
    plain = head._replace(text=body) if not more and len(body) <= _LONG else None
    return plain, _replay(body, more, receive)


def whole_request(scope: Scope, body: bytes) -> PlainRequest | None:
    """The same of a request whose body is there."""
    head = _plain_head(scope)
    if head is None or head.get:
        return head
    return head._replace(text=body) if len(body) <= _LONG else None


def _plain_head(scope: Scope) -> PlainRequest | None:
    """A request that is plain, but for the body of a POST."""
    values = head_of(scope)
    accept = values.get(b"accept", b"")
    media = _media(accept if len(accept) <= MOST_OF_HEADER else b"")
    if (
        media is None
        or not values.keys().isdisjoint(_FULL)
        or _is_repeated(scope["headers"], values)
    ):
        return None
    coding = preferred_coding(values.get(b"accept-encoding", b""))
    if scope["method"] in ("GET", "HEAD") and scope["query_string"]:
        if_none_match = values.get(b"if-none-match", b"")
        return PlainRequest(True, media, coding, scope["query_string"], if_none_match)
    if scope["method"] != "POST" or values.get(b"content-type") not in _JSON:
        return None
    if len(values.get(b"content-length", b"")) > _DIGITS:
        return None
    return PlainRequest(False, media, coding, b"", b"")


def _is_repeated(headers: Sequence[Header], values: Mapping[bytes, bytes]) -> bool:
    """Whether a header that matters here was sent twice."""
    if len(values) == len(headers):
        return False
    names = [name for name, _ in headers if name in _READ]
    return len({*names}) < len(names)


@lru_cache(64)
def _media(accept: bytes) -> str | None:
    """The media type of the answer; None for events and pages, which the full path sends."""
    text = accept.decode("latin-1")
    if negotiate(text, (*ANSWERS, EVENT_STREAM, HTML)) in (EVENT_STREAM, HTML):
        return None
    return negotiate(text, ANSWERS)


async def _body(receive: Receive) -> tuple[bytes, bool]:
    """The body as far as the limit, and whether there is more of it."""
    chunks, length, more = list[bytes](), 0, True
    while more and length <= MOST_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        length += len(chunks[-1])
        more = message.get("more_body", False)
    return b"".join(chunks), more


def _replay(body: bytes, more: bool, receive: Receive) -> Receive:
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": more}]

    async def receive_again() -> Message:
        return first.pop() if first else await receive()

    return receive_again
