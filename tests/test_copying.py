"""The documented ways of keeping a copy, run as they stand against a real server."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from kb.backup import backup
from kb.commit.feed import Origin
from kb.commit.take_down_record import take_down
from kb.database import write_transaction
from tests.support.command import ask_server, run, serving
from tests.support.consumers import CONSUMERS, DOCS, Consumer
from tests.support.cutting import cut_connection
from tests.support.databases import SHIPPED_SET, SqlitePlace, open_database, prepare
from tests.support.feeds import COUNTS, counts, follow, replay
from tests.support.service import free_port

pytestmark = pytest.mark.slow

Counts = list[dict[str, object]]


# To start dlt takes seconds.
_PARAMS = [CONSUMERS[0], pytest.param(CONSUMERS[1], marks=pytest.mark.long)]


@pytest.fixture(scope="session", params=_PARAMS, ids=lambda consumer: consumer.script)
def consumer(request: pytest.FixtureRequest) -> Consumer:
    consumer = request.param
    assert isinstance(consumer, Consumer)
    return consumer


@dataclass(frozen=True)
class History:
    """A database early and late, and restored after that; and what each of its commits left."""

    early: Path
    late: Path
    restored: Path
    commits: list[Counts]


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Commits of one change and of more than a page, with removals, and a record taken down."""
    folder = tmp_path_factory.mktemp("history")
    settings = prepare(SqlitePlace(folder).create(), write_papers(folder, 40))
    early, restored = folder / "early.db", folder / "restored.db"
    shutil.copy(settings.database_name, early)
    with open_database(settings) as db:
        for number, edition in ((1200, 1), (3, 1), (1150, 2), (1100, 1), (1101, 1)):
            db.load(write_papers(folder, number, edition), prune=True)
        with write_transaction(db.engine) as connection:
            take_down(connection, "Publication:paper-1100", Origin("test"))
        changes = list(follow(db, first=1000))
    backup(settings, restored)
    ends = [place for place, change in enumerate(changes, 1) if change["commitEnd"]]
    commits = [counts(replay(iter(changes[:end]))) for end in ends]
    return History(early, Path(settings.database_name), restored, commits)


def write_papers(folder: Path, number: int, edition: int = 1) -> Path:
    """Of one set, whichever door takes them."""
    path = folder / SHIPPED_SET.set_name / "publications.yaml"
    path.parent.mkdir(exist_ok=True)
    lines = (
        f"paper-{position}: {{name: Paper {position} of {edition}}}\n" for position in range(number)
    )
    path.write_text("".join(lines), encoding="utf-8")
    return path


@contextmanager
def serve_copy(database: Path, folder: Path, port: int) -> Iterator[tuple[str, Path]]:
    """The address of a server of this database, and the folder that it is in."""
    home = folder / database.stem
    home.mkdir()
    shutil.copy(database, home / "kb.db")
    with serving(home, port) as (address, _):
        yield address, home


