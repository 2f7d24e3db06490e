"""Flat tables in every format are what GraphQL answers for the same records, bounds included."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path

import duckdb
import pandas
import pyarrow.csv as csv_reader
import pysqlite3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from kb import database
from kb.commit.feed import FeedState
from kb.config import Settings
from kb.records.documents import FILES
from kb.tables.flat_table import FlatColumn, FlatTable, FlatType, read_rows
from kb.tables.formats import encode_csv, encode_parquet
from kb.tables.manifest import export_sqlite
from kb.tables.whole_tables import export_tables
from schema.flat import flat_tables
from tests.support.databases import Database, Place, open_database
from tests.support.flattened import SELECTIONS, Row, flatten_answers
from tests.worlds import odd

pytestmark = pytest.mark.sweep

Found = list[Row]


@pytest.fixture(scope="module", params=["shipped", "odd"])
def world(
    request: pytest.FixtureRequest, place: Place, migrated: Settings, loaded: Settings
) -> Iterator[Database]:
    """The shipped seeds, and a world of odd, equal and absent values."""
    made = odd.keep_world(place, migrated, 1) if request.param == "odd" else loaded
    with open_database(place.create(made)) as db:
        yield db


@pytest.fixture(scope="module")
def folder(world: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All exports of one moment."""
    folder = tmp_path_factory.mktemp("exports")
    tables = [*flat_tables().values()]
    with database.read_transaction(world.engine) as connection:
        for form in ("csv", "parquet"):
            export_tables(connection, folder / form, tables, form)
        export_sqlite(connection, folder / "sqlite", tables)
    return folder


@pytest.fixture(scope="module")
def answers(world: Database) -> dict[str, dict[str, Row]]:
    return {table: flatten_answers(world, table) for table in SELECTIONS}


def from_csv(folder: Path, table: str) -> Found:
    data = (folder / "csv" / f"{table}.csv").read_bytes()
    assert data.endswith(b"\r\n")
    header, *rows = csv.reader(StringIO(data.decode(), newline=""), strict=True)
    return [typed(table, header, row, of_text) for row in rows]


def from_pyarrow(folder: Path, table: str) -> Found:
    rows = parquet.read_table(folder / "parquet" / f"{table}.parquet").to_pylist()
    return [typed(table, row.keys(), row.values(), of_parquet) for row in rows]


def from_duckdb(folder: Path, table: str) -> Found:
    with duckdb.connect() as connection:
        path = str(folder / "parquet" / f"{table}.parquet")
        result = connection.execute("select * from read_parquet(?)", [path])
        header = [column[0] for column in result.description or ()]
        return [typed(table, header, row, of_parquet) for row in result.fetchall()]


def from_sqlite(folder: Path, table: str) -> Found:
    connection = pysqlite3.connect(folder / "sqlite" / "kb.sqlite")
    result = connection.execute(f"select * from {table} order by rowid")
    header = [column[0] for column in result.description]
    rows = [typed(table, header, row, of_sqlite) for row in result]
    connection.close()
    return rows


def typed(
    table: str,
    header: Iterable[str],
    row: Iterable[object],
    read: Callable[[FlatType, object], object],
) -> Row:
    columns = flat_tables()[table].columns
    assert [*header] == [column.name for column in columns]
    both = zip(columns, row, strict=True)
    return {
        column.name: None if value is None else read(column.type, value) for column, value in both
    }


def of_text(flat_type: FlatType, value: object) -> object:
    assert isinstance(value, str)
    if not value:
        return None
    match flat_type:
        case FlatType.INTEGER:
            return int(value)
        case FlatType.BOOLEAN:
            return {"true": True, "false": False}[value]
        case FlatType.DATE:
            return date.fromisoformat(value)
    return of_parquet(flat_type, value)


def of_parquet(flat_type: FlatType, value: object) -> object:
    return json.loads(str(value)) if flat_type is FlatType.JSON else value


