"""`kb check`: a sound database has no finding, and whatever is broken is named."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psycopg
import pysqlite3
import pytest
from sqlalchemy.exc import DatabaseError

from kb import database
from kb.check import chunks
from kb.check.feed_consistency import check_feed
from kb.check.findings import Finding
from kb.check.inspect import inspect
from kb.commit.feed import Origin
from kb.commit.finish import WriteSet, finish
from kb.config import Settings
from kb.errors import DatabaseLost, DatabaseMissing
from tests.support.command import run
from tests.support.databases import SHIPPED, SHIPPED_RECORDS, Database, shipped_seeds
from tests.support.faults import ANEW, FAULTS, INVENTED, LOAD, ONLY_SQLITE
from tests.support.feed_faults import DERIVED, FEED, INDEX, FeedFault
from tests.support.sampling import one_in
from tests.support.seed_texts import ARTICLES, write_seed_texts
from tests.support.snapshots import write_snapshot
from tests.support.soundness import list_findings

pytestmark = pytest.mark.sweep


class ConnectionClosed(Exception):
    pass


PERIODS = {
    "membership": "csto-uz-suspended",
    "term": "csto-sg-khachaturov",
    "event": "zas-appointment",
}


@pytest.fixture(scope="session")
def snapshot(csto: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped seeds, as they are read soonest."""
    return write_snapshot(csto, tmp_path_factory.mktemp("snapshot"))


def run_unchecked(opened: Database, script: str) -> None:
    """Run what the tables would not let happen."""
    if opened.is_sqlite:
        connection = pysqlite3.connect(opened.engine.url.database)
        guards = "pragma foreign_keys = off; pragma ignore_check_constraints = on;"
        triggers = [f"drop trigger {table}_update;" for table in ("membership", "term")]
        connection.executescript(f"{guards} {''.join(triggers)} {script}")
        connection.close()
        return
    with psycopg.connect(opened.settings.database_url, autocommit=True) as server:
        # Foreign keys are triggers of the server's own.
        server.execute("set session_replication_role = replica")
        for (statement,) in server.execute(_GUARDS + _RECORDING).fetchall():
            server.execute(statement)
        server.execute(script.encode())


_GUARDS = """
    select format('alter table %I drop constraint %I', conrelid::regclass, conname)
    from pg_constraint where contype in ('c', 'x') and connamespace = 'public'::regnamespace
"""
_RECORDING = """
    union all select format('alter table %I enable always trigger %I', tgrelid::regclass, tgname)
    from pg_trigger where tgname like 'record\\_%' or tgname like 'membership\\_tally\\_%'
"""
"""What changes is recorded and counted nevertheless, as on SQLite."""


def test_the_shipped_seeds_are_sound(csto: Database) -> None:
    with database.read_transaction(csto.engine) as connection:
        inspection = inspect(connection)
    assert (inspection.records, inspection.findings) == (SHIPPED_RECORDS, [])


