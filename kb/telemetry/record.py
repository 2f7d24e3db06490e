"""What is noted of a request while it is answered, for its line in the log and for the metrics.

In: what the modules that answer say of it, wherever they stand. Out: a `RequestRecord`, reported
once the request is over. A context variable leads to it, so that it need not be handed down.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from itertools import count
from secrets import token_hex
from typing import NamedTuple

from graphql import OperationDefinitionNode

_HASH, _NAME = 12, 100
"""Letters of a document's SHA-256, and of an operation's name, that are noted."""
ID_HEADER, _TRACE_HEADER = b"x-request-id", b"traceparent"
_FIRST = 10_000_000
"""Of the numbers in ids: all are of one length, without being formatted."""
_ID = re.compile(rb"[\w.:+/=@-]{1,128}", re.ASCII)
_TRACE = re.compile(rb"(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}")
"""By W3C Trace Context."""


class OperationLabel(NamedTuple):
    """Which operation it is: never its text, nor its variables. `kind` is `query` or another."""

    kind: str
    name: str
    document: str


class RequestRecord:
    """A request, or an operation of a WebSocket, which has neither method nor status.

    What is not known stays as it is here.
    """

    method = path = route = code = ""
    status = sent = 0
    """`sent` counts the bytes of the body."""
    operation: OperationLabel | None = None
    cached: bool | None = None
    """Whether the answer had been kept; None where none ever is."""
    price: int | None = None
    """Rows that the statement might bring together; the engines do not tell how many it did."""
    ended = 0.0

    def __init__(self, id_: str, report: "RecordSink") -> None:
        self.id, self.report = id_, report
        self.begun = time.perf_counter()

    def end(self) -> None:
        self.ended = time.perf_counter()
        self.report(self)


RecordSink = Callable[[RequestRecord], object]
_CURRENT: ContextVar[RequestRecord] = ContextVar("request")


class Recorder:
    """Makes the records of requests, each with its id.

    That is the one which came in `X-Request-Id`, the trace's of `traceparent`, or one made here.
    """

    def __init__(self, report: RecordSink) -> None:
        self._report = report
        # Unlike those of other processes; to be guessed does no harm.
        self._prefix, self._numbers = token_hex(8), count(_FIRST)

    def record(self, head: Mapping[bytes, bytes]) -> RequestRecord:
        """Of the request with these headers, which begins."""
        id_ = _sent_id(head) or f"{self._prefix}{next(self._numbers)}"
        return RequestRecord(id_, self._report)


def _sent_id(head: Mapping[bytes, bytes]) -> str | None:
    if ID_HEADER in head and _ID.fullmatch(head[ID_HEADER]):
        return head[ID_HEADER].decode()
    if _TRACE_HEADER in head and (match := _TRACE.fullmatch(head[_TRACE_HEADER])):
        return match[1].decode()
    return None


def enter(record: RequestRecord) -> None:
    """All that this task does from now on is noted in it."""
    _CURRENT.set(record)


def begin(id_: str, report: RecordSink) -> RequestRecord:
    """The record of what this task does from now on."""
    record = RequestRecord(id_, report)
    _CURRENT.set(record)
    return record


def ignore(record: RequestRecord) -> None:
    """The report of whoever keeps none."""


def current() -> RequestRecord:
    """Of the request that is being answered; outside of any, one that nobody reads."""
    return _CURRENT.get(None) or RequestRecord("", ignore)


def note_code(code: str) -> None:
    """That the request failed, and by which permanent code."""
    current().code = code


def label(text: str, operation: OperationDefinitionNode | None = None) -> OperationLabel:
    """Of a document's text, and of the operation that is meant, once that is known."""
    document = sha256(text.encode(errors="replace")).hexdigest()[:_HASH]
    if operation is None:
        return OperationLabel("", "", document)
    name = operation.name.value[:_NAME] if operation.name else ""
    return OperationLabel(operation.operation.value, name, document)


@contextmanager
def operation_of_socket() -> Iterator[None]:
    """What is noted within it is of one operation of a WebSocket, in a task of its own."""
    socket = current()
    record = begin(socket.id, socket.report)
    record.path = socket.path
    try:
        yield
    finally:
        record.end()
        _CURRENT.set(socket)
