"""Files of tables read row by row: CSV, TSV, XLSX, Parquet, lines of JSON, JSON, and XML of feeds.

In: the path of a file, and how its text is written. Out: its tables; what cannot be read is a fault
in place of a row, after which there are no more. Memory does not grow with CSV, TSV, Parquet,
lines of JSON and feeds; an XLSX or JSON file is read whole.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pyarrow
import pyarrow.parquet
from python_calamine import CalamineError, CalamineWorkbook

from kb.errors import Fault
from kb.files.json_reader import JsonLineError, read_object, read_value
from kb.files.seed_files import unreadable_fault
from kb.imports.feed_reader import read_feed
from kb.imports.rows import SourceRow, SourceTable, flatten, text_of
from kb.records.form_errors import quote_shortened

_MOST_CELL = 10_000_000
"""Characters of one cell of CSV: an article of a whole page has room."""
_BATCH = 1000
_CORRECT = "correct the file, or name another"


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a text file is written; the delimiter is that of its kind if it is empty."""

    encoding: str = "utf-8-sig"
    delimiter: str = ""


def read_tables(path: Path, form: TextForm) -> Iterator[SourceTable | Fault]:
    """The tables of a file, by its suffix. Their rows can be read once, each before the next."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(f"`{suffix}`" for suffix in _READERS)
        yield Fault(str(path), 1, "its name ends in no form that is read", f"use one of {known}")
        return
    try:
        yield from reader(path, form)
    except OSError as error:
        yield unreadable_fault(path, error)


_Numbered = tuple[int, Sequence[object]]
"""The cells of a row, after its number."""


def _read_csv(path: Path, form: TextForm) -> Iterator[SourceTable | Fault]:
    separator = form.delimiter or ("\t" if path.suffix.lower() in (".tsv", ".tab") else ",")
    csv.field_size_limit(_MOST_CELL)
    with path.open(encoding=form.encoding, newline="") as file:
        yield from _with_header(path.name, path, _csv_rows(path, file, separator))


def _csv_rows(path: Path, lines: Iterable[str], separator: str) -> Iterator[_Numbered | Fault]:
    """By the line that each begins in."""
    reader, line = csv.reader(lines, delimiter=separator, strict=True), 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        yield Fault(str(path), line, f"it is no CSV: {_in_words(error)}", _CORRECT)
    except UnicodeDecodeError as error:
        yield _undecodable_fault(path, error.encoding)


def _in_words(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"a cell has more than {csv.field_size_limit():,} characters"
    return "a quotation mark is not closed, or something stands behind a closed one"


def _undecodable_fault(path: Path, encoding: str) -> Fault:
    """Text is decoded ahead of the rows that are read: the line is looked for."""
    with path.open("rb") as file:
        numbered = enumerate(file, 1)
        number = next((at for at, line in numbered if not _is_text(line, encoding)), 1)
    what, remedy = f"it is not {encoding.upper()}", "save it so, or state its `encoding`"
    return Fault(str(path), number, what, remedy)


def _is_text(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _read_workbook(path: Path, _: TextForm) -> Iterator[SourceTable | Fault]:
    """Each sheet that is not empty is a table `book.xlsx:Sheet`, its rows numbered as shown."""
    try:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            if rows := book.get_sheet_by_name(name).to_python(skip_empty_area=False):
                yield from _with_header(f"{path.name}:{name}", path, enumerate(rows, 1))
    except CalamineError as error:
        yield Fault(str(path), 1, f"it is no workbook: {error}", _CORRECT)


def _with_header(
    name: str, path: Path, rows: Iterable[_Numbered | Fault]
) -> Iterator[SourceTable | Fault]:
    """A table whose first row that is not blank has the names of its columns."""
    numbered = (row for row in rows if isinstance(row, Fault) or any(map(text_of, row[1])))
    first = next(numbered, None)
    if first is None or isinstance(first, Fault):
        yield first or Fault(str(path), 1, f"the table `{name}` has no rows", _CORRECT)
        return
    number, header = first[0], tuple(map(text_of, first[1]))
    if twice := {column for column in header if column and header.count(column) > 1}:
        what = f"the column {quote_shortened(min(twice))} is there twice"
        yield Fault(str(path), number, what, "rename one of them")
        return
    yield SourceTable(name, header, _named_rows(path, header, numbered))


def _named_rows(
    path: Path, header: Sequence[str], rows: Iterable[_Numbered | Fault]
) -> Iterator[SourceRow | Fault]:
    """A column that has no name, and says something, is told once."""
    unnamed = {number for number, name in enumerate(header, 1) if not name}
    for row in rows:
        if isinstance(row, Fault):
            yield row
            continue
        for column, text in [*_texts_under(unnamed, row[1])]:
            unnamed.discard(column)
            what = f"column {column} has {quote_shortened(text)}, and no heading"
            yield Fault(str(path), row[0], what, "give it one, or leave the column out")
        yield _named(path, header, row)


def _texts_under(columns: Iterable[int], cells: Sequence[object]) -> Iterator[tuple[int, str]]:
    """Those of a row that are not blank."""
    there = (column for column in columns if column <= len(cells))
    return ((column, text) for column in there if (text := text_of(cells[column - 1])))


def _named(path: Path, header: Sequence[str], row: _Numbered) -> SourceRow | Fault:
    number, cells = row[0], [*map(text_of, row[1])]
    if any(cells[len(header) :]):
        what = f"the row has {len(cells)} cells, and the header {len(header)}"
        return Fault(str(path), number, what, _CORRECT)
    cells += [""] * (len(header) - len(cells))
    return SourceRow(
        number, {name: cell for name, cell in zip(header, cells, strict=False) if name}
    )


def _read_parquet(path: Path, _: TextForm) -> Iterator[SourceTable | Fault]:
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            batches = file.iter_batches(batch_size=_BATCH)
            yield _nested(path.name, chain.from_iterable(batch.to_pylist() for batch in batches))
    except pyarrow.ArrowException as error:
        yield Fault(str(path), 1, f"it is no Parquet: {str(error).splitlines()[0]}", _CORRECT)


def _nested(name: str, objects: Iterable[object], first: int = 1) -> SourceTable:
    """A table of objects, whose members may nest."""
    rows = (SourceRow(number, dict(flatten(each))) for number, each in enumerate(objects, first))
    return SourceTable(name, None, rows)


def _read_json_lines(path: Path, form: TextForm) -> Iterator[SourceTable | Fault]:
    with path.open(encoding=form.encoding) as file:
        yield SourceTable(path.name, None, _json_rows(path, file))


def _json_rows(path: Path, lines: Iterable[str]) -> Iterator[SourceRow | Fault]:
    try:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _json_row(path, number, line)
    except UnicodeDecodeError as error:
        yield _undecodable_fault(path, error.encoding)


def _json_row(path: Path, number: int, line: str) -> SourceRow | Fault:
    try:
        row = read_object(line.strip())
        _check_letters(row)
        return SourceRow(number, dict(flatten(row)))
    except JsonLineError as error:
        return Fault(str(path), number, error.what, _CORRECT, column=error.column)


def _check_letters(value: object) -> None:
    """Raises JsonLineError for what JSON lets through, and neither files nor databases take."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise JsonLineError("it has half of a surrogate pair in a string") from None


