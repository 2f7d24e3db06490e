"""Pages of a connection: how many rows, from where, and in which direction.

In: the arguments of a connection. Out: a `Window` of bound values, or a QueryError for arguments
that do not go together. Pure: no connection.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kb.errors import QueryError
from kb.query import cursor
from kb.query.fields import Arguments, Key, Page, Sort
from kb.query.filters import nulls
from kb.query.sql import HOLE, Param, Path, Scalar, Sql

DEFAULT_SIZE, MOST_ROWS = 20, Page.most


@dataclass(frozen=True)
class Window:
    """`size` rows; the first of those after and before the cursors, or the `last` of them.

    Each cursor is the values of its keys, in the order of the list; `mark` is that of `after`.
    """

    order: tuple[Sort, ...]
    size: Sql
    last: bool
    after: tuple[Sql, ...]
    before: tuple[Sql, ...]
    mark: Sql | None = None


def window(source: Page, arguments: Arguments) -> Window:
    """Raises QueryError where arguments do not go together, or a filter has null or lacks a day."""
    if arguments.given("first") and arguments.given("last"):
        raise QueryError("`first` and `last` exclude each other", "give one", arguments.path)
    narrowed = arguments.inner("filter")
    if null := ", ".join(sorted(nulls(narrowed.values, "filter"))):
        raise QueryError(f"null stands at {null}", "leave it out, or give a value", arguments.path)
    for asked in (narrowed, narrowed.inner("memberOf")):
        if asked.given("atLeast") and not asked.given("asOf"):
            raise QueryError("`atLeast` needs a day", "give `asOf` too", arguments.path)
    last = arguments.given("last")
    order = order_of(source, arguments)
    after, before = (_keys(source, order, arguments, name) for name in ("after", "before"))
    mark, after = (after[0], after[1:]) if after and source.history else (None, after)
    return Window(
        order,
        _size(source, arguments, "last" if last else "first"),
        last,
        after,
        before,
        mark,
    )


def order_of(source: Page, arguments: Arguments) -> tuple[Sort, ...]:
    """The order asked for, else that of the list; the record's key parts what is equal in it."""
    asked = arguments.values.get("orderBy") or []
    assert isinstance(asked, list)
    given = [Arguments(one, arguments.path) for one in asked]
    sorts = [Sort(source.keys[one.name("field")], _descends(one)) for one in given]
    parted = () if source.history and source.history.present else (Sort(_KEY),)
    return (*(sorts or source.order), *parted)


def _descends(order: Arguments) -> bool:
    return order.given("direction") and order.name("direction") == "DESC"


_KEY = Key("key", lambda row: row["key"], lambda row: row["key"])


def order_name(source: Page, order: tuple[Sort, ...]) -> str:
    """What a cursor says of the list that gave it out."""
    sorts = (f"{one.key.name}{'-' if one.descending else ''}" for one in order)
    return ",".join((source.rows.table, *sorts))


def _size(source: Page, arguments: Arguments, name: str) -> Sql:
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
    source: Page, order: tuple[Sort, ...], arguments: Arguments, name: str
) -> tuple[Sql, ...]:
    if not arguments.given(name):
        return ()
    numbers = [*([False] if source.history else []), *(sort.key.number for sort in order)]
    form = cursor.Form(order_name(source, order), tuple(numbers))
    return tuple(
        arguments.bind(
            name,
            partial(cursor.read, form=form, place=place, path=arguments.path),
            cursor.MOST_CHARACTERS,
        )
        for place in range(len(numbers))
    )
