"""What every table shares: the metadata, the parent `record`, partial dates and period columns.

A partial date is stored once, under its EDTF text, and referred to by that text; the columns that
lists sort and compare by are stored beside it as text with a sentinel for an absent bound, so that
one index and one comparison serve both engines. They are the same for every date, there or not.
"""

from datetime import UTC, date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Constraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kb.dates import DatePrecision
from kb.periods import EndKind

BEFORE_ALL, AFTER_ALL = "-infinity", "infinity"
"""Sentinels: by code point the first sorts before every ISO day, the second after."""
LAST_TEXT = "\U0010ffff"
"""A text that no other follows."""

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=_NAMES))):
    """The base of all tables; a class of its own keeps other SQLModel users' tables apart."""


def now() -> str:
    """This instant in UTC, as the tables keep instants."""
    return instant(datetime.now(UTC))


def instant(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def foreign_key(target: str) -> ForeignKey:
    """A foreign key checked at commit, so that one load may replace rows in any order."""
    return ForeignKey(target, deferrable=True, initially="DEFERRED")


def own_id() -> int:
    """The column that makes a row the record of the same id."""
    field: int = Field(primary_key=True, sa_column_args=[foreign_key("record.id")])
    return field


def derived(default: str) -> dict[str, object]:
    """For a column that the writing code fills in after the row is there."""
    return {"server_default": text(default)}


def member_day() -> str:
    """The day from which a member of a list is known, as text with sentinels."""
    field: str = Field(default=AFTER_ALL, sa_column_kwargs=derived(f"'{AFTER_ALL}'"))
    return field


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Only the enum's names may stand in the column."""
    names = ", ".join(f"'{value.name}'" for value in values)
    return CheckConstraint(f"{column} in ({names})", name=column)


class Record(Table, table=True):
    """The parent of every node: one row a record, whatever its type.

    `type` is its GraphQL type and `key` its permanent key; `revision` is the change that last
    touched it; `disputed` says that articles contradict it; `known_from` is the day from which a
    reader could know of it, as text with sentinels; `origin` is the set of files that it came from,
    empty if it came by another door.
    """

    __table_args__ = (
        UniqueConstraint("type", "key"),
        Index(
            "ix_record_disputed",
            "id",
            sqlite_where=text("disputed"),
            postgresql_where=text("disputed"),
        ),
    )
    id: int = Field(primary_key=True)
    type: str
    key: str
    revision: int = Field(sa_type=BigInteger)
    disputed: bool = False
    known_from: str = Field(default=AFTER_ALL, sa_column_kwargs=derived(f"'{AFTER_ALL}'"))
    origin: str = Field(default="", sa_column_kwargs=derived("''"))


class Head(Table, table=True):
    """One row: the newest committed revision, and where the change feed stands.

    `stream` names this history, which began after the revision `begun`; `chain` is the hash of its
    newest commit. Changes up to `dropped` are not kept; `dropped_chain` is the hash of the last.
    Hashes up to the revision `renamed` rest on an earlier name of the stream. What tables held
    after a revision is told from `recorded_since` on.
    """

    __table_args__ = (CheckConstraint("id = 1", name="single"),)
    id: int = Field(default=1, primary_key=True)
    revision: int = Field(default=0, sa_type=BigInteger)
    stream: str
    chain: str = Field(default="", sa_column_kwargs=derived("''"))
    begun: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=derived("0"))
    dropped: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=derived("0"))
    dropped_chain: str = Field(default="", sa_column_kwargs=derived("''"))
    renamed: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=derived("0"))
    recorded_since: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=derived("0"))


class DateRow(Table, table=True):
    """A partial date that some record carries or has carried; see `kb.dates.PartialDate`."""

    __tablename__ = "partial_date"
    __table_args__ = (
        one_of("precision", DatePrecision),
        CheckConstraint("earliest <= latest", name="ordered"),
    )
    edtf: str = Field(primary_key=True)
    earliest: date | None
    latest: date | None
    precision: str
    approximate: bool
    uncertain: bool
    text: str


