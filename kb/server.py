"""The server: an application behind sockets, until a signal ends it.

In: an application and bound sockets. Out: whoever waits is told once it answers.
"""

import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from kb.protocol import Protocol
from schema.requests import MOST_BYTES

_PARTING = 3
"""Seconds in which requests may end when the server does."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        try:
            self._ready()
        except BaseException:
            # Such as an output that nobody reads: what has been opened is closed all the same.
            await self.shutdown(sockets)
            raise


def run(app: ASGIApp, sockets: list[socket.socket], ready: Callable[[], None]) -> None:
    """Until a signal; `ready` is called when requests are answered."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        http=Protocol,
        ws_max_size=MOST_BYTES,
        # Who listens to changes would otherwise keep the server from ending.
        timeout_graceful_shutdown=_PARTING,
    )
    _Server(config, ready).run(sockets)
