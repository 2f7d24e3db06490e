"""The numbering of changes: every record that a commit touches takes the next revision.

In: an open write transaction. Out: revisions without gaps, in commit order, because the one row
that counts them is locked until the commit.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, update
from sqlmodel import col, select

from kb.models import Head


def read_head(connection: Connection) -> int:
    """The newest committed revision."""
    return connection.execute(select(col(Head.revision))).scalar_one()


def number(connection: Connection, changes: int) -> Iterator[int]:
    """Take the next `changes` revisions."""
    head = read_head(connection)
    connection.execute(update(Head).values(revision=head + changes))
    return iter(range(head + 1, head + changes + 1))
