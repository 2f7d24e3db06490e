"""In which years something was, by the bounds of its days: as groups count it, for filters.

In: the bounds of a row, and a year as a client gave it. Out: conditions as `Sql`. Pure: no
connection.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR
from functools import partial

from kb.query.fields import Arguments, DoubtfulTest
from kb.query.sql import Row, Scalar, Sql, sql


@dataclass(frozen=True)
class DayBounds:
    """The first and last day on which something can have begun, and on which it can have ended."""

    begins: tuple[Sql, Sql]
    ends: tuple[Sql, Sql]


def in_year(days: Callable[[Row], DayBounds]) -> DoubtfulTest:
    """Whether something was in a year: by some reading, by every one."""
    return DoubtfulTest(partial(_possibly, days), partial(_certainly, days))


def _possibly(days: Callable[[Row], DayBounds], row: Row, arguments: Arguments, name: str) -> Sql:
    bounds = days(row)
    return _within(bounds, bounds.begins[0], bounds.ends[1], arguments, name)


def _certainly(days: Callable[[Row], DayBounds], row: Row, arguments: Arguments, name: str) -> Sql:
    """It begins and ends in order: it has begun by the last day of its end, and has not ended
    before the first of its start.
    """
    bounds = days(row)
    (first_start, last_start), (first_end, last_end) = bounds.begins, bounds.ends
    begun = sql("case when {} < {} then {} else {} end", last_start, last_end, last_start, last_end)
    ended = sql(
        "case when {} < {} then {} else {} end", first_end, first_start, first_start, first_end
    )
    return _within(bounds, begun, ended, arguments, name)


def _within(bounds: DayBounds, begun: Sql, ended: Sql, arguments: Arguments, name: str) -> Sql:
    first, last = (arguments.bind(name, fit) for fit in (_first_day, _last_day))
    in_order = sql("{} <= {}", bounds.begins[0], bounds.ends[1])
    return sql("{} <= {} and {} >= {} and {}", begun, last, ended, first, in_order)


def _first_day(year: object) -> Scalar:
    return f"{year:04}-01-01" if _is_year(year) else _NO_DAY


def _last_day(year: object) -> Scalar:
    return f"{year:04}-12-31" if _is_year(year) else _NO_DAY


def _is_year(year: object) -> bool:
    return isinstance(year, int) and MINYEAR <= year <= MAXYEAR


_NO_DAY = ""
"""Before all days, those without a bound too, so that nothing has begun by then."""
