"""Words that were taken down, looked for wherever a database keeps any.

In: a database and words. Out: in which of its tables they stand.
"""

from collections.abc import Iterable

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
