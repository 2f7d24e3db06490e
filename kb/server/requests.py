"""HTTP requests read as GraphQL requests, strictly: nothing odd is guessed at or passed on.

In: the method, URL, headers and body of a request, whatever they hold. Out: the operation that it
asks for, or RequestError, which says what is wrong with it and what to do.

The media type is negotiated here because Strawberry does not weigh what a client accepts: it takes
`text/event-stream` for wanted wherever it is named, even with `q=0`; it sends its page to a GET
without a query from whoever accepts `*/*`; and it never answers as
`application/graphql-response+json`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import cast
from urllib.parse import parse_qsl

from cross_web import StarletteRequestAdapter
from starlette.requests import HTTPConnection, Request
from strawberry.http import GraphQLRequestData
from strawberry.http.types import HTTPMethod

from kb.errors import LargeRequest, RequestError, alternatives
from kb.server.document_store import DocumentStore
from kb.server.strict_json import read_json, show_text, unique_members

PLAIN_JSON, GRAPHQL_JSON = "application/json", "application/graphql-response+json"
ANSWERS = (PLAIN_JSON, GRAPHQL_JSON)
EVENT_STREAM = "text/event-stream"
HTML = "text/html"
MOST_BYTES = 1_000_000
"""How long a body may be."""
MOST_OF_URL, MOST_PARAMETERS = 60_000, 20
"""How long the query of a URL may be, and how many parts it may have."""
MOST_OF_HEADER = 4_000
"""How long a header may be that is taken apart; an Accept that is longer counts as none."""

_MOST_DECODED, _LONG_QUERY = 100, 10_000
"""Documents in URLs whose texts are remembered, and bytes of one that is not."""
_MOST_DIGITS = 20
"""Of the length of a body: a longer one is too long by them."""
_CHARSETS = {"utf-8", "utf8", "us-ascii"}
_QUALITY = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)")


class StrictRequestAdapter(StarletteRequestAdapter):
    """A request as Strawberry's view reads it, checked on the way; HEAD counts as GET."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self._incoming = request

    @property
    def method(self) -> HTTPMethod:
        method = self._incoming.method
        return cast(HTTPMethod, "GET" if method == "HEAD" else method)

    @property
    def query_params(self) -> Mapping[str, str | None]:
        return parameters_of_url(self._incoming.scope["query_string"])

    async def get_body(self) -> bytes:
        """The body, read no further than the limit, whatever its headers say of its length."""
        body = bytearray()
        async for chunk in self._incoming.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                raise _large_body()
        return bytes(body)

    async def read(self, store: DocumentStore) -> GraphQLRequestData:
        """The operation asked for: by the URL of a GET, by the body of a POST."""
        if self.method == "GET":
            return operation_of_url(self._incoming.scope["query_string"], store)
        return operation_of_members(await self.read_members(), store)

    async def read_members(self) -> Mapping[str, object]:
        """The members of the body of a POST."""
        _check_headers(self._incoming)
        return members_of_body(await self.get_body())


def least_revision(connection: HTTPConnection) -> int:
    """The revision that the answer must at least be of, by X-KB-Min-Revision."""
    text = connection.headers.get("x-kb-min-revision", "0")
    if not re.fullmatch(r"[0-9]{1,18}", text):
        what = f"X-KB-Min-Revision is {show_text(text)}"
        raise RequestError(what, "send a revision that an answer gave")
    return int(text)


def operation_of_url(query: bytes, store: DocumentStore) -> GraphQLRequestData:
    return read_operation(members_of_url(query), "the URL", store)


def operation_of_body(body: bytes, store: DocumentStore) -> GraphQLRequestData:
    return operation_of_members(members_of_body(body), store)


def operation_of_members(members: Mapping[str, object], store: DocumentStore) -> GraphQLRequestData:
    """By those of a body."""
    return read_operation(members, "the body", store)


def parameters_of_url(query: bytes) -> dict[str, str | None]:
    check_url("", query)
    try:
        pairs = [pair for part in query.split(b"&") for pair in _decode_parameter(part)]
    except UnicodeDecodeError:
        raise RequestError("the URL is not UTF-8", "encode it as UTF-8") from None
    return cast(dict[str, str | None], unique_members("the URL", pairs))


def known_parameters(
    query: bytes, taken: Sequence[str], of: str, known: Sequence[str] = ()
) -> dict[str, str]:
    """The parameters of a URL that takes these; `of` is what refusals call it.

    Of `known` ones, which it does not take, whoever asks for them says so more closely.

    Whoever sends an empty value, as of a variable that is not set, would be given everything.
    Raises RequestError.
    """
    given: dict[str, str] = {}
    for name, text in parameters_of_url(query).items():
        if name not in (*taken, *known):
            what = f"no parameter is called {show_text(name)}"
            raise RequestError(what, f"{of} takes {alternatives(taken) if taken else 'none'}")
        if not text:
            raise RequestError(f"`{name}` is empty", "give a value, or leave it out")
        given[name] = text
    return given


def is_true(name: str, given: str | None) -> bool:
    """What a parameter says; no if it is left out. Raises RequestError for another word."""
    if given not in (None, "true", "false"):
        raise RequestError(f"`{name}` is neither true nor false", "send one of the two")
    return given == "true"


def _decode_parameter(part: bytes) -> Sequence[tuple[str, str]]:
    """A name and its value; none of what is empty.

    A document has hundreds of signs that are escaped: to decode it takes longer than to refuse it.
    """
    if part.startswith(b"query=") and len(part) <= _LONG_QUERY:
        return _decode_document(part)
    return parse_qsl(part.decode(), keep_blank_values=True, errors="strict")