def test_how_far_it_has_come_is_told(csto: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_MOST", 50)
    told: dict[str, list[tuple[int, int]]] = {}
    with database.read_transaction(csto.engine) as connection:
        inspect(connection, lambda what, done, all_: told.setdefault(what, []).append((done, all_)))
    assert [*told] == ["Records", "What follows from them"]
    citable = SHIPPED_RECORDS - dict(SHIPPED)["Citation"]
    assert told["Records"][0] == (0, citable)
    assert told["Records"][-1] == (citable, citable)
    assert len(told["Records"]) > 5
    for steps in told.values():
        assert steps == sorted(steps)


def test_loads_leave_a_sound_database(empty: Database, tmp_path: Path) -> None:
    empty.load(write_seed_texts(tmp_path))
    assert list_findings(empty) == []
    dated = ARTICLES.replace("1950-05-09", "1951-05-09").replace("1957-03-25", "1957-03")
    empty.load(write_seed_texts(tmp_path, articles=dated))
    assert list_findings(empty) == []
    empty.load(write_seed_texts(tmp_path, memberships=""), prune=True)
    assert list_findings(empty) == []


@pytest.mark.sweep
@pytest.mark.parametrize("table", one_in(3, PERIODS))
@pytest.mark.parametrize(
    "column",
    [
        *("start_earliest", "start_latest", "end_earliest", "end_latest"),
        *("start_order", "end_order"),
        *("period_text", "start_doubt", "end_doubt", "attested_until"),
    ],
)
def test_what_is_derived_from_a_period(filled: Database, table: str, column: str) -> None:
    key = PERIODS[table]
    ((wanted,),) = filled.rows(f"select {column} from {table} where key = '{key}'")
    run_unchecked(filled, f"update {table} set {column} = '1999-09-09' where key = '{key}'")
    told = f"`{wanted}`" if wanted else "nothing"
    what = f"`{column}` is `1999-09-09`, and should be {told}"
    damage = [f"Database: CHECK constraint failed in {table}; {ANEW}"]
    assert [line for line in list_findings(filled) if line not in damage] == [
        f"{table.title()} {key}: {what}; {LOAD}"
    ]


@pytest.mark.sweep
@pytest.mark.parametrize(("script", "finding"), one_in(6, FAULTS))
def test_each_fault_is_named(
    filled: Database, script: str, finding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few records are read at once."""
    monkeypatch.setattr(chunks, "_MOST", 9)
    if not filled.is_sqlite and script in ONLY_SQLITE:
        pytest.skip("PostgreSQL lets no column hold it")
    run_unchecked(filled, script)
    assert list_findings(filled) == [finding]


@pytest.mark.long
@pytest.mark.parametrize(
    "script", [fault.values[0] for fault in FAULTS if str(fault.values[1]).endswith(LOAD)]
)
def test_a_load_mends_what_it_is_said_to_mend(
    filled: Database, snapshot: Path, script: str
) -> None:
    if not filled.is_sqlite and script in ONLY_SQLITE:
        pytest.skip("PostgreSQL lets no column hold it")
    run_unchecked(filled, script)
    filled.load(snapshot)
    assert list_findings(filled) == []


@pytest.mark.parametrize("kept", FEED)
def test_the_feed_is_held_against_the_records(csto: Database, kept: FeedFault) -> None:
    """In a transaction that is given up, which is cheaper than a database for each."""
    with suppress(ConnectionClosed), database.write_transaction(csto.engine) as connection:
        for statement in kept.script.split(";"):
            connection.exec_driver_sql(statement)
        findings = without_remedy(check_feed(connection))
        raise ConnectionClosed
    assert findings == sorted(kept.findings)


@pytest.mark.parametrize("kept", one_in(2, [FEED[0], *DERIVED, *INDEX]))
def test_what_is_kept_beside_records_is_held_against_them(
    filled: Database, kept: FeedFault
) -> None:
    if not filled.is_sqlite and "search_index" in kept.script:
        pytest.skip("PostgreSQL's index is over a column that it derives itself")
    run_unchecked(filled, kept.script)
    with database.read_transaction(filled.engine) as connection:
        assert without_remedy(inspect(connection).findings) == sorted(kept.findings)


def without_remedy(findings: Iterable[Finding]) -> list[str]:
    return sorted(str(finding).rpartition("; ")[0] for finding in findings)


def test_text_that_holds_is_no_fault(filled: Database) -> None:
    run_unchecked(filled, f"{INVENTED} update head set revision = {SHIPPED_RECORDS}")
    with database.write_transaction(filled.engine) as connection:
        finish(connection, WriteSet((), None), Origin("test"))
    assert list_findings(filled) == []


def test_faults_of_several_records_at_once(filled: Database) -> None:
    run_unchecked(
        filled,
        "update state set name = '' where key in ('UZ', 'AF');"
        "update membership set status = 'GUEST' where key = 'csto-by-member'",
    )
    findings = [line.partition(";")[0] for line in list_findings(filled)]
    if filled.is_sqlite:
        assert findings.pop(0) == "Database: CHECK constraint failed in membership"
    assert findings == [
        "Membership csto-by-member: status: `GUEST` is none of its values",
        "State AF: name: it is empty",
        "State UZ: name: it is empty",
    ]


def test_a_damaged_file_is_a_finding(filled: Database) -> None:
    if not filled.is_sqlite:
        pytest.skip("a PostgreSQL server keeps its files to itself")
    file = Path(str(filled.engine.url.database))
    content = bytearray(file.read_bytes())
    page = content.index(b"NATO moved its equipment") // 4096 * 4096
    content[page : page + 8] = b"\xff" * 8
    file.write_bytes(content)
    engine = database.open_reading_engine(filled.settings)
    with database.read_transaction(engine) as connection:
        findings = [str(finding) for finding in inspect(connection).findings]
    assert findings
    assert all(line.startswith("Database: ") and line.endswith(ANEW) for line in findings)


def test_one_moment_is_looked_at(filled: Database) -> None:
    with database.read_transaction(filled.engine) as connection:
        connection.exec_driver_sql("select count(*) from record")
        run_unchecked(filled, "update record set revision = 0 where key = 'UZ'")
        assert inspect(connection).findings == []
    assert len(list_findings(filled)) == 1


def test_it_cannot_write(filled: Database) -> None:
    engine = database.open_reading_engine(filled.settings)
    with (
        database.read_transaction(engine) as connection,
        pytest.raises(DatabaseError, match=r"readonly database|read-only transaction"),
    ):
        connection.exec_driver_sql("delete from record")
    engine.dispose()


NO_DATABASE = (
    "the file is no SQLite database, or damaged from its beginning on;"
    " name another one, or restore a backup"
)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "/kb.db is a database of another version; run `kb migrate` first"),
        (b"not one" * 99, NO_DATABASE),
    ],
)
def test_it_wants_a_database_of_this_version(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "kb.db").write_bytes(content)
    with pytest.raises((DatabaseMissing, DatabaseLost)) as raised:
        database.open_reading_engine(Settings(database_url=f"sqlite:///{tmp_path}/kb.db"))
    assert raised.value.whole().removeprefix(str(tmp_path)) == told


def test_the_command(tmp_path: Path) -> None:
    missing = run(tmp_path, "check")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.startswith("there is no database at kb.db")
    with shipped_seeds() as seeds:
        run(tmp_path, "load", str(seeds))
    done = run(tmp_path, "check")
    assert (done.returncode, done.stdout) == (0, f"{SHIPPED_RECORDS} records checked: no fault\n")
    connection = pysqlite3.connect(tmp_path / "kb.db")
    connection.executescript("update record set revision = 0 where key = 'UZ'")
    connection.close()
    done = run(tmp_path, "check")
    assert done.returncode == 1
    assert done.stdout == (
        f"State UZ: its revision 0 is not one of 1 to {SHIPPED_RECORDS}; {ANEW}\n"
        f"{SHIPPED_RECORDS} records checked: 1 fault\n"
    )
