"""Where a field's data comes from: what the schema's fields declare and the planner reads.

Each GraphQL field carries one of these in its metadata. They say which rows and columns, as
functions of the rows at hand and of the field's arguments; they hold no SQL of a whole query.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from kb.errors import QueryError
from kb.normalisation import normalise
from kb.query.sql import HOLE, Param, Path, Row, Scalar, Sql, sql

SOURCE = "source"
"""The key of a field's metadata."""
MOST_CHARACTERS = 2_000
"""Of a text that is compared; one variable may stand in thousands of places."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """A field's arguments after coercion; `path` is where the field stands in the response."""

    values: Mapping[str, object]
    path: Path

    def given(self, name: str) -> bool:
        return self.values.get(name) is not None

    def names(self, name: str) -> list[str]:
        """A list of enum values, which belong to the plan itself."""
        values = self.values[name]
        assert isinstance(values, list)
        return [value.name for value in values if isinstance(value, Enum)]

    def name(self, name: str) -> str:
        value = self.values[name]
        assert isinstance(value, Enum)
        return value.name

    def inner(self, name: str) -> "Arguments":
        """The fields of an input object; none if it was left out."""
        values = self.values.get(name)
        return Arguments(values if isinstance(values, Mapping) else {}, self.path)

    def bind(
        self,
        name: str,
        fit: Callable[[object], Scalar] | None = None,
        most: int = MOST_CHARACTERS,
    ) -> Sql:
        """The argument as a bound value; a text in its normal form, as all are stored."""
        return self.hole(self.values[name], fit or _as_stored, most)

    def hole(
        self, value: object, fit: Callable[[object], Scalar], most: int = MOST_CHARACTERS
    ) -> Sql:
        """Any value of the arguments as a bound one."""
        return Sql(HOLE, (Param(value, fit, self.path, most),))


def as_scalar(value: object) -> Scalar:
    """Dates as ISO text, the rest as it is."""
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{value!r} is no scalar")


def _as_stored(value: object) -> Scalar:
    return normalise(value) if isinstance(value, str) else as_scalar(value)


Expression = Callable[[Row, Arguments], Sql]
Condition = Callable[[Row, Row, Arguments], Sql]
"""Of the row wanted, the row that has the field, and the arguments."""
Test = Callable[[Row, Arguments, str], Sql]
"""Of the row wanted, a filter, and the name of a field in it that is given."""


@dataclass(frozen=True)
class DoubtfulTest:
    """A test of a date: what a row passes by some reading of it, and what by every one."""

    possible: Test
    certain: Test


@dataclass(frozen=True)
class KeyTest:
    """A test of what a column refers to, and its form where others may hold instead.

    PostgreSQL looks up what a subquery finds in no index there, but what a value says.
    """

    must_hold: Test
    may_hold: Test


FilterTest = Test | DoubtfulTest | KeyTest
Refusal = Callable[[Path], QueryError]


@dataclass(frozen=True)
class LeafSource:
    """A scalar that is worked out from the row; of a connection, from its arguments and rows, whose
    table is the alias of the row."""

    value: Expression


@dataclass(frozen=True)
class SameRowSource:
    """An object that is read from the same row, such as a period."""

    when: Callable[[Row], Sql] | None = None


@dataclass(frozen=True)
class RowSet:
    """Rows of a table that meet a condition.

    `derived` replaces the table by a query, whose rows also have the columns named in `extra`. The
    rows of a list are worked out once, whatever reads them; `lazy` ones as far as they are read.
    `total` says that each value by which a row is found has its row: in views, too.
    """

    table: str
    where: Condition
    derived: Callable[[Row, Arguments], Sql] | None = None
    extra: frozenset[str] = frozenset()
    lazy: bool = False
    total: bool = False


@dataclass(frozen=True)
class Requirement:
    """What must hold of the row at hand and the arguments for the operation to be answered.

    If it does not, that is an error of this `code`, which is told in words by `details`, in JSON.
    What only a part of the `past` may lack is asked as of earlier revisions alone. Once it holds,
    so must `then`.
    """

    holds: Expression
    code: str
    details: Callable[[Row, Arguments], Mapping[str, Sql]]
    past: bool = False
    then: "Requirement | None" = None


@dataclass(frozen=True)
class RowSource:
    """An object that is read from a row of another table; null if there is none."""

    rows: RowSet
    requires: Requirement | None = None


@dataclass(frozen=True)
class ColumnEquals:
    """The condition of rows one of whose columns equals one of the row at hand."""

    column: str
    outer: str

    def __call__(self, row: Row, outer: Row, _: Arguments) -> Sql:
        return sql("{} = {}", row[self.column], outer[self.outer])


