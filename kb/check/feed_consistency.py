"""For `kb check`: the stored change feed, compared with its own hashes and with the records.

In: an open read transaction, of a database whose records are sound. Out: a `Finding` for each
commit, record and type for which the feed, the snapshot or the tallies are wrong.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, or_, select
from sqlmodel import col

from kb.check.commit_hashes import read_commits
from kb.check.findings import RESTORE, Finding
from kb.commit import changes
from kb.commit.feed import Growth
from kb.commit.hashes import Total
from kb.models import ChangeOp, Snapshot, Table, Tally

_TABLES = Table.metadata.tables
_DIGEST = re.compile("[0-9a-fA-F]{64}")


def check_feed(connection: Connection) -> Iterator[Finding]:
    mismatched = {(finding.type, finding.key): finding for finding in _check_documents(connection)}
    yield from mismatched.values()
    # A wrong commit or document shows in the last changes of records too: it is reported once.
    yield from list(_check_commits(connection)) or (
        finding
        for finding in _check_last_changes(connection)
        if (finding.type, finding.key) not in mismatched
    )
    yield from _check_tallies(connection)


def _check_commits(connection: Connection) -> Iterator[Finding]:
    """Every change up to the newest is there, and each commit is what its hash says."""
    head = connection.execute(select(_TABLES["head"])).one()
    last, chain = head.dropped, head.dropped_chain
    for commit in read_commits(connection):
        fault = commit.fault
        if not fault and commit.first > head.renamed and commit.computed != commit.chain:
            fault = "its changes are not what its hash says"
        if fault:
            yield Finding("Commit", f"{commit.first} to {commit.last}", fault, RESTORE)
        last, chain = commit.last, commit.chain
    if last != head.revision:
        what = f"it counts {head.revision} revisions, and the newest change is {last}"
        yield Finding("Head", "", what, RESTORE)
    elif chain != head.chain:
        yield Finding("Head", "", "its hash is not that of the newest commit", RESTORE)


def _check_documents(connection: Connection) -> Iterator[Finding]:
    for batch in changes.read_differing(connection):
        for record in batch:
            yield Finding(record.type, record.key, "the snapshot has not what it says", RESTORE)
    for ref in changes.find_removed(connection):
        yield Finding(*ref, "the snapshot has it, and there is no such record", RESTORE)


def _check_last_changes(connection: Connection) -> Iterator[Finding]:
    """The newest change of each record is that of its revision, with its document."""
    record, change, snapshot = (_TABLES[name] for name in ("record", "change", "snapshot"))
    newest = func.max(change.c.revision).label("revision")
    grouped = select(change.c.type, change.c.key, newest).group_by(change.c.type, change.c.key)
    last = grouped.subquery()
    removed = change.c.op == ChangeOp.DELETE.name
    differs = or_(
        removed, record.c.revision != last.c.revision, change.c.document != snapshot.c.document
    )
    query = (
        select(last.c.type, last.c.key)
        .join(change, change.c.revision == last.c.revision)
        .outerjoin(record, _same_record(record, last))
        .outerjoin(snapshot, _same_record(snapshot, last))
        .where(or_(and_(record.c.id.is_(None), ~removed), and_(record.c.id.is_not(None), differs)))
    )
    for record_type, key in connection.execute(query):
        yield Finding(record_type, key, "its last change says something else", RESTORE)
    dropped = select(_TABLES["head"].c.dropped).scalar_subquery()
    unlisted = select(record.c.type, record.c.key).outerjoin(last, _same_record(last, record))
    unlisted = unlisted.where(record.c.revision > dropped, last.c.revision.is_(None))
    for record_type, key in connection.execute(unlisted):
        yield Finding(record_type, key, "its last change is missing", RESTORE)


def _same_record(table: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Rows about the same record."""
    return and_(table.c.type == other.c.type, table.c.key == other.c.key)


def _digest_or_none(sha256: str) -> str:
    """What is none adds nothing: that the record differs is told already.

    Programs before migration 0024 write none of the document without texts.
    """
    return sha256 if _DIGEST.fullmatch(sha256) else "0"


def _check_tallies(connection: Connection) -> Iterator[Finding]:
    totals: defaultdict[str, Growth] = defaultdict(Growth)
    digests = col(Snapshot.sha256), col(Snapshot.textless_sha256)
    for record_type, whole, textless in connection.execute(select(col(Snapshot.type), *digests)):
        totals[record_type].whole.add(_digest_or_none(whole))
        totals[record_type].textless.add(_digest_or_none(textless))
    columns = col(Tally.count), col(Tally.checksum), col(Tally.textless_checksum)
    stored = {
        record_type: tuple(tally)
        for record_type, *tally in connection.execute(select(col(Tally.type), *columns))
    }
    for record_type in sorted({*totals, *stored}):
        total = totals[record_type]
        wanted = (total.whole.count, total.whole.checksum(), total.textless.checksum())
        if stored.get(record_type, (0, *[Total().checksum()] * 2)) != wanted:
            what = f"it is not that of the {total.whole.count} in the snapshot"
            yield Finding("Tally", record_type, what, RESTORE)
