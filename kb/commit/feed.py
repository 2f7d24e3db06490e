"""The change feed, written: every commit appends one change for each record that it touched.

In: an open write transaction, and the documents of the records as the commit leaves them. Out: rows
of `change`, numbered without gaps in commit order, because the one row that counts them is locked
until the commit. Each commit carries a hash that rests on all before it, so that a cursor of
another history is found out.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import (
    Connection,
    Insert,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlmodel import col

from kb import database
from kb.commit.hashes import Chain, Total, digest
from kb.database.dialects import dialect_of_engine
from kb.database.in_array import in_array
from kb.models import Change, ChangeOp, Head, Record, Snapshot, Table, Tally
from kb.models.base import now

_TABLES = Table.metadata.tables
_BATCH = 1000
CURSORS = "change,revision"
"""What the cursors of the feed begin with: its table and order."""
PREFIX = 16
"""Letters of a commit's hash that a cursor carries."""


class Written(NamedTuple):
    """A record as the commit leaves it."""

    type: str
    key: str
    id: int
    document: str


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


def begin_stream(connection: Connection) -> str:
    """Make this another history, whose name is returned: cursors given out so far are refused.

    Its changes stay, so that it is whole for whoever reads it from its start.
    """
    stream = uuid4().hex
    connection.execute(update(Head).values(stream=stream, renamed=col(Head.revision)))
    _announce(connection)
    return stream


def _announce(connection: Connection) -> None:
    if announce := dialect_of_engine(connection).announce:
        connection.exec_driver_sql(announce)


class Appending:
    """The changes of one commit, which end a write transaction, added in their order.

    The row of each waits in `snapshot` until `end`: it carries the hash of the whole commit.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        head = connection.execute(select(_TABLES["head"])).mappings().one()
        self._before: int = head["revision"]
        self._last = self._before
        self._chain = Chain(head["chain"], head["stream"])
        self._grown: defaultdict[str, Total] = defaultdict(Total)

    def put(self, written: Sequence[Written]) -> None:
        """Records that were written; as many as a statement takes."""
        digests = [digest(one.document) for one in written]
        self._forget([one[:2] for one in written])
        for one, sha256 in zip(written, digests, strict=True):
            self._chain.add(one.type, one.key, sha256)
            self._grown[one.type].add(sha256)
        numbers = range(self._last + 1, self._last + 1 + len(written))
        self._last += len(written)
        rows = [
            {"type": one.type, "key": one.key, "document": one.document, "sha256": sha256}
            for one, sha256 in zip(written, digests, strict=True)
        ]
        numbered = [
            {"own": one.id, "number": number} for number, one in zip(numbers, written, strict=True)
        ]
        if rows:
            database.insert(self._connection, _TABLES["snapshot"], rows)
            self._connection.execute(_NUMBER, numbered)

    def remove(self, refs: Iterable[tuple[str, str]]) -> None:
        """Records that were removed."""
        remaining = iter(refs)
        while batch := list(islice(remaining, _BATCH)):
            self._forget(batch)
            rows = []
            for kind, key in batch:
                self._chain.add(kind, key)
                self._last += 1
                rows.append({"revision": self._last, "type": kind, "key": key} | _DELETED)
            database.insert(self._connection, _TABLES["change"], rows)

    def end(self, numbers: Iterable[Sequence[int]], source: Source) -> None:
        """`numbers` are those of the records put, in batches."""
        if self._last == self._before:
            return
        chain = self._chain.end()
        common = {"commit_end": self._last, "chain": chain, "at": now(), "actor": source.actor}
        mine = col(Change.revision) > self._before
        self._connection.execute(update(Change).where(mine).values(common))
        for batch in numbers:
            self._connection.execute(_upserts(batch, common))
        _count(self._connection, self._grown)
        self._connection.execute(update(Head).values(revision=self._last, chain=chain))
        _announce(self._connection)
        if source.kept:
            _drop(self._connection, self._last - source.kept)

    def _forget(self, refs: Sequence[tuple[str, str]]) -> None:
        """What the snapshot has of these."""
        for kind, group in groupby(sorted(refs), key=itemgetter(0)):
            keys = [key for _, key in group]
            mine = (col(Snapshot.type) == kind, in_array(col(Snapshot.key), keys))
            found = self._connection.execute(select(col(Snapshot.sha256)).where(*mine))
            if digests := found.scalars().all():
                for sha256 in digests:
                    self._grown[kind].drop(sha256)
                self._connection.execute(delete(Snapshot).where(*mine))


_DELETED = {"op": ChangeOp.DELETE.name, "document": None, "commit_end": 0, "chain": "", "at": ""}
_NUMBER = (
    update(_TABLES["record"])
    .where(col(Record.id) == bindparam("own"))
    .values(revision=bindparam("number"))
)
"""Each record knows the change that last touched it."""


def _upserts(numbers: Sequence[int], common: Mapping[str, object]) -> Insert:
    """The changes of records, from what the snapshot has of them."""
    record, snapshot = _TABLES["record"], _TABLES["snapshot"]
    columns = {
        "revision": record.c.revision,
        "op": literal(ChangeOp.UPSERT.name),
        "type": snapshot.c.type,
        "key": snapshot.c.key,
        "document": snapshot.c.document,
        **{name: literal(value) for name, value in common.items()},
    }
    same = and_(snapshot.c.type == record.c.type, snapshot.c.key == record.c.key)
    asked = select(*columns.values()).join_from(record, snapshot, same)
    return insert(Change).from_select([*columns], asked.where(in_array(record.c.id, numbers)))


def _count(connection: Connection, grown: Mapping[str, Total]) -> None:
    for kind, growth in grown.items():
        columns = col(Tally.count), col(Tally.checksum)
        stored = connection.execute(select(*columns).where(col(Tally.type) == kind)).one_or_none()
        total, summed = stored or (0, "0")
        connection.execute(delete(Tally).where(col(Tally.type) == kind))
        checksum = growth.checksum(summed)
        row = {"type": kind, "count": total + growth.count, "checksum": checksum}
        connection.execute(insert(Tally), row)


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
