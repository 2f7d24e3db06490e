"""Pages and files that a client has already, told from the revision alone.

In: ASGI calls. Out: the same calls, passed on; answers to GET and HEAD carry a tag, the revision
and the time of the newest commit when they were begun, and who may keep them. Whoever sends the tag
of the URL as it is now gets 304, and nothing is made again; so does who sends `*`, if there is
anything.

What waits for changes tells of a later moment than when it was begun, and passes as it is.
`If-Modified-Since` alone is not heeded: a second is too coarse, and pages change with the day.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import partial
from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.build_id import build_id
from kb.database.read_pool import Reader
from kb.middleware.authentication import OPEN
from kb.server.bearers import bearer_and_token
from kb.server.feed_request import JSON, NDJSON, waits
from kb.server.signed_head import HEAD

_HEAD = (
    "select stream, revision, chain,"
    " (select at from change where change.revision = head.revision) from head",
)
_OF_NONE = (b"etag", b"last-modified", b"cache-control", b"x-kb-revision", b"vary")
"""Headers of an answer that are sent without it; others would take the place of those that a client
has."""
_UNDATED = ("/export", "/schema.graphql", JSON, NDJSON, HEAD)
"""What does not change with the day, as pages do."""


class Conditional:
    """`shown` says by which settings the same data may give other pages."""

    def __init__(self, app: ASGIApp, reader: Reader, shown: str) -> None:
        self._app, self._reader = app, reader
        self._made_by = f"{build_id()} {shown}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _may_be_kept(scope):
            await self._app(scope, receive, send)
            return
        try:
            headers = await self._headers(scope)
        except Exception:  # Such as a database of another version: whoever answers tells why.
            await self._app(scope, receive, send)
            return
        if_none_match = Headers(scope=scope).get("if-none-match", "")
        if if_none_match.strip() == "*":
            # As HEAD, so that no download is made; what is not there has its text all the same.
            unsent = partial(_send_with, headers, _Unsent(send).send)
            await self._app({**scope, "method": "HEAD"}, receive, unsent)
        elif _names(if_none_match, headers["ETag"]):
            # Whoever compresses answers leaves this one alone.
            response = Response(None, 304, {"Vary": "Accept-Encoding"})
            await response(scope, receive, partial(_send_with, headers, send))
        else:
            is_pinned = b"revision=" in scope["query_string"]
            await self._app(scope, receive, partial(_send_with, headers, send, is_pinned=is_pinned))

    async def _headers(self, scope: Scope) -> Mapping[str, str]:
        """Raises what readers raise, and what a database of another version does to them."""
        stream, revision, chain, at = map(str, await self._reader.fetch(_HEAD, ()))
        bearer, _ = bearer_and_token(scope)
        access = "private" if bearer else "public"
        day = "" if scope["path"].startswith(_UNDATED) else date.today().isoformat()
        url = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        # The pages of records lead to JSON-LD where that is wanted.
        accept = Headers(scope=scope).get("accept", "")
        wanted = accept if "ld+json" in accept else ""
        parts = (self._made_by, stream, revision, chain, day, access, url, wanted)
        digest = sha256("\n".join(parts).encode()).hexdigest()
        headers = {
            # A weak one: the same in every coding.
            "ETag": f'W/"{digest[:32]}"',
            "X-KB-Revision": revision,
            "Cache-Control": f"{access}, no-cache",
        }
        return headers | _last_modified(at)


def _may_be_kept(scope: Scope) -> bool:
    if waits(scope["path"], scope["query_string"]):
        return False
    return scope["method"] in ("GET", "HEAD") and not scope["path"].startswith(OPEN)


def _last_modified(at: str) -> dict[str, str]:
    """Of a database without changes nothing is known."""
    if at == "None":
        return {}
    return {"Last-Modified": format_datetime(datetime.fromisoformat(at).astimezone(UTC), True)}


def _names(if_none_match: str, tag: str) -> bool:
    """Whether the header names the tag."""
    return tag.removeprefix("W/") in if_none_match


class _Unsent:
    """An answer to whoever wants it only if there is none (`*`): what is there becomes 304."""

    def __init__(self, send: Send) -> None:
        self._send, self._is_there = send, False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            self._is_there = True
            told = [each for each in message["headers"] if each[0].lower() in _OF_NONE]
            await self._send({**message, "status": 304, "headers": told})
            await self._send({"type": "http.response.body", "body": b""})
        elif not self._is_there:
            await self._send(message)


async def _send_with(
    headers: Mapping[str, str], send: Send, message: Message, *, is_pinned: bool = False
) -> None:
    """What tells its own revision keeps it, and has no tag of a later one that it was not read at,
    as by a replica; one that `is_pinned` was asked for at an earlier one."""
    if message["type"] == "http.response.start" and message["status"] in (200, 304):
        mutable = MutableHeaders(raw=message["headers"])
        told = mutable.get("X-KB-Revision", headers["X-KB-Revision"])
        is_behind = int(told) < int(headers["X-KB-Revision"]) and not is_pinned
        added = {"Cache-Control": headers["Cache-Control"]} if is_behind else headers
        mutable.update({**added, "X-KB-Revision": told})
        if headers["Cache-Control"].startswith("private"):
            mutable.add_vary_header("Authorization")
    await send(message)
