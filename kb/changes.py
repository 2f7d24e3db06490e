"""The change feed, written: every commit appends one change for each record that it touched.

In: an open write transaction, and the documents of the records as the commit leaves them. Out: rows
of `change`, numbered without gaps in commit order, because the one row that counts them is locked
until the commit. Each commit carries a hash that rests on all before it, so that a cursor of
another history is found out.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlmodel import col

from kb.dialects import dialect_of_engine
from kb.models import Change, ChangeOp, Head, Record, Snapshot, Table, Tally
from kb.models.base import now

_TABLES = Table.metadata.tables
_BATCH = 1000
CURSORS = "change,revision"
"""What the cursors of the feed begin with: its table and order."""
PREFIX = 16
"""Letters of a commit's hash that a cursor carries."""
_MODULUS = 2**256


class Written(NamedTuple):
    """A record as the commit leaves it; no number and no document if it is removed."""

    type: str
    key: str
    id: int | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Who or what writes, and how many changes are kept; all of them if that is 0."""

    actor: str | None = None
    kept: int = 0


def read_head(connection: Connection) -> int:
    """The newest committed revision."""
    return connection.execute(select(col(Head.revision))).scalar_one()


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the feed stands; `counts` as `Feed.counts` gives them."""

    stream: str
    revision: int
    cursor: str
    counts: list[dict[str, str | int]]

    @property
    def place(self) -> dict[str, str | int]:
        """What ties a file to the moment that it was read at."""
        return {"stream": self.stream, "revision": self.revision, "cursor": self.cursor}


def read_feed(connection: Connection) -> Stand:
    head = connection.execute(select(_TABLES["head"])).mappings().one()
    tally = _TABLES["tally"]
    counted = select(tally).where(tally.c.count > 0).order_by(tally.c.type)
    counts: list[dict[str, str | int]] = [
        {"type": kind.upper(), "count": count, "checksum": checksum}
        for kind, count, checksum in connection.execute(counted)
    ]
    mark = f"{head['stream']}.{head['chain'][:PREFIX]}"
    return Stand(head["stream"], head["revision"], _cursor(mark, head["revision"]), counts)


def _cursor(mark: str, revision: int) -> str:
    """As `schema.feed` makes them in SQL; a test holds the two together."""
    return json.dumps([CURSORS, mark, str(revision)], separators=(",", ":")).encode().hex()


def append(connection: Connection, written: Sequence[Written], source: Source) -> None:
    """End a write transaction with its changes."""
    head = connection.execute(select(_TABLES["head"])).mappings().one()
    before: int = head["revision"]
    if not written:
        return
    last = before + len(written)
    chain = _chain(head["chain"], head["stream"], written)
    common = {"commit_end": last, "chain": chain, "at": now(), "actor": source.actor}
    for start in range(0, len(written), _BATCH):
        batch = list(enumerate(written[start : start + _BATCH], before + start + 1))
        connection.execute(insert(Change), [_row(*one) | common for one in batch])
        _number(connection, batch)
    _count(connection, written)
    connection.execute(update(Head).values(revision=last, chain=chain))
    _announce(connection)
    if source.kept:
        _drop(connection, last - source.kept)


def begin_stream(connection: Connection) -> str:
    """Make this another history, whose name is returned: cursors given out so far are refused.

    Its changes stay, so that it is whole for whoever reads it from its start.
    """
    stream = uuid4().hex
    connection.execute(update(Head).values(stream=stream))
    _announce(connection)
    return stream


def _announce(connection: Connection) -> None:
    if announce := dialect_of_engine(connection).announce:
        connection.exec_driver_sql(announce)


def _chain(before: str, stream: str, written: Sequence[Written]) -> str:
    """The stream in it parts histories that begin alike."""
    found = hashlib.sha256(f"{before} {stream}\n".encode())
    for one in written:
        found.update(f"{one.type}:{one.key} {_digest(one.document)}\n".encode())
    return found.hexdigest()


def _digest(document: str | None) -> str:
    return hashlib.sha256(document.encode()).hexdigest() if document else ""


def _row(revision: int, one: Written) -> dict[str, object]:
    op = ChangeOp.DELETE if one.document is None else ChangeOp.UPSERT
    return {
        "revision": revision,
        "op": op.name,
        "type": one.type,
        "key": one.key,
        "document": one.document,
    }


def _number(connection: Connection, batch: Sequence[tuple[int, Written]]) -> None:
    """Each record knows the change that last touched it."""
    numbered = [{"own": one.id, "number": number} for number, one in batch if one.id is not None]
    if numbered:
        own = update(_TABLES["record"]).where(col(Record.id) == bindparam("own"))
        connection.execute(own.values(revision=bindparam("number")), numbered)


def _count(connection: Connection, written: Sequence[Written]) -> None:
    """Snapshot and tallies follow from the changes alone."""
    before = _digests(connection, written)
    own = col(Snapshot.type) == bindparam("kind"), col(Snapshot.key) == bindparam("own")
    touched = [{"kind": one.type, "own": one.key} for one in written]
    connection.execute(delete(_TABLES["snapshot"]).where(*own), touched)
    rows = [
        {
            "type": one.type,
            "key": one.key,
            "document": one.document,
            "sha256": _digest(one.document),
        }
        for one in written
        if one.document is not None
    ]
    if rows:
        connection.execute(insert(Snapshot), rows)
    for kind, (count, checksum) in _grown(written, before).items():
        columns = col(Tally.count), col(Tally.checksum)
        stored = connection.execute(select(*columns).where(col(Tally.type) == kind)).one_or_none()
        total, summed = stored or (0, "0")
        connection.execute(delete(Tally).where(col(Tally.type) == kind))
        checksum = (int(summed, 16) + checksum) % _MODULUS
        row = {"type": kind, "count": total + count, "checksum": f"{checksum:064x}"}
        connection.execute(insert(Tally), row)


def _digests(connection: Connection, written: Sequence[Written]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for kind in {one.type for one in written}:
        keys = [one.key for one in written if one.type == kind]
        for start in range(0, len(keys), _BATCH):
            wanted = col(Snapshot.key).in_(keys[start : start + _BATCH])
            asked = select(col(Snapshot.key), col(Snapshot.sha256))
            asked = asked.where(col(Snapshot.type) == kind)
            found |= {(kind, key): one for key, one in connection.execute(asked.where(wanted))}
    return found


def _grown(
    written: Sequence[Written], before: dict[tuple[str, str], str]
) -> dict[str, tuple[int, int]]:
    """By type, how many records more there are, and what that adds to the sum of digests."""
    grown: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for one in written:
        old, new = before.get((one.type, one.key)), _digest(one.document)
        count, checksum = grown[one.type]
        grown[one.type] = (
            count + bool(new) - bool(old),
            checksum + int(new or "0", 16) - int(old or "0", 16),
        )
    return grown


def _drop(connection: Connection, oldest: int) -> None:
    """Forget changes up to this revision, whole commits only."""
    last = connection.execute(
        select(func.max(col(Change.commit_end))).where(col(Change.commit_end) <= oldest)
    ).scalar()
    if last is None:
        return
    chain = connection.execute(select(col(Change.chain)).where(col(Change.revision) == last))
    connection.execute(update(Head).values(dropped=last, dropped_chain=chain.scalar_one()))
    connection.execute(delete(Change).where(col(Change.revision) <= last))
