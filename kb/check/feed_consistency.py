"""For `kb check`: the change feed as it is stored, held against itself and against the records.

In: an open read transaction, of a database whose records are sound. Out: a `Finding` for each
commit, record and type of which the feed, the snapshot or the tallies say something else.
"""

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, or_, select
from sqlmodel import col

from kb.check.commit_hashes import commits
from kb.check.findings import ANEW, Finding
from kb.commit import changes
from kb.commit.hashes import Total
from kb.models import ChangeOp, Snapshot, Table

_TABLES = Table.metadata.tables


def check_feed(connection: Connection) -> Iterator[Finding]:
    unlike = {(one.type, one.key): one for one in _check_documents(connection)}
    yield from unlike.values()
    # What is wrong with a commit or a document shows in the changes of records too.
    yield from list(_check_commits(connection)) or (
        one for one in _check_last_changes(connection) if (one.type, one.key) not in unlike
    )
    yield from _check_tallies(connection)


def _check_commits(connection: Connection) -> Iterator[Finding]:
    """Every change up to the newest is there, and each commit is what its hash says."""
    head = connection.execute(select(_TABLES["head"])).one()
    last, chain = head.dropped, head.dropped_chain
    for commit in commits(connection):
        fault = commit.fault
        if not fault and commit.first > head.renamed and commit.hashed != commit.chain:
            fault = "its changes are not what its hash says"
        if fault:
            yield Finding("Commit", f"{commit.first} to {commit.last}", fault, ANEW)
        last, chain = commit.last, commit.chain
    if last != head.revision:
        what = f"it counts {head.revision} revisions, and the newest change is {last}"
        yield Finding("Head", "", what, ANEW)
    elif chain != head.chain:
        yield Finding("Head", "", "its hash is not that of the newest commit", ANEW)


def _check_documents(connection: Connection) -> Iterator[Finding]:
    for batch in changes.differing(connection):
        for one in batch:
            yield Finding(one.type, one.key, "the snapshot has not what it says", ANEW)
    for ref in changes.gone(connection):
        yield Finding(*ref, "the snapshot has it, and there is no such record", ANEW)


def _check_last_changes(connection: Connection) -> Iterator[Finding]:
    """The newest change of each record is that of its revision, with its document."""
    record, change, snapshot = (_TABLES[name] for name in ("record", "change", "snapshot"))
    newest = func.max(change.c.revision).label("revision")
    grouped = select(change.c.type, change.c.key, newest).group_by(change.c.type, change.c.key)
    last = grouped.subquery()
    removed = change.c.op == ChangeOp.DELETE.name
    other = or_(
        removed, record.c.revision != last.c.revision, change.c.document != snapshot.c.document
    )
    asked = (
        select(last.c.type, last.c.key)
        .join(change, change.c.revision == last.c.revision)
        .outerjoin(record, _same(record, last))
        .outerjoin(snapshot, _same(snapshot, last))
        .where(or_(and_(record.c.id.is_(None), ~removed), and_(record.c.id.is_not(None), other)))
    )
    for kind, key in connection.execute(asked):
        yield Finding(kind, key, "its last change says something else", ANEW)
    dropped = select(_TABLES["head"].c.dropped).scalar_subquery()
    lost = select(record.c.type, record.c.key).outerjoin(last, _same(last, record))
    lost = lost.where(record.c.revision > dropped, last.c.revision.is_(None))
    for kind, key in connection.execute(lost):
        yield Finding(kind, key, "its last change is missing", ANEW)


def _same(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Rows about the same record."""
    return and_(one.c.type == other.c.type, one.c.key == other.c.key)


def _check_tallies(connection: Connection) -> Iterator[Finding]:
    wanted: defaultdict[str, Total] = defaultdict(Total)
    for kind, sha256 in connection.execute(select(col(Snapshot.type), col(Snapshot.sha256))):
        wanted[kind].add(sha256)
    tally = select(_TABLES["tally"])
    stored = {kind: (count, checksum) for kind, count, checksum in connection.execute(tally)}
    for kind in sorted({*wanted, *stored}):
        count, checksum = wanted[kind].count, wanted[kind].checksum()
        if stored.get(kind, (0, Total().checksum())) != (count, checksum):
            yield Finding("Tally", kind, f"it is not that of the {count} in the snapshot", ANEW)
