"""The log of the service: lines to standard error, which hold up nobody.

In: records of requests, and all that is logged by `logging`. Out: lines, written by a thread of
their own. What nobody reads, or a disk does not take, is dropped: how many lines it was is told by
the next that is written.
"""

import logging
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Event, Thread

from kb.config import LogForm
from kb.telemetry.log_lines import LineFormatter
from kb.telemetry.record_queue import Report

_MOST_WAITING = 10_000
_GATHERED = 0.01
"""Seconds for which lines are gathered, to be written at once."""
_PARTING = 1.0
"""Seconds in which the last lines are to be written when the service ends."""


class LineWriter:
    """Writes to a file descriptor, beside all else: a pipe that is full holds up this thread alone.

    It writes without the buffer of `sys.stderr`, which whoever ends the process would wait for.
    `tell_dropped` makes the line that tells how many were dropped. Others that write to the same
    place take their `turn`.
    """

    def __init__(
        self,
        descriptor: int,
        tell_dropped: Callable[[int], str],
        turn: AbstractContextManager[object] | None = None,
    ) -> None:
        self._descriptor, self._tell_dropped = descriptor, tell_dropped
        self._turn = turn or nullcontext()
        self._lines = deque[str]()
        self._dropped, self._is_torn = 0, False
        self._wanted, self._ended = Event(), False
        self._thread = Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def add(self, lines: Sequence[str]) -> None:
        taken = lines[: max(0, _MOST_WAITING - len(self._lines))]
        self._dropped += len(lines) - len(taken)
        self._lines.extend(taken)
        if taken and not self._wanted.is_set():
            self._wanted.set()

    def close(self) -> None:
        """Not for long, if nobody reads."""
        self._ended = True
        self._wanted.set()
        self._thread.join(_PARTING)

    def _run(self) -> None:
        while not self._ended:
            self._wanted.wait()
            if not self._ended:
                time.sleep(_GATHERED)
            self._wanted.clear()
            self._write([self._lines.popleft() for _ in range(len(self._lines))])

    def _write(self, lines: list[str]) -> None:
        dropped, self._dropped = self._dropped, 0
        if dropped:
            lines.insert(0, self._tell_dropped(dropped))
        text = "\n".join([*lines, ""]).encode(errors="backslashreplace")
        # What failed may have left a part of a line.
        rest = memoryview(b"\n" + text if self._is_torn and text else text)
        try:
            with self._turn if text else nullcontext():
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            self._is_torn = False
        except OSError:
            self._dropped += dropped + len(lines)
            self._is_torn = len(rest) < len(text)


class _Handler(logging.Handler):
    """Takes what is logged by `logging`."""

    def __init__(self, writer: LineWriter, formatter: LineFormatter) -> None:
        super().__init__()
        self._writer = writer
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        self._writer.add([self.format(record)])


@contextmanager
def open_log(form: LogForm, turn: AbstractContextManager[object] | None = None) -> Iterator[Report]:
    """Within it all goes to the log; it yields what takes the records of requests.

    Processes that share the log write by turns.
    """
    formatter = LineFormatter(form)
    writer = LineWriter(sys.stderr.fileno(), formatter.tell_dropped, turn)
    handler, root = _Handler(writer, formatter), logging.getLogger()

    root.addHandler(handler)
    try:
        yield lambda records: writer.add(formatter.format_requests(records))
    finally:
        root.removeHandler(handler)
        writer.close()