@dataclass(frozen=True)
class MeasuredBy:
    """How long a list can be: a query, the column `n` of each of whose rows is a length."""

    query: Sql


@dataclass(frozen=True)
class ListSource:
    """A list without pages, in the order of these expressions.

    It is null unless `present` holds for the row at hand; with `gaps`, a row without an id is null
    in it. `most` bounds its length where its rows depend on arguments: a number, the rows that it
    can have at all, a query that measures it, or the name of the argument that lists them.
    """

    rows: RowSet
    order: Callable[[Row], tuple[Sql, ...]]
    gaps: bool = False
    present: Callable[[Row], Sql] | None = None
    most: RowSet | MeasuredBy | str | int | None = None
    requires: Requirement | None = None

    def size(self, arguments: Arguments, name: str) -> int | str:
        """How many rows it has, or the name under which its length is measured."""
        if isinstance(self.most, int):
            return self.most
        if not isinstance(self.most, str):
            return name
        listed = arguments.values.get(self.most)
        return len(listed) if isinstance(listed, list) else 1


@dataclass(frozen=True)
class SortKey:
    """What a list can be sorted by: texts, or numbers.

    Unknown values come last in both directions, so each direction has an expression of its own.
    """

    name: str
    rising: Callable[[Row], Sql]
    falling: Callable[[Row], Sql]
    number: bool = False


@dataclass(frozen=True)
class Sort:
    """A key of an order, and its direction."""

    key: SortKey
    descending: bool = False

    def of(self, row: Row) -> Sql:
        return self.key.falling(row) if self.descending else self.key.rising(row)


def _no_columns(*_: object) -> Mapping[str, Sql]:
    return {}


def _no_fault(_: Arguments) -> None:
    return None


@dataclass(frozen=True)
class ConnectionSource:
    """A connection: every order ends in the record's key, so that no two rows are equal in it.

    `tests` are the fields of its filter, `keys` the values of `orderBy`, `order` the default one.
    `extra_columns` are those that its rows have beside the columns of their table.
    """

    rows: RowSet
    order: tuple[Sort, ...] = ()
    keys: Mapping[str, SortKey] = field(default_factory=dict)
    tests: Mapping[str, FilterTest] = field(default_factory=dict)
    extra_columns: Callable[[Row, Arguments], Mapping[str, Sql]] = _no_columns
    validity: "CursorValidity | None" = None
    most: int = 100
    """Rows of one page."""
    fault: Callable[[Arguments], QueryError | None] = _no_fault
    """What is wrong with its arguments."""
    refused_within: Mapping["type[ViewSource | RevisionSource]", Refusal] = field(
        default_factory=dict
    )
    """The roots of other moments of which it cannot tell, each with the error that says why."""
    moments: tuple[str, ...] = ()
    """Those of its arguments that are moments which it compares: a `revision`, or `knownAt`."""

    def refusals(
        self, moments: "Sequence[ViewSource | RevisionSource]", path: Path
    ) -> list[QueryError]:
        """Why it cannot stand within these."""
        around = {type(moment) for moment in moments}
        return [refuse(path) for kind, refuse in self.refused_within.items() if kind in around]


@dataclass(frozen=True)
class CursorValidity:
    """How the cursors of a list are tied to the history of changes, and until when they are valid.

    `mark` is a part of each row's cursor; `verdict` tells from the mark and the first key of a
    cursor, and from the arguments, whether it is valid: an empty text, or the code of an error.
    Without a cursor mark and key are None. With `present`, a view shows the list as it is outside
    of views.
    """

    mark: Callable[[Row], Sql]
    verdict: Callable[[Sql | None, Sql | None, Arguments], Sql]
    present: bool = False


@dataclass(frozen=True)
class ViewSource:
    """The root fields as a reader could know them on a day; `day` is the name of the argument."""

    day: str


@dataclass(frozen=True)
class RevisionSource:
    """The root fields as recorded after a revision, which is the argument of this name."""

    revision: str


@dataclass(frozen=True)
class ComparedSource:
    """Rows as they were at one of the moments that the list around them compares."""

    moment: str
    source: RowSource | ListSource


@dataclass(frozen=True)
class PageFieldSource:
    """A field of a connection or an edge, which the compiler knows by its name."""


Source = (
    LeafSource
    | SameRowSource
    | RowSource
    | ListSource
    | ConnectionSource
    | ViewSource
    | RevisionSource
    | ComparedSource
    | PageFieldSource
)
