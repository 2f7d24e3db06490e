"""Words that were taken down, looked for wherever a database keeps any.

In: a database and words. Out: in which of its tables they stand, or which its files have.
"""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import inspect as inspect_tables

from tests.support.databases import Database


def words_in_tables(db: Database, words: Iterable[str]) -> dict[str, set[str]]:
    """By table, those of the words that stand in any of its columns; in small letters."""
    found = {}
    for name in inspect_tables(db.engine).get_table_names():
        told = str(db.rows(f'select * from "{name}"')).lower()
        if there := {word for word in words if word in told}:
            found[name] = there
    return found


def words_in_files(path: Path, words: Iterable[str]) -> set[str]:
    """Those in the bytes of a file, and of what SQLite keeps beside it."""
    told = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*")).lower()
    return {word for word in words if word.encode() in told}
