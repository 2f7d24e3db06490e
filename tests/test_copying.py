"""The documented ways of keeping a copy, run as they stand against a real server."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from tests.test_cli import ask, run, serving
from tests.test_load import ARTICLES, written

DOCS = Path(__file__).parents[1] / "docs"
COUNTS = "{ feed { counts { type count checksum } } }"


def copied(address: str, copy: Path) -> dict[str, str]:
    """What a copy holds once the consumer has run."""
    done = subprocess.run(
        [sys.executable, DOCS / "copy.py", address, copy], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    connection = sqlite3.connect(copy)
    rows = dict(connection.execute("select id, document from record"))
    connection.close()
    return rows


def proven(snapshot: Path) -> list[dict[str, object]]:
    """Counts and checksums as the documented script prints them."""
    told = subprocess.run(
        [sys.executable, DOCS / "proof.py", snapshot], capture_output=True, text=True, check=True
    ).stdout
    lines = [line.split() for line in told.splitlines()]
    return [{"type": kind, "count": int(count), "checksum": one} for kind, count, one in lines]


def counts(address: str) -> object:
    answer = ask(address, COUNTS)
    assert isinstance(answer, dict)
    return answer["data"]["feed"]["counts"]


def prove(address: str, rows: dict[str, str], folder: Path) -> None:
    held = folder / "held.ndjson"
    held.write_text("".join(f"{one}\n" for one in rows.values()), encoding="utf-8")
    assert proven(held) == counts(address)


def test_a_copy_is_kept(tmp_path: Path, unused_port: int) -> None:
    copy, server = tmp_path / "copy.db", tmp_path / "server"
    server.mkdir()
    with serving(server, unused_port) as (address, _):
        rows = copied(address, copy)
        assert len(rows) == 429
        prove(address, rows, tmp_path)
        for date in ("1950-05-09", "1951-05-09"):
            seeds = written(tmp_path, articles=ARTICLES.replace("1950-05-09", date))
            assert run(server, "load", str(seeds)).returncode == 0
        more = copied(address, copy)
        assert len(more) > len(rows)
        prove(address, more, tmp_path)


def test_a_copy_begins_anew_after_another_history(tmp_path: Path, unused_port: int) -> None:
    copy = tmp_path / "copy.db"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with serving(tmp_path / name, unused_port) as (address, _):
            prove(address, copied(address, copy), tmp_path)


def test_a_snapshot_is_proven(tmp_path: Path, unused_port: int) -> None:
    with serving(tmp_path, unused_port) as (address, _), urlopen(f"{address}/export") as response:
        path = tmp_path / "kb.ndjson"
        path.write_bytes(response.read())
        assert proven(path) == counts(address)
