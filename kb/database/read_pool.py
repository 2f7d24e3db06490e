"""What can only be read, for queries, whatever the engine.

In: nothing. Out: `Reader`, which runs single statements and notices commits, and what the readers
of both engines have in common: statements in pieces, and what they may cost.
"""

import math
from collections.abc import AsyncGenerator, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

from kb.admission.controlled_delay import ControlledDelay
from kb.errors import Unavailable

SqlValue = str | int | float | None
PRIMARY = "primary"
TRY_AGAIN = "try again in a moment"
NEWEST_REVISION = ("select revision from head",)
"""The statement that tells the newest revision, in its one piece."""
PREPARED_STATEMENTS = 200
"""Statements that stay prepared, each of less than `HEAVY_BYTES`: 64 MB at most."""
HEAVY_BYTES = 320_000
"""Bytes of a statement that is never kept prepared, and takes too long to prepare on the loop."""
_LETTER, _VALUE, _CHARACTER = 20, 200, 2
"""Bytes of a prepared statement: for each of its letters, its values, and their characters."""
_FEW = 10
SMALL_COST = 3_000
"""Rows that a small statement may bring together: about five milliseconds."""
DEADLINE = 10
"""Seconds that a statement may take."""
CROWDED = "more large operations wait already than can be answered soon"


class ReaderLoad(NamedTuple):
    """How many connections run a statement, how many may at once, and how many statements wait."""

    busy: int
    most: int
    waiting: int


class SourceState(NamedTuple):
    """A server that may be read: `primary`, or `replica` and its place in KB_REPLICA_URLS."""

    name: str
    is_read: bool
    lag: float
    """Seconds for which it has lacked something that the primary had; infinite if it is of no use,
    such as one that does not answer."""


class Reader(Protocol):
    """A database that can only be read, for queries; raises Unavailable while it is gone."""

    @property
    def url(self) -> str:
        """Of what is read just now."""
        ...

    @property
    def primary(self) -> "Reader":
        """Of what is written to, which is never behind; where nothing else is read, this one."""
        ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def fetch(
        self, pieces: tuple[str, ...], values: Sequence[SqlValue], cost: int = 0
    ) -> Sequence[SqlValue]:
        """The one row of a statement, which is its pieces with a value between them.

        `cost` is how many rows it may bring together. Raises TooSlow after `DEADLINE` seconds, and
        Overloaded at once where it would wait too long.
        """
        ...

    async def state(self) -> int | None:
        """A number that changes with every commit; None while it is not known.

        PostgreSQL reports a commit within `PostgresqlReader.BOUND` seconds, SQLite at once; what
        reads from several servers counts a change from one to another, too.
        """
        ...

    def is_gone(self) -> bool:
        """Whether it is known not to answer just now."""
        ...

    def load(self) -> ReaderLoad:
        """What there is to do just now; of statements that run on the event loop, nothing."""
        ...

    @property
    def is_refusing(self) -> bool:
        """Whether a statement was refused of late, as too many waited."""
        ...

    def refuses(self, pieces: tuple[str, ...], cost: int) -> bool:
        """Whether a statement is refused if it comes now; then it counts as one that was."""
        ...

    def sources(self) -> Sequence[SourceState]:
        """All that may be read, as they were when last looked at; from any thread."""
        ...

    def watch_commits(self) -> AsyncGenerator[None, None]:
        """One item now, and one whenever a commit may have happened since the last."""
        ...


async def fetch_newest(
    reader: Reader, pieces: tuple[str, ...], values: Sequence[SqlValue]
) -> Sequence[SqlValue]:
    """A statement's row from the primary while that answers, else from where queries read."""
    source = reader if reader.primary.is_gone() else reader.primary
    return await source.fetch(pieces, values)


def unavailable_error(error: object) -> Unavailable:
    return Unavailable("the database does not answer", TRY_AGAIN).with_note(error)


def load_of(queue: ControlledDelay) -> ReaderLoad:
    return ReaderLoad(queue.present - queue.waiting, queue.servers, queue.waiting)


def only_source(reader: Reader) -> Sequence[SourceState]:
    """Of a reader that has no other than the primary."""
    return [SourceState(PRIMARY, True, math.inf if reader.is_gone() else 0.0)]


class Pieces(tuple[str, ...]):
    """The pieces of a statement that is kept: its text is built once, and so is the text's hash."""

    @cached_property
    def with_question_marks(self) -> str:
        return "?".join(self)

    @cached_property
    def with_percent_signs(self) -> str:
        return "%s".join(piece.replace("%", "%%") for piece in self)


def with_question_marks(pieces: Sequence[str]) -> str:
    return (pieces if isinstance(pieces, Pieces) else Pieces(pieces)).with_question_marks


def with_percent_signs(pieces: Sequence[str]) -> str:
    return (pieces if isinstance(pieces, Pieces) else Pieces(pieces)).with_percent_signs


def prepared_bytes(statement: str, values: Sequence[SqlValue]) -> int:
    """Bytes that a prepared statement takes; an engine keeps its last values too."""
    known = len(statement) * _LETTER + len(values) * _VALUE
    # A few values hold little: their texts are not worth measuring for every statement.
    return known + (_text_bytes(values) if len(values) > _FEW else 0)


def _text_bytes(values: Sequence[SqlValue]) -> int:
    return _CHARACTER * sum([len(value) for value in values if isinstance(value, str)])
