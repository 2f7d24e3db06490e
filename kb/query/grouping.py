"""The rows of a connection counted, and counted in groups, with how much of a count is doubt.

In: what the rows can be grouped by, as the schema declares it, and the conditions on which a row
possibly and certainly belongs to the connection. Out: queries as `Sql`, whose rows have `certain`,
`possible` and the keys. A row is certain in a group if it belongs there under every reading of its
dates, possible if under some. Pure: no connection.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from kb.errors import LimitError, QueryError
from kb.query.fields import Arguments, PageFieldSource
from kb.query.sql import HOLE, Param, Path, Row, Scalar, Sql, join, sql

MOST_KEYS = 3
DEFAULT_GROUPS, MOST_GROUPS = 100, 1_000
COUNTED = frozenset({"certain", "possible"})
"""The columns of whatever is counted."""
YEAR = "YEAR"
_NO_YEAR = "'none'"
"""It sorts after all years, and after the sentinels, as these are cut to the length of one."""


@dataclass(frozen=True)
class GroupKey:
    """What rows can be grouped by, in a column of the groups.

    `value` is that of a row; where a row has several, it is of a table that `links` joins, told
    what else is grouped by. `order` is what groups sort by, and `shown` a column of the rows of
    which the groups have the first in the order of texts.
    """

    column: str
    value: Callable[[Row], Sql]
    order: Callable[[Sql], Sql] = lambda column: column
    links: Callable[[Row, Collection[str]], Sql] | None = None
    shown: str | None = None
    type: str = "text"


@dataclass(frozen=True)
class DayBounds:
    """The first and last day on which something can have begun, and on which it can have ended."""

    begins: tuple[Sql, Sql]
    ends: tuple[Sql, Sql]


@dataclass(frozen=True)
class GroupsSource(PageFieldSource):
    """What the rows of a connection can be grouped by, by the names that `by` takes.

    Joins come in the order of the keys. With `days`, it can be the year, too.
    """

    keys: Mapping[str, GroupKey]
    days: Callable[[Row], DayBounds] | None = None

    @property
    def columns(self) -> frozenset[str]:
        """Those of a group."""
        shown = {key.shown for key in self.keys.values() if key.shown}
        return frozenset({*(key.column for key in self.keys.values()), *shown, "year"}) | COUNTED


@dataclass(frozen=True)
class Grouping:
    """What is asked for: groups by these keys, so many at most."""

    source: GroupsSource
    by: tuple[str, ...]
    size: Sql
    path: Path


def grouping(source: GroupsSource, arguments: Arguments) -> Grouping:
    """Raises QueryError where too much is asked for."""
    by = tuple(dict.fromkeys(arguments.names("by"))) if arguments.given("by") else ()
    listed = arguments.values.get("by")
    if isinstance(listed, list) and len(listed) > MOST_KEYS:
        what = f"groups by {len(listed)} keys, more than the {MOST_KEYS} allowed"
        raise LimitError(what, "narrow the filter instead", arguments.path)
    size = arguments.values["first"] if arguments.given("first") else DEFAULT_GROUPS
    check: Callable[[object], Scalar] = partial(_check_size, path=arguments.path)
    return Grouping(
        source, by, Sql(f"{HOLE}+0", (Param(size, check, arguments.path),)), arguments.path
    )


def _check_size(value: object, path: Path) -> Scalar:
    if isinstance(value, int) and 0 <= value <= MOST_GROUPS:
        return value
    remedy = f"ask for 0 to {MOST_GROUPS:,}, of a narrower filter if there are more"
    raise QueryError(f"`first: {value}` is no number of groups", remedy, path)


@dataclass(frozen=True)
class CountedRows:
    """Rows of a table that meet a condition; `sure` tells of each whether it certainly does, if
    there can be doubt.
    """

    table: Sql
    row: Row
    possible: Sql
    sure: Sql | None

    def count(self) -> Sql:
        """One row."""
        text = "select count(*) as possible,{} as certain from ({}) r"
        return sql(text, _certain(self.sure), self.each({}))

    def each(
        self, columns: Mapping[str, Sql], links: Sequence[Sql] = (), *, once: bool = False
    ) -> Sql:
        """With these columns, and whether it is sure; of equal rows `once` leaves one."""
        selected = [sql('{} as "' + name + '"', value) for name, value in columns.items()]
        if self.sure:
            selected.append(sql("case when {} then 1 else 0 end as sure", self.sure))
        if once:
            selected.insert(0, sql("distinct {} as id", self.row["id"]))
        table = sql("{} {}", self.table, Sql(self.row.alias))
        rows = join(" ", [table, *links])
        return sql(
            "select {} from {} where {}", join(",", selected or [Sql("1")]), rows, self.possible
        )

    def groups(self, choice: Grouping) -> Sql:
        """One row a group, the `nth` of them: the largest first, then by key, null last."""
        groups = (
            _groups_by_year(self, choice) if YEAR in choice.by else _groups_by_keys(self, choice)
        )
        text = "select g.*,row_number() over (order by {}) as nth from ({}) g order by nth limit {}"
        return sql(text, join(",", _order(choice)), groups, choice.size)


def _certain(sure: Sql | None, number: str = "count(*)") -> Sql:
    """How many of the rows are sure, all of them if there can be no doubt."""
    return Sql("coalesce(sum(r.sure),0)" if sure else number)


def _order(choice: Grouping) -> list[Sql]:
    order = [Sql("g.possible desc")]
    for name in choice.by:
        key = choice.source.keys.get(name, _YEAR_KEY)
        column = Sql(f'g."{key.column}"')
        order += [sql("case when {} is null then 1 else 0 end", column), key.order(column)]
    return order


def _keys(choice: Grouping) -> dict[str, GroupKey]:
    """Those asked for but the year, in the order of their joins."""
    return {name: key for name, key in choice.source.keys.items() if name in choice.by}


def _each_row(rows: CountedRows, choice: Grouping, days: Mapping[str, Sql]) -> Sql:
    """Where a row has several of a key, links may bring one of them twice."""
    keys = _keys(choice)
    columns = {key.column: key.value(rows.row) for key in keys.values()}
    columns |= {key.shown: rows.row[key.shown] for key in keys.values() if key.shown}
    links = [key.links(rows.row, keys) for key in keys.values() if key.links]
    return rows.each({**columns, **days}, links, once=bool(links))


def _columns(choice: Grouping, alias: str) -> tuple[list[Sql], list[Sql]]:
    """The keys that are grouped by; and all columns of a group but its year and its counts."""
    keys = list(_keys(choice).values())
    absent = [key for key in choice.source.keys.values() if key not in keys]
    names = [Sql(f'{alias}."{key.column}"') for key in keys]
    shown = [Sql(f'min({alias}."{key.shown}") as "{key.shown}"') for key in keys if key.shown]
    nothing = [
        Sql(f'cast(null as {key.type}) as "{column}"')
        for key in absent
        for column in (key.column, key.shown)
        if column
    ]
    return names, [*names, *shown, *nothing]


def _groups_by_keys(rows: CountedRows, choice: Grouping) -> Sql:
    names, columns = _columns(choice, "r")
    text = (
        "select {},cast(null as integer) as year,count(*) as possible,{} as certain from ({}) r{}"
    )
    grouped = sql(" group by {}", join(",", names)) if names else Sql("")
    each = _each_row(rows, choice, {})
    return sql(text, join(",", columns), _certain(rows.sure), each, grouped)


def _groups_by_year(rows: CountedRows, choice: Grouping) -> Sql:
    """Rows whose spans are alike in all that counts are counted once, and then spread over years.

    What has no bound is possible as far as any date of the rows goes, and not beyond.
    """
    names, columns = _columns(choice, "s")
    text = (
        "with recursive year_span as ({}),"
        " year_bound as (select min(b.year) as low,max(b.year) as high from ({}) b"
        " where b.year between '0001' and '9999'),"
        " each_year(year,name) as (select cast(low as integer),low from year_bound"
        " where low is not null union all"
        " select y.year + 1,substr(cast(y.year + 10001 as text),2,4) from each_year y,year_bound b"
        " where y.year < cast(b.high as integer))"
        " select {},y.year,sum(s.possible) as possible,"
        "sum(case when y.name is null or y.name between s.surely_from and s.surely_to"
        " then s.certain else 0 end) as certain"
        " from year_span s left join each_year y"
        " on y.name between s.possibly_from and s.possibly_to group by {}"
    )
    ends = ("possibly_from", "possibly_to", "surely_from", "surely_to")
    bounds = join(" union all ", (Sql(f"select {end} as year from year_span") for end in ends))
    spans = _year_spans(rows, choice)
    return sql(text, spans, bounds, join(",", columns), join(",", [*names, Sql("y.year")]))


def _year_spans(rows: CountedRows, choice: Grouping) -> Sql:
    """How many rows are in doubt, and how many are not, from one year to another."""
    days_of = choice.source.days
    assert days_of is not None
    days = days_of(rows.row)
    named = dict(zip(("a0", "a1", "z0", "z1"), (*days.begins, *days.ends), strict=True))
    keys = _keys(choice).values()
    columns = [Sql(f'r."{key.column}"') for key in keys]
    shown = [Sql(f'min(r."{key.shown}") as "{key.shown}"') for key in keys if key.shown]
    years = [Sql(f"{value} as {name}") for name, value in _YEARS.items()]
    return sql(
        "select {},count(*) as possible,{} as certain from ({}) r group by {}",
        join(",", [*columns, *shown, *years]),
        _certain(rows.sure),
        _each_row(rows, choice, named),
        join(",", [*columns, *(Sql(value) for value in _YEARS.values())]),
    )


def _year(day: str) -> str:
    return f"substr({day},1,4)"


_YEAR_KEY = GroupKey("year", lambda row: row["year"], type="integer")
_NEVER = f"case when r.a0 > r.z1 then {_NO_YEAR}"
_YEARS = {
    "possibly_from": f"{_NEVER} else {_year('r.a0')} end",
    "possibly_to": f"{_NEVER} else {_year('r.z1')} end",
    "surely_from": f"{_NEVER} when r.a1 < r.z1 then {_year('r.a1')} else {_year('r.z1')} end",
    "surely_to": f"{_NEVER} when r.z0 < r.a0 then {_year('r.a0')} else {_year('r.z0')} end",
}
"""In which years a span of days can have held, and in which it must have: it begins and ends in
order, so it has begun by the last day of its end, and has not ended before the first of its start.
"""
