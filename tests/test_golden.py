"""Golden queries: each `.graphql` in `golden/` with its answer and the one statement that gives it.

`pytest --write` writes answers and statements anew; read their diff before committing it.
"""

import json
import re
from pathlib import Path

import pytest

from tests.support.databases import Database
from tests.support.golden import FOLDER, QUERIES


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.stem)
def test_golden(query: Path, csto: Database, request: pytest.FixtureRequest) -> None:
    csto.reader.statements.clear()
    data = csto.ask(query.read_text(encoding="utf-8"))
    answer = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    ((pieces, _),) = csto.reader.statements
    for path, actual in (
        (query.with_suffix(".json"), answer),
        (query.with_suffix(".sql"), format_statement("?".join(pieces))),
    ):
        if request.config.getoption("write"):
            path.write_text(actual, encoding="utf-8")
        assert actual == path.read_text(encoding="utf-8"), path.name


def test_every_golden_file_has_its_query() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {path.stem for path in QUERIES}


def format_statement(statement: str) -> str:
    """The statement with a line for each subquery, indented by its depth."""
    lines: list[str] = []
    depth = 0
    for part in re.split(r"(?=\(select )", statement):
        lines.append("  " * depth + part)
        depth += part.count("(") - part.count(")")
    return "\n".join(lines) + "\n"