@lru_cache(_MOST_DECODED)
def _decode_document(part: bytes) -> Sequence[tuple[str, str]]:
    return parse_qsl(part.decode(), keep_blank_values=True, errors="strict")


def check_url(path: str, query: bytes) -> None:
    """Raises LargeRequest for a URL that is too long or has too many parameters."""
    for size, most, what in (
        (len(path), MOST_OF_HEADER, "characters before its query"),
        (len(query), MOST_OF_URL, "bytes of a query"),
        (query.count(b"&") + 1, MOST_PARAMETERS, "parameters"),
    ):
        if size > most:
            message = f"the URL has {size:,} {what}, more than the {most:,} allowed"
            raise LargeRequest(message, "send a shorter one, or send a long query by POST", 414)


def _check_headers(request: Request) -> None:
    text = ", ".join(request.headers.getlist("content-type"))
    name, *parameters = _check_length(text, "Content-Type").split(";")
    if name.strip().lower() != "application/json":
        what = (
            f"the content type is {show_text(name.strip())}" if name else "there is no content type"
        )
        raise RequestError(what, "send JSON as application/json", 415)
    pairs = (parameter.lower().partition("=") for parameter in parameters)
    charsets = {value.strip(' "') for key, _, value in pairs if key.strip() == "charset"}
    if not charsets <= _CHARSETS:
        raise RequestError("the charset is not UTF-8", "send the body in UTF-8", 415)
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise RequestError("the body is compressed", "send it uncompressed", 415)
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:_MOST_DIGITS]) > MOST_BYTES:
        raise _large_body()


def _large_body() -> LargeRequest:
    return LargeRequest(f"the body is longer than {MOST_BYTES} bytes", "send a shorter one", 413)


def members_of_url(query: bytes) -> dict[str, object]:
    """The parameters as members of a request; an empty one, as forms send it, counts as absent."""
    members: dict[str, object] = {
        name: text for name, text in parameters_of_url(query).items() if text
    }
    for name in ("variables", "extensions"):
        if isinstance(text := members.get(name), str):
            members[name] = read_json(text, f"`{name}` in the URL")
    return members


def members_of_body(body: bytes) -> dict[str, object]:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        what = f"the body is not UTF-8 at byte {error.start}"
        raise RequestError(what, "send JSON in UTF-8") from None
    value = read_json(text, "the body")
    if isinstance(value, list):
        raise RequestError("the body is a batch", "send each operation in a request of its own")
    if not isinstance(value, dict):
        raise RequestError("the body is no JSON object", 'send {"query":"…"}')
    return value


def read_operation(
    members: Mapping[str, object], where: str, store: DocumentStore
) -> GraphQLRequestData:
    """A request from its members, by every transport; messages call their source `where`."""
    extensions = _object(members, "extensions")
    return GraphQLRequestData(
        query=_document(members, extensions, where, store),
        variables=_object(members, "variables"),
        # Clients give the operation that has no name an empty one.
        operation_name=_string(members, "operationName") or None,
        extensions=extensions,
    )


def _document(
    members: Mapping[str, object],
    extensions: Mapping[str, object] | None,
    where: str,
    store: DocumentStore,
) -> str:
    """The text of the document, however it is named; raises DocumentError."""
    query, id_ = _string(members, "query"), _string(members, "documentId")
    hash_ = _sha256_hash(extensions.get("persistedQuery")) if extensions else None
    if query and id_:
        raise RequestError(f"{where} has both `query` and `documentId`", "send one of them")
    if query:
        return store.accept(query, hash_)
    if id_:
        return store.find_by_id(id_)
    if hash_:
        return store.find_by_hash(hash_)
    raise RequestError(f"{where} has no query", "send one as `query`")


def _sha256_hash(persisted: object) -> str | None:
    """The hash by Apollo's protocol of persisted queries, if it is used."""
    match persisted:
        case None:
            return None
        case {"version": 1, "sha256Hash": str() as hash_} if hash_:
            return hash_
    what = "`persistedQuery` in `extensions` is not understood"
    raise RequestError(what, 'send {"version":1,"sha256Hash":"…"}')


def _string(members: Mapping[str, object], name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise RequestError(f"`{name}` is not a string", "send a string or leave it out")
    return value


def _object(members: Mapping[str, object], name: str) -> dict[str, object] | None:
    value = members.get(name)
    if value is not None and not isinstance(value, dict):
        raise RequestError(f"`{name}` is not an object", "send an object or leave it out")
    return value


def preferred_media_type(
    request: HTTPConnection | StrictRequestAdapter, offers: tuple[str, ...]
) -> str | None:
    """The media type that the client likes best, if any; the first of those it likes the same."""
    accept = request.headers.get("accept", "")
    return negotiate(accept if len(accept) <= MOST_OF_HEADER else "", offers)


def _check_length(header: str, name: str) -> str:
    if len(header) <= MOST_OF_HEADER:
        return header
    what = f"{name} has {len(header):,} characters, more than the {MOST_OF_HEADER:,} allowed"
    raise LargeRequest(what, "send a shorter one", 431)


@lru_cache(64)
def negotiate(accept: str, offers: tuple[str, ...]) -> str | None:
    ranges = [_range(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    refused = {name for name, quality in ranges if quality == 0}
    for name, _ in sorted(ranges, key=lambda range_: -range_[1]):
        for offer in offers:
            wide = offer.partition("/")[0] + "/*"
            if name in (offer, wide, "*/*") and not {name, offer} & refused:
                return offer
    return None


def _range(part: str) -> tuple[str, float]:
    """A range of media types and its quality: 1 if it has none, or none that is understood."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    qualities = [match[1] for match in map(_QUALITY.fullmatch, parameters) if match]
    return name, float(qualities[0]) if qualities else 1.0
