"""Files that are odd: each is taken or refused, soon, whole, and told in our words."""

import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random

import pytest

from kb import database
from kb.check.inspect import inspect
from kb.commit.feed import Origin, read_head
from kb.errors import Fault, InputError
from kb.ingest.ingest import ingest
from kb.tables.manifest import export_snapshot
from tests.fuzz.mutators import mutate
from tests.support.databases import Database, SqlitePlace, open_database, prepare, shipped_seeds
from tests.support.sites import read_page

pytestmark = pytest.mark.long
BLOCKS, SIZE = 10, 400
"""Each door takes so many blocks of so many inputs; after each block the database is checked."""
MOST_SECONDS = 1.0
"""Of one input, in processor time: the machine may have other work."""
ARCHIVE = Path(__file__).parents[1] / "archive"
Files = Mapping[str, bytes]
Make = Callable[[Random, Files], tuple[str, bytes]]


@pytest.fixture(scope="module")
def seeds() -> dict[str, bytes]:
    with shipped_seeds() as folder:
        return {path.name: path.read_bytes() for path in sorted(folder.glob("*.yaml"))}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("snapshot")
    with (
        shipped_seeds() as seeds,
        _open_filled(folder, seeds) as filled,
        database.read_transaction(filled.engine) as connection,
    ):
        export_snapshot(connection, folder)
    return {"kb.ndjson": (folder / "kb.ndjson").read_bytes()}


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(ARCHIVE.iterdir())}


@pytest.mark.parametrize("block", range(BLOCKS))
def test_seed_files(seeds: Files, tmp_path: Path, block: int) -> None:
    _give_inputs(seeds, tmp_path, Random(f"seeds {block}"), _some_records)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_snapshots(snapshot: Files, tmp_path: Path, block: int) -> None:
    _give_inputs(snapshot, tmp_path, Random(f"lines {block}"), _some_lines)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_pages(pages: Files, tmp_path: Path, block: int) -> None:
    _give_inputs(pages, tmp_path, Random(f"pages {block}"), _page)


def _give_inputs(files: Files, folder: Path, random: Random, make: Make) -> None:
    """Give a database one input after the other; none may cost too much or be half taken."""
    ended: Counter[str] = Counter()
    with shipped_seeds() as seeds, _open_filled(folder, seeds) as of:
        for _ in range(SIZE):
            name, content = make(random, files)
            (path := folder / name).write_bytes(content)
            before, started = _head(of), time.process_time()
            refused = _is_refused(of, path)
            took = time.process_time() - started
            ended["refused" if refused else "taken"] += 1
            assert took < MOST_SECONDS, f"{took:.1f} s for {_keep_input(path)}"
            assert not refused or path.suffix != ".yaml" or _head(of) == before, _keep_input(path)
        with database.read_transaction(of.engine) as connection:
            assert [str(finding) for finding in inspect(connection).findings] == []
    assert min(ended["refused"], ended["taken"]) > SIZE / 50, ended


def _is_refused(of: Database, path: Path) -> bool:
    """Whether it was refused; whatever is raised otherwise would be a traceback."""
    try:
        faults = _faults(of, path)
    except Exception as error:
        error.add_note(f"the input is {_keep_input(path)}")
        raise
    assert all(fault.what and fault.remedy for fault in faults)
    return bool(faults)


def _faults(of: Database, path: Path) -> Sequence[Fault]:
    if path.suffix not in (".yaml", ".ndjson"):
        return ingest(of.engine, [path], read_page, origin=Origin("fuzz", 0)).faults
    try:
        of.load(path)
    except InputError as error:
        return error.faults
    return ()


def _keep_input(path: Path) -> Path:
    """Where the input lies that did it; the folders of failed tests are kept."""
    return path.rename(path.with_name(f"failed-{path.name}"))


def _head(of: Database) -> int:
    with database.read_transaction(of.engine) as connection:
        return read_head(connection)


def _open_filled(folder: Path, *seeds: Path) -> AbstractContextManager[Database]:
    return open_database(prepare(SqlitePlace(folder).create(), *seeds))


def _some_records(random: Random, files: Files) -> tuple[str, bytes]:
    """One to three records of a seed file."""
    name = random.choice([*files])
    records = [*_records(files[name])]
    chosen = b"".join(random.choice(records) for _ in range(random.randint(1, 3)))
    return name, mutate(random, chosen)


def _records(content: bytes) -> Iterator[bytes]:
    lines: list[bytes] = []
    for line in content.splitlines(keepends=True):
        if lines and not line.startswith((b" ", b"\n", b"#")):
            yield b"".join(lines)
            lines = []
        lines.append(line)
    yield b"".join(lines)


def _some_lines(random: Random, files: Files) -> tuple[str, bytes]:
    """A record and its citations, in a snapshot that counts them as they have become."""
    ((name, content),) = files.items()
    head, *records, last = content.splitlines()
    sourced_lines = [line for line in records if _type(line) != "CITATION"]
    record = random.choice(sourced_lines)
    subject = b'"subject":' + json.dumps(json.loads(record)["id"]).encode()
    citation_lines = [line for line in records if subject in line]
    changed = mutate(random, b"\n".join([record, *citation_lines]))
    end = json.loads(last) | {"counts": _counts(changed)}
    return name, b"\n".join([head, changed, json.dumps(end).encode(), b""])


def _counts(lines: bytes) -> list[dict[str, object]]:
    sums: dict[str, list[int]] = {}
    for line in lines.splitlines():
        sums.setdefault(_type(line), []).append(int.from_bytes(hashlib.sha256(line).digest()))
    return [
        {"type": record_type, "count": len(digests), "checksum": f"{sum(digests) % 2**256:064x}"}
        for record_type, digests in sorted(sums.items())
    ]


def _type(line: bytes) -> str:
    match = re.search(rb'"id":"(\w+):', line)
    return match[1].decode().upper() if match else ""


def _page(random: Random, files: Files) -> tuple[str, bytes]:
    name = random.choice([*files])
    return name, mutate(random, files[name])
