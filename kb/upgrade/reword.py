"""Periods as older versions put them in words, put into today's.

In: an open write transaction. Out: nothing; `period_text` is as every write makes it, of records
and of what was known of them earlier. Documents stay, so nothing enters the change feed.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, select, update
from sqlalchemy.sql.schema import Table as SqlTable

from kb.dates import PartialDate
from kb.models import Table
from kb.periods import EndKind, Period

_COLUMNS = ("period_start", "period_end", "end_kind", "period_text")


def reword_periods(connection: Connection) -> None:
    for table in _tables_with_periods():
        columns = [table.c[name] for name in _COLUMNS]
        there = table.c.end_kind.is_not(None)
        for row in connection.execute(select(*columns).where(there).distinct()).all():
            same = [
                column.is_not_distinct_from(value)
                for column, value in zip(columns, row, strict=True)
            ]
            connection.execute(update(table).where(*same).values(period_text=_words(*row)))


def _tables_with_periods() -> Iterator[SqlTable]:
    yield from (each for each in Table.metadata.sorted_tables if "period_text" in each.c)


def _words(start: str | None, end: str | None, end_kind: str, text: str) -> str:
    """A single date is told from a period of it to itself by its words: those had a `to`."""
    first, last = (PartialDate.parse(bound) if bound else None for bound in (start, end))
    period = Period.from_ends(first, last, EndKind(end_kind)).text
    single = first and start == end and " to " not in text and text != period
    return first.text if first and single else period
