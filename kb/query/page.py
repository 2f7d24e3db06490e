"""Pages of a connection: how many rows, from where, and in which direction.

In: the arguments of a connection. Out: a `Window` of bound values, or a QueryError for arguments
that do not go together. Pure: no connection.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kb.errors import QueryError
from kb.query import cursor
from kb.query.sources import Arguments, Page
from kb.query.sql import HOLE, Param, Path, Scalar, Sql

DEFAULT_SIZE, MOST_ROWS = 20, 100


@dataclass(frozen=True)
class Window:
    """`size` rows; the first of those after and before the cursors, or the `last` of them.

    Each cursor is the values of its keys, in the order of the list.
    """

    size: Sql
    last: bool
    after: tuple[Sql, ...]
    before: tuple[Sql, ...]


def window(source: Page, arguments: Arguments) -> Window:
    """Raises QueryError where `first` and `last` stand together, or a filter lacks its day."""
    if arguments.given("first") and arguments.given("last"):
        raise QueryError("`first` and `last` exclude each other", "give one", arguments.path)
    narrowed = arguments.inner("filter")
    if narrowed.given("atLeast") and not narrowed.given("asOf"):
        raise QueryError("`atLeast` needs a day", "give `asOf` too", arguments.path)
    last = arguments.given("last")
    return Window(
        _size(arguments, "last" if last else "first"),
        last,
        _keys(source, arguments, "after"),
        _keys(source, arguments, "before"),
    )


def order_name(source: Page) -> str:
    """What a cursor says of the list that gave it out."""
    return ",".join((source.rows.table, *source.order))


def _size(arguments: Arguments, name: str) -> Sql:
    value = arguments.values[name] if arguments.given(name) else DEFAULT_SIZE
    check: Callable[[object], Scalar] = partial(_check_size, name=name, path=arguments.path)
    return Sql(HOLE, (Param(value, check, arguments.path),))


def _check_size(value: object, name: str, path: Path) -> Scalar:
    if isinstance(value, int) and 0 <= value <= MOST_ROWS:
        return value
    remedy = f"ask for 0 to {MOST_ROWS} and go on with a cursor"
    raise QueryError(f"`{name}: {value}` is no size of a page", remedy, path)


def _keys(source: Page, arguments: Arguments, name: str) -> tuple[Sql, ...]:
    if not arguments.given(name):
        return ()
    order, count = order_name(source), len(source.order)
    return tuple(
        arguments.bind(
            name,
            partial(cursor.read, order=order, position=position, count=count, path=arguments.path),
        )
        for position in range(count)
    )
