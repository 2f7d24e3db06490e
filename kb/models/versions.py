"""Records as they could be known on a day: a table beside each of those whose values may differ.

In: the tables of the records. Out: a table `…_version` for each of `VERSIONED`, with the same
columns and indexes, and the days from which and until before which a version holds, as text with
sentinels. The last version of a record is the record itself. Rows of lists have no versions: beside
each reference stands the day from which a reader could know it, in the columns of `MEMBER_DAYS`.

Beside each table of `RECORDED` stands one named `recorded_…`, which the database itself keeps
(`kb.migrations.recorded_tables`): it has each row as it was from one revision until before another.
All rows of one commit have the first revision that it gives out.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    TextClause,
)
from sqlalchemy.sql.schema import Table as SqlTable

from kb.models.base import Table

VERSIONED = ("organisation", "membership", "official", "term", "summit", "event", "state")


def _version_of(table: SqlTable) -> SqlTable:
    name = f"{table.name}_version"
    columns = [
        Column(
            column.name, column.type, nullable=column.nullable, server_default=column.server_default
        )
        for column in table.columns
    ]
    days = [Column(day, String, nullable=False) for day in ("known_from", "known_to")]
    references = [
        ForeignKeyConstraint(
            [key.parent.name], [key.target_fullname], deferrable=True, initially="DEFERRED"
        )
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
    ]
    indexes = [
        Index(_renamed(index, table.name), *_columns(index), *_covered(index, table))
        for index in sorted(table.indexes, key=lambda index: str(index.name))
    ]
    return SqlTable(
        name,
        table.metadata,
        *columns,
        *days,
        PrimaryKeyConstraint("id", "known_from"),
        *references,
        *indexes,
        Index(None, "key"),
        *([Index(None, "id", "known_from", "known_to", "name")] if "name" in table.columns else []),
    )


def _columns(index: Index) -> Iterator[str | ColumnElement[Any] | TextClause]:
    """By their names; one that falls as its text."""
    for expression in index.expressions:
        yield expression.name if isinstance(expression, Column) else expression


def _covered(index: Index, table: SqlTable) -> list[str]:
    """What more is needed of a row where a day is looked for in the index alone."""
    if index.name not in (f"ix_{table.name}_latest_start", f"ix_{table.name}_start_falling"):
        return []
    needed = ["end_latest", "floor", "known_from", "known_to"] if "floor" in table.columns else []
    return [name for name in needed if name not in index.columns]


def _renamed(index: Index, table: str) -> str:
    return str(index.name).replace(f"ix_{table}", f"ix_{table}_version", 1)


VERSIONS = {name: _version_of(Table.metadata.tables[name]) for name in VERSIONED}


def _member_days(columns: Sequence[str]) -> dict[str, str]:
    stems = [column.removesuffix("_from") for column in columns if column.endswith("_from")]
    return {f"{stem}_id": f"{stem}_from" for stem in stems if f"{stem}_id" in columns}


MEMBER_DAYS: Final[Mapping[str, Mapping[str, str]]] = {
    name: days
    for name, table in Table.metadata.tables.items()
    if (days := _member_days([column.name for column in table.columns]))
}
"""By table of lists, the columns that refer to a member, and those that say since when."""

STILL_RECORDED: Final = 2**63 - 1
"""The revision until before which a row was recorded that still is."""
_UNRECORDED = frozenset(
    {
        # The feed, which tells of the past itself.
        *("head", "change", "snapshot", "erasure"),
        # What only searches, and counts of the present, are answered from.
        *("passage", "name_word", "name_trigram", "membership_tally"),
        *("token", "request", "kept_answer"),
    }
)
RECORDED: Final = tuple(name for name in Table.metadata.tables if name not in _UNRECORDED)
