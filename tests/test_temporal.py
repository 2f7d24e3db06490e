"""The certainty rule in SQL is the rule in Python: every combination of bounds, every day."""

from collections.abc import Iterator
from datetime import date
from itertools import product

import pysqlite3
import pytest

from kb.periods import Bounds, Certainty, EndKind
from kb.query import certainty
from kb.query.fields import Arguments
from kb.query.sql import Row, Sql, literal
from kb.records.rows import bound_columns

DAYS = [date(2000, 1, day) for day in range(1, 6)]
BOUNDS = [Bounds(*four) for four in product([None, *DAYS[1:4]], repeat=4)]
FLOORS = ["-infinity", DAYS[2].isoformat()]
ROW = Row("m", "membership")
Case = tuple[int, str, date, EndKind]
"""The bounds, the floor, the day, and how the period ends."""
Told = dict[Case, tuple[str, str | None, bool, bool]]


@pytest.fixture(scope="module")
def sql_answers() -> Told:
    """What SQL says of each combination, day and kind of end."""
    connection = pysqlite3.connect(":memory:")
    columns = ("start_earliest", "start_latest", "end_earliest", "end_latest")
    connection.execute(f"create table membership (id, floor, end_kind, {', '.join(columns)})")
    for (number, bounds), floor, end_kind in product(enumerate(BOUNDS), FLOORS, EndKind):
        days = [bound_columns(bounds)[column] for column in columns]
        values = [number, floor, end_kind.name, *days]
        connection.execute("insert into membership values (?, ?, ?, ?, ?, ?, ?)", values)
    answers: Told = dict(ask_all(connection))
    connection.close()
    return answers


def ask_all(
    connection: "pysqlite3.dbapi2.Connection",
) -> Iterator[tuple[Case, tuple[str, str | None, bool, bool]]]:
    for day in DAYS:
        day_sql = literal(day.isoformat())
        expressions = [
            certainty.certainty(ROW, day_sql),
            certainty.doubt(ROW, day_sql),
            _at_least(day_sql, Certainty.POSSIBLE),
            _at_least(day_sql, Certainty.CERTAIN),
        ]
        selected = ", ".join(expression.text for expression in expressions)
        query = f"select id, floor, end_kind, {selected} from membership m"
        for number, floor, end_kind, sure, doubt, *least in connection.execute(query):
            possible, certain = map(bool, least)
            yield (number, floor, day, EndKind(end_kind)), (sure, doubt, possible, certain)


def _at_least(day: Sql, least: Certainty) -> Sql:
    return certainty.at_least(ROW, day, Arguments({"atLeast": least}, ()))


def test_sql_and_python_agree(sql_answers: Told) -> None:
    """And nothing is possible before the floor."""
    assert len(sql_answers) == len(BOUNDS) * len(FLOORS) * len(DAYS) * len(EndKind)
    for (number, floor, day, end_kind), told in sql_answers.items():
        sql_certainty, doubt, possible, certain = told
        bounds = BOUNDS[number]
        is_below = day.isoformat() < floor
        expected = Certainty.RULED_OUT if is_below else bounds.certainty(day)
        assert sql_certainty == expected
        assert certain == (expected is Certainty.CERTAIN)
        if certain or not _consistent(bounds):
            continue
        assert possible == (expected is not Certainty.RULED_OUT)
        if possible:
            assert doubt == bounds.doubt(day, end_kind)


def _consistent(bounds: Bounds) -> bool:
    """What the database lets in: no bound's earliest day is after its latest."""
    pairs = ((bounds.start_earliest, bounds.start_latest), (bounds.end_earliest, bounds.end_latest))
    return all(not low or not high or low <= high for low, high in pairs)