def day_columns(
    date_column: str, *, required: bool = False
) -> "tuple[Column[str] | Column[int], ...]":
    """What stands beside a partial date, for `__table_args__` of its table.

    These are its earliest day or AFTER_ALL, to sort by; its earliest and latest day or the
    sentinel that rules nothing out, to compare with; its fork. A date that is not there has none
    of all days: its latest is BEFORE_ALL, its fork 0. A `required` one has no such default.
    """
    stem = stem_of(date_column)
    absent = {"order": AFTER_ALL, "earliest": BEFORE_ALL, "latest": BEFORE_ALL}
    days = [
        Column(
            f"{stem}_{name}",
            String,
            nullable=False,
            server_default=None if required else text(f"'{sentinel}'"),
        )
        for name, sentinel in absent.items()
    ]
    return (*days, Column(f"{stem}_fork", Integer, nullable=False, server_default=text("0")))


def stem_of(date_column: str) -> str:
    """How the names of the columns beside a date begin."""
    return date_column.removesuffix("_on")


class PeriodColumns(SQLModel):
    """The columns of a period, the same in every table that has one.

    A fork is where `kb.dates` files a range of days: that of the start, of the end, or of both.
    """

    period_start: str | None = None
    period_end: str | None = None
    end_kind: str
    attested_until: date | None = None
    start_earliest: str
    start_latest: str
    end_earliest: str
    end_latest: str
    start_order: str
    start_latest_order: str = Field(sa_column_kwargs=derived(f"'{BEFORE_ALL}'"))
    end_order: str
    start_fork: int = Field(sa_column_kwargs=derived("0"))
    end_fork: int = Field(sa_column_kwargs=derived("0"))
    span_fork: int = Field(sa_column_kwargs=derived("0"))
    period_text: str
    start_doubt: str
    end_doubt: str


class OptionalPeriodColumns(SQLModel):
    """The same of a period that need not be there: it has nothing in all of them then."""

    period_start: str | None = None
    period_end: str | None = None
    end_kind: str | None = None
    attested_until: date | None = None
    start_earliest: str | None = None
    start_latest: str | None = None
    end_earliest: str | None = None
    end_latest: str | None = None
    start_order: str | None = None
    start_latest_order: str | None = None
    end_order: str | None = None
    start_fork: int | None = None
    end_fork: int | None = None
    span_fork: int | None = None
    period_text: str | None = None
    start_doubt: str | None = None
    end_doubt: str | None = None


_BOUNDS = ("start_earliest", "start_latest", "end_earliest", "end_latest")


def falling_index(name: str, column: str, *more: str, within: str = "") -> Index:
    """For a list in which the column falls, and the keys of rows that are equal in it rise.

    An index in one direction alone would leave these to be sorted: all articles of one day.
    """
    first = [within] if within else []
    return Index(name, *first, text(f"{column} desc"), "key", *more)


def period_indexes(table: str) -> tuple[Index, ...]:
    """For lists in either order of their starts and ends; the first is that of most lists.

    It holds the bounds too, so that a day is looked for in the index alone.
    """
    return (
        Index(f"ix_{table}_start", "start_order", "key", *_BOUNDS),
        *_order_indexes(table),
    )


def span_indexes(table: str) -> tuple[Index, ...]:
    """The same for memberships and terms, most lists of which are by the latest start."""
    bounds = [bound for bound in _BOUNDS if bound != "start_latest"]
    return (
        Index(f"ix_{table}_latest_start", "start_latest", "key", *bounds, "floor"),
        falling_index(f"ix_{table}_latest_start_falling", "start_latest_order"),
        Index(f"ix_{table}_start", "start_order", "key"),
        *_order_indexes(table),
    )


def _order_indexes(table: str) -> tuple[Index, ...]:
    return (
        falling_index(f"ix_{table}_start_falling", "start_earliest"),
        Index(f"ix_{table}_end", "end_latest", "key"),
        falling_index(f"ix_{table}_end_falling", "end_order"),
    )


def period_rules() -> tuple[Constraint, ...]:
    """Bounds are dates that are stored; an ONGOING end was attested, a DATED one has a last day."""
    return (
        *(
            ForeignKeyConstraint(
                [column], ["partial_date.edtf"], deferrable=True, initially="DEFERRED"
            )
            for column in ("period_start", "period_end")
        ),
        one_of("end_kind", EndKind),
        CheckConstraint("start_earliest <= end_latest", name="in_order"),
        CheckConstraint(f"end_kind <> 'DATED' or end_latest <> '{AFTER_ALL}'", name="dated_end"),
        CheckConstraint("(end_kind = 'ONGOING') = (attested_until is not null)", name="attested"),
    )
