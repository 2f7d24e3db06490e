"""The host that a request names: exactly one, as HTTP/1.1 has it.

In: ASGI calls. Out: the same calls, passed on; a request without `Host`, with two or with none that
could be one is refused.
"""

import re
from collections.abc import Awaitable
from functools import lru_cache

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from kb.errors import RequestError
from kb.server.heads import head_of
from kb.telemetry.record import note_code

_HOST = re.compile(rb"(?:[A-Za-z0-9._~%!$&'()*+,;=-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
_OLD = ("1.0", "0.9")
"""Versions of HTTP in which a request need not name a host."""
_REMEDY = "send one, with the name or address of the service, and its port"


class HostHeader:
    """Refuses whom two readers, such as a proxy and this service, could take to mean two hosts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        answer = self._app
        if scope["type"] != "lifespan" and (what := _fault(scope)):
            error = RequestError(f"the request has {what}", _REMEDY)
            note_code(error.code)
            answer = PlainTextResponse(f"{error}\n", error.status)
        return answer(scope, receive, send)


def _fault(scope: Scope) -> str:
    """What is wrong with the host, if anything is."""
    host, headers = head_of(scope).get(b"host"), scope["headers"]
    if host is None:
        return "" if scope["http_version"] in _OLD else "no `Host`"
    if len(head_of(scope)) < len(headers) and [name for name, _ in headers].count(b"host") > 1:
        return "more than one `Host`"
    return "" if _is_host(host) else "a `Host` that names none"


@lru_cache(64)
def _is_host(host: bytes) -> bool:
    return bool(_HOST.fullmatch(host))