@pytest.fixture(scope="session")
def early_copy(
    consumer: Consumer, history: History, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A copy of the early database."""
    folder = tmp_path_factory.mktemp("begun")
    with serve_copy(history.early, folder, free_port()) as (address, _):
        rows = consumer.keep(address, folder / "copy")
        assert counts(rows) == read_counts(address) == history.commits[0]
    return folder / "copy"


@pytest.fixture
def copy(early_copy: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(early_copy, tmp_path / "copy"))


def read_counts(address: str) -> Counts:
    answer = ask_server(address, COUNTS)
    assert isinstance(answer, dict)
    counts: Counts = answer["data"]["feed"]["counts"]
    return counts


def prove(lines: bytes) -> Counts:
    """Counts and checksums as the documented script prints them."""
    command = [sys.executable, str(DOCS / "proof.py")]
    printed = subprocess.run(command, input=lines, capture_output=True, check=True).stdout
    rows = [line.split() for line in printed.decode().splitlines()]
    return [
        {"type": type_, "count": int(count), "checksum": checksum}
        for type_, count, checksum in rows
    ]


def test_the_proof_ends_where_nobody_reads_on() -> None:
    command = [sys.executable, str(DOCS / "proof.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.close()
        _, told = process.communicate(b'{"id":"State:UZ"}\n')
    assert told == b""


@pytest.mark.parametrize(
    ("script", "most"), [("keep_a_copy.py", 40), ("proof.py", 12), ("verify.py", 40)]
)
def test_they_are_as_short_as_documented(script: str, most: int) -> None:
    lines = (DOCS / script).read_text(encoding="utf-8").splitlines()
    code = [line for line in lines if not re.fullmatch(r'\s*(#.*|"{3}.*"{3})?', line)]
    assert 0 < len(code) <= most


def test_the_documented_question_is_answered(consumer: Consumer, copy: Path) -> None:
    text = (DOCS / "copying.md").read_text(encoding="utf-8")
    questions = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    question = questions[CONSUMERS.index(consumer)]
    assert ("Paper 7 of 1",) in consumer.query(copy, question)


def test_a_snapshot_is_proven(tmp_path: Path, unused_port: int) -> None:
    with serving(tmp_path, unused_port) as (address, _), urlopen(f"{address}/export") as response:
        assert prove(response.read()) == read_counts(address)


def test_killed_anywhere_it_goes_on(
    consumer: Consumer, history: History, copy: Path, unused_port: int
) -> None:
    """And whoever reads the copy meanwhile sees what a commit left."""
    places = [0]
    with serve_copy(history.late, copy.parent, unused_port) as (address, _):
        with cut_connection(address, 700_000, holds=True) as way:
            process = consumer.start(way.address, copy)
            assert way.reached.wait(60)
            kill(process)
        places.append(history.commits.index(counts(consumer.read(copy))))
        for writes in consumer.kills:
            process = consumer.start(address, copy)
            await_writes(process, copy, writes)
            kill(process)
            places.append(history.commits.index(counts(consumer.read(copy))))
        assert 0 < places[1] < len(history.commits) - 1
        assert places == sorted(places)
        rows = consumer.keep(address, copy)
        assert counts(rows) == read_counts(address) == history.commits[-1]
        assert prove("\n".join(map(str, rows.values())).encode()) == read_counts(address)


def test_it_begins_anew_and_whole(
    consumer: Consumer, history: History, copy: Path, unused_port: int
) -> None:
    """After another history, and where what follows is not kept; not from half a snapshot."""
    before = consumer.read(copy)
    with serve_copy(history.restored, copy.parent, unused_port) as (address, folder):
        with urlopen(f"{address}/export") as response:
            size = len(response.read())
        for after in (5_000, size):
            with cut_connection(address, after) as way:
                process = consumer.start(way.address, copy)
                process.communicate(timeout=60)
            assert process.returncode == 1
            assert consumer.read(copy) == before
        for writes in consumer.kills:
            process = consumer.start(address, copy)
            await_writes(process, copy, writes)
            kill(process)
            assert counts(consumer.read(copy)) in (counts(before), history.commits[-1])
        assert counts(consumer.keep(address, copy)) == read_counts(address) == history.commits[-1]
        for number in (5, 4):
            seeds = str(write_papers(copy.parent, number))
            assert run(folder, "load", seeds, "--prune", KB_KEPT_CHANGES="1").returncode == 0
        rows = consumer.keep(address, copy)
        assert len(rows) == 4
        assert counts(rows) == read_counts(address)


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def await_writes(process: "subprocess.Popen[str]", copy: Path, number: int) -> None:
    """Until the copy's file or its log has been written to so often, or the process has ended."""
    seen = set[tuple[int, ...]]()
    while len(seen) <= number and process.poll() is None:
        with suppress(FileNotFoundError):  # A log comes and goes.
            files = [file.stat() for file in copy.parent.glob(f"{copy.name}*") if file.is_file()]
            seen.add(tuple(sorted(stat.st_mtime_ns for stat in files)))
        time.sleep(0.001)
