"""The numbering of changes: every record that a commit touches takes the next revision.

In: an open write transaction. Out: revisions without gaps, in commit order, because the one row
that counts them is locked until the commit.
"""

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, update
from sqlmodel import col, select

from kb.models import Head, Record


def read_head(connection: Connection) -> int:
    """The newest committed revision."""
    return connection.execute(select(col(Head.revision))).scalar_one()


def number(connection: Connection, changes: int) -> Iterator[int]:
    """Take the next `changes` revisions."""
    head = read_head(connection)
    connection.execute(update(Head).values(revision=head + changes))
    return iter(range(head + 1, head + changes + 1))


def touch(connection: Connection, ids: Collection[int]) -> None:
    """Number a change of each of these records, of which only what is derived has changed."""
    if not ids:
        return
    for record, revision in zip(sorted(ids), number(connection, len(ids)), strict=True):
        connection.execute(update(Record).where(col(Record.id) == record).values(revision=revision))
