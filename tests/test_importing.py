"""docs/importing.md tells the truth: its mappings take its tables, and its description its page,
with the result that it says.
"""

from pathlib import Path

import pytest

from kb.archive.page_reader import page_reader
from kb.imports.site_reader import read_site
from tests.support.archive_pages import ingest_pages
from tests.support.command import run
from tests.support.databases import Database
from tests.support.documentation import ROOT, blocks_in, named_files
from tests.support.imports import take_files

GUIDE = "docs/importing.md"
AT_NOON = "It leaves at noon."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the files of the guide."""
    for name, text in named_files(GUIDE).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_memberships_are_taken(filled: Database, folder: Path) -> None:
    report = take_files(filled, str(folder / "igo.yaml"), [folder / "igo.csv"])
    told, _ = blocks_in(GUIDE, "text")
    assert told.startswith(f"{len(report.added)} added, 0 changed")
    asked = """{ organisation(slug: "cow-exu") {
      members(asOf: "1993-06-30") { membership { key status } certainty } } }"""
    answer = filled.ask(asked)["organisation"]
    assert isinstance(answer, dict)
    assert {
        member["membership"]["key"]: (member["membership"]["status"], member["certainty"])
        for member in answer["members"]
    } == {
        "cow-exu-kazakhstan-1992": ("MEMBER", "CERTAIN"),
        "cow-exu-uzbekistan-1992": ("MEMBER", "POSSIBLE"),
    }


def test_ministers_are_taken(filled: Database, folder: Path) -> None:
    tables = [folder / f"{name}.csv" for name in ("persons", "posts", "appointments")]
    report = take_files(filled, str(folder / "ministers.yaml"), tables)
    assert len(report.added) == 12
    asked = """{ official(slug: "min-p1") { name aliases terms { nodes {
      office state { code } period { start { edtf } end { edtf } } endReason } } } }"""
    state = {"code": "KZ"}
    assert filled.ask(asked)["official"] == {
        "name": "Ada Example",
        "aliases": ["A. Example", "Ada Exemplar"],
        "terms": {
            "nodes": [
                {
                    "office": "Minister of Examples",
                    "state": state,
                    "period": {"start": {"edtf": "1998-02-03"}, "end": {"edtf": "2001-12"}},
                    "endReason": "resigned",
                },
                {
                    "office": "Minister of Samples",
                    "state": state,
                    "period": {"start": {"edtf": "2002"}, "end": {"edtf": "2004-05-14"}},
                    "endReason": None,
                },
            ]
        },
    }


def test_pages_of_another_site_are_taken(filled: Database, folder: Path) -> None:
    reader = page_reader(read_site(str(folder / "herald.yaml"), None))
    summary = ingest_pages(filled, folder / "herald.html", reader=reader)
    assert (summary.added, summary.texts, summary.faults) == (3, 3, [])
    asked = """{ articles(filter: {publication: {eq: "lake-herald"}}, orderBy: {field: DATED_ON}) {
      nodes { slug headline issueNumber author datedOn { edtf } paragraphs { text } } } }"""
    assert filled.ask(asked)["articles"] == {
        "nodes": [
            {
                "slug": f"lake-herald-12-{headline.lower().replace(' ', '-')}",
                "headline": headline,
                "issueNumber": 12,
                "author": author,
                "datedOn": {"edtf": day},
                "paragraphs": [{"text": text} for text in texts],
            }
            for headline, author, day, texts in (
                ("Ferry returns", "Ada Example", "2001-06-01", ["The ferry is back.", AT_NOON]),
                ("Bridge closed", None, "2001-06-02", ["Nobody crosses."]),
                ("Goats found", None, "2001-06-03", ["All of them."]),
            )
        ]
    }


def test_the_command_names_a_site(folder: Path) -> None:
    _, told = blocks_in(GUIDE, "text")
    done = run(folder, "load", str(ROOT / "seeds"))
    assert done.returncode == 0
    done = run(folder, "ingest", "herald.html", "--site", "herald.yaml")
    assert done.stdout.startswith(told)
    again = run(folder, "ingest", "herald.html", "--site", "herald.yaml")
    assert "0 articles added, 0 texts stored, 3 left as they were" in again.stdout
    lines = run(folder, "ingest", "herald.html")
    assert "herald.html:1: no article is found: no text begins with a dateline" in lines.stderr
