"""docs/importing.md tells the truth: its mappings take its tables, with the result that it says."""

from pathlib import Path

import pytest

from tests.support.databases import Database
from tests.support.documentation import blocks_in, named_files
from tests.support.imports import take_files

GUIDE = "docs/importing.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the files of the guide."""
    for name, text in named_files(GUIDE).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_memberships_are_taken(filled: Database, folder: Path) -> None:
    report = take_files(filled, str(folder / "igo.yaml"), [folder / "igo.csv"])
    (told,) = blocks_in(GUIDE, "text")
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
