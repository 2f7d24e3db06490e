"""What may be said of a whole database: what is wrong with it, and whether its citations hold.

In: a database. Out: the findings of the check as text, or a failure of the test.
"""

from kb import database
from kb.check.inspect import inspect
from kb.files.snapshot_writer import snapshot_lines
from tests.support.databases import Database
from tests.support.feeds import counts, feed, follow, replay


def list_findings(opened: Database) -> list[str]:
    with database.read_transaction(opened.engine) as connection:
        return [str(finding) for finding in inspect(connection).findings]


def assert_whole(db: Database) -> None:
    """The feed from its start, the snapshot and the tallies say the same, and nothing is wrong."""
    held = replay(follow(db, first=1000))
    assert counts(held) == feed(db)["counts"]
    with database.read_transaction(db.engine) as connection:
        _, *lines, _ = snapshot_lines(connection)
    assert sorted(lines) == sorted(map(str, held.values()))
    assert list_findings(db) == []


def count_verified(db: Database) -> object:
    """How many citations hold, and how many do not."""
    return db.rows("select verified, count(*) from citation group by verified")
