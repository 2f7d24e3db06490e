"""Pages of a connection: how many rows, from where, and in which direction.

In: the arguments of a connection. Out: a `Window` of bound values, or a QueryError for arguments
that do not go together. Pure: no connection.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kb.errors import QueryError
from kb.query import cursor
from kb.query.sources import Arguments, Key, Page, Sort
from kb.query.sql import HOLE, Param, Path, Scalar, Sql

DEFAULT_SIZE, MOST_ROWS = 20, 100


@dataclass(frozen=True)
class Window:
    """`size` rows; the first of those after and before the cursors, or the `last` of them.

    Each cursor is the values of its keys, in the order of the list.
    """

    order: tuple[Sort, ...]
    size: Sql
    last: bool
    after: tuple[Sql, ...]
    before: tuple[Sql, ...]


def window(source: Page, arguments: Arguments) -> Window:
    """Raises QueryError where `first` and `last` stand together, or a filter lacks its day."""
    if arguments.given("first") and arguments.given("last"):
        raise QueryError("`first` and `last` exclude each other", "give one", arguments.path)
    narrowed = arguments.inner("filter")
    for asked in (narrowed, narrowed.inner("memberOf")):
        if asked.given("atLeast") and not asked.given("asOf"):
            raise QueryError("`atLeast` needs a day", "give `asOf` too", arguments.path)
    last = arguments.given("last")
    order = order_of(source, arguments)
    return Window(
        order,
        _size(arguments, "last" if last else "first"),
        last,
        _keys(source, order, arguments, "after"),
        _keys(source, order, arguments, "before"),
    )


def order_of(source: Page, arguments: Arguments) -> tuple[Sort, ...]:
    """The order asked for, else that of the list; the record's key parts what is equal in it."""
    asked = arguments.values.get("orderBy") or []
    assert isinstance(asked, list)
    given = [Arguments(one, arguments.path) for one in asked]
    sorts = [Sort(source.keys[one.name("field")], _descends(one)) for one in given]
    return (*(sorts or source.order), Sort(_KEY))


def _descends(order: Arguments) -> bool:
    return order.given("direction") and order.name("direction") == "DESC"


_KEY = Key("key", lambda row: row["key"], lambda row: row["key"])


def order_name(source: Page, order: tuple[Sort, ...]) -> str:
    """What a cursor says of the list that gave it out."""
    sorts = (f"{one.key.name}{'-' if one.descending else ''}" for one in order)
    return ",".join((source.rows.table, *sorts))


def _size(arguments: Arguments, name: str) -> Sql:
    value = arguments.values[name] if arguments.given(name) else DEFAULT_SIZE
    check: Callable[[object], Scalar] = partial(_check_size, name=name, path=arguments.path)
    return Sql(HOLE, (Param(value, check, arguments.path),))


def _check_size(value: object, name: str, path: Path) -> Scalar:
    if isinstance(value, int) and 0 <= value <= MOST_ROWS:
        return value
    remedy = f"ask for 0 to {MOST_ROWS} and go on with a cursor"
    raise QueryError(f"`{name}: {value}` is no size of a page", remedy, path)


def _keys(
    source: Page, order: tuple[Sort, ...], arguments: Arguments, name: str
) -> tuple[Sql, ...]:
    if not arguments.given(name):
        return ()
    asked, count = order_name(source, order), len(order)
    return tuple(
        arguments.bind(
            name,
            partial(cursor.read, order=asked, position=position, count=count, path=arguments.path),
        )
        for position in range(count)
    )
