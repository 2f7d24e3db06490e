"""The path of `KB_PUBLIC_URL`, in front of every route.

In: ASGI calls. Out: the same calls, passed on without that path. A proxy may pass it on, as nginx's
`proxy_pass` does without a path of its own, or strip it, as Caddy's `handle_path` does.
"""

from collections.abc import Awaitable, Iterable

from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from kb.errors import SettingsError


def check_public_path(prefix: str, routes: Iterable[BaseRoute]) -> None:
    """Raises SettingsError if a path of the service's own could be taken for the prefix."""
    first = prefix.split("/")[1] if prefix else ""
    if first and first in {str(getattr(route, "path", "")).split("/")[1] for route in routes}:
        what = f"KB_PUBLIC_URL: a path that begins with /{first} is the service's own"
        raise SettingsError(what, "write another path, such as `https://example.org/kb/`")


class PublicPath:
    """Routes, and all middleware behind this, know paths that begin at the service's own root."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "lifespan":
            head, prefix, rest = scope["path"].partition(self._prefix)
            if prefix and not head and (not rest or rest.startswith("/")):
                scope = {**scope, "path": rest or "/"}
        return self._app(scope, receive, send)
