"""Whether an office was held on a day: the row behind a tenure, its verdict, and why.

In: the row of an office, and a day. Out: sources and expressions for `schema.offices`. A tenure's
row is that of the office with the day, the best certainty of its holders and that of its vacancies.
"""

from collections.abc import Callable
from functools import partial

from kb.query import certainty
from kb.query.fields import Arguments, ListSource, MeasuredBy, RowSet, RowSource
from kb.query.sql import Row, Sql, join, sql
from schema.as_of import as_of_rows, holder_order, related_name
from schema.fields import all_rows, is_record_disputed
from schema.office_rows import is_vacancy, same_office

_ADDED = frozenset({"day", "held", "vacant"})
_OFFICE = ("office_key", "office", "organisation_id", "state_id")


def _day(tenure: Row, _: Arguments) -> Sql:
    return tenure["day"]


def _derive(office: Row, arguments: Arguments) -> Sql:
    day = arguments.bind("asOf")
    term, event = Row("a", "term"), Row("e", "event")
    return sql(
        "select {}, cast({} as text) as day, (select min({}) from term a where {} and {}) as held,"
        " (select min({}) from event e where {} and {}) as vacant",
        join(",", (sql("{} as " + name, office[name]) for name in _OFFICE)),
        day,
        certainty.certainty(term, day),
        same_office(term, office, arguments),
        certainty.possible(term, day),
        certainty.certainty(event, day),
        is_vacancy(event, office, arguments),
        certainty.possible(event, day),
    )


TENURE = RowSource(RowSet("term", all_rows, _derive, _ADDED))
_MOST_TERMS = MeasuredBy(
    join(
        " union all ",
        (
            # Each in the order of an index.
            Sql(
                f"select count(*) as n from term where {body}_id is not null"
                f" group by {body}_id, office_key"
            )
            for body in ("organisation", "state")
        ),
    )
)
_MOST_VACANCIES = MeasuredBy(
    join(
        " union all ",
        (
            Sql(
                f"select count(*) as n from event e join event_{body} l on l.event_id = e.id"
                f" where e.kind = 'VACANCY' group by l.{body}_id, e.office_key"
            )
            for body in ("organisation", "state")
        ),
    )
)


def _vacancy_order(row: Row) -> tuple[Sql, ...]:
    return row["certainty"], row["start_order"], row["key"]


OFFICE_HOLDERS = ListSource(
    as_of_rows("term", same_office, ("official_id",)), holder_order, most=_MOST_TERMS
)
TENURE_HOLDERS = ListSource(
    as_of_rows("term", same_office, ("official_id",), _day), holder_order, most=_MOST_TERMS
)
TENURE_VACANCIES = ListSource(
    as_of_rows("event", is_vacancy, ("id",), _day), _vacancy_order, most=_MOST_VACANCIES
)


def verdict(tenure: Row, _: Arguments) -> Sql:
    """The more certain of the two, HELD if alike: `CERTAIN` sorts before `POSSIBLE`."""
    held, vacant = tenure["held"], tenure["vacant"]
    text = (
        "case when coalesce({},{}) is null then 'UNKNOWN'"
        " when {} is null or {} <= {} then 'HELD' else 'VACANT' end"
    )
    return sql(text, held, vacant, vacant, held, vacant)


def verdict_certainty(tenure: Row, _: Arguments) -> Sql:
    held, vacant = tenure["held"], tenure["vacant"]
    text = "case when {} < {} then {} else coalesce({},{}) end"
    return sql(text, vacant, held, vacant, held, vacant)


def because(tenure: Row, arguments: Arguments) -> Sql:
    """All that speaks for the verdict, then all that speaks for the other.

    What is possible by its own dates, and is not beside what is certain, is told as that.
    """
    holders = _told(tenure, arguments, TENURE_HOLDERS, partial(_holder_words, tenure))
    vacancies = _told(tenure, arguments, TENURE_VACANCIES, partial(_vacancy_words, tenure))
    return sql(
        "case {} when 'UNKNOWN' then 'No source speaks of that day.'"
        " when 'HELD' then concat_ws(' ',{},{}) else concat_ws(' ',{},{}) end",
        verdict(tenure, arguments),
        holders,
        vacancies,
        vacancies,
        holders,
    )


def _told(
    tenure: Row, arguments: Arguments, source: ListSource, words: Callable[[Row], Sql]
) -> Sql:
    """A sentence for each row, in the order of the list; null if there is none."""
    rows = source.rows
    row = Row("w", rows.table, rows.extra)
    assert rows.derived is not None
    return sql(
        "(select string_agg({},' ' order by {}) from ({}) w)",
        words(row),
        join(",", source.order(row)),
        rows.derived(tenure, arguments),
    )


def _holder_words(tenure: Row, term: Row) -> Sql:
    return sql(
        "concat(case when {} = 'POSSIBLE' and {} = 'CERTAIN' then 'By the term’s dates alone '"
        " else '' end,{},case {} when 'CERTAIN' then ' held it' else ' may have held it' end,{})",
        term["certainty"],
        tenure["vacant"],
        related_name("official", term, "official_id"),
        term["certainty"],
        _doubt_and_dispute(term),
    )


def _vacancy_words(tenure: Row, event: Row) -> Sql:
    return sql(
        "concat(case when {} = 'CERTAIN' then 'Nobody held it' when {} = 'CERTAIN'"
        " then 'By its dates alone it may have stood empty' else 'It may have stood empty' end,"
        "' (',{},')',{})",
        event["certainty"],
        tenure["held"],
        event["title"],
        _doubt_and_dispute(event),
    )


def _doubt_and_dispute(row: Row) -> Sql:
    """How a sentence ends."""
    return sql(
        "case when {} then ', which is disputed' else '' end,"
        "case when {} is null then '.' else ': ' end,{}",
        is_record_disputed(row, None),
        row["doubt"],
        certainty.doubt_in_words(row),
    )
