"""What is refused while more is asked than can be answered, before anything of it is read.

In: ASGI calls. Out: the same calls, passed on, or a refusal as such a client reads it. What tells
only whether the service is well is for all.
"""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

from kb.errors import Overloaded
from kb.middleware.authentication import OPEN
from kb.server.kept_refusals import KeptRefusals, Refuse
from kb.server.load_shedding import REFUSED, Pressure, overloaded


class LoadShedding:
    """For requests; operations of WebSockets are looked at one by one, where they are read."""

    def __init__(self, app: ASGIApp, pressure: Pressure, refuse: Refuse) -> None:
        self._app, self._pressure, self._refusals = app, pressure, KeptRefusals(refuse)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http" and not scope["path"].startswith(OPEN):
            try:
                if REFUSED in scope:
                    raise overloaded()
                self._pressure.check()
            except Overloaded as error:
                return self._refusals.send(error, scope, send)
        return self._app(scope, receive, send)
