"""`at(revision:)` answers as the base answered then, to the letter, whatever was written since.

Operations are made up and answered after each of several loads that change nearly everything; then
all are asked again, within `at`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from kb import database
from kb.commit.feed import Origin
from kb.config import Settings
from kb.files.load import Manner, load
from kb.models import RECORDED
from kb.upgrade.upgrade import upgrade
from tests.operations.generated import make_operation
from tests.operations.stock import Stock
from tests.oracle.data import World
from tests.oracle.evaluator import naive_schema
from tests.support.curated import as_bearer, token
from tests.support.databases import SHIPPED_SET, Database, Place, open_database
from tests.support.recorded import at_revision
from tests.support.seed_texts import ARTICLES, write_seed_texts
from tests.support.soundness import list_findings
from tests.worlds import odd

pytestmark = pytest.mark.sweep

SEED = 1
FEW, MANY = (2, 10), (4, 100)
"""How many loads, and how many operations are made up after each."""
UNTOLD = frozenset({"at", "search", "changes", "history", "diff"})
"""What is not made up: `changes` and `history` are asked by the queries below."""
FEED = """{ revision feed { stream head headCursor earliest counts { type count checksum } }
  changes(first: 1000) { totalCount pageInfo { hasNextPage endCursor }
    nodes { revision cursor commitEnd op recordId record { id } document at actor } } }"""

HISTORY = """{ organisations { nodes { ...History } }
  memberships(first: 30) { nodes { ...History } }
  articles { nodes { history { totalCount nodes { change { revision } } } } } }
fragment History on Sourced {
  history(first: 5) { totalCount pageInfo { hasNextPage endCursor }
    nodes { comparedWith change { revision op } fields { field before after } } } }"""


@dataclass(frozen=True)
class Told:
    """What was answered at a revision: the data as JSON, or the places and codes of errors."""

    revision: str
    query: str
    variables: dict[str, object]
    answer: object


def tell(db: Database, query: str, variables: dict[str, object]) -> object:
    data, errors = db.answer(query, **variables)
    if data is None:
        return [(path, code) for _, path, code in errors]
    return json.dumps(data)


def tell_again(db: Database, told: Told) -> object:
    data, errors = db.answer(at_revision(told.query, told.revision), **told.variables)
    if data is None:
        # Where it is told of stands within `at`.
        return [
            ((path[1:] or None) if isinstance(path, list) else path, code)
            for _, path, code in errors
        ]
    return json.dumps(data["at"])


def ask_after_each(db: Database, loads: int, count: int) -> list[Told]:
    told = []
    for times in range(loads):
        odd.load_again(db.engine, SEED, times)
        revision = str(db.ask("{ revision }")["revision"])
        stock, random = Stock(World(db.engine), db.ask), Random(times)
        told += [Told(revision, query, {}, tell(db, query, {})) for query in (FEED, HISTORY)]
        for _ in range(count):
            operation = make_operation(naive_schema(), stock, random, UNTOLD)
            told += [
                Told(revision, operation.text, run, tell(db, operation.text, run))
                for run in operation.runs
            ]
    return told


@pytest.mark.parametrize(("loads", "count"), [FEW, pytest.param(*MANY, marks=pytest.mark.long)])
def test_what_was_answered_is_answered_again(empty: Database, loads: int, count: int) -> None:
    told = ask_after_each(empty, loads, count)
    assert len({each.revision for each in told}) == loads
    for each in told:
        assert tell_again(empty, each) == each.answer, each


TITLE = "{ articles { nodes { slug datedOn { edtf } } } memberships { totalCount } }"


def at(db: Database, revision: object, selection: str = TITLE) -> object:
    return db.ask(at_revision(selection, str(revision)))["at"]


def code_at(db: Database, revision: object, selection: str = TITLE) -> object:
    ((_, _, code),) = db.refused(at_revision(selection, str(revision)))
    return code


@pytest.fixture(scope="module")
def corrected_made(
    place: Place, migrated: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Two commits: some records, and one of them with another date."""
    settings, folder = place.create(migrated), tmp_path_factory.mktemp("corrected")
    with open_database(settings) as made:
        made.load(write_seed_texts(folder))
        made.load(write_seed_texts(folder, articles=DATED))
    return settings


@pytest.fixture
def corrected(place: Place, corrected_made: Settings) -> Iterator[Database]:
    with open_database(place.create(corrected_made)) as copied:
        yield copied


DATED = ARTICLES.replace("1950-05-09", "1951-05-09")


def commits(db: Database) -> list[range]:
    """The revisions of each."""
    query = "select min(revision), max(revision) from change group by commit_end order by 1"
    rows = db.rows(query)
    return [range(int(str(first)), int(str(last)) + 1) for first, last in rows]


def test_each_revision_of_a_commit_tells_all_of_it(corrected: Database) -> None:
    first, second = commits(corrected)
    present = corrected.ask(TITLE)
    before = at(corrected, first[0])
    assert before != present
    assert [at(corrected, revision) for revision in first] == [before] * len(first)
    assert [at(corrected, revision) for revision in second] == [present] * len(second)
    nothing = {"articles": {"nodes": []}, "memberships": {"totalCount": 0}}
    assert at(corrected, 0) == nothing
    query = f'{{ revision feed {{ head }} at(revision: "{first[0]}") {{ revision }} }}'
    assert corrected.ask(query) == {
        "revision": str(second[-1]),
        "feed": {"head": str(second[-1])},
        "at": {"revision": str(first[-1])},
    }


