"""Databases, opened and migrated in one place: `kb.database.engine`; rows: `kb.database.rows`."""

from kb.database.engine import (
    apply_migrations,
    fetch,
    find_current_replica,
    find_damage,
    find_search_index_faults,
    migrating,
    migrations,
    newest_migration,
    open_engine,
    open_reader,
    open_reading_engine,
    read_transaction,
    revert_migrations,
    scrub,
    write_transaction,
)
from kb.database.rows import insert, update

__all__ = [
    "apply_migrations",
    "fetch",
    "find_current_replica",
    "find_damage",
    "find_search_index_faults",
    "insert",
    "migrating",
    "migrations",
    "newest_migration",
    "open_engine",
    "open_reader",
    "open_reading_engine",
    "read_transaction",
    "revert_migrations",
    "scrub",
    "update",
    "write_transaction",
]