def of_sqlite(flat_type: FlatType, value: object) -> object:
    if flat_type is FlatType.BOOLEAN:
        return {"0": False, "1": True}[str(value)]
    return (
        date.fromisoformat(str(value))
        if flat_type is FlatType.DATE
        else of_parquet(flat_type, value)
    )


READERS = {
    "csv": from_csv,
    "pyarrow": from_pyarrow,
    "duckdb": from_duckdb,
    "sqlite": from_sqlite,
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("table", SELECTIONS)
def test_rows_are_what_graphql_answers(
    folder: Path, answers: dict[str, dict[str, Row]], table: str, reader: str
) -> None:
    rows = READERS[reader](folder, table)
    wanted = answers[table]
    assert {str(row["id"]): without_nulls(row) for row in rows} == {
        key: without_nulls(row) for key, row in wanted.items()
    }
    keys = [str(row["key"]) for row in rows]
    assert keys == sorted(set(keys))
    assert len(keys) == len(wanted) > 0


def without_nulls(row: Row) -> Row:
    """Of what is null, GraphQL has not the parts."""
    return {name: value for name, value in row.items() if value is not None}


CELLS = st.none() | st.text(min_size=1) | st.sampled_from(["\r", "a\r\nb", '"', ",", "=1+1", " "])
TEXTS = FlatTable("texts", (FlatColumn("a", FlatType.TEXT), FlatColumn("b", FlatType.TEXT)), "")
STAND = FeedState("stream", 1, "cursor", [])


ODD_CELLS = [("", None), (None, ""), ("NA", "null"), ("", ""), (None, None), ('a"\r\n', "N/A,")]


def test_null_and_empty_and_na_survive_readers_of_csv(tmp_path: Path) -> None:
    """Of pandas, which tells no quotes, all but an empty text."""
    path = tmp_path / "texts.csv"
    path.write_bytes(b"".join(encode_csv(TEXTS, [ODD_CELLS], STAND)))
    options = csv_reader.ConvertOptions(
        null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    parsing = csv_reader.ParseOptions(newlines_in_values=True)
    read = csv_reader.read_csv(path, convert_options=options, parse_options=parsing)
    assert [(row["a"], row["b"]) for row in read.to_pylist()] == ODD_CELLS
    with duckdb.connect() as connection:
        query = "from read_csv(?, all_varchar = true, allow_quoted_nulls = false)"
        assert connection.execute(query, [str(path)]).fetchall() == ODD_CELLS
    frame = pandas.read_csv(path, keep_default_na=False, na_values=[""])
    found = [tuple(None if pandas.isna(cell) else cell for cell in row) for row in frame.values]
    assert found == [(a or None, b or None) for a, b in ODD_CELLS]


ARROW_TYPES = {
    FlatType.TEXT: "string",
    FlatType.INTEGER: "int64",
    FlatType.BOOLEAN: "bool",
    FlatType.DATE: "date32[day]",
    FlatType.JSON: "string",
}


def test_a_column_has_one_type_in_every_format_and_table(folder: Path) -> None:
    connection = pysqlite3.connect(folder / "sqlite" / "kb.sqlite")
    types: dict[str, FlatType] = {}
    for table in flat_tables().values():
        held = parquet.read_schema(folder / "parquet" / f"{table.name}.parquet")
        declared = {
            row[1]: row[2] for row in connection.execute(f"pragma table_info({table.name})")
        }
        for column in table.columns:
            assert types.setdefault(column.name, column.type) is column.type, column.name
            assert str(held.field(column.name).type) == ARROW_TYPES[column.type]
            wanted = "text" if column.type is FlatType.JSON else column.type
            assert declared[column.name].lower() == wanted.lower()
    connection.close()


@pytest.mark.slow
@given(st.lists(st.lists(st.tuples(CELLS, CELLS), min_size=1)))
def test_any_text_comes_back(batches: list[list[tuple[str | None, str | None]]]) -> None:
    rows = [row for batch in batches for row in batch]
    data = b"".join(encode_csv(TEXTS, batches, STAND))
    header, *records = csv.reader(StringIO(data.decode(), newline=""), strict=True)
    assert [(a or None, b or None) for a, b in records] == rows
    held = b"".join(encode_parquet(TEXTS, batches, STAND))
    table = parquet.read_table(BytesIO(held))
    assert header == table.column_names == ["a", "b"]
    assert [(row["a"], row["b"]) for row in table.to_pylist()] == rows


def test_every_column_has_values(csto: Database, place: Place, migrated: Settings) -> None:
    """In one of the two worlds: what is nowhere filled would be compared with nothing."""
    with open_database(place.create(odd.keep_world(place, migrated, 5))) as made_up:
        assert_filled(csto, made_up)


def assert_filled(*databases: Database) -> None:
    for name in SELECTIONS:
        rows = [row for db in databases for row in flatten_answers(db, name).values()]
        filled = {name for row in rows for name in without_nulls(row)}
        # No day is that of what no article tells.
        untold = {"known_from"} if name in ("schemes", "about") else set()
        assert filled | untold == {column.name for column in flat_tables()[name].columns}, name


def test_a_table_for_each_type_of_record() -> None:
    assert [*flat_tables()][: len(SELECTIONS)] == [*SELECTIONS] == [*FILES, "citations"]


def test_bounds_are_dates_and_the_feed_is_told(world: Database, folder: Path) -> None:
    file = parquet.ParquetFile(folder / "parquet" / "memberships.parquet")
    types = {field.name: str(field.type) for field in file.schema_arrow}
    bounds = ("certain_from", "certain_to", "possible_from", "possible_to", "attested_until")
    assert {types[name] for name in bounds} == {"date32[day]"}
    assert (types["disputed"], types["revision"]) == ("bool", "int64")
    feed = world.ask("{ feed { stream revision: head cursor: headCursor } }")["feed"]
    assert isinstance(feed, dict)
    told = {key.decode(): value.decode() for key, value in file.schema_arrow.metadata.items()}
    assert told == {**feed, "form": "kb-tables-1"}
    assert file.metadata.metadata.items() >= file.schema_arrow.metadata.items()
    connection = pysqlite3.connect(folder / "sqlite" / "kb.sqlite")
    ((stream, revision, cursor, form),) = connection.execute("select * from feed").fetchall()
    connection.close()
    assert {"stream": stream, "revision": str(revision), "cursor": cursor} == feed
    assert form == told["form"]


def test_sqlite_has_keys_and_references(folder: Path) -> None:
    connection = pysqlite3.connect(folder / "sqlite" / "kb.sqlite")
    assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert connection.execute("pragma foreign_key_check").fetchall() == []
    referred = {
        (table, column): target
        for table in flat_tables()
        for _, _, target, column, *_ in connection.execute(f"pragma foreign_key_list({table})")
    }
    query = "explain query plan select * from citations where subject = 'State:UZ'"
    ((*_, plan),) = connection.execute(query).fetchall()
    connection.close()
    assert referred["memberships", "state"] == "states"
    assert referred["citations", "article"] == "articles"
    assert len(referred) > 40
    assert "citations_subject" in plan


def test_texts_of_articles_are_left_out(filled: Database) -> None:
    """Neither paragraphs nor quotes: they are copyrighted."""
    text = "Ŧ" * 600
    filled.run(f"insert into paragraph select id, 1, '{text}' from article")
    filled.run("update citation set verified = true, paragraph = 1")
    field = 'article(slug: "bulletin-433-new-head-of-csto-appointed")'
    quoted = filled.ask(f"{{ {field} {{ citations {{ nodes {{ quote }} }} }} }}")
    assert "Ŧ" in str(quoted)
    with database.read_transaction(filled.engine) as connection:
        for table in flat_tables().values():
            assert "Ŧ" not in str([*read_rows(connection, table)])
