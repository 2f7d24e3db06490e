"""What a whole filter asks of a row: its own fields, and the filters within it, in three values.

In: the tests of its fields, a row, and the filter as a client gave it. Out: a condition as `Sql`,
of what the row passes by some reading of its dates, or by every one. What is possible is not ruled
out, so `not` asks of the filter in it the other of the two. Each date is read by itself: two tests
of one date may be possible each, and not both. Pure: no connection.
"""

from collections.abc import Iterator, Mapping

from kb.errors import LimitError, QueryError
from kb.query.fields import Arguments, DoubtfulTest, FilterTest, KeyTest, Test
from kb.query.sql import Path, Row, Sql, both, join, sql

ALL, ANY, NONE = "and", "or", "not"
"""The fields of a filter that hold filters of the same type."""
MOST_NESTED, MOST_WITHIN = 5, 100
"""How deep filters may stand within one another, and how many within one."""


def conditions(
    tests: Mapping[str, FilterTest],
    row: Row,
    wanted: Arguments,
    *,
    certain: bool = False,
    must_hold: bool = True,
) -> list[Sql]:
    """All of them must hold, unless the filter need not; one that asks nothing has none."""
    required = [
        _chosen(test, certain=certain, must_hold=must_hold)(row, wanted, name)
        for name, test in tests.items()
        if wanted.given(name)
    ]
    for inner in _listed(wanted, ALL):
        required += conditions(tests, row, inner, certain=certain, must_hold=must_hold)
    if wanted.given(ANY):
        ways = [
            both(*conditions(tests, row, inner, certain=certain, must_hold=False))
            for inner in _listed(wanted, ANY)
        ]
        required.append(sql("({})", join(" or ", ways)) if ways else Sql("false"))
    if wanted.given(NONE):
        denied = both(*conditions(tests, row, wanted.inner(NONE), certain=not certain))
        # Of what is not there nothing is known to hold: that is not true either.
        required.append(sql("({}) is not true", denied))
    return required


def _chosen(test: FilterTest, *, certain: bool, must_hold: bool) -> Test:
    match test:
        case DoubtfulTest():
            return test.certain if certain else test.possible
        case KeyTest():
            return test.must_hold if must_hold else test.may_hold
    return test


def _listed(wanted: Arguments, name: str) -> list[Arguments]:
    values = wanted.values.get(name) or []
    assert isinstance(values, list)
    return [Arguments(value, wanted.path) for value in values]


def fields_asked(wanted: Arguments) -> set[str]:
    """By which a filter asks, or one within it, at whatever depth."""
    given = {name for each in (wanted, *within(wanted)) for name in each.values if each.given(name)}
    return given - {ALL, ANY, NONE}


def within(wanted: Arguments) -> Iterator[Arguments]:
    """The filters that stand in a filter, at whatever depth."""
    for _, inner in _nested(wanted, 1):
        yield inner


def _nested(wanted: Arguments, depth: int) -> Iterator[tuple[int, Arguments]]:
    denied = [wanted.inner(NONE)] if wanted.given(NONE) else []
    for inner in (*_listed(wanted, ALL), *_listed(wanted, ANY), *denied):
        yield depth, inner
        yield from _nested(inner, depth + 1)


def check_filter(tests: Mapping[str, FilterTest], wanted: Arguments) -> None:
    """Raises QueryError where the filter has null, lacks a day, or has too much in it."""
    if null := ", ".join(sorted(_nulls(wanted.values, "filter"))):
        raise QueryError(f"null stands at {null}", "leave it out, or give a value", wanted.path)
    _check_size(wanted)
    day = "occurred" if "occurred" in tests else "asOf"
    for each in (wanted, *within(wanted)):
        for filter_of_day, needed in ((each, day), (each.inner("memberOf"), "asOf")):
            if filter_of_day.given("atLeast") and not filter_of_day.given(needed):
                raise QueryError("`atLeast` needs a day", f"give `{needed}` too", wanted.path)


def _check_size(wanted: Arguments) -> None:
    depths = [depth for depth, _ in _nested(wanted, 1)]
    _check_limit(len(depths), MOST_WITHIN, "filters stand within one", wanted.path)
    _check_limit(max(depths, default=0), MOST_NESTED, "levels of filters", wanted.path)


def _check_limit(count: int, most: int, what: str, path: Path) -> None:
    if count > most:
        what = f"{count} {what}, more than the {most} allowed"
        raise LimitError(what, "list values by `in`, or ask in several operations", path)


def _nulls(value: object, place: str) -> Iterator[str]:
    """The places of all nulls in a filter, which are refused: their meaning would be ambiguous."""
    if value is None:
        yield f"`{place}`"
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _nulls(inner, f"{place}.{name}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _nulls(inner, f"{place}.{position}")
