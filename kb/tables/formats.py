"""Flat tables as CSV and as Parquet, made while they are read.

In: a `FlatTable`, its rows in batches, and the `FeedState` that they belong to. Out: the
bytes of a file in blocks, so that memory does not grow with the rows. Pure: no I/O.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from kb.commit.feed import FeedState
from kb.tables.flat_table import FlatTable, RowBatch

Encode = Callable[[FlatTable, Iterable[RowBatch], FeedState], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class TableFormat:
    media_type: str
    encode: Encode


def encode_csv(table: FlatTable, batches: Iterable[RowBatch], _: FeedState) -> Iterator[bytes]:
    """RFC 4180: a header line, CRLF, quotes where needed; None is an empty field, an empty text is
    one in quotes.

    A value that a spreadsheet would take for a formula stays as it is: to mark it would change it.
    """
    names = [column.name for column in table.columns]
    yield _lines([names])
    for batch in batches:
        yield _lines(batch)


def _lines(rows: RowBatch) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        if "" in row:
            # The library writes both as an empty field.
            text.write(_quoted(row))
        else:
            writer.writerow(row)
    return text.getvalue().encode()


def _quoted(row: Sequence[str | int | None]) -> str:
    """A row with all its values in quotes, but for None."""
    fields = ("" if value is None else _in_quotes(str(value)) for value in row)
    return ",".join(fields) + "\r\n"


def _in_quotes(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def encode_parquet(
    table: FlatTable, batches: Iterable[RowBatch], state: FeedState
) -> Iterator[bytes]:
    # It takes a tenth of a second to import what only this needs.
    from kb.tables import parquet

    return parquet.encode_row_groups(table, batches, state)


FORMATS = {
    "csv": TableFormat("text/csv; charset=utf-8; header=present", encode_csv),
    "parquet": TableFormat("application/vnd.apache.parquet", encode_parquet),
}
