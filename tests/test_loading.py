"""Loads of many chunks: what one chunk gives, the same faults, and nothing if they are killed."""

import json
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from kb.check.inspect import inspect
from kb.config import Settings
from kb.database import read_transaction
from kb.errors import SeedError
from kb.files import staging
from kb.records import record_tables
from kb.records.rows import Ref
from tests.support.command import KB, bare_environment
from tests.support.databases import Database, Place, open_database
from tests.support.seed_texts import (
    ARTICLES,
    MEMBERSHIPS,
    ORGANISATIONS,
    RUNNING,
    citation_text,
    record_states,
    write_seed_texts,
)
from tests.support.snapshots import write_snapshot
from tests.worlds.multiplied import multiply
from tests.worlds.odd import fill, keep_world

pytestmark = pytest.mark.sweep
CHUNK, BATCH = staging.CHUNK, record_tables.BATCH
"""As they are without `chunk_size`: a world is one chunk."""
LARGE = 2 * CHUNK


@pytest.fixture(params=[1, pytest.param(40, marks=pytest.mark.long)])
def chunk_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Chunks of so many records; and so few values a statement that all goes in many batches."""
    size: int = request.param
    monkeypatch.setattr(staging, "CHUNK", size)
    monkeypatch.setattr(record_tables, "BATCH", 11)
    return size


def record_lines(path: Path) -> list[str]:
    """Of a snapshot, without the first, which names its history."""
    return path.read_text(encoding="utf-8").split("\n")[1:]


DERIVED = (
    "select type, key, revision, disputed, known_from from record order by type, key",
    "select text, weight, known_from from passage order by text, weight, known_from",
    "select key, known_from, known_to, period_text from term_version order by key, known_from",
    "select key, known_from, known_to, field, recorded from disagreement order by key, known_from",
)


def assert_sound(database: Database) -> None:
    with read_transaction(database.engine) as connection:
        assert inspect(connection).findings == []


@pytest.mark.sweep
def test_a_snapshot_comes_back_to_the_letter(
    ingested: Database, empty: Database, chunk_size: int, tmp_path: Path
) -> None:
    taken = write_snapshot(ingested, tmp_path / "one")
    report = empty.load(taken)
    assert len(report.added) == len(record_states(ingested)) > 10 * chunk_size
    assert record_lines(write_snapshot(empty, tmp_path / "two")) == record_lines(taken)
    assert_sound(empty)
    before = record_states(empty)
    again = empty.load(taken, prune=True)
    assert (len(again.added), len(again.changed), len(again.removed)) == (0, 0, 0)
    assert record_states(empty) == before


@pytest.mark.sweep
@pytest.mark.usefixtures("chunk_size")
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long)])
def test_worlds_over_worlds(
    place: Place, empty: Database, migrated: Settings, seed: int, tmp_path: Path
) -> None:
    """What is changed, moved and removed on the way: the same in many chunks as in one."""
    fill(empty.engine, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "CHUNK", CHUNK)
        patch.setattr(record_tables, "BATCH", BATCH)
        made = keep_world(place, migrated, seed)
    with open_database(place.create(made)) as other:
        assert len(record_states(other)) < CHUNK
        assert record_lines(write_snapshot(empty, tmp_path / "a")) == record_lines(
            write_snapshot(other, tmp_path / "b")
        )
        for statement in DERIVED:
            assert empty.rows(statement) == other.rows(statement)


@pytest.mark.usefixtures("chunk_size")
def test_spans_change_places(empty: Database, tmp_path: Path) -> None:
    """The first is written while the second still stands where it goes."""
    two = MEMBERSHIPS.replace(RUNNING, "").replace("1949/..", "1949/1950")
    two += two.replace("union-fr", "union-fr-2").replace("1949/1950", "1960/1970")
    swapped = two.replace("1949/1950", "x").replace("1960/1970", "1949/1950")
    swapped = swapped.replace("x", "1960/1970")
    empty.load(write_seed_texts(tmp_path, memberships=two))
    report = empty.load(write_seed_texts(tmp_path, memberships=swapped))
    assert {*report.changed.named} == {Ref("Membership", f"union-fr{end}") for end in ("", "-2")}
    assert len(report.added) == 0
    assert_sound(empty)
    again = swapped.replace("1960/1970", "1949/1950")
    with pytest.raises(SeedError, match="union-fr-2: certain on the same day as `union-fr`"):
        empty.load(write_seed_texts(tmp_path, memberships=again))


@pytest.mark.usefixtures("chunk_size")
def test_what_comes_later_is_known(empty: Database, tmp_path: Path) -> None:
    """A predecessor, and a citation that another record takes over."""
    first = ORGANISATIONS.replace("  citations", "  predecessor: zone\n  citations")
    zone = (
        "zone:\n  name: The Zone\n  citations:\n"
        + citation_text("zone-named")
        + citation_text("zone-seen")
    )
    empty.load(write_seed_texts(tmp_path, organisations=first + zone))
    assert empty.ask('{ organisation(slug: "union") { predecessor { name } } }') == {
        "organisation": {"predecessor": {"name": "The Zone"}}
    }
    moved = ORGANISATIONS + citation_text("zone-seen") + zone.replace("zone-seen", "zone-heard")
    report = empty.load(write_seed_texts(tmp_path, organisations=moved))
    assert Ref("Citation", "zone-seen") in report.changed.named
    assert_sound(empty)


@pytest.mark.usefixtures("chunk_size")
def test_faults_of_all_chunks_are_told(empty: Database, tmp_path: Path) -> None:
    """And none that only follows from another: what rests on an article at fault may be right."""
    seeds = write_seed_texts(
        tmp_path,
        articles=ARTICLES.replace("publication: gazette", "publication: herald", 1),
        organisations=ORGANISATIONS.replace("  citations", "  predecessor: zone\n  citations"),
        memberships=MEMBERSHIPS.replace("state: FR", "state: DE"),
    )
    with pytest.raises(SeedError) as raised:
        empty.load(seeds)
    assert [fault.what for fault in raised.value.faults] == [
        "gazette-1-union-formed: there is no publication `herald`",
        "union-fr: there is no state `DE`",
        "union: there is no organisation `zone`",
    ]
    assert record_states(empty) == []


@pytest.fixture
def large_snapshot(csto: Database, tmp_path: Path) -> Path:
    """A snapshot of several chunks, which takes a while to be written."""
    path = tmp_path / "large.ndjson"
    assert multiply(write_snapshot(csto, tmp_path), 6, path) > LARGE
    return path


def test_a_fault_in_the_last_record_leaves_nothing(
    large_snapshot: Path, empty: Database, tmp_path: Path
) -> None:
    *records, last, end = large_snapshot.read_text(encoding="utf-8").splitlines()
    broken = tmp_path / "kb.ndjson"
    shrugging = last.replace('"stance":"SUPPORTS"', '"stance":"SHRUGS"')
    broken.write_text("\n".join([*records, shrugging, end]), encoding="utf-8")
    with pytest.raises(SeedError) as raised:
        empty.load(broken)
    assert [(fault.line, fault.what.partition(": ")[0]) for fault in raised.value.faults] == [
        (
            len(records) + 1,
            f"{json.loads(last)['subject'].partition(':')[2]}.citations."
            f"{json.loads(last)['key']}.stance",
        ),
        (len(records) + 2, "its records are not those that the last line counts"),
    ]
    assert record_states(empty) == []


def test_a_load_that_is_killed_leaves_nothing(
    large_snapshot: Path, place: Place, migrated: Settings, tmp_path: Path
) -> None:
    """Or all, where its commit was faster than the signal: it is killed again then."""
    for _ in range(5):
        settings = place.create(migrated)
        kill_while_it_writes(large_snapshot, settings, tmp_path)
        with open_database(settings) as database:
            there = len(record_states(database))
            again = database.load(large_snapshot)
            assert len(again.added) in (0, len(record_states(database)))
            assert len(record_states(database)) > LARGE
            if there == 0:
                return
    pytest.fail("it was always done before it could be killed")


def kill_while_it_writes(large: Path, settings: Settings, staged: Path) -> None:
    process = subprocess.Popen(
        [KB, "load", large],
        env=bare_environment() | {"KB_DATABASE_URL": settings.database_url, "TMPDIR": str(staged)},
        stdout=subprocess.DEVNULL,
    )
    while process.poll() is None and not has_written(settings):
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert [*staged.glob("kb-load-*")] == []


def has_written(settings: Settings) -> bool:
    """Whether some of a load has been written: pages of SQLite's log, or locks of PostgreSQL."""
    if settings.database_url.startswith("sqlite"):
        log = Path(f"{settings.database_name}-wal")
        return log.is_file() and log.stat().st_size > 0
    with psycopg.connect(settings.database_url) as connection:
        query = "select count(*) from pg_locks where mode = 'RowExclusiveLock'"
        return connection.execute(query).fetchone() != (0,)
