"""What PostgreSQL 15 has not learned yet stands in no statement of ours.

`make test-long` runs what touches a database on 15 itself; this tells sooner, on any server.
"""

import re

import pytest
from graphql import GraphQLSchema

from kb.query.cardinality import Lengths
from schema.build import build_schema
from schema.flat import flat_tables
from tests.support.golden import FOLDER

_SUBQUERY = re.compile(r"\b(?:from|join)\s*\(")
_NO_NAME = re.compile(r"\s*(?:$|[),]|(?:where|order|group|having|limit|offset|join|left|on)\b)")


def unnamed_subqueries(statement: str) -> list[str]:
    """What follows each subquery of a `from` that has no name, as only PostgreSQL 16 allows."""
    behind = [
        statement[closing_parenthesis(statement, match.end() - 1) :]
        for match in _SUBQUERY.finditer(statement)
    ]
    return [after[:60] for after in behind if _NO_NAME.match(after)]


def closing_parenthesis(statement: str, start: int) -> int:
    depth = 0
    for place in range(start, len(statement)):
        depth += {"(": 1, ")": -1}.get(statement[place], 0)
        if not depth:
            return place + 1
    raise AssertionError("a parenthesis is not closed")


def statements() -> dict[str, str]:
    schema: GraphQLSchema = build_schema().core
    golden = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.sql")}
    flat = {name: table.statement for name, table in flat_tables().items()}
    return golden | flat | {"lengths": "?".join(Lengths(schema)._pieces)}


def test_every_subquery_has_a_name() -> None:
    subqueries = {name: unnamed_subqueries(text) for name, text in statements().items()}
    assert not {name: some for name, some in subqueries.items() if some}


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("select * from (select 1) where true", False),
        ("select * from (select (2)) a join (select 1)", False),
        ("select 1 from (select 1), b", False),
        ("select * from (select * from (select 1) a) b where b.x in (select 2)", True),
    ],
)
def test_a_subquery_without_a_name_is_found(statement: str, names: bool) -> None:
    assert (unnamed_subqueries(statement) == []) is names
