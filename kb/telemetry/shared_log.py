"""The log of several processes: one standard error, and whole lines.

In: what is logged by whichever of them. Out: lines, none of which stands amid another one. A pipe
takes no more than 4,096 bytes in one piece, so that processes write by turns.
"""

import logging
import os
import select
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from kb.config import LogForm
from kb.telemetry.log_lines import LineFormatter

_MOST_WAITING = 1_000


class WriteTurn:
    """Taken by one process at a time; the system gives it back of one that dies.

    To be made before the first fork. Of a process one thread alone may take it.
    """

    def __init__(self) -> None:
        self._file = os.memfd_create("log")

    def attempt(self) -> bool:
        """Whether it is taken now: nobody waits."""
        try:
            os.lockf(self._file, os.F_TLOCK, 0)
        except OSError:
            return False
        return True

    def give_back(self) -> None:
        os.lockf(self._file, os.F_ULOCK, 0)

    def __enter__(self) -> None:
        os.lockf(self._file, os.F_LOCK, 0)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.give_back()


class _PatientHandler(logging.Handler):
    """Writes without a thread, and waits for nobody: what cannot be written yet is kept."""

    def __init__(self, descriptor: int, formatter: LineFormatter, turn: WriteTurn) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._descriptor, self._turn = descriptor, turn
        self._lines = deque[str](maxlen=_MOST_WAITING)
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))
        self.flush()

    def flush(self) -> None:
        while self._lines and self._turn.attempt():
            has_room = bool(self._poll.poll(0))
            if has_room:
                self._write(self._lines.popleft())
            self._turn.give_back()
            if not has_room:
                return

    def _write(self, line: str) -> None:
        """As much as is surely taken at once."""
        data = line.encode(errors="backslashreplace")[: select.PIPE_BUF - 1]
        try:
            os.write(self._descriptor, data + b"\n")
        except OSError:
            return


@contextmanager
def open_shared_log(form: LogForm, turn: WriteTurn) -> Iterator[logging.Handler]:
    """Within it all of this process goes to the log; what waits is written by `flush`."""
    handler = _PatientHandler(sys.stderr.fileno(), LineFormatter(form), turn)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
