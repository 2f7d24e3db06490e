"""A flat table as Parquet, made while it is read.

In: a `FlatTable`, its rows in batches, and the `FeedState` that they belong to. Out: the
bytes of a file in blocks, so that memory does not grow with the rows. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO

import pyarrow
from pyarrow import parquet

from kb.commit.feed import FeedState
from kb.tables.flat_table import TABLES_FORM, FlatColumn, FlatTable, FlatType, RowBatch

_ARROW = {
    FlatType.TEXT: pyarrow.string(),
    FlatType.INTEGER: pyarrow.int64(),
    FlatType.BOOLEAN: pyarrow.bool_(),
    FlatType.DATE: pyarrow.date32(),
    FlatType.JSON: pyarrow.string(),
}


def encode_row_groups(
    table: FlatTable, batches: Iterable[RowBatch], state: FeedState
) -> Iterator[bytes]:
    """A row group for each batch; the file's metadata say of which form and place."""
    schema = pyarrow.schema([(column.name, _ARROW[column.type]) for column in table.columns])
    metadata = {"form": TABLES_FORM, **state.place}
    schema = schema.with_metadata({name: str(value) for name, value in metadata.items()})
    file = _DrainableFile()
    with parquet.ParquetWriter(file, schema) as writer:
        for batch in batches:
            writer.write_table(_arrow_table(table, batch, schema))
            yield file.drain()
    yield file.drain()


class _DrainableFile(BytesIO):
    """A file that forgets what was taken from it, but not how much that was."""

    taken = 0

    def tell(self) -> int:
        return self.taken + super().tell()

    def drain(self) -> bytes:
        data = self.getvalue()
        self.taken += len(data)
        self.seek(0)
        self.truncate()
        return data

    def close(self) -> None:
        """Nothing: its content is still to be drained."""


def _arrow_table(table: FlatTable, batch: RowBatch, schema: pyarrow.Schema) -> pyarrow.Table:
    values = zip(*batch, strict=True)
    arrays = [
        _array(column, column_values)
        for column, column_values in zip(table.columns, values, strict=True)
    ]
    return pyarrow.Table.from_arrays(arrays, schema=schema)


def _array(column: FlatColumn, values: tuple[str | int | None, ...]) -> pyarrow.Array:
    """Numbers as they are; all else comes as text."""
    arrow_type = _ARROW[column.type]
    source_type = arrow_type if column.type is FlatType.INTEGER else pyarrow.string()
    return pyarrow.array(values, source_type).cast(arrow_type)
