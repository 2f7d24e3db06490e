"""Backups: whole while others write, and restored they are a new stream, on both engines."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit
from threading import Event

import pytest

from kb.backup import backup
from kb.commit.feed import Origin
from kb.config import Settings
from kb.errors import DatabaseMissing, KBError
from kb.files.load import load
from tests.support.command import DATABASE_URL, ask_server, run, serving
from tests.support.databases import (
    SHIPPED_RECORDS,
    Database,
    Place,
    SqlitePlace,
    open_database,
    prepare,
)
from tests.support.feeds import FeedFields, counts, feed, follow, replay
from tests.support.seed_texts import ARTICLES, write_seed_texts
from tests.support.snapshots import lines_of

pytestmark = pytest.mark.sweep

AFTER = "query ($after: String) { changes(after: $after) { nodes { revision } } }"
STANDING = "{ feed { stream head headCursor counts { type count checksum } } }"
OTHER = ARTICLES.replace("1950-05-09", "1951-05-09")


def refusal_code(db: Database, after: object) -> object:
    ((_, _, code),) = db.refused(AFTER, after=after)
    return code


def assert_complete(db: Database) -> None:
    """Who reads everything has all that there is."""
    assert counts(replay(follow(db, first=1000))) == feed(db)["counts"]


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond a few pages."""
    before = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (50_000, before[1]))
    try:
        yield
    finally:
        setrlimit(RLIMIT_FSIZE, before)


def read_feed(address: str) -> FeedFields:
    answer = ask_server(address, STANDING)
    assert isinstance(answer, dict)
    feed: FeedFields = answer["data"]["feed"]
    return feed


def test_a_served_database_is_backed_up_and_restored(tmp_path: Path, unused_port: int) -> None:
    restored = tmp_path / "restored"
    restored.mkdir()
    with serving(tmp_path, unused_port) as (address, _):
        before = read_feed(address)
        done = run(tmp_path, "backup", "restored/kb.db")
        assert run(tmp_path, "load", str(write_seed_texts(tmp_path))).returncode == 0
        lost = read_feed(address)
    assert [path.name for path in restored.iterdir()] == ["kb.db"]
    assert run(restored, "check").stdout == f"{SHIPPED_RECORDS} records checked: no fault\n"
    with serving(restored, unused_port) as (address, _):
        after = read_feed(address)
        told = f"restored/kb.db: written, as the stream {after['stream']}\n"
        assert (done.returncode, done.stdout, done.stderr) == (0, told, "")
        assert after["stream"] != before["stream"]
        assert (after["head"], after["counts"]) == (before["head"], before["counts"])
        for cursor in (before["headCursor"], lost["headCursor"]):
            answer = ask_server(address, f'{{ changes(after: "{cursor}") {{ totalCount }} }}')
            assert "CURSOR_FORKED" in json.dumps(answer)


def test_a_backup_is_whole_while_others_write(tmp_path: Path) -> None:
    settings, stop = prepare(SqlitePlace(tmp_path).create(), write_seed_texts(tmp_path)), Event()

    def keep_writing() -> None:
        for articles in cycle((OTHER, ARTICLES)):
            db.load(write_seed_texts(tmp_path, articles=articles))
            if stop.is_set():
                return

    heads = set[object]()
    with open_database(settings) as db, ThreadPoolExecutor(1) as pool:
        writing = pool.submit(keep_writing)
        try:
            while len(heads) < 4 and not writing.done():
                path = tmp_path / "saved.db"
                backup(settings, path)
                with open_database(Settings(database_url=f"sqlite:///{path}")) as saved:
                    assert_complete(saved)
                    heads.add(feed(saved)["head"])
                path.unlink()
        finally:
            stop.set()
        writing.result()
    assert len(heads) == 4


def test_no_file_is_written_over(tmp_path: Path) -> None:
    settings = prepare(SqlitePlace(tmp_path).create())
    for name in ("saved.db", "other.db-wal"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
        with pytest.raises(KBError, match=f"{name} is there already; name a file that is not"):
            backup(settings, tmp_path / name.removesuffix("-wal"))
        assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    settings, saved = prepare(SqlitePlace(tmp_path).create()), tmp_path / "saved.db"
    with pytest.raises(KBError, match=r"saved.db: No such file or directory; name another place"):
        backup(settings, tmp_path / "nowhere" / "saved.db")
    with full_disk(), pytest.raises(KBError, match=r"saved.db: disk I/O error; name another"):
        backup(settings, saved)
    with pytest.raises(DatabaseMissing):
        backup(Settings(database_url=f"sqlite:///{tmp_path}/none.db"), saved)
    assert [path for path in tmp_path.iterdir() if "saved" in path.name] == []


def test_postgresql_has_its_own(postgresql: str, tmp_path: Path) -> None:
    done = run(tmp_path, "backup", "saved.db", **{DATABASE_URL: postgresql})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "PostgreSQL makes its own backups, with `pg_dump` or `pg_basebackup`;"
        " run `kb migrate --new-stream` when you have restored one\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_what_the_engine_restored_is_a_new_stream(
    place: Place, migrated: Settings, tmp_path: Path
) -> None:
    original = prepare(place.create(migrated), write_seed_texts(tmp_path))
    restored = place.create(original)
    with open_database(original) as db:
        old = feed(db)
        db.load(write_seed_texts(tmp_path, articles=OTHER))
        lost = feed(db)
    done = run(tmp_path, "migrate", "--new-stream", **{DATABASE_URL: restored.database_url})
    assert (done.returncode, done.stderr) == (0, "")
    with open_database(restored) as db:
        new = feed(db)
        assert done.stdout == f"Nothing to do.\nNew stream {new['stream']}.\n"
        assert new["stream"] != old["stream"]
        assert (new["head"], new["counts"]) == (old["head"], old["counts"])
        assert_complete(db)
        db.load(
            write_seed_texts(tmp_path, articles=OTHER)
        )  # As the original, but in another history.
        assert_complete(db)
        for cursor in (old["headCursor"], lost["headCursor"]):
            assert refusal_code(db, cursor) == "CURSOR_FORKED"
        later = list(follow(db, str(new["headCursor"])))
        assert len(later) == int(str(feed(db)["head"])) - int(str(new["head"])) > 0


def test_half_a_history_stays_refused(empty: Database, tmp_path: Path) -> None:
    """A new stream does not make whole what was dropped before it."""
    empty.load(write_seed_texts(tmp_path))
    dropped = feed(empty)["headCursor"]
    kept = Origin("test", kept=1)
    load(empty.engine, [write_seed_texts(tmp_path, articles=OTHER)], origin=kept)
    done = run(tmp_path, "migrate", "--new-stream", **{DATABASE_URL: empty.settings.database_url})
    assert (done.returncode, done.stderr) == (0, "")
    assert refusal_code(empty, None) == "CURSOR_EXPIRED"
    assert refusal_code(empty, dropped) == "CURSOR_FORKED"
    first, *documents, _ = lines_of(empty)
    copy: dict[object, object] = {json.loads(document)["id"]: document for document in documents}
    empty.load(write_seed_texts(tmp_path))
    for change in follow(empty, json.loads(first)["cursor"]):
        copy[change["recordId"]] = change["document"]
    assert counts(copy) == feed(empty)["counts"]
