"""Statements of a record in articles of some days, and what follows from those that are known.

In: columns of a record's row, and what citations say of its fields. Out: its versions, and the
columns that differ on a day. Every record that a value may refer to is taken to be there.
"""

from collections.abc import Sequence
from datetime import date
from functools import partial

from kb.derive import as_known as as_known_by
from kb.derive.as_known import Version, referenced_records
from kb.derive.assertions import ASSERTABLE, ArticleDates, Statement
from kb.derive.knowledge import Knowledge
from kb.records.rows import TableRow, date_columns

founded_columns = partial(date_columns, "founded")


def statements_on(field: str, texts: Sequence[str | None], days: Sequence[date]) -> list[Statement]:
    """Each value in an article of its day."""
    return [
        Statement(f"c{number}", field, value, "So it is.", True, ArticleDates(day, day))
        for number, (value, day) in enumerate(zip(texts, days, strict=True))
        if value
    ]


def versions(
    columns: TableRow, statements: Sequence[Statement], shows: date, type_name: str = "Organisation"
) -> list[Version]:
    fields = ASSERTABLE[type_name]
    there = referenced_records(fields, statements)
    return as_known_by.derive_versions(columns, statements, shows, there, fields)


def as_known(
    columns: TableRow, statements: Sequence[Statement], day: date, type_name: str = "Organisation"
) -> TableRow:
    fields = ASSERTABLE[type_name]
    there = referenced_records(fields, statements)
    return as_known_by.as_known(columns, Knowledge(statements, day), there, fields)


def known_by(statements: Sequence[Statement], day: date) -> list[Statement]:
    return [statement for statement in statements if statement.dated.known <= day]
