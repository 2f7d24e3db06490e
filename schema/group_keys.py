"""What the rows of each list can be grouped by: where the keys come from, and their days.

In: nothing. Out: for each list its keys, by the names of their enum. Where a row has several of a
key, such as an event of states, tables of links are joined to it.
"""

from collections.abc import Callable, Collection

from kb.models import Attendance
from kb.query.certainty import not_before_floor
from kb.query.fields import Arguments
from kb.query.grouping import GroupKey, GroupsSource, GroupTally
from kb.query.sql import Row, Sql, literal, sql
from kb.query.years import DayBounds
from schema.fields import verification


def _keyed(column_name: str, value: Callable[[Row], Sql] | None = None) -> GroupKey:
    """A text, or an enum."""
    return GroupKey(column_name, value or (lambda row: row[column_name]))


def _referring(
    column_name: str,
    table: str,
    value: Callable[[Row], Sql] | None = None,
    links: Callable[[Row, Collection[str]], Sql] | None = None,
    filter_field: str | None = None,
    tied: frozenset[str] = frozenset(),
) -> GroupKey:
    """A record, by whose permanent key groups sort."""

    def order(number: Sql) -> Sql:
        return sql(f"(select k.key from {table} k where k.id = {{}})", number)

    value = value or (lambda row: row[column_name])
    return GroupKey(
        column_name, value, order, links, type="integer", filter_field=filter_field, tied=tied
    )


def _linked(table: str) -> GroupKey:
    """What an event concerns; with ROLE, what is a party in that role."""
    alias, column_name = f"g_{table}", f"{table}_id"

    def links(row: Row, by: Collection[str]) -> Sql:
        if "ROLE" not in by:
            text = f"left join event_{table} {alias} on {alias}.event_id = {{}}"
            return sql(text, row["id"])
        text = (
            f"left join party {alias} on {alias}.event_id = {{}} and {alias}.role = g_role.role"
            f" and {alias}.{column_name} is not null"
        )
        return sql(text, row["id"])

    value = Sql(f"{alias}.{column_name}")
    return _referring(column_name, table, lambda _: value, links, tied=frozenset({"ROLE"}))


def _roles(row: Row, _: Collection[str]) -> Sql:
    return sql("left join party g_role on g_role.event_id = {}", row["id"])


def _attending(row: Row, _: Collection[str]) -> Sql:
    text = (
        "left join participation g_who on g_who.summit_id = {} and g_who.attendance = {}"
        " and g_who.official_id is not null"
    )
    return sql(text, row["id"], literal(Attendance.ATTENDED.name))


def span_days(row: Row) -> DayBounds:
    """Of a span; nothing begins before its floor."""
    begins = tuple(not_before_floor(row, row[f"start_{bound}"]) for bound in ("earliest", "latest"))
    return DayBounds((begins[0], begins[1]), (row["end_earliest"], row["end_latest"]))


def date_days(stem: str) -> Callable[[Row], DayBounds]:
    """It begins and ends on the one day that a partial date tells of."""

    def days(row: Row) -> DayBounds:
        bounds = (row[f"{stem}_earliest"], row[f"{stem}_latest"])
        return DayBounds(bounds, bounds)

    return days


_NOTHING = Arguments({}, ())
_ORGANISATION = _referring("organisation_id", "organisation")
_STATE = _referring("state_id", "state")
_STATUS = GroupKey("status", lambda row: row["status"], behind="organisation_id")
MEMBERSHIP_KEYS = GroupsSource(
    {"ORGANISATION": _ORGANISATION, "STATE": _STATE, "STATUS": _STATUS},
    span_days,
    GroupTally("membership_tally", parted_by="STATUS", fewest="STATE"),
)
TERM_KEYS = GroupsSource(
    {
        "ORGANISATION": _ORGANISATION,
        "STATE": _STATE,
        "OFFICE": GroupKey("office_key", lambda row: row["office_key"], shown="office"),
        "OFFICIAL": _referring("official_id", "official"),
    },
    span_days,
)
SUMMIT_KEYS = GroupsSource(
    {
        "ORGANISATION": _ORGANISATION,
        "HOST": _referring("host_id", "state"),
        "CITY": _keyed("city"),
        "KIND": _keyed("kind"),
        "PARTICIPANT": _referring(
            "official_id", "official", lambda _: Sql("g_who.official_id"), _attending, "attendedBy"
        ),
    },
    date_days("held"),
)
_CONCERNED = frozenset({"ORGANISATION", "STATE", "OFFICIAL"})
# Joins of parties refer to that of roles.
EVENT_KEYS = GroupsSource(
    {
        "ROLE": GroupKey("role", lambda _: Sql("g_role.role"), links=_roles, tied=_CONCERNED),
        "KIND": _keyed("kind"),
        "ORGANISATION": _linked("organisation"),
        "STATE": _linked("state"),
        "OFFICIAL": _linked("official"),
    },
    span_days,
)
ARTICLE_KEYS = GroupsSource(
    {
        "PUBLICATION": _referring("publication_id", "publication"),
        "AUTHOR": _keyed("author"),
        "KIND": _keyed("kind"),
    },
    date_days("dated"),
)
CITATION_KEYS = GroupsSource(
    {
        "ARTICLE": _referring("article_id", "article"),
        "FIELD": _keyed("field"),
        "STANCE": _keyed("stance"),
        "VERIFICATION": _keyed("verification", lambda row: verification(row, _NOTHING)),
    }
)
