"""The recipes of CONTRIBUTING, carried out to the letter: what they leave out, fails here."""

import json
from pathlib import Path

import pytest

from tests.support.recipes import copy_tree, count_edits, edits_below

pytestmark = pytest.mark.slow

ASK = """
import sys
from pathlib import Path
from tests.support.databases import open_database, settings_of
with open_database(settings_of(Path("kb.db").absolute())) as database:
    print(__import__("json").dumps(database.ask(sys.argv[1])))
"""
QUICK = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not postgresql")


def test_a_root_query(tmp_path: Path) -> None:
    edits = edits_below("Add a root query")
    copy = copy_tree(tmp_path / "copy")
    copy.kb("load", "seeds")
    copy.apply(edits)
    copy.make_schema()
    tests = ("golden", "schema", "layout", "plans")
    copy.python(*QUICK, "--write", *(f"tests/test_{name}.py" for name in tests))
    asked = '{ publication(slug: "bulletin") { name } }'
    assert json.loads(copy.python("-c", ASK, asked)) == {"publication": {"name": "The Bulletin"}}
    print("a root query: {} files, {} lines".format(*count_edits(edits)))
