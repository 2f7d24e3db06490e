"""The certainty rule in SQL, over the bounds that are stored as text with sentinels.

In: a row with period columns and a day. Out: conditions and values as `Sql`; `kb.periods` is the
same rule in Python. Pure: no connection.
"""

from collections.abc import Callable
from functools import partial

from kb.periods import Certainty
from kb.query.fields import Arguments, Condition, DoubtfulTest
from kb.query.sql import Row, Sql, join, sql

AS_OF_COLUMNS = frozenset({"certainty", "doubt"})


def certain(row: Row, day: Sql) -> Sql:
    bounds = sql("{} <= {} and {} >= {}", row["start_latest"], day, row["end_earliest"], day)
    return _above_floor(row, day, bounds)


def possible(row: Row, day: Sql) -> Sql:
    bounds = sql("{} <= {} and {} >= {}", row["start_earliest"], day, row["end_latest"], day)
    return _above_floor(row, day, bounds)


def _above_floor(row: Row, day: Sql, condition: Sql) -> Sql:
    """Also not before the founding of what the row is of, where it is of anything."""
    if not row.has("floor"):
        return condition
    return sql("{} and {} <= {}", condition, row["floor"], day)


def not_before_floor(row: Row, day: Sql) -> Sql:
    """The day itself, or the floor if that is later."""
    if not row.has("floor"):
        return day
    return sql("case when {} < {} then {} else {} end", day, row["floor"], row["floor"], day)


def certainty(row: Row, day: Sql) -> Sql:
    return sql(
        "case when {} then 'CERTAIN' when {} then 'POSSIBLE' else 'RULED_OUT' end",
        certain(row, day),
        possible(row, day),
    )


def at_least(
    row: Row, day: Sql, arguments: Arguments, default: Certainty = Certainty.POSSIBLE
) -> Sql:
    """Rows as certain as `atLeast` asks, or the default; all of them for RULED_OUT."""
    least = arguments.name("atLeast") if arguments.given("atLeast") else default
    if least == Certainty.CERTAIN:
        return certain(row, day)
    return possible(row, day) if least == Certainty.POSSIBLE else Sql("true")


def doubt(row: Row, day: Sql) -> Sql:
    return sql(
        "case when {} or not ({}) then null when {} < {} then 'START'"
        " when {} = 'ONGOING' then 'NOT_ATTESTED' else 'END' end",
        certain(row, day),
        possible(row, day),
        day,
        row["start_latest"],
        row["end_kind"],
    )


def doubt_in_words(row: Row) -> Sql:
    """The doubt in words."""
    return sql(
        "case {} when 'START' then {} when 'END' then {} when 'NOT_ATTESTED' then {} end",
        row["doubt"],
        row["start_doubt"],
        row["end_doubt"],
        row["end_doubt"],
    )


DayOf = Callable[[Row, Arguments], Sql]
"""The day asked about: of the row that has the field, or of its arguments."""


def day_asked(_: Row, arguments: Arguments) -> Sql:
    """The argument `asOf`."""
    return arguments.bind("asOf")


def best_as_of(
    table: str,
    where: Condition,
    per: tuple[str, ...],
    day_of: DayOf = day_asked,
) -> Callable[[Row, Arguments], Sql]:
    """The rows behind `members` and `holders`, with their certainty and doubt.

    One row for each combination of the columns `per`: the most certain, then the latest start.
    """
    parts = join(", ", (Row("b", table)[column] for column in per))
    ranked_by = dict.fromkeys(("id", *per, "start_earliest", "key"))

    def derive(parent: Row, arguments: Arguments) -> Sql:
        row, day, best = Row("a", table), day_of(parent, arguments), Row("m", table)
        ranked = sql(
            "select {}, {} as certainty from {} a where {} and {}",
            join(", ", (row[column] for column in ranked_by)),
            certainty(row, day),
            Sql(table),
            where(row, parent, arguments),
            at_least(row, day, arguments),
        )
        # What is sorted is narrow: the best are looked up again, and what of them nobody asks for
        # is not computed.
        return sql(
            "select m.*, k.certainty, {} as doubt from (select b.id, b.certainty, row_number() over"
            " (partition by {} order by b.certainty, b.start_earliest desc, b.key) as nth"
            " from ({}) b) k join {} m on m.id = k.id where k.nth = 1",
            doubt(best, day),
            parts,
            ranked,
            Sql(table),
        )

    return derive


def _as_of(default: Certainty, row: Row, arguments: Arguments, name: str) -> Sql:
    return at_least(row, arguments.bind(name), arguments, default)


as_of = DoubtfulTest(partial(_as_of, Certainty.POSSIBLE), partial(_as_of, Certainty.CERTAIN))
"""A filter's day on a period; with `atLeast` beside it, there is no doubt how sure it must be."""
