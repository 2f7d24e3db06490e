"""How records lead to others, where that is no column of theirs.

In: the rows at hand. Out: conditions on events and summits, and the lists of what organisations and
states grew out of, and of what grew out of them.
"""

from kb.query.fields import Arguments, Condition, ListSource, MeasuredBy, RowSet
from kb.query.sql import Row, Sql, sql
from schema.fields import all_rows, column_equals


def concerning(link: str) -> Condition:
    """Events that concern the row at hand through a table of links."""
    text = f"{{}} in (select l.event_id from event_{link} l where l.{link}_id = {{}})"
    return lambda row, outer, _: sql(text, row["id"], outer["id"])


def attended(row: Row, official: Row, _: Arguments) -> Sql:
    text = (
        "{} in (select p.summit_id from participation p"
        " where p.official_id = {} and p.attendance = 'ATTENDED')"
    )
    return sql(text, row["id"], official["id"])


def _origins(parent: Row, _: object) -> Sql:
    """What an organisation grew out of: its predecessor, then all others."""
    text = (
        "select x.*, -1 as position from organisation x where x.id = {first} union all"
        " select x.*, l.position from organisation x"
        " join organisation_predecessor l on l.predecessor_id = x.id"
        " where l.organisation_id = {} and ({first} is null or x.id <> {first})"
    ).replace("{first}", parent["predecessor_id"].text)
    return sql(text, parent["id"])


def _grown_out_of(parent: Row, _: object) -> Sql:
    """Read by two indexes: with an `or` in between, PostgreSQL would read all organisations."""
    text = (
        "select x.* from organisation x where x.predecessor_id = {id} union all"
        " select x.* from organisation x"
        " join organisation_predecessor l on l.organisation_id = x.id where l.predecessor_id = {id}"
        " and (x.predecessor_id is null or x.predecessor_id <> {id})"
    )
    return Sql(text.replace("{id}", parent["id"].text))


def _longest_by(column: str, linked: str) -> MeasuredBy:
    """Lists of both ways in which organisations refer to what they grew out of."""
    text = (
        f"select count(*) as n from (select {column} as body from organisation"
        f" where predecessor_id is not null union all select {linked}"
        " from organisation_predecessor) o group by body"
    )
    return MeasuredBy(Sql(text))


def _came_out_of(row: Row, outer: Row, _: object) -> Sql:
    text = "{} in (select l.state_id from state_predecessor l where l.predecessor_id = {})"
    return sql(text, row["id"], outer["id"])


ORIGINS = ListSource(
    RowSet("organisation", all_rows, _origins, frozenset({"position"})),
    lambda row: (row["position"],),
    most=_longest_by("id", "organisation_id"),
)
SUCCESSORS = ListSource(
    RowSet("organisation", all_rows, _grown_out_of),
    lambda row: (row["key"],),
    most=_longest_by("predecessor_id", "predecessor_id"),
)
STATE_SUCCESSORS = ListSource(
    RowSet("state", _came_out_of),
    lambda row: (row["key"],),
    most=RowSet("state_predecessor", column_equals("predecessor_id")),
)
