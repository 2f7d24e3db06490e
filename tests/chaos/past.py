"""What a database that was hindered tells of its past.

In: a database, and the changes that a copy has followed from the beginning. Out: nothing; it fails
a test where `at`, `diff` or `history` tell anything but what these changes make.
"""

from collections.abc import Sequence
from itertools import pairwise
from random import Random

from tests.support.databases import Database
from tests.support.differences import check_differences, differences
from tests.support.feeds import COUNTS, FeedFields, counts
from tests.support.histories import history_of, naive_history
from tests.support.record_states import fields_of
from tests.support.recorded import at_revision

MOMENTS, RECORDS = 3, 5
"""How many are looked at, of all that there were."""
WITHOUT_HISTORY = frozenset({"Citation", "Publication"})
Documents = dict[object, object]


def prove_past(db: Database, changes: Sequence[FeedFields]) -> None:
    random = Random(len(changes))
    _prove_moments(db, _states_at(changes, random))
    _prove_histories(db, changes, random)


def _states_at(changes: Sequence[FeedFields], random: Random) -> dict[int, Documents]:
    """The documents after some of the commits, the newest among them; and before all."""
    ends = [int(str(change["revision"])) for change in changes if change["commitEnd"]]
    chosen = {*random.sample(ends, min(MOMENTS, len(ends))), *ends[-1:]}
    state: Documents = {}
    states: dict[int, Documents] = {0: {}}
    for change in changes:
        state[change["recordId"]] = change["document"]
        if (revision := int(str(change["revision"]))) in chosen:
            states[revision] = {record: each for record, each in state.items() if each is not None}
    return states


def _prove_moments(db: Database, states: dict[int, Documents]) -> None:
    for revision, documents in states.items():
        assert db.ask(at_revision(COUNTS, str(revision)))["at"] == {
            "feed": {"counts": counts(documents)}
        }
    fields = {
        revision: {record: fields_of(document) for record, document in documents.items()}
        for revision, documents in states.items()
    }
    for since, until in (*pairwise(fields), (max(fields), min(fields))):
        found = differences(db, {"revision": str(since)}, {"revision": str(until)})
        check_differences(found, fields[since], fields[until])


def _prove_histories(db: Database, changes: Sequence[FeedFields], random: Random) -> None:
    by_record: dict[str, list[FeedFields]] = {}
    for change in changes:
        by_record.setdefault(str(change["recordId"]), []).append(change)
    told = [
        record
        for record, versions in by_record.items()
        if record.partition(":")[0] not in WITHOUT_HISTORY and versions[-1]["document"] is not None
    ]
    for record in random.sample(told, min(RECORDS, len(told))):
        assert history_of(db, record) == naive_history(by_record[record]), record
