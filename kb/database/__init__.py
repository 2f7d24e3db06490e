"""Databases, opened and migrated in one place: `kb.database.engine`."""

from kb.database.engine import (
    downgrade,
    fetch,
    find_damage,
    find_search_index_faults,
    insert,
    migrate,
    migrating,
    migrations,
    newest_migration,
    open_engine,
    open_reader,
    open_reading_engine,
    read,
    write,
)

__all__ = [
    "downgrade",
    "fetch",
    "find_damage",
    "find_search_index_faults",
    "insert",
    "migrate",
    "migrating",
    "migrations",
    "newest_migration",
    "open_engine",
    "open_reader",
    "open_reading_engine",
    "read",
    "write",
]
