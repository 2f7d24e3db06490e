"""The change feed, written: every commit appends one change for each record that it touched.

In: an open write transaction, and the documents of the records as the commit leaves them. Out: rows
of `change`, numbered without gaps in commit order, because the one row that counts them is locked
until the commit. Each commit carries a hash that rests on all before it, so that a cursor of
another history is recognised.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
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
from kb.commit.hashes import Chain, Total, digests
from kb.database.dialects import dialect_of_engine
from kb.database.in_array import LOOKED_UP, in_bound, look_up
from kb.database.prepared import fetch_rows, fetch_values
from kb.models import Change, ChangeOp, Head, Record, Snapshot, Table, Tally
from kb.models.base import now
from kb.records.id_set import IdSet

_TABLES = Table.metadata.tables
_BATCH = 1000
CURSORS = "change,revision"
"""What the cursors of the feed begin with: its table and order."""
PREFIX = 16
"""Letters of a commit's hash that a cursor carries."""


class RecordDocument(NamedTuple):
    """A record as the commit leaves it."""

    type: str
    key: str
    id: int
    document: str


class HashedRecord(NamedTuple):
    """A record, with the digest of its document without text."""

    type: str
    key: str
    id: int
    textless_sha256: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Who or what writes, how many changes are kept (all of them if that is 0), and why."""

    actor: str | None = None
    kept: int = 0
    reason: str | None = None


def read_head(connection: Connection) -> int:
    """The newest committed revision."""
    (revision,) = fetch_values(connection, _REVISION)
    return int(revision)


_REVISION = select(col(Head.revision))


def later_instant(connection: Connection) -> str:
    """This instant, or that of the newest commit if the clock has been set back since."""
    newest: list[str] = fetch_values(connection, _NEWEST)
    return max([now(), *newest])


_NEWEST = select(col(Change.at)).join(Head, col(Head.revision) == col(Change.revision))


@dataclass(frozen=True, slots=True)
class FeedState:
    """Where the feed is; `counts` as `Feed.counts` of the schema gives them."""

    stream: str
    revision: int
    cursor: str
    counts: list[dict[str, str | int]]

    @property
    def place(self) -> dict[str, str | int]:
        """What ties a file to the moment that it was read at."""
        return {"stream": self.stream, "revision": self.revision, "cursor": self.cursor}


def read_feed_state(connection: Connection, *, textless: bool = False) -> FeedState:
    """`textless` says whether the checksums are those of documents without texts."""
    head = connection.execute(_HEAD).mappings().one()
    tally = _TABLES["tally"]
    checksum = tally.c.textless_checksum if textless else tally.c.checksum
    counted = select(tally.c.type, tally.c.count, checksum).where(tally.c.count > 0)
    counts: list[dict[str, str | int]] = [
        {"type": type_name.upper(), "count": count, "checksum": checksum}
        for type_name, count, checksum in connection.execute(counted.order_by(tally.c.type))
    ]
    cursor = cursor_at(head["stream"], head["chain"], head["revision"])
    return FeedState(head["stream"], head["revision"], cursor, counts)


def cursor_at(stream: str, chain: str, revision: int) -> str:
    """As `schema.feed` makes them in SQL; a test holds the two together."""
    mark = f"{stream}.{chain[:PREFIX]}"
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


@dataclass(frozen=True, slots=True)
class Growth:
    """By how much the records of a type are more: with the texts of articles, and without them."""

    whole: Total = field(default_factory=Total)
    textless: Total = field(default_factory=Total)


_HEAD = select(_TABLES["head"])


class FeedWriter:
    """The changes of one commit, which end a write transaction, added in their order.

    The row of each waits in `snapshot` until `end`: it carries the hash of the whole commit. That
    hash is over documents without texts, so that no cursor tells of them, and a text that has to be
    taken down breaks no chain.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        (head,) = fetch_rows(connection, _HEAD)
        self._before: int = head.revision
        self._last = self._before
        self._removes = False
        self.early = IdSet()
        """Numbers of the records that were put before their changes were numbered."""
        self._chain = Chain(head.chain, head.stream)
        self._growth: defaultdict[str, Growth] = defaultdict(Growth)

    def put(self, written: Sequence[RecordDocument]) -> list[HashedRecord]:
        """The documents of records as the commit leaves them; as many as a statement takes."""
        hashed = [digests(record.document) for record in written]
        self._drop_snapshots([record[:2] for record in written])
        for record, (sha256, textless) in zip(written, hashed, strict=True):
            self._growth[record.type].whole.add(sha256)
            self._growth[record.type].textless.add(textless)
        rows = [
            {
                "type": record.type,
                "key": record.key,
                "document": record.document,
                "sha256": sha256,
                "textless_sha256": textless,
            }
            for record, (sha256, textless) in zip(written, hashed, strict=True)
        ]
        database.insert(self._connection, _TABLES["snapshot"], rows)
        return [
            HashedRecord(*record[:3], textless)
            for record, (_, textless) in zip(written, hashed, strict=True)
        ]

    def put_early(self, written: Sequence[RecordDocument]) -> None:
        """Before it is known which change each of them is."""
        self.put(written)
        self.early.update(record.id for record in written)

    def number(self, records: Sequence[HashedRecord]) -> None:
        """Those that were put, in the order of their changes; as many as a statement takes."""
        numbered = []
        for record in records:
            self._chain.add(record.type, record.key, record.textless_sha256)
            self._last += 1
            numbered.append({"id": record.id, "revision": self._last})
        # Each record knows the change that last touched it.
        database.update(self._connection, _TABLES["record"], numbered)

    def remove(self, refs: Iterable[tuple[str, str]]) -> None:
        """Records that were removed."""
        remaining = iter(refs)
        while batch := list(islice(remaining, _BATCH)):
            self._drop_snapshots(batch)
            rows = []
            for type_name, key in batch:
                self._chain.add(type_name, key)
                self._last += 1
                rows.append({"revision": self._last, "type": type_name, "key": key} | _DELETED)
            database.insert(self._connection, _TABLES["change"], rows)
            self._removes = True

    def end(self, numbers: Iterable[Sequence[int]], origin: Origin) -> None:
        """`numbers` are those of the records put, in batches."""
        if self._last == self._before:
            return
        chain = self._chain.end()
        at = later_instant(self._connection)
        common = {
            "commit_end": self._last,
            "chain": chain,
            "at": at,
            "actor": origin.actor,
            "reason": origin.reason,
        }
        if self._removes:
            appended = col(Change.revision) > self._before
            self._connection.execute(update(Change).where(appended).values(common))
        for batch in numbers:
            self._connection.execute(_upserts(), {"ids": batch, **common})
        _update_tallies(self._connection, self._growth)
        self._connection.execute(_MOVE_HEAD, {"last": self._last, "hash": chain})
        _announce(self._connection)
        if origin.kept:
            _drop_changes(self._connection, self._last - origin.kept)

    def _drop_snapshots(self, refs: Sequence[tuple[str, str]]) -> None:
        """Delete what the snapshot has of these records, and take it off the tallies."""
        for type_name, group in groupby(sorted(refs), key=itemgetter(0)):
            of_type = {"type": type_name, "keys": [key for _, key in group]}
            digested = fetch_rows(self._connection, _DIGESTS, **of_type)
            if dropped := [both for _, both in digested if both is not None]:
                for both in dropped:
                    sha256, textless = both.split()
                    self._growth[type_name].whole.drop(sha256)
                    self._growth[type_name].textless.drop(textless)
                self._connection.execute(_DROP_SNAPSHOTS, of_type)


