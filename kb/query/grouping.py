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
from kb.query.year_spans import FIRST_YEAR, HIGHEST, LAST_YEAR, LOWEST, OF_SPAN, YEAR_NAME, YEARS
from kb.query.years import DayBounds

MOST_KEYS = 3
DEFAULT_GROUPS, MOST_GROUPS = 100, 1_000
COUNTED = frozenset({"certain", "possible"})
"""The columns of whatever is counted."""
YEAR = "YEAR"


@dataclass(frozen=True)
class GroupKey:
    """What rows can be grouped by, in a column of the groups.

    `value` is that of a row; where a row has several, it is of a table that `links` joins, told
    what else is grouped by. `order` is what groups sort by, and `shown` a column of the rows of
    which the groups have the first in the order of texts. `filter_field` is the field of the list's
    filter by which a group is found, if it is not named as the key is; beside a filter by any of
    `tied`, it asks for less than a group has. It stands `behind` a column in an index: rows that
    are counted by both need not be put in order.
    """

    column: str
    value: Callable[[Row], Sql]
    order: Callable[[Sql], Sql] = lambda column: column
    links: Callable[[Row, Collection[str]], Sql] | None = None
    shown: str | None = None
    type: str = "text"
    filter_field: str | None = None
    tied: frozenset[str] = frozenset()
    behind: str | None = None


_YEAR_KEY = GroupKey("year", lambda row: row["year"], type="integer")


@dataclass(frozen=True)
class GroupTally:
    """A table that has the groups of all rows ready: by one key each, and by one that all are
    parted by. `fewest` is the key by which there are the fewest.
    """

    table: str
    parted_by: str
    fewest: str

    @property
    def row(self) -> Row:
        return Row("t", self.table)

    def key(self, by: Sequence[str]) -> str:
        """Which of its groups are those asked for."""
        return next((name for name in by if name != self.parted_by), self.fewest)


