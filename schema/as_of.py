"""Memberships and terms in the schema: which to list, and which of them held on a day.

In: the rows of an organisation, a state or an official. Out: sources and arguments for the fields
of `schema.records`; the certainty rule itself is in `kb.query.certainty`.
"""

from datetime import date

from kb.folding import fold_office
from kb.query import certainty
from kb.query.certainty import DayOf
from kb.query.fields import Arguments, Condition, ListSource, RowSet
from kb.query.filters import among, folded
from kb.query.sql import Row, Sql, both, sql
from schema.enums import Certainty, MembershipStatus
from schema.fields import Argument, all_rows, column_equals

_MEMBER = MembershipStatus.MEMBER
AS_OF = Argument("as_of", date, "The day asked about.")
AT_LEAST = Argument(
    "at_least", Certainty | None, "Leave out what is less certain than this.", Certainty.POSSIBLE
)
ON = Argument("on", date, "The day asked about.")
STATUSES = Argument(
    "status",
    list[MembershipStatus] | None,
    "Only these statuses.",
    [_MEMBER],
)


def certainty_on(row: Row, arguments: Arguments) -> Sql:
    return certainty.certainty(row, arguments.bind("on"))


def certainty_of_edge(row: Row, _: Arguments) -> Sql:
    return row["certainty"] if "certainty" in row.extra else Sql("cast(null as text)")


def doubt_text(row: Row, _: Arguments) -> Sql:
    return certainty.doubt_in_words(row)


def related_name(table: str, row: Row, reference: str) -> Sql:
    return sql(f"(select n.name from {table} n where n.id = {{}})", row[reference])


def _of_status(row: Row, organisation: Row, arguments: Arguments) -> Sql:
    """An explicit null for `status` counts as left out."""
    names = arguments.names("status") if arguments.given("status") else [_MEMBER.name]
    of_organisation = sql("{} = {}", row["organisation_id"], organisation["id"])
    return both(of_organisation, among(row["status"], names))


def of_office(body: str) -> Condition:
    """Terms of the office that is asked for, of an organisation or a state."""

    def where(row: Row, outer: Row, arguments: Arguments) -> Sql:
        office = arguments.bind("office", folded(fold_office))
        return sql("{} = {} and {} = {}", row[body], outer["id"], row["office_key"], office)

    return where


def member_order(row: Row) -> tuple[Sql, ...]:
    """Certain ones first, then by the state's name."""
    return row["certainty"], row["state_name"], row["key"]


def holder_order(row: Row) -> tuple[Sql, ...]:
    """Certain ones first, then by the official's name."""
    return row["certainty"], related_name("official", row, "official_id"), row["key"]


def as_of_rows(
    table: str, where: Condition, per: tuple[str, ...], day_of: DayOf = certainty.day_asked
) -> RowSet:
    """The rows that hold on a day, the best of each `per`, with their certainty and doubt."""
    derived = certainty.best_as_of(table, where, per, day_of)
    return RowSet(table, all_rows, derived, certainty.AS_OF_COLUMNS)


MEMBERS = ListSource(
    as_of_rows("membership", _of_status, ("state_id", "status")),
    member_order,
    most=RowSet("membership", column_equals("organisation_id")),
)
