"""One worker of several: it answers on connections that its parent gives it.

In: an application, and the channel to the parent. Out: answers, until the parent says that the
service ends, or is gone itself. It tells when it is ready, and which connections have ended.
"""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import zip_longest

from kb.app import App
from kb.process.acceptor import connect_soon
from kb.process.channel import MOST_AT_ONCE, Channel, Message, Word
from kb.process.connections import Connections
from kb.process.graceful_shutdown import give_notice, wait_for_end
from kb.process.http_protocol import HttpProtocol
from kb.process.run import AppServer, server_config
from kb.process.worker_processes import SIGNALS

_AGAIN = 0.01
"""Seconds until what the parent did not take is sent again."""


class GivenConnections(Connections):
    """What the parent has admitted, by its number; it is told of each that ends."""

    def __init__(self, orders: Channel) -> None:
        super().__init__(0)
        self._orders = orders
        self._gone: list[int] = []

    def admit(self, _address: str) -> bool:
        return True

    def release(self, address: str) -> None:
        self._gone.append(int(address))
        if len(self._gone) == 1:
            asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        """All that have ended by now, at once."""
        while batch := self._gone[:MOST_AT_ONCE]:
            if not self._orders.send(Word.GONE, batch):
                asyncio.get_running_loop().call_later(_AGAIN, self._tell)
                return
            del self._gone[:MOST_AT_ONCE]


class WorkerServer(AppServer):
    """Accepts nothing by itself; signals are its parent's, who may share them with it."""

    def __init__(self, app: App, orders: Channel, ready: Callable[[], None]) -> None:
        super().__init__(server_config(app), app, ready)
        self.server_state = self._given = GivenConnections(orders)
        self._orders = orders
        self._last = asyncio.Event()
        self._connecting = set[asyncio.Task[object]]()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        asyncio.get_running_loop().add_reader(self._orders, self._follow)
        self._say(Word.READY)

    def _say(self, word: Word) -> None:
        if not self._orders.send(word):
            asyncio.get_running_loop().call_later(_AGAIN, self._say, word)

    def _follow(self) -> None:
        try:
            while message := self._orders.receive():
                match message.word:
                    case Word.CONNECTIONS:
                        self._take(message)
                    case Word.END:
                        self.should_exit = True
                    case Word.LAST:
                        self._last.set()
        except EOFError:
            asyncio.get_running_loop().remove_reader(self._orders)
            self.should_exit = True
            self._last.set()

    def _take(self, message: Message) -> None:
        """The system leaves out sockets for which this process may open no file."""
        for number, connection in zip_longest(message.numbers, message.sockets):
            if connection:
                self._connect(number, connection)
            else:
                self._given.release(str(number))

    def _connect(self, number: int, connection: socket.socket) -> None:
        make = partial(self._make_numbered, number)
        connecting = connect_soon(connection, make, self._connecting)
        connecting.add_done_callback(partial(self._note_failure, number))

    def _make_numbered(self, number: int) -> HttpProtocol:
        protocol = self._make_protocol()
        protocol.place = str(number)
        return protocol

    def _note_failure(self, number: int, connecting: asyncio.Task[object]) -> None:
        """Of what was gone before it was anything here."""
        if connecting.cancelled() or connecting.exception():
            self._given.release(str(number))

    async def _part(self, _sockets: Sequence[socket.socket]) -> None:
        await give_notice(self.server_state)
        self._say(Word.NOTICED)
        await self._last.wait()
        await wait_for_end(self.server_state)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def ignore_signals() -> None:
    """A terminal, and systemd, send theirs to all processes at once."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