@dataclass(frozen=True)
class GroupsSource(PageFieldSource):
    """What the rows of a connection can be grouped by, by the names that `by` takes.

    Joins come in the order of the keys. With `days`, it can be the year, too.
    """

    keys: Mapping[str, GroupKey]
    days: Callable[[Row], DayBounds] | None = None
    tally: GroupTally | None = None

    @property
    def columns(self) -> frozenset[str]:
        """Those of a group."""
        shown = {key.shown for key in self.keys.values() if key.shown}
        return frozenset({*(key.column for key in self.keys.values()), *shown, "year"}) | COUNTED

    def is_kept(self, by: Sequence[str], fields: Collection[str]) -> bool:
        """Whether tallies have these groups of what a filter finds by these fields."""
        if self.tally is None or not by:
            return False
        part = self.tally.parted_by
        return len({*by} - {part}) <= 1 and {*fields} <= {self.filter_field(part)}

    def filter_field(self, name: str) -> str:
        """By which field of the list's filter a group is found, if there is one."""
        key = self.keys.get(name)
        return key.filter_field if key and key.filter_field else name.lower()


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
    there can be doubt. `tallied` is what they meet among tallies, if these can tell them.
    """

    table: Sql
    row: Row
    possible: Sql
    sure: Sql | None
    tallied: Sql | None = None

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
    nothing = [
        Sql(f'cast(null as {key.type}) as "{column}"')
        for key in absent
        for column in (key.column, key.shown)
        if column
    ]
    return names, [*names, *_shown(choice, alias), *nothing]


def _shown(choice: Grouping, alias: str) -> list[Sql]:
    keys = _keys(choice).values()
    return [Sql(f'min({alias}."{key.shown}") as "{key.shown}"') for key in keys if key.shown]


def _tallied(rows: CountedRows, choice: Grouping) -> Sql | None:
    """The groups with their counts, where these are kept; those by year are of the same years."""
    tally = choice.source.tally
    if tally is None or rows.tallied is None:
        return None
    kept = tally.key(choice.by)
    values = [
        f'cast(t.value as {key.type}) as "{key.column}"' if name == kept else f't."{key.column}"'
        for name, key in _keys(choice).items()
    ]
    listed = ",".join([*values, *(["t.value as years"] if YEAR in choice.by else [])])
    places = ",".join(str(place + 1) for place in range(len(choice.by)))
    text = (
        f"select {listed},sum(t.count) as possible,sum(t.count) as certain from {tally.table} t"
        f" where t.grouped_by = '{kept}' and t.count > 0 and {{}} group by {places}"
    )
    return sql(text, rows.tallied)


def _counted_behind(rows: CountedRows, choice: Grouping) -> Sql | None:
    """Groups by one key that stands behind a column, added up of those by both."""
    keys = [*_keys(choice).values()]
    if len(keys) != 1 or keys[0].behind is None:
        return None
    column = keys[0].column
    each = _each_row(rows, choice, {"behind": rows.row[keys[0].behind]})
    text = (
        f'select c."{column}",sum(c.possible) as possible,sum(c.certain) as certain from'
        f' (select r."{column}",count(*) as possible,{{}} as certain from ({{}}) r'
        f' group by r.behind,r."{column}") c group by c."{column}"'
    )
    return sql(text, _certain(rows.sure), each)


def _groups_by_keys(rows: CountedRows, choice: Grouping) -> Sql:
    names, columns = _columns(choice, "r")
    if counted := _tallied(rows, choice) or _counted_behind(rows, choice):
        text = "select {},cast(null as integer) as year,r.possible,r.certain from ({}) r"
        return sql(text, join(",", columns), counted)
    text = (
        "select {},cast(null as integer) as year,count(*) as possible,{} as certain from ({}) r{}"
    )
    grouped = sql(" group by {}", join(",", names)) if names else Sql("")
    each = _each_row(rows, choice, {})
    return sql(text, join(",", columns), _certain(rows.sure), each, grouped)


def _groups_by_year(rows: CountedRows, choice: Grouping) -> Sql:
    """Rows whose spans are of the same years are counted once, and then spread over these.

    What has no bound is possible as far as any date of the rows goes, and not beyond.
    """
    names, columns = _columns(choice, "y")
    carried = [Sql(f's."{column}",') for column in _carried(choice)]
    text = (
        f"with recursive year_span as (select s.*,min({LOWEST}) over () as since,"
        f"max({HIGHEST}) over () as until from ({{}}) s),"
        f" each_year as (select s.*,{FIRST_YEAR} as year from year_span s union all select {{}}"
        f"{OF_SPAN},s.since,s.until,s.year + 1 from each_year s where s.year < {LAST_YEAR})"
        " select {},y.year,sum(y.possible) as possible,sum(case when y.year is null or"
        f" {YEAR_NAME} between y.surely_from and y.surely_to then y.certain else 0 end) as certain"
        " from each_year y group by {}"
    )
    ending = join(",", [*names, Sql("y.year")])
    return sql(text, _spans(rows, choice), join("", carried), join(",", columns), ending)


def _spans(rows: CountedRows, choice: Grouping) -> Sql:
    """How many rows can, and how many must, have held from one year to another."""
    counted = _tallied(rows, choice) or _counted_years(rows, choice)
    parts = [
        Sql(f"substr(c.years,{4 * place + 1},4) as {name}") for place, name in enumerate(YEARS)
    ]
    carried = [Sql(f'c."{column}"') for column in _carried(choice)]
    listed = join(",", [*carried, *parts])
    return sql("select {},c.possible,c.certain from ({}) c", listed, counted)


def _counted_years(rows: CountedRows, choice: Grouping) -> Sql:
    assert choice.source.days is not None
    days = choice.source.days(rows.row)
    bounds = dict(zip(("a0", "a1", "z0", "z1"), (*days.begins, *days.ends), strict=True))
    names, shown = _columns(choice, "r")[0], _shown(choice, "r")
    # One text, by which rows come in order twice as fast as by four.
    years = Sql(f"concat({','.join(YEARS.values())})")
    return sql(
        "select {} as years,count(*) as possible,{} as certain from ({}) r group by {}",
        join(",", [*names, *shown, years]),
        _certain(rows.sure),
        _each_row(rows, choice, bounds),
        join(",", [*names, years]),
    )


def _carried(choice: Grouping) -> list[str]:
    """The columns of a group that come from its rows."""
    keys = _keys(choice).values()
    return [*(key.column for key in keys), *(key.shown for key in keys if key.shown)]
