"""What a filter asks of a row, field by field.

In: the row and the filter as a client gave it. Out: conditions as `Sql`. A field that is left out
asks nothing, and null is refused; those given must all hold. Texts compare by code point, slugs,
codes and offices as `kb.folding` folds them; a text that is not there matches nothing that is asked
of it. What is given is normalised as all texts are; a piece of a text keeps the blanks at its ends,
for `contains: " of "` asks for a word. Pure: no connection.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial

from kb.dates import LEVELS, forks
from kb.folding import fold_code, fold_office, fold_slug, folding_of
from kb.models.base import AFTER_ALL, BEFORE_ALL, LAST_TEXT, stem_of
from kb.normalisation import normalise, normalise_part, normalise_start
from kb.query.fields import Arguments, DoubtfulTest, KeyTest, Test
from kb.query.sql import Row, Scalar, Sql, both, join, literal, sql


def text(column: str) -> Test:
    """A StringFilter on a column, letter by letter."""
    return lambda row, arguments, name: _text(row[column], arguments.inner(name), str)


def slug(row: Row, arguments: Arguments, name: str) -> Sql:
    """A StringFilter on the permanent key of the row, in any case."""
    return _text(row["key"], arguments.inner(name), fold_slug)


def code(row: Row, arguments: Arguments, name: str) -> Sql:
    """A StringFilter on the code of a state, in any case."""
    return _text(row["key"], arguments.inner(name), fold_code)


def office(row: Row, arguments: Arguments, name: str) -> Sql:
    """A StringFilter on the name of an office, whatever its case, blanks and kinds of dash."""
    return _text(row["office_key"], arguments.inner(name), fold_office)


def key(reference: str, table: str) -> KeyTest:
    """A StringFilter on the slug or code of the record that a column refers to, in either case."""

    def test(row: Row, arguments: Arguments, name: str) -> Sql:
        wanted = arguments.inner(name)
        if not _asks(wanted):
            return Sql("true")
        return sql("{} in ({})", row[reference], _keys(table, wanted))

    def by_values(row: Row, arguments: Arguments, name: str) -> Sql:
        wanted = arguments.inner(name)
        if {*wanted.values} not in ({"eq"}, {"in"}) or not wanted.values.get("in", True):
            return test(row, arguments, name)
        listed = wanted.values.get("in", [wanted.values.get("eq")])
        assert isinstance(listed, list)
        fit = folded(folding_of(table))
        number = f"(select k.id from {table} k where k.key = {{}})"
        numbers = [sql(number, wanted.hole(value, fit)) for value in listed]
        # Of one alone the brackets of a list would be those of a query.
        comparison = "{} = {}" if len(numbers) == 1 else "{} in ({})"
        return sql(comparison, row[reference], join(",", numbers))

    return KeyTest(test, by_values)


def linked_key(table: str, owner: str, reference: str, target: str, among_links: str = "") -> Test:
    """A StringFilter on the slug or code of any record that a table links to the row.

    `among_links` is a list of enum values beside it, and the column of links that has one of them.
    """

    def test(row: Row, arguments: Arguments, name: str) -> Sql:
        wanted, link = arguments.inner(name), Row("l", table)
        if not _asks(wanted):
            return Sql("true")
        condition = sql("{} in ({})", link[reference], _keys(target, wanted))
        if among_links:
            condition = both(condition, among(link[among_links], arguments.names(among_links)))
        return sql(f"{{}} in (select l.{owner} from {table} l where {{}})", row["id"], condition)

    return test


def _asks(wanted: Arguments) -> bool:
    """Whether the filter has any field: if not, rows without such a record pass too."""
    return any(wanted.given(comparison) for comparison in _TEXTS)


def _keys(table: str, wanted: Arguments) -> Sql:
    condition = _text(Sql("k.key"), wanted, folding_of(table))
    return sql(f"select k.id from {table} k where {{}}", condition)


def _text(column: Sql, wanted: Arguments, case: Callable[[str], str]) -> Sql:
    return both(*(_TEXTS[name](column, wanted, case) for name in _TEXTS if wanted.given(name)))


def _equals(column: Sql, wanted: Arguments, case: Callable[[str], str]) -> Sql:
    return sql("{} = {}", column, wanted.bind("eq", folded(case)))


def _is_in(column: Sql, wanted: Arguments, case: Callable[[str], str]) -> Sql:
    return _among(column, wanted, "in", folded(case))


def _contains(column: Sql, wanted: Arguments, case: Callable[[str], str]) -> Sql:
    fit = folded(case, normalise_part)
    return sql("instr({},{}) > 0", column, wanted.bind("contains", fit))


def _starts(column: Sql, wanted: Arguments, case: Callable[[str], str]) -> Sql:
    """From the prefix up to the last text that begins with it: an index serves that."""
    fit = folded(case, normalise_start)
    low = wanted.bind("startsWith", fit)
    high = wanted.bind("startsWith", lambda value: f"{fit(value)}{LAST_TEXT}")
    return sql("{} >= {} and {} < {}", column, low, column, high)


_TEXTS = {"eq": _equals, "in": _is_in, "contains": _contains, "startsWith": _starts}


def folded(
    case: Callable[[str], str], normal: Callable[[str], str] = normalise
) -> Callable[[object], Scalar]:
    """How a text is bound."""
    return lambda value: case(normal(str(value)))


def _among(column: Sql, arguments: Arguments, name: str, fit: Callable[[object], Scalar]) -> Sql:
    values = arguments.values[name]
    assert isinstance(values, list)
    if not values:
        return Sql("false")
    return sql("{} in ({})", column, join(",", (arguments.hole(value, fit) for value in values)))


def equal(column: str) -> Test:
    return lambda row, arguments, name: sql("{} = {}", row[column], arguments.bind(name))


def same_name(column: str) -> Test:
    """A column that holds the name of an enum's value."""
    return lambda row, arguments, name: sql("{} = {}", row[column], literal(arguments.name(name)))


