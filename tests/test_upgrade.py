"""Older databases brought up: whole or not at all, and those that an older program left torn."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from math import inf
from threading import Event

import pytest
from sqlalchemy import Connection, event, inspect, text

from kb import database
from kb.config import Settings
from kb.models import Table
from kb.upgrade.upgrade import DATA_MIGRATIONS, NOTHING_TO_DERIVE, upgrade
from tests.support.curated import ADA, curator, expect_payload, mutation_text, written_rows
from tests.support.databases import Database, Place, open_copy
from tests.support.feeds import feed, follow
from tests.support.older import OLDER, forget_what_is_newer, hash_with_texts, tear
from tests.support.sampling import long_case
from tests.support.soundness import assert_whole, list_findings

pytestmark = pytest.mark.slow

WITHOUT_FEED = OLDER[:3]
FEED = ("head", "change", "snapshot", "tally")


RENAMED = "update official set name = 'Nobody' where key = 'nikolai-bordyuzha'"


@pytest.fixture(scope="module")
def common(place: Place, loaded: Settings) -> Settings:
    """What any version can have."""
    settings = place.create(loaded)
    engine = database.open_engine(settings)
    forget_what_is_newer(engine)
    engine.dispose()
    return settings


@pytest.fixture
def filled(place: Place, common: Settings) -> Iterator[Database]:
    with open_copy(place, common) as opened:
        yield opened


class MigrationStopped(Exception):
    """What stands for whatever may end a migration."""


def table_rows(db: Database, *left_out: str) -> dict[str, list[str]]:
    """Of the tables that are there, of which older versions have fewer."""
    with db.engine.connect() as connection:
        there = {*inspect(connection).get_table_names()}
        return {
            name: sorted(map(repr, connection.execute(text(f"select * from {name}"))))
            for name in Table.metadata.tables
            if name in there and name not in left_out
        }


NUMBERED = ("disagreement", "assertion", "assertion_citation")
_DISAGREEMENTS = (
    "select d.key, d.subject_id, d.field, d.kind, d.recorded, d.known_from, d.known_to, a.position,"
    " a.value, a.text, l.citation_id from disagreement d"
    " join assertion a on a.disagreement_id = d.id"
    " join assertion_citation l on l.disagreement_id = d.id and l.position = a.position"
)


def newest_rows(db: Database, *left_out: str) -> dict[str, list[str]]:
    """Of the newest form; disagreements without their numbers, which deriving them anew changes."""
    disagreements = sorted(map(repr, db.rows(_DISAGREEMENTS)))
    return table_rows(db, *NUMBERED, *left_out) | {"disagreement": disagreements}


def schema_version(db: Database) -> object:
    ((revision,),) = db.rows("select version_num from alembic_version")
    return revision


@pytest.mark.parametrize("older", ["0001", *map(long_case, OLDER[1:-2]), *OLDER[-2:]])
def test_an_older_database_is_brought_up(filled: Database, older: str) -> None:
    """Its new columns are filled in as a load fills them."""
    left_out = FEED if older in WITHOUT_FEED else ("head",)
    before, revision = newest_rows(filled, *left_out, "record"), feed(filled)["head"]
    database.revert_migrations(filled.engine, older)
    if older == "0001":
        columns = inspect(filled.engine).get_columns("membership")
        assert "state_name" not in {column["name"] for column in columns}
    assert upgrade(filled.engine)
    assert newest_rows(filled, *left_out, "record") == before
    if older not in WITHOUT_FEED:
        assert feed(filled)["head"] == revision, "nothing that is in the feed enters it again"
    assert_whole(filled)
    assert not upgrade(filled.engine)


@pytest.mark.parametrize(("older", "derived_anew"), [("0032", True), ("0034", False)])
def test_what_leaves_nothing_to_derive_derives_nothing_anew(
    filled: Database, older: str, derived_anew: bool
) -> None:
    """Of ten million records that takes hours."""
    day = "1999-12-31"
    database.revert_migrations(filled.engine, older)
    filled.run(f"update citation set visible_from = '{day}'")
    assert upgrade(filled.engine)
    as_it_was = filled.rows(f"select 1 from citation where visible_from = '{day}' limit 1")
    assert bool(as_it_was) is not derived_anew
    assert database.migrations() >= NOTHING_TO_DERIVE
    assert NOTHING_TO_DERIVE.isdisjoint(DATA_MIGRATIONS)


@pytest.mark.sweep
def test_disagreements_that_an_older_rule_found_are_gone(filled: Database) -> None:
    newest = newest_rows(filled, "head")
    database.revert_migrations(filled.engine, "0010")
    filled.run(
        "insert into disagreement (id, key, subject_id, field, kind, known_from, known_to)"
        " select 999, 'Term:csto-sg-zas#period.start', id, 'period.start', 'REFINEMENT',"
        " '2020-01-03', 'infinity' from term where key = 'csto-sg-zas'"
    )
    filled.run("insert into assertion (disagreement_id, position, value) values (999, 0, '2020')")
    assert upgrade(filled.engine)
    assert newest_rows(filled, "head") == newest
    assert list_findings(filled) == []


@pytest.mark.sweep
@pytest.mark.parametrize("older", ["0003", *map(long_case, WITHOUT_FEED[:2])])
def test_a_database_that_was_torn_is_healed(filled: Database, older: str) -> None:
    before = newest_rows(filled, *FEED, "record")
    tear(filled, older)
    assert filled.rows("select count(*) from change") == [(0,)]
    assert upgrade(filled.engine)
    assert newest_rows(filled, *FEED, "record") == before
    assert_whole(filled)


@pytest.mark.parametrize("share", [0.5, *map(long_case, (0.02, 0.3, 0.7, 0.98))])
def test_a_migration_that_is_stopped_has_done_nothing(filled: Database, share: float) -> None:
    """It is one transaction from its first statement to its last."""
    tear(filled, "0003")
    before = version_and_rows(filled)
    with count_statements(filled) as statements:
        fail_at_the_end(filled)
    assert version_and_rows(filled) == before
    with (
        count_statements(filled, most=int(len(statements) * share)),
        pytest.raises(MigrationStopped),
    ):
        upgrade(filled.engine)
    assert version_and_rows(filled) == before
    assert upgrade(filled.engine)
    assert list_findings(filled) == []


def version_and_rows(db: Database) -> object:
    return schema_version(db), table_rows(db, "head")


def fail_at_the_end(db: Database) -> None:
    def fail(*_: object) -> None:
        raise MigrationStopped

    event.listen(db.engine, "commit", fail)
    try:
        with pytest.raises(MigrationStopped):
            upgrade(db.engine)
    finally:
        event.remove(db.engine, "commit", fail)


@contextmanager
def count_statements(db: Database, most: float = inf) -> Iterator[list[str]]:
    """The statements that are executed meanwhile; whoever executes more fails."""
    statements: list[str] = []

    def count(_: object, __: object, statement: str, *___: object) -> None:
        if len(statements) >= most:
            raise MigrationStopped
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", count)


def test_work_on_data_enters_the_feed(filled: Database) -> None:
    """A migration that changes what a record says need not do more than that."""
    head = str(feed(filled)["headCursor"])
    database.revert_migrations(filled.engine, "0005")
    assert upgrade(filled.engine, work={**DATA_MIGRATIONS, "0005": fail, "0006": rename})
    changed = [change["recordId"] for change in follow(filled, head)]
    assert changed == ["Official:nikolai-bordyuzha"]
    assert filled.ask('{ search(query: "Nobody") { totalCount } }') == {"search": {"totalCount": 1}}
    assert_whole(filled)


@pytest.mark.sweep
def test_periods_have_the_words_of_today(filled: Database) -> None:
    """And a single date stays one, which its words alone tell from a period of it to itself."""
    before, head = newest_rows(filled, "head"), feed(filled)["head"]
    database.revert_migrations(filled.engine, "0009")
    filled.run("update membership set period_text = '1999 to unknown'")
    filled.run("update term_version set period_text = 'unknown to unknown'")
    assert upgrade(filled.engine)
    assert newest_rows(filled, "head") == before
    assert feed(filled)["head"] == head


@pytest.mark.sweep
def test_texts_that_were_there_can_be_withheld(filled: Database) -> None:
    """Commits of before are proven by hashes over their texts, and nothing enters the feed."""
    writer = curator(filled)
    keys = [str(key) for (key,) in filled.rows("select key from article order by key")]
    for key in keys[:3]:
        text = ["Armenia, and words of Russia.", f"Of {key}"]
        expect_payload(writer.record("Article", slug=key, paragraphs=text))
    before, head = newest_rows(filled, "head", "change"), feed(filled)["head"]
    database.revert_migrations(filled.engine, "0023")
    hash_with_texts(filled)
    assert upgrade(filled.engine)
    assert newest_rows(filled, "head", "change") == before
    assert feed(filled)["head"] == head
    # Made-up texts have not the words that are cited.
    assert [found for found in list_findings(filled) if not found.startswith("Citation ")] == []


def rename(connection: Connection) -> None:
    connection.exec_driver_sql(RENAMED)


def fail(connection: Connection) -> None:
    connection.exec_driver_sql(RENAMED)
    raise MigrationStopped


@pytest.mark.sweep
def test_work_on_data_that_fails_leaves_all_as_it_was(filled: Database) -> None:
    newest = newest_rows(filled, "head")
    database.revert_migrations(filled.engine, "0005")
    before = table_rows(filled)
    with pytest.raises(MigrationStopped):
        upgrade(filled.engine, work={"0006": fail})
    assert (schema_version(filled), table_rows(filled)) == ("0005", before)
    assert upgrade(filled.engine)
    assert newest_rows(filled, "head") == newest


@pytest.mark.long
def test_who_starts_while_another_migrates_waits_as_long_as_it_takes(filled: Database) -> None:
    """Longer than any write would."""
    database.revert_migrations(filled.engine, "0005")
    first, second = (database.open_engine(filled.settings) for _ in range(2))

    def slow(_: Connection) -> None:
        started.set()
        time.sleep(12)

    started = Event()
    with ThreadPoolExecutor(2) as pool:
        migration = pool.submit(upgrade, first, work={**DATA_MIGRATIONS, "0006": slow})
        started.wait()
        other = pool.submit(upgrade, second)
        assert (migration.result(), other.result()) == (True, False)
    for engine in (first, second):
        engine.dispose()


def test_what_a_newer_program_migrated_is_no_longer_written(filled: Database) -> None:
    """An older program, which still runs, would leave what it does not know of as it was."""
    ada = curator(filled)
    expect_payload(ada.record("Official", **ADA))
    filled.run("update alembic_version set version_num = '9999'")
    before = written_rows(filled)
    mutation = mutation_text("recordOfficial", "revision")
    data, errors = ada.database.answer(mutation, input=ADA | {"name": "Ada Two"})
    what = "the database is of another version by now; write by the program that migrated it"
    assert (data, errors) == ({"done": None}, [(what, ["done"], "UNAVAILABLE")])
    assert written_rows(filled) == before
