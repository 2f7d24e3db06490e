"""The documented scripts that keep a copy, run as they stand.

In: the address of a service, and the file of a copy. Out: a process that keeps it, and what is in
it.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

DOCS = Path(__file__).parents[2] / "docs"
Rows = dict[object, object]


@dataclass(frozen=True)
class Consumer:
    """A script that keeps a copy in a file, and how that is read."""

    script: str
    query: Callable[[Path, str], list[tuple[object, ...]]]
    everything: str
    kills: tuple[int, ...]
    """After how many writes to its file it is killed."""

    def start(self, address: str, copy: Path) -> "subprocess.Popen[str]":
        command = [sys.executable, str(DOCS / self.script), address, str(copy)]
        return subprocess.Popen(command, stdout=-1, stderr=-1, text=True, cwd=copy.parent)

    def keep(self, address: str, copy: Path) -> Rows:
        """What the copy holds once the script has run."""
        process = self.start(address, copy)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 0, told
        return self.read(copy)

    def read(self, copy: Path) -> Rows:
        return {row[0]: row[1] for row in self.query(copy, self.everything)}


def query_sqlite(copy: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(copy)) as connection:
        return connection.execute(sql).fetchall()


def query_duckdb(copy: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(copy, read_only=True) as connection:
        return connection.execute(sql).fetchall()


CONSUMERS = [
    Consumer("keep_a_copy.py", query_sqlite, "select id, document from record", (3, 4)),
    Consumer(
        "keep_with_dlt.py", query_duckdb, "select record_id, document from kb.records", (13, 25)
    ),
]
