"""A calendar of four days, with a day before and a day after it where a bound is open.

Out: every date that bounds on it can make, each with the days of the calendar that it allows.
"""

from datetime import date, timedelta
from itertools import product
from typing import NamedTuple

BEFORE, *DAYS, AFTER = (date(2016, 2, 27) + timedelta(number) for number in range(6))


class Value(NamedTuple):
    edtf: str
    days: frozenset[date]


def between(first: date | None, last: date | None) -> Value:
    low, high = (day.isoformat() if day else "" for day in (first, last))
    allowed = [day for day in (BEFORE, *DAYS, AFTER) if (first or BEFORE) <= day <= (last or AFTER)]
    return Value(low if first and first == last else f"[{low}..{high}]", frozenset(allowed))


VALUES = [
    between(first, last)
    for first, last in product([None, *DAYS], repeat=2)
    if (first or last) and (first or BEFORE) <= (last or AFTER)
]
