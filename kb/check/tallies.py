"""Whether the memberships that are counted at every write are as many as there are.

In: an open read transaction. Out: a `Finding` for each number that is not that of the memberships.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from kb.check.findings import RESTORE, Finding

_COUNTED = (
    "select grouped_by, value, status, count(*) as count from membership_group"
    " group by grouped_by, value, status"
)
_KEPT = "select grouped_by, value, status, count from membership_tally where count <> 0"
_DIFFERING = (
    "select distinct d.grouped_by, d.value, d.status from (select * from ({} except {}) a"
    " union all select * from ({} except {}) b) d order by d.grouped_by, d.value, d.status"
)


def check_membership_tallies(connection: Connection) -> Iterator[Finding]:
    query = text(_DIFFERING.format(_COUNTED, _KEPT, _KEPT, _COUNTED))
    for grouped_by, value, status in connection.execute(query):
        counted = f"memberships by {grouped_by} {value}, {status},"
        what = f"the count of {counted} is not that of the memberships"
        yield Finding("Membership", "", what, RESTORE)
