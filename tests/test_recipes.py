"""The recipes of CONTRIBUTING, carried out to the letter: what they leave out, fails here."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.recipes import ROOT, copy_tree, count_edits, edits_below

ASK = """
import sys
from pathlib import Path
from tests.support.databases import open_database, settings_of
with open_database(settings_of(Path("kb.db").absolute())) as database:
    print(__import__("json").dumps(database.ask(sys.argv[1])))
"""
QUICK = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not postgresql")


BORN = f"""\
ada:
  name: Ada
  born: "1950-05"
  citations:
    ada-born:
      article: conway-bulletin-301-csto-agree-on-crises-centre
      anchor: {{paragraph: 1, start: 0, end: 5, sha256: {"a" * 64}}}
      claim: It tells the month of her birth.
      field: born
      value: "1950-05"
"""
OFFICIALS = """{ officials(
  filter: {born: {before: "1960-01-01"}}, orderBy: {field: BORN, direction: DESC}
) { nodes { name born { edtf } } } }"""


@pytest.mark.parametrize("heading", ["Add a field to a record type", "Add a root query"])
def test_what_a_recipe_edits_is_there(heading: str) -> None:
    command = ["git", "apply", "--check", "--unidiff-zero", "-"]
    done = subprocess.run(command, cwd=ROOT, input=edits_below(heading), text=True)
    assert done.returncode == 0


@pytest.mark.long
def test_a_field(tmp_path: Path) -> None:
    """A date with a filter and an order, in a database that was filled before."""
    edits = edits_below("Add a field to a record type")
    copy = copy_tree(tmp_path / "copy")
    copy.kb("load", "seeds")
    copy.apply(edits)
    copy.make_schema()
    copy.kb("migrate")
    new = copy.folder / "new"
    new.mkdir()
    (new / "officials.yaml").write_text(BORN, encoding="utf-8")
    copy.kb("load", "new")
    answer = json.loads(copy.python("-c", ASK, OFFICIALS))
    assert answer == {"officials": {"nodes": [{"name": "Ada", "born": {"edtf": "1950-05"}}]}}
    assert "no fault" in copy.kb("check")
    tests = ("traits", "layout", "schema", "flat", "database", "worlds")
    copy.python(*QUICK, *(f"tests/test_{name}.py" for name in tests))
    files, lines = count_edits(edits)
    assert files <= 11
    assert lines <= 50


@pytest.mark.long
def test_a_root_query(tmp_path: Path) -> None:
    edits = edits_below("Add a root query")
    copy = copy_tree(tmp_path / "copy")
    copy.kb("load", "seeds")
    copy.apply(edits)
    copy.make_schema()
    tests = ("golden", "schema", "layout", "plans")
    copy.python(*QUICK, "--write", *(f"tests/test_{name}.py" for name in tests))
    asked = '{ citation(key: "csto-name-in-zas-2020") { field } }'
    assert json.loads(copy.python("-c", ASK, asked)) == {"citation": {"field": "name"}}
