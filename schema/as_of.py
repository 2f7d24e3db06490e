"""Memberships and terms in the schema: which to list, and which of them held on a day.

In: the rows of an organisation, a state or an official. Out: sources and arguments for the fields
of `schema.records`; the certainty rule itself is in `kb.query.certainty`.
"""

from datetime import date

from kb.folding import fold_office
from kb.query import certainty
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
OFFICE = Argument("office", str, "The office's name, such as `Secretary-General`, in any case.")


def certainty_on(row: Row, arguments: Arguments) -> Sql:
    return certainty.certainty(row, arguments.bind("on"))


def certainty_of_edge(row: Row, _: Arguments) -> Sql:
    return row["certainty"] if "certainty" in row.extra else Sql("cast(null as text)")


def doubt_text(row: Row, _: Arguments) -> Sql:
    return certainty.doubt_in_words(row)


def _related_name(table: str, row: Row, reference: str) -> Sql:
    return sql(f"(select n.name from {table} n where n.id = {{}})", row[reference])


def _of_status(row: Row, organisation: Row, arguments: Arguments) -> Sql:
    """An explicit null for `status` counts as left out."""
    names = arguments.names("status") if arguments.given("status") else [_MEMBER.name]
    of_organisation = sql("{} = {}", row["organisation_id"], organisation["id"])
    return both(of_organisation, among(row["status"], names))


def _of_office(body: str) -> Condition:
    def where(row: Row, outer: Row, arguments: Arguments) -> Sql:
        office = arguments.bind("office", folded(fold_office))
        return sql("{} = {} and {} = {}", row[body], outer["id"], row["office_key"], office)

    return where


def _rows_as_of(
    table: str, body: str, where: Condition, group_by: tuple[str, ...], related: str
) -> ListSource:
    """The rows that hold on a day: certain ones first, then by the related record's name."""
    derived = certainty.best_as_of(table, where, group_by)
    rows = RowSet(table, all_rows, derived, certainty.AS_OF_COLUMNS)
    return ListSource(
        rows,
        lambda row: (row["certainty"], _related_name(related, row, f"{related}_id"), row["key"]),
        most=RowSet(table, column_equals(body)),
    )


MEMBERS = _rows_as_of("membership", "organisation_id", _of_status, ("state_id", "status"), "state")


def holders_of(body: str) -> ListSource:
    return _rows_as_of("term", body, _of_office(body), ("official_id",), "official")
