"""How many days a span has, in SQL, over the bounds that are stored as text with sentinels.

In: a row with period columns. Out: numbers as `Sql`, by the reading that makes the span shortest
or longest, of those that begin before they end, and not before the floor; null where there is no
span at all. Pure: no connection.
"""

from kb.models.base import AFTER_ALL, BEFORE_ALL
from kb.query.certainty import not_before_floor
from kb.query.sql import Row, Sql, literal, sql

_PARTS = (
    "select cast(substr({},1,4) as integer) as y,cast(substr({},6,2) as integer) as m,"
    "cast(substr({},9,2) as integer) as d"
)
# Years that begin in March end with the day that not all have.
_FROM_MARCH = (
    "select p.d,p.y + 4800 - (14 - p.m) / 12 as y,p.m - 3 + (14 - p.m) / 12 * 12 as m from ({}) p"
)
_NUMBER = (
    "(select n.d + (153 * n.m + 2) / 5 + 365 * n.y + n.y / 4 - n.y / 100 + n.y / 400 from ({}) n)"
)


def shortest(row: Row) -> Sql:
    """From the last day of its start to the first of its end; a day where it may have had one."""
    start, end = not_before_floor(row, row["start_latest"]), row["end_earliest"]
    return _if_ever(row, sql("when {} >= {} then 1 else {}", start, end, _days(start, end)))


def longest(row: Row) -> Sql:
    """From the first day of its start to the last of its end; null where one has no bound."""
    start, end = _first_day(row), row["end_latest"]
    unbounded = sql("{} = {} or {} = {}", start, literal(BEFORE_ALL), end, literal(AFTER_ALL))
    return _if_ever(row, sql("when {} then null else {}", unbounded, _days(start, end)))


def _first_day(row: Row) -> Sql:
    return not_before_floor(row, row["start_earliest"])


def _if_ever(row: Row, otherwise: Sql) -> Sql:
    return sql("case when {} > {} then 0 {} end", _first_day(row), row["end_latest"], otherwise)


def _days(first: Sql, last: Sql) -> Sql:
    return sql("{} - {} + 1", _day_number(last), _day_number(first))


def _day_number(day: Sql) -> Sql:
    """In integers alone, which both engines divide alike."""
    return sql(_NUMBER, sql(_FROM_MARCH, sql(_PARTS, day, day, day)))