def test_of_revisions_within_one_another_the_earliest_counts(corrected: Database) -> None:
    first, second = (str(commit[-1]) for commit in commits(corrected))
    for outer, inner in ((first, second), (second, first)):
        nested = at(corrected, outer, f'{{ at(revision: "{inner}") {TITLE} }}')
        assert nested == {"at": at(corrected, first)}
    deep = TITLE
    for _ in range(6):
        deep = f'{{ at(revision: "1") {deep} }}'
    ((_, _, code),) = corrected.refused(deep)
    assert code == "TOO_LARGE"


def test_what_is_to_come_cannot_be_told(corrected: Database) -> None:
    last = commits(corrected)[-1][-1]
    for revision in (last + 1, 2**62, 2**63 - 1, 2**63, 10**18 * 9 + 10**18 - 1):
        assert code_at(corrected, revision) == "REVISION_UNKNOWN"


def test_a_search_is_refused_in_words(corrected: Database) -> None:
    query = '{ search(query: "Paris") { totalCount } }'
    ((message, path, code),) = corrected.refused(at_revision(query, "1"))
    assert (path, code) == (["at", "search"], "BAD_ARGUMENT")
    assert "filter a list by names" in message


def test_who_wrote_and_why_is_for_bearers(corrected: Database, tmp_path: Path) -> None:
    """Within `at` as outside of it."""
    origin = Origin("test", reason="a slip")
    load(corrected.engine, [write_seed_texts(tmp_path)], terms=SHIPPED_SET, origin=origin)
    head, query = (
        corrected.ask("{ revision }")["revision"],
        "{ changes { nodes { actor reason } } }",
    )
    for of, last in ((corrected, (None, None)), (as_bearer(corrected, token(corrected)), origin)):
        told = at(of, head, query)
        assert told == of.ask(query)
        assert isinstance(told, dict)
        actor, reason = last if isinstance(last, tuple) else (last.actor, last.reason)
        assert told["changes"]["nodes"][-1] == {"actor": actor, "reason": reason}


def test_going_back_leaves_nothing_of_it(corrected: Database) -> None:
    database.revert_migrations(corrected.engine, "0038")
    everything = (
        "select name from sqlite_master"
        if corrected.is_sqlite
        else "select proname from pg_proc where pronamespace = current_schema()::regnamespace"
        " union all select relname from pg_class"
        " union all select tgname from pg_trigger"
    )
    names = [str(name) for (name,) in corrected.rows(everything)]
    assert [name for name in names if name.startswith(("record_", "recorded_"))] == []


def test_what_is_no_longer_kept_is_told(corrected: Database, tmp_path: Path) -> None:
    first, second = commits(corrected)
    past = at(corrected, second[-1])
    seeds = [write_seed_texts(tmp_path, memberships="")]
    kept = Origin("test", kept=1)
    load(corrected.engine, seeds, terms=SHIPPED_SET, manner=Manner(prune=True), origin=kept)
    assert code_at(corrected, first[-1]) == "REVISION_EXPIRED"
    assert code_at(corrected, second[0]) == "REVISION_EXPIRED"
    # The last one that is dropped from the feed is where that begins.
    assert at(corrected, second[-1]) == past
    assert past != at(corrected, corrected.ask("{ revision }")["revision"])
    for table in RECORDED:
        dropped = f"select 1 from recorded_{table} where recorded_to <= {second[-1]}"
        assert corrected.rows(dropped) == []


def test_what_is_dropped_is_found_by_an_index(corrected: Database) -> None:
    """Every commit drops some where the feed is bounded, however much is kept."""
    if not corrected.is_sqlite:
        pytest.skip("PostgreSQL scans tables as small as these")
    ((trigger,),) = corrected.rows(
        "select sql from sqlite_master where name = 'record_head_dropped'"
    )
    for statement in str(trigger).partition(" begin ")[2].removesuffix(" end").split("; "):
        plan = corrected.rows(f"explain query plan {statement.replace('new.dropped', '7')}")
        assert "SEARCH" in str(plan), (statement, plan)


def test_a_database_that_did_not_keep_it_begins_with_what_it_holds(corrected: Database) -> None:
    """So does one that goes back to a version that did not, and comes again."""
    last = commits(corrected)[-1][-1]
    database.revert_migrations(corrected.engine, "0037")
    assert upgrade(corrected.engine)
    assert code_at(corrected, last - 1) == "REVISION_EXPIRED"
    assert at(corrected, last) == corrected.ask(TITLE)


def test_a_row_that_is_not_recorded_is_found(corrected: Database) -> None:
    assert list_findings(corrected) == []
    corrected.run("update recorded_article set headline = 'Another'")
    (finding,) = list_findings(corrected)
    assert "`article` are not those that are recorded" in str(finding)