def read_hashed(connection: Connection, numbers: Collection[int]) -> list[HashedRecord]:
    """Of records whose documents were put; as many as a statement takes."""
    return [HashedRecord(*row) for row in fetch_rows(connection, _HASHED, ids=numbers)]


_HASHED = (
    select(col(Record.type), col(Record.key), col(Record.id), col(Snapshot.textless_sha256))
    .join(
        Snapshot, and_(col(Snapshot.type) == col(Record.type), col(Snapshot.key) == col(Record.key))
    )
    .where(in_bound(col(Record.id)))
)
_IS_OF_TYPE = col(Snapshot.type) == bindparam("type")
_DIGESTS = look_up(
    select(col(Snapshot.sha256).concat(" ").concat(col(Snapshot.textless_sha256))).where(
        _IS_OF_TYPE, col(Snapshot.key) == LOOKED_UP
    ),
    "keys",
)
_DROP_SNAPSHOTS = delete(Snapshot).where(_IS_OF_TYPE, in_bound(col(Snapshot.key), "keys"))
_MOVE_HEAD = update(Head).values(revision=bindparam("last"), chain=bindparam("hash"))
_DELETED = {"op": ChangeOp.DELETE.name, "document": None, "commit_end": 0, "chain": "", "at": ""}
_COMMON = ("commit_end", "chain", "at", "actor", "reason")
"""What all changes of a commit have in common."""


@cache
def _upserts() -> Insert:
    """The changes of records, from what the snapshot has of them, and what is in common."""
    change, record, snapshot = (_TABLES[name] for name in ("change", "record", "snapshot"))
    columns = {
        "revision": record.c.revision,
        "op": literal(ChangeOp.UPSERT.name),
        "type": snapshot.c.type,
        "key": snapshot.c.key,
        "document": snapshot.c.document,
        **{name: bindparam(name, type_=change.c[name].type) for name in _COMMON},
    }
    same = and_(snapshot.c.type == record.c.type, snapshot.c.key == record.c.key)
    query = select(*columns.values()).join_from(record, snapshot, same)
    return insert(Change).from_select([*columns], query.where(in_bound(record.c.id)))


def _update_tallies(connection: Connection, grown: Mapping[str, Growth]) -> None:
    for type_name, growth in grown.items():
        of_type = {"name": type_name}
        stored = fetch_rows(connection, _TALLY, **of_type)
        total, summed, textless = stored[0] if stored else (0, "0", "0")
        connection.execute(_DROP_TALLY, of_type)
        row = {
            "type": type_name,
            "count": total + growth.whole.count,
            "checksum": growth.whole.checksum(summed),
            "textless_checksum": growth.textless.checksum(textless),
        }
        database.insert(connection, _TABLES["tally"], [row])


_TALLY = select(col(Tally.count), col(Tally.checksum), col(Tally.textless_checksum)).where(
    col(Tally.type) == bindparam("name")
)
_DROP_TALLY = delete(Tally).where(col(Tally.type) == bindparam("name"))


def _drop_changes(connection: Connection, oldest: int) -> None:
    """Forget changes up to this revision, whole commits only."""
    last = connection.execute(
        select(func.max(col(Change.commit_end))).where(col(Change.commit_end) <= oldest)
    ).scalar()
    if last is None:
        return
    chain = connection.execute(select(col(Change.chain)).where(col(Change.revision) == last))
    connection.execute(update(Head).values(dropped=last, dropped_chain=chain.scalar_one()))
    connection.execute(delete(Change).where(col(Change.revision) <= last))
