"""Copies of a database with the shipped seeds, quick to make, for tests that change or break them.

In: a folder. Out: a `Database` in it, and the shipped seeds beside it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.databases import Database, open_database, shipped_seeds


@cache
def loaded() -> Path:
    """The file of a database that was loaded once, and closed."""
    folder = Path(mkdtemp())
    with shipped_seeds() as seeds, open_database(folder, seeds):
        pass
    return folder / "kb.db"


@contextmanager
def open_copy(folder: Path) -> Iterator[Database]:
    shutil.copy(loaded(), folder / "kb.db")
    with shipped_seeds() as seeds:
        shutil.copytree(seeds, folder / "seeds")
    with open_database(folder) as opened:
        yield opened
