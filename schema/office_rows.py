"""Which offices there are: where their rows come from, and whether one is known.

In: the rows of organisations and states. Out: sources and arguments for `schema.records` and
`schema.offices`. An office is no table: it is a name that terms of an organisation or a state, or
events that tell of its vacancy, carry, folded by `kb.folding`. Its row has columns of `term`: the
folded name, the name as it is written, and the organisation or state.
"""

from collections.abc import Mapping

from kb.errors import UnknownOffice
from kb.folding import fold_office
from kb.query.fields import Arguments, ListSource, MeasuredBy, Requirement, RowSet, RowSource
from kb.query.filters import folded
from kb.query.sql import Row, Sql, both, join, sql
from schema.as_of import as_of_rows, holder_order, of_office
from schema.fields import Argument, all_rows, column_equals

_NAMED = "in any case and with any blanks and dashes"
OFFICE = Argument("office", str, f"The office's name, such as `Secretary-General`, {_NAMED}.")
NAME = Argument("name", str, f"Its name, such as `Secretary-General`, {_NAMED}.")
_VACANT = Sql("e.kind = 'VACANCY' and e.office is not null")


def concerns(event: Row, body: str, body_id: Sql) -> Sql:
    """That an event concerns an organisation or a state."""
    text = f"exists (select 1 from event_{body} l where l.event_id = {{}} and l.{body}_id = {{}})"
    return sql(text, event["id"], body_id)


def same_office(term: Row, office: Row, _: Arguments) -> Sql:
    """Whether the term is one of the office, whose row has an organisation or a state."""
    same_name = sql("{} = {}", term["office_key"], office["office_key"])
    ways = (
        both(sql("{} = {}", term[body], office[body]), same_name)
        for body in ("organisation_id", "state_id")
    )
    return sql("({})", join(" or ", ways))


def is_vacancy(event: Row, office: Row, _: Arguments) -> Sql:
    """Whether the event tells that the office stood empty."""
    ways = (concerns(event, body, office[f"{body}_id"]) for body in ("organisation", "state"))
    return sql(
        "{} = 'VACANCY' and {} = {} and ({})",
        event["kind"],
        event["office_key"],
        office["office_key"],
        join(" or ", ways),
    )


def _carriers(body: str, parent: Row, name: Sql | None = None) -> Sql:
    """All that carries an office of the body, or this one; terms are of rank 0, events of 1."""
    term, event, nobody = Row("a", "term"), Row("e", "event"), Sql("cast(null as integer)")
    bodies = [parent["id"] if each == body else nobody for each in ("organisation", "state")]
    of_name = [[sql("{} = {}", row["office_key"], name)] if name else [] for row in (term, event)]
    terms = both(sql("{} = {}", term[f"{body}_id"], parent["id"]), *of_name[0])
    vacancies = both(_VACANT, *of_name[1], concerns(event, body, parent["id"]))
    return sql(
        "select a.office_key, a.office, a.organisation_id, a.state_id, 0 as carrier, a.key"
        " from term a where {} union all select e.office_key, e.office, {}, {}, 1, e.key"
        " from event e where {}",
        terms,
        *bodies,
        vacancies,
    )


def _distinct(carriers: Sql) -> Sql:
    """One row an office, with the name that the first of its carriers gives it."""
    return sql(
        "select o.office_key, o.office, o.organisation_id, o.state_id from (select c.*,"
        " row_number() over (partition by c.office_key order by c.carrier, c.key) as nth"
        " from ({}) c) o where o.nth = 1",
        carriers,
    )


def offices_of(body: str) -> ListSource:
    """All of an organisation or a state."""
    rows = RowSet("term", all_rows, lambda parent, _: _distinct(_carriers(body, parent)))
    return ListSource(rows, lambda row: (row["office_key"],), most=_number_of_offices(body))


def _number_of_offices(body: str) -> MeasuredBy:
    text = (
        "select count(distinct o.office_key) as n from"
        f" (select {body}_id as body, office_key from term where {body}_id is not null union all"
        f" select l.{body}_id, e.office_key from event e join event_{body} l on l.event_id = e.id"
        " where {}) o group by o.body"
    )
    return MeasuredBy(sql(text, _VACANT))


def office_of(body: str) -> RowSource:
    """The one of the name; null if there is none."""

    def derive(parent: Row, arguments: Arguments) -> Sql:
        return _distinct(_carriers(body, parent, _folded(arguments, "name")))

    return RowSource(RowSet("term", all_rows, derive))


def _folded(arguments: Arguments, name: str) -> Sql:
    return arguments.bind(name, folded(fold_office))


def known_office(body: str) -> Requirement:
    """That the organisation or state has the office that is asked for."""

    def holds(parent: Row, arguments: Arguments) -> Sql:
        return sql("exists ({})", _carriers(body, parent, _folded(arguments, "office")))

    def details(parent: Row, arguments: Arguments) -> Mapping[str, Sql]:
        listed = sql(
            "(select concat('[',string_agg(json_quote(n.office),',' order by n.office_key),']')"
            f" from (select * from ({{}}) d order by office_key limit {UnknownOffice.most + 1}) n)",
            _distinct(_carriers(body, parent)),
        )
        office = sql("json_quote(cast({} as text))", arguments.bind("office"))
        return {"office": office, "of": sql("json_quote({})", parent["key"]), "offices": listed}

    return Requirement(holds, UnknownOffice.code, details)


def holders_of(body: str) -> ListSource:
    """Who held an office of an organisation or a state, which must have the office."""
    column = f"{body}_id"
    return ListSource(
        as_of_rows("term", of_office(column), ("official_id",)),
        holder_order,
        most=RowSet("term", column_equals(column)),
        requires=known_office(body),
    )
