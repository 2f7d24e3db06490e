"""Pages of a connection: how many rows, from where, and in which direction.

In: the arguments of a connection. Out: a `Window` of bound values, or a QueryError for arguments
that do not go together. Pure: no connection.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kb.errors import QueryError
from kb.query.conditions import check_filter
from kb.query.cursor import MOST_CURSOR_CHARACTERS, CursorForm, decode_cursor_key
from kb.query.fields import Arguments, ConnectionSource, Sort, SortKey
from kb.query.sql import HOLE, Param, Path, Scalar, Sql

DEFAULT_SIZE, MOST_ROWS = 20, ConnectionSource.most


@dataclass(frozen=True)
class Window:
    """`size` rows: the first of those between the cursors, or the `last`.

    A cursor is the values of its keys, in the order of the list; `mark` is that of `after`.
    """

    order: tuple[Sort, ...]
    size: Sql
    last: bool
    after: tuple[Sql, ...]
    before: tuple[Sql, ...]
    mark: Sql | None = None


def window(source: ConnectionSource, arguments: Arguments) -> Window:
    """Raises QueryError where arguments do not go together, or a filter is at fault."""
    if arguments.given("first") and arguments.given("last"):
        raise QueryError("`first` and `last` exclude each other", "give one", arguments.path)
    check_filter(source.tests, arguments.inner("filter"))
    last = arguments.given("last")
    order = order_of(source, arguments)
    after, before = (_keys(source, order, arguments, name) for name in ("after", "before"))
    mark, after = (after[0], after[1:]) if after and source.validity else (None, after)
    return Window(
        order,
        _size(source, arguments, "last" if last else "first"),
        last,
        after,
        before,
        mark,
    )


def order_of(source: ConnectionSource, arguments: Arguments) -> tuple[Sort, ...]:
    """`orderBy`, else the list's own order; the record's key decides between rows equal in it."""
    order_by = arguments.values.get("orderBy") or []
    assert isinstance(order_by, list)
    steps = [Arguments(step, arguments.path) for step in order_by]
    sorts = [Sort(source.keys[step.name("field")], _is_descending(step)) for step in steps]
    tie_breaker = () if source.validity and source.validity.present else (Sort(_KEY),)
    return (*(sorts or source.order), *tie_breaker)


def _is_descending(order: Arguments) -> bool:
    return order.given("direction") and order.name("direction") == "DESC"


_KEY = SortKey("key", lambda row: row["key"], lambda row: row["key"])


def order_name(source: ConnectionSource, order: tuple[Sort, ...]) -> str:
    """What a cursor says of the list that gave it out."""
    sorts = (f"{sort.key.name}{'-' if sort.descending else ''}" for sort in order)
    return ",".join((source.rows.table, *sorts))


def _size(source: ConnectionSource, arguments: Arguments, name: str) -> Sql:
    value = arguments.values[name] if arguments.given(name) else DEFAULT_SIZE
    check: Callable[[object], Scalar] = partial(
        _check_size, name=name, most=source.most, path=arguments.path
    )
    # For each value of a bare limit SQLite would plan anew, which takes longer than to run it.
    return Sql(f"{HOLE}+0", (Param(value, check, arguments.path),))


def _check_size(value: object, name: str, most: int, path: Path) -> Scalar:
    if isinstance(value, int) and 0 <= value <= most:
        return value
    remedy = f"ask for 0 to {most} and go on with a cursor"
    raise QueryError(f"`{name}: {value}` is no size of a page", remedy, path)


def _keys(
    source: ConnectionSource, order: tuple[Sort, ...], arguments: Arguments, name: str
) -> tuple[Sql, ...]:
    if not arguments.given(name):
        return ()
    numbers = [*([False] if source.validity else []), *(sort.key.number for sort in order)]
    form = CursorForm(order_name(source, order), tuple(numbers))
    return tuple(
        arguments.bind(
            name,
            partial(decode_cursor_key, form=form, place=place, path=arguments.path),
            MOST_CURSOR_CHARACTERS,
        )
        for place in range(len(numbers))
    )
