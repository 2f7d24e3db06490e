"""The server: an application behind sockets, until a signal ends it.

In: an application and bound sockets. Out: `ready` is called once
requests are answered.
"""

import asyncio
import gc
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import uvicorn

from kb.app import App
from kb.process.acceptor import accepting
from kb.process.connections import Connections, most_connections
from kb.process.graceful_shutdown import stop_listening
from kb.process.http_protocol import HttpProtocol, ServerConfig
from kb.process.shedding import Shedding
from kb.process.traces import traced
from kb.process.websocket_protocol import WebSocketProtocol
from kb.server.requests import MOST_BYTES

_PARTING = 3
"""Seconds in which requests may end when the server does."""
_TICKS = 10
"""Of uvicorn's main loop within a second."""


class AppServer(uvicorn.Server):
    """Accepts by itself."""

    def __init__(self, config: uvicorn.Config, app: App, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.server_state = Connections(most_connections())
        self._app, self._ready = app, ready
        self._accepting = ExitStack()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's; a signal that comes before it has begun ends it without a word."""
        serving = self.serve(sockets)
        try:
            with asyncio.Runner(loop_factory=self.config.get_loop_factory()) as runner:
                runner.run(serving)
        finally:
            serving.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is there by now stays: to look through it for garbage would hold up requests.
        gc.collect()
        gc.freeze()
        self._accepting.enter_context(accepting(sockets or (), self._make_protocol))
        try:
            self._ready()
        except BaseException:
            # Such as an output that nobody reads: what has been opened is closed all the same.
            await self.shutdown(sockets)
            raise

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS == 0:
            now = asyncio.get_running_loop().time()
            for connection in [*self.server_state.connections]:
                assert isinstance(connection, HttpProtocol | WebSocketProtocol)
                connection.check_deadlines(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._app.context.end()
        self._accepting.close()
        await self._part(sockets or ())
        await super().shutdown(sockets)

    async def _part(self, sockets: Sequence[socket.socket]) -> None:
        """From whoever is connected, or is just connecting."""
        await stop_listening(self, sockets, self._make_protocol)

    def _make_protocol(self) -> HttpProtocol:
        """As uvicorn makes one for each connection that it accepts."""
        return HttpProtocol(self.config, self.server_state, self.lifespan.state)


def run_server(app: App, sockets: list[socket.socket], ready: Callable[[], None]) -> None:
    """Until a signal; `ready` is called when requests are answered."""
    AppServer(server_config(app), app, ready).run(sockets)


def server_config(app: App) -> ServerConfig:
    config = ServerConfig(
        traced(app),
        # What it logs goes where all does; requests have lines of our own.
        log_config=None,
        log_level="warning",
        access_log=False,
        http=HttpProtocol,
        ws=WebSocketProtocol,
        server_header=False,
        # The application knows whose headers tell the truth, by KB_TRUSTED_PROXIES.
        proxy_headers=False,
        # One process each, whatever WEB_CONCURRENCY says: what is no number would end it.
        workers=1,
        ws_max_size=MOST_BYTES,
        # Whoever takes nothing any more would otherwise keep the server from ending.
        timeout_graceful_shutdown=_PARTING,
    )
    config.shedding = Shedding(app)
    return config