def _read_json(path: Path, form: TextForm) -> Iterator[SourceTable | Fault]:
    """A list of objects is a table, as is each list in one object: `people.json:persons`."""
    whole = _read_whole(path, form)
    if isinstance(whole, Fault):
        yield whole
        return
    members = whole.items() if isinstance(whole, dict) else [("", whole)]
    for name, objects in members:
        if isinstance(objects, list) and (not objects or any(map(_is_object, objects))):
            yield _table_of(path, name, objects)
        elif not name:
            yield Fault(str(path), 1, "it is no list of objects, nor has it any", _CORRECT)


def _table_of(path: Path, name: str, objects: list[object]) -> SourceTable | Fault:
    for number, each in enumerate(objects, 1):
        if not _is_object(each):
            of = f" of `{name}`" if name else ""
            return Fault(str(path), 1, f"member {number}{of} is no object", _CORRECT)
    return _nested(f"{path.name}:{name}" if name else path.name, objects)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _read_whole(path: Path, form: TextForm) -> object:
    """Or a Fault."""
    try:
        whole = read_value(path.read_text(encoding=form.encoding))
        _check_letters(whole)
    except UnicodeDecodeError as error:
        return _undecodable_fault(path, error.encoding)
    except JsonLineError as error:
        return Fault(str(path), 1, error.what, _CORRECT)
    except json.JSONDecodeError as error:
        return Fault(str(path), error.lineno, "it is no JSON", _CORRECT, column=error.colno)
    return whole


def _read_xml(path: Path, _: TextForm) -> Iterator[SourceTable | Fault]:
    yield SourceTable(path.name, None, read_feed(path))


_Reader = Callable[[Path, TextForm], Iterator[SourceTable | Fault]]
_READERS: dict[str, _Reader] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".tab": _read_csv,
    ".xlsx": _read_workbook,
    ".parquet": _read_parquet,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".json": _read_json,
    ".xml": _read_xml,
    ".rss": _read_xml,
    ".atom": _read_xml,
}
