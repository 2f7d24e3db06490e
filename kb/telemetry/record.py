"""What is noted of a request while it is answered, for its line in the log and for the metrics.

In: what the modules that answer say of it, wherever they stand. Out: a `RequestRecord`, reported
once the request is over. A context variable leads to it, so that it need not be handed down.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from typing import NamedTuple

from graphql import OperationDefinitionNode

_HASH, _NAME = 12, 100
"""Letters of a document's SHA-256, and of an operation's name, that are noted."""


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