def among_names(column: str) -> Test:
    """A column that holds one of these names of an enum; an empty list matches nothing."""

    def test(row: Row, arguments: Arguments, name: str) -> Sql:
        return among(row[column], arguments.names(name))

    return test


def among(column: Sql, names: Iterable[str]) -> Sql:
    """One of the names, which are the plan's own."""
    listed = join(",", map(literal, names))
    return sql("{} in ({})", column, listed) if listed.text else Sql("false")


def truth(column: str) -> Test:
    return lambda row, arguments, name: _is(row[column], arguments, name)


def _is(column: Sql, arguments: Arguments, name: str) -> Sql:
    return sql("{} = {}", column, Sql("true" if arguments.values[name] else "false"))


def standing(row: Row) -> Sql:
    """The condition that a disagreement or mention is current: no later knowledge supersedes it."""
    return sql("{} = {}", row["known_to"], literal(AFTER_ALL))


def disputed(row: Row, arguments: Arguments, name: str) -> Sql:
    """Whether articles contradict the record; few do, so these are looked for first."""
    way = Sql("in" if arguments.values[name] else "not in")
    text = "{} {} (select d.subject_id from disagreement d where d.kind = 'CONFLICT' and {})"
    return sql(text, row["id"], way, standing(Row("d", "disagreement")))


def days(first: str, last: str, filed: str) -> DoubtfulTest:
    """A DateFilter on the days between two columns of bounds with sentinels."""
    return DoubtfulTest(_some_day(first, last, filed), _every_day(first, last))


def _some_day(first: str, last: str, filed: str) -> Test:
    """A DateFilter on the possible days between two columns of bounds with sentinels.

    `filed` is the column of their fork: with it, an index finds the ranges around a day.
    """
    signs_by_field = {"on": ("<=", ">="), "before": ("<", ""), "after": ("", ">")}

    def test(row: Row, arguments: Arguments, name: str) -> Sql:
        wanted = arguments.inner(name)
        conditions = [
            sql(f"{{}} {sign} {{}}", row[column], wanted.bind(field))
            for field, signs in signs_by_field.items()
            if wanted.given(field)
            for column, sign in zip((first, last), signs, strict=True)
            if sign
        ]
        if wanted.given("on"):
            conditions.append(sql("{} in ({})", row[filed], _forks(wanted)))
        return both(*conditions)

    return test


def _every_day(first: str, last: str) -> Test:
    """A DateFilter of which each holds on all the days between two columns with sentinels."""
    signs_by_field = {"on": ("=", "="), "before": ("", "<"), "after": (">", "")}

    def test(row: Row, arguments: Arguments, name: str) -> Sql:
        wanted = arguments.inner(name)
        return both(
            *(
                sql(f"{{}} {sign} {{}}", row[column], wanted.bind(field))
                for field, signs in signs_by_field.items()
                if wanted.given(field)
                for column, sign in zip((first, last), signs, strict=True)
                if sign
            )
        )

    return test


def possible_days(date_column: str) -> DoubtfulTest:
    """A DateFilter on a partial date; one that is not there matches nothing that is asked of it."""
    stem = stem_of(date_column)
    first, latest = f"{stem}_earliest", f"{stem}_latest"
    within = days(first, latest, f"{stem}_fork")
    return DoubtfulTest(
        _if_there(latest, within.possible),
        _if_there(latest, within.certain),
    )


def _if_there(latest: str, within: Test) -> Test:
    """No index looks for `<>`, so this leaves the choice of one to the bound that is asked for."""

    def test(row: Row, arguments: Arguments, name: str) -> Sql:
        condition = within(row, arguments, name)
        if not arguments.inner(name).given("before"):
            return condition
        return both(condition, sql("{} <> {}", row[latest], literal(BEFORE_ALL)))

    return test


def _forks(wanted: Arguments) -> Sql:
    """Every place at which a range around the day can be filed."""
    return join(",", (wanted.bind("on", partial(_fork, level)) for level in range(LEVELS)))


def _fork(level: int, day: object) -> Scalar:
    assert isinstance(day, date)
    return forks(day)[level]


def fold_key(arguments: Arguments, name: str, table: str) -> Sql:
    """A slug or code that is given as plain text, as the table's keys are written."""
    return arguments.bind(name, folded(folding_of(table)))
