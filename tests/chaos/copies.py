"""A copy that is kept through it all, and that nothing may be wrong with.

In: a database, again and again. Out: a `FeedCopy` that has followed the feed from its beginning; it
fails a test as soon as a revision is missing, comes twice or is out of order, and where replay,
snapshot, tallies and `kb check` do not agree.
"""

import json
from dataclasses import dataclass, field

from kb import database
from kb.check.inspect import inspect
from kb.files.snapshot_writer import snapshot_lines
from tests.support.databases import Database
from tests.support.feeds import FeedFields, counts, feed, follow


@dataclass
class FeedCopy:
    """`commits` has the number of changes of each."""

    after: str | None = None
    revision: int = 0
    changes: list[FeedFields] = field(default_factory=list)
    records: dict[object, object] = field(default_factory=dict)
    commits: list[int] = field(default_factory=list)

    def follow(self, db: Database) -> None:
        size = 0
        for change in follow(db, self.after, first=1000):
            self.revision, size = self.revision + 1, size + 1
            assert change["revision"] == str(self.revision)
            self.after = str(change["cursor"])
            self.changes.append(change)
            self.records[change["recordId"]] = change["document"]
            if change["commitEnd"]:
                self.commits.append(size)
                size = 0
        assert size == 0, "a part of a commit"

    def prove(self, db: Database) -> None:
        """Replay, snapshot, tallies and the check agree."""
        state = feed(db)
        assert (state["head"], state["counts"]) == (str(self.revision), self.counts())
        with database.read_transaction(db.engine) as connection:
            _, *lines, _ = snapshot_lines(connection)
            assert {json.loads(line)["id"]: line for line in lines} == self.documents()
            assert inspect(connection).findings == []

    def counts(self) -> list[dict[str, object]]:
        return counts(self.documents())

    def documents(self) -> dict[object, object]:
        """The documents of the records that there are."""
        return {
            record: document for record, document in self.records.items() if document is not None
        }
