"""Tables in each form that is read: the same rows are the same, and what is broken is told."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from kb.archive.day_forms import read_day
from kb.errors import InputError
from kb.imports.rows import SourceRow, SourceTable
from kb.imports.table_readers import TextForm, read_tables
from kb.imports.templates import read_template
from tests.support.databases import Database
from tests.support.foreign_archives import ATOM, REST, RSS, WXR
from tests.support.imports import SOURCE, import_faults, take_files, write_files
from tests.support.workbooks import write_workbook

pytestmark = pytest.mark.sweep

ROWS: list[dict[str, object]] = [
    {"id": 7, "name": "Ada", "born": date(1915, 12, 10)},
    {"id": 8, "name": "Al, Bo", "born": None},
]
AS_TEXT = [
    {"id": "7", "name": "Ada", "born": "1915-12-10"},
    {"id": "8", "name": "Al, Bo", "born": ""},
]


def _separated(separator: str) -> Callable[[Path], None]:
    text = 'id|name|born\n7|Ada|1915-12-10\n\n8|"Al, Bo"\n'.replace("|", separator)
    return lambda path: write_as(path, text)


def write_as(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8-sig")


def _objects() -> list[dict[str, object]]:
    return [{**row, "born": str(row["born"] or "")} for row in ROWS]


WRITERS: dict[str, Callable[[Path], None]] = {
    "people.csv": _separated(","),
    "people.tsv": _separated("\t"),
    "people.xlsx": lambda path: write_workbook(path, ROWS),
    "people.parquet": lambda path: pyarrow.parquet.write_table(
        pyarrow.Table.from_pylist(ROWS), path
    ),
    "people.jsonl": lambda path: write_as(path, "\n".join(map(json.dumps, _objects()))),
    "people.json": lambda path: write_as(path, json.dumps(_objects())),
}


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_rows_in_every_form(name: str, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / name)
    tables = (
        each for each in read_tables(tmp_path / name, TextForm()) if isinstance(each, SourceTable)
    )
    rows = [dict(row.cells) for each in tables for row in each.rows if isinstance(row, SourceRow)]
    assert rows == AS_TEXT


BROKEN = {
    "a.csv": (b"id,name\n7,\xff\n", "a.csv:2: it is not UTF-8"),
    "b.csv": (b'id,name\n7,"Ada\n', "b.csv:2: it is no CSV"),
    "c.csv": (b"id,id\n7,8\n", "c.csv:1: the column `id` is there twice"),
    "d.csv": (b"id,name\n7,Ada,Lo\n", "d.csv:2: the row has 3 cells, and the header 2"),
    "e.csv": (b"", "e.csv:1: the table `e.csv` has no rows"),
    "ea.csv": (b"id,name\n\n,\n", "ea.csv:1: there are no rows in it, add them, or leave the file"),
    "eb.csv": (
        b"id,,name,\n7,,Ada,\n8,9,Bo,\n10,11,Cy,\n",
        "eb.csv:3: column 2 has `9`, and no heading, give it one, or leave the column out",
    ),
    "f.xlsx": (b"id,name\n", "f.xlsx:1: it is no workbook"),
    "g.parquet": (b"id,name\n", "g.parquet:1: it is no Parquet"),
    "h.jsonl": (b'{"id": 7}\n{"id": 8, "id": 9}\n', "h.jsonl:2: `id` is there twice"),
    "ha.jsonl": (b'{"id": 7}\n{"id": "\\ud800"}\n', "ha.jsonl:2: it has half of a surrogate pair"),
    "hb.jsonl": (b"\n", "hb.jsonl:1: there are no rows in it"),
    "i.json": (b"{", "i.json:1:2: it is no JSON"),
    "ia.json": (b'[{"id": 7}, 8]', "ia.json:1: member 2 is no object"),
    "ib.json": (b'{"people": [{"id": 7}, 8]}', "ib.json:1: member 2 of `people` is no object"),
    "ic.json": (b'"hello"', "ic.json:1: it is no list of objects, nor has it any"),
    "id.json": (b"[" * 100_000, "id.json:1: it nests too deeply"),
    "ie.json": (b'[{"id": "\\ud800"}]', "ie.json:1: it has half of a surrogate pair"),
    "if.json": (b'[\n{"id": "\xe9"}]', "if.json:2: it is not UTF-8"),
    "ig.json": (b"[" + b"7" * 5_000 + b"]", "ig.json:1: it is no list of objects, nor has it any"),
    "ii.json": (b'{"a": [{"id": 7}], "a": [{"id": 8}]}', "ii.json:1: `a` is there twice"),
    "ih.json": (b'{"id": 7}', "ih.json:1: no table of the mapping is for it"),
    "ij.json": (b"[]", "ij.json:1: there are no rows in it"),
    "ik.json": (b'{"people": [], "posts": []}', "ik.json:1: there are no rows in it"),
    "ja.xml": (
        b"<rss><channel><title/></channel></rss>",
        "ja.xml:1: the feed has no items",
    ),
    "jb.xml": (b"<urlset><url>x</url></urlset>", "jb.xml:1: it is no feed, but XML of `urlset`"),
    "jc.atom": (
        b"<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title></feed>",
        "jc.atom:1: the feed has no items, save the feed anew, or name another file, or leave",
    ),
    "j.xml": (b"<rss><channel><item>", "j.xml:1: it is no XML"),
    "k.doc": (b"", "k.doc:1: its name ends in no form that is read"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_told(name: str, empty: Database, tmp_path: Path) -> None:
    content, fault = BROKEN[name]
    (tmp_path / name).write_bytes(content)
    mapping = SOURCE + 'tables: {"*": {}}\n'
    faults = import_faults(empty, tmp_path, mapping, {}, tmp_path / name)
    assert len(faults) == 1
    assert faults[0].startswith(fault)


def test_files_of_no_table_are_told(empty: Database, tmp_path: Path) -> None:
    mapping = SOURCE + "tables: {x.csv: {}}\n"
    paths = write_files(tmp_path, {"x.csv": "a\n1\n", "y.csv": "a\n1\n"})
    assert import_faults(empty, tmp_path, mapping, {}, *paths) == [
        "y.csv:1: no table of the mapping is for it, or for a list in it, add one under its name"
        " to `tables`"
    ]


def test_a_list_that_is_not_there_is_told(empty: Database, tmp_path: Path) -> None:
    """With `prune`, what was loaded of it would be removed."""
    tables = '{"x.json:people": {}, "x.*:nope": {}, "x.json:no": {optional: true}}'
    mapping = f"{SOURCE}tables: {tables}\n"
    paths = write_files(tmp_path, {"x.json": '{"people": [{"id": 7}], "posts": []}'})
    assert import_faults(empty, tmp_path, mapping, {}, *paths) == [
        "x.json:1: it has no table `nope`, correct `tables.x.*:nope` of the mapping, or make it"
        " `optional`: it has people, posts"
    ]


def test_a_sheet_that_is_not_there_is_told(empty: Database, tmp_path: Path) -> None:
    write_workbook(tmp_path / "x.xlsx", ROWS)
    (fault,) = import_faults(
        empty, tmp_path, SOURCE + 'tables: {"x.xlsx:No": {}}\n', {}, tmp_path / "x.xlsx"
    )
    assert fault.startswith("x.xlsx:1: it has no table `No`, correct `tables.x.xlsx:No`")


def test_a_file_that_many_tables_are_of_is_at_fault_once(empty: Database, tmp_path: Path) -> None:
    mapping = SOURCE + 'tables: {"x.json:a": {}, "x.json:b": {}}\n'
    assert len(import_faults(empty, tmp_path, mapping, {"x.json": "{"})) == 1


def test_texts_of_a_feed_are_whole(tmp_path: Path) -> None:
    feed = (
        "<rss><channel><item><title>One <b>big</b> st<!-- x -->ory</title></item></channel></rss>"
    )
    write_as(tmp_path / "a.xml", feed)
    (table,) = read_tables(tmp_path / "a.xml", TextForm())
    assert isinstance(table, SourceTable)
    (row,) = table.rows
    assert isinstance(row, SourceRow)
    assert row.cells["title"] == "One big story"


def test_feeds_of_atom_are_taken(empty: Database, tmp_path: Path) -> None:
    """Texts of each type; the address is that of the page, the day that of its publication."""
    (path,) = write_files(tmp_path, {"feed.xml": ATOM})
    assert len(take_files(empty, "rss", [path]).added) == 3
    asked = """{ publications { nodes { slug name } } articles(orderBy: [{field: DATED_ON}]) {
      nodes { headline author url datedOn { edtf } paragraphs { text } } } }"""
    answer = empty.ask(asked)
    assert answer["publications"] == {"nodes": [{"slug": "goats-sheep", "name": "Goats & sheep"}]}
    assert answer["articles"] == {
        "nodes": [
            {
                "headline": "One <2> & more",
                "author": "Ada",
                "url": "https://herald.example/1",
                "datedOn": {"edtf": "2005-03-04"},
                "paragraphs": [{"text": "First & foremost."}, {"text": "Second."}],
            },
            {
                "headline": "Two <3",
                "author": None,
                "url": "https://herald.example/2",
                "datedOn": {"edtf": "2005-03-05"},
                "paragraphs": [{"text": "1 < 2"}],
            },
        ]
    }


def test_a_feed_is_not_taken_for_an_export(empty: Database, tmp_path: Path) -> None:
    """Its publication alone was taken, and no article."""
    (path,) = write_files(tmp_path, {"feed.xml": RSS})
    with pytest.raises(InputError) as raised:
        take_files(empty, "wordpress", [path])
    told = "no row of it has `wp:post_type`, by which rows are chosen"
    assert [fault.what for fault in raised.value.faults] == [told]


DAYS = {
    ("03.02.1950", "%d.%m.%Y"): "1950-02-03",
    ("02/1950", "%m/%Y"): "1950-02",
    ("1950", "%Y"): "1950",
    ("3 Feb 1950", "%d %b %Y"): "1950-02-03",
    ("1950-02-03 10:20:30", "%Y-%m-%d %H:%M:%S"): "1950-02-03",
    ("Fri, 03 Feb 1950 23:20:30 +0100", "rfc822"): "1950-02-03",
    ("195X", "edtf"): "195X",
    ("1950/1951", "edtf"): "1950/1951",
    ("31.02.1950", "%d.%m.%Y"): None,
    ("1950-02", "%Y"): None,
    ("1950-02-03T23:20:30-05:00", "iso8601"): "1950-02-03",
    ("1950-02-03", "iso8601"): "1950-02-03",
    ("1950-W05", "iso8601"): None,
    ("soon", "rfc822"): None,
    ("Fri, 03 Feb 1950 23:20:30 +99999999999999999999", "rfc822"): None,
    ("soon", "edtf"): None,
}


@pytest.mark.parametrize(("text", "form"), DAYS)
def test_days_are_as_precise_as_their_form(text: str, form: str) -> None:
    assert read_day(text, [form]) == DAYS[text, form]
    assert read_day(text, ["%d", form]) == DAYS[text, form]


def test_templates_name_columns() -> None:
    cells = {"a": "x", "b c": "y", "d": ""}
    filled = {
        "{a}-{b c}": "x-y",
        "{{a}} {a}": "{a} x",
        "{d}": None,
        "only {d}": None,
        "no column": "no column",
        "{a}{d}": "x",
        "{unknown}": None,
    }
    assert {text: read_template(text).fill(cells) for text in filled} == filled


def test_wordpress_exports_are_taken_as_they_are(empty: Database, tmp_path: Path) -> None:
    """As WXR, as answers of REST, and as RSS: each post with its text, once."""
    posts = json.dumps([REST])
    wxr, rest, rss = write_files(
        tmp_path, {"export.xml": WXR, "posts-1.json": posts, "feed.rss": RSS}
    )
    for mapping, path in (("wordpress", wxr), ("wordpress-rest", rest), ("rss", rss)):
        again = [take_files(empty, mapping, [path]) for _ in range(2)]
        assert ([len(report.added) for report in again], again[1].left) == ([2, 0], 2), mapping
    asked = (
        "{ articles { nodes { slug headline datedOn { edtf } author url paragraphs { text } } } }"
    )
    two = [{"text": "First & foremost."}, {"text": "Second."}]
    one = [{"text": "A single one."}]
    answer = empty.ask(asked)["articles"]
    assert isinstance(answer, dict)
    assert sorted(answer["nodes"], key=lambda node: str(node["slug"])) == [
        {
            "slug": "herald-7",
            "headline": "News & views",
            "datedOn": {"edtf": "2005-03-04"},
            "author": "ada",
            "url": "https://herald.example/?p=7",
            "paragraphs": two,
        },
        {
            "slug": "https-herald-example-7",
            "headline": "News & views",
            "datedOn": {"edtf": "2005-03-04"},
            "author": None,
            "url": "https://herald.example/7",
            "paragraphs": None,
        },
        {
            "slug": "wordpress-9",
            "headline": "News & views",
            "datedOn": {"edtf": "2005-03-06"},
            "author": None,
            "url": "https://herald.example/9",
            "paragraphs": one,
        },
    ]
