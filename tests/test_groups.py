"""Counts, groups and lengths against every reading of every date, and the lists that they count."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any, NamedTuple

import pysqlite3
import pytest
from sqlalchemy import Connection, insert, text

from kb import database
from kb.models import Membership
from kb.models.base import AFTER_ALL, BEFORE_ALL
from kb.query import durations
from kb.query.grouping import MOST_GROUPS, MOST_KEYS, CountedRows, Grouping
from kb.query.sql import Row, Sql
from schema.group_keys import MEMBERSHIP_KEYS
from tests.operations.values import EnumLiteral, Value, literal
from tests.support.databases import Database
from tests.support.plans import steps_of

BOUNDS = [date(2000, 12, 31), date(2001, 1, 1), date(2001, 12, 31), date(2002, 1, 1)]
FLOORS = [None, date(2001, 1, 1), date(2001, 7, 1), date(2002, 7, 1)]
FIRST, LAST = date(1990, 1, 1), date(2010, 1, 1)
CALENDAR = sorted({FIRST, LAST, *BOUNDS, *(day for day in FLOORS if day)})
"""Days at which anything changes; the first and last stand for all those beyond the others."""
YEARS = (2000, 2001, 2002)
ROW = Row("m", "membership")


class Span(NamedTuple):
    first_start: date | None
    last_start: date | None
    first_end: date | None
    last_end: date | None
    floor: date | None

    def readings(self) -> Iterator[tuple[date, date]]:
        """Whatever its first and last day can have been; nothing begins before the floor."""
        starts, ends = (
            [day for day in CALENDAR if (low or date.min) <= day <= (high or date.max)]
            for low, high in (self[:2], self[2:4])
        )
        for start, end in product(starts, ends):
            start = max(start, self.floor or date.min)
            if start <= end:
                yield start, end

    def columns(self) -> Iterator[str]:
        """As they are stored."""
        absent = (BEFORE_ALL, AFTER_ALL, BEFORE_ALL, AFTER_ALL, BEFORE_ALL)
        for day, sentinel in zip(self, absent, strict=True):
            yield day.isoformat() if day else sentinel


def is_in_order(low: date | None, high: date | None) -> bool:
    return not low or not high or low <= high


SPANS = [
    Span(bounds[0], bounds[1], bounds[2], bounds[3], floor)
    for bounds, floor in product(product([None, *BOUNDS], repeat=4), FLOORS)
    if is_in_order(*bounds[:2]) and is_in_order(*bounds[2:]) and is_in_order(bounds[0], bounds[3])
]


@pytest.fixture(scope="module")
def spans() -> "Iterator[pysqlite3.dbapi2.Connection]":
    """Each span as a membership of a state of its own."""
    connection = pysqlite3.connect(":memory:")
    columns = ("start_earliest", "start_latest", "end_earliest", "end_latest", "floor")
    connection.execute(f"create table membership (state_id, {', '.join(columns)})")
    connection.execute("create table state (id integer primary key, key)")
    for number, span in enumerate(SPANS):
        connection.execute("insert into state values (?, ?)", [number, f"{number:04}"])
        connection.execute(
            "insert into membership values (?, ?, ?, ?, ?, ?)", [number, *span.columns()]
        )
    yield connection
    connection.close()


def test_a_year_is_certain_by_every_reading_and_possible_by_some(
    spans: "pysqlite3.dbapi2.Connection",
) -> None:
    rows = CountedRows(Sql("membership"), ROW, Sql("true"), None)
    asked = Grouping(MEMBERSHIP_KEYS, ("STATE", "YEAR"), Sql("100000"), ())
    query = f"select state_id, year, certain, possible from ({rows.groups(asked).text})"
    told = {
        (number, year): (certain, possible)
        for number, year, certain, possible in spans.execute(query)
    }
    expected: dict[tuple[int, int | None], tuple[int, int]] = {}
    for number, span in enumerate(SPANS):
        readings = [*span.readings()]
        for year in YEARS if readings else ():
            held = [start.year <= year <= end.year for start, end in readings]
            if any(held):
                expected[number, year] = (int(all(held)), 1)
        if not readings:
            expected[number, None] = (1, 1)
    assert told == expected


def test_a_length_is_the_shortest_and_the_longest_of_all_readings(
    spans: "pysqlite3.dbapi2.Connection",
) -> None:
    expressions = f"{durations.shortest(ROW).text}, {durations.longest(ROW).text}"
    query = f"select {expressions} from membership m order by state_id"
    for span, told in zip(SPANS, spans.execute(query), strict=True):
        readings = [*span.readings()]
        days = [(end - start).days + 1 for start, end in readings]
        unbounded = any(start == FIRST or end == LAST for start, end in readings)
        longest = None if unbounded else max(days, default=0)
        assert told == (min(days, default=0), longest), span


TALLIED = (
    *(("ORGANISATION",), ("STATE",), ("STATUS",), ("YEAR",)),
    *(("STATUS", "ORGANISATION"), ("STATE", "STATUS"), ("STATUS", "YEAR")),
)
REWRITTEN = (
    "update membership set floor = '2001-06-01' where id % 3 = 0",
    "update membership set state_id = state_id + 9000, status = 'OBSERVER' where id % 7 = 0",
    "update membership set start_latest = 'infinity', end_earliest = '-infinity' where id % 11 = 0",
    "delete from membership where id % 5 = 0",
    "delete from membership",
)
"""After each, tallies are those of what is there."""


def test_groups_that_are_kept_are_those_counted_one_by_one(empty: Database) -> None:
    """Rows that refer to nothing are never committed."""
    with database.write_transaction(empty.engine) as connection:
        connection.execute(insert(Membership), [*_span_rows()])
        for statement in (None, *REWRITTEN):
            if statement:
                connection.execute(text(statement))
            for by in TALLIED:
                kept, counted = (_membership_groups(connection, by, tallied) for tallied in BOTH)
                assert kept == counted, (statement, by)
        connection.rollback()
    assert not counted


BOTH = (True, False)


def _span_rows() -> Iterator[dict[str, object]]:
    names = ("start_earliest", "start_latest", "end_earliest", "end_latest", "floor")
    told = dict.fromkeys(
        ("start_order", "end_order", "period_text", "start_doubt", "end_doubt"), ""
    )
    for number, span in enumerate(SPANS, 1):
        days = dict(zip(names, span.columns(), strict=True))
        refs = {"id": number, "key": str(number), "state_id": number, "organisation_id": number % 4}
        yield {**refs, **days, **told, "status": "MEMBER", "end_kind": "UNKNOWN"}


def _membership_groups(
    connection: Connection, by: tuple[str, ...], tallied: bool
) -> list[tuple[object, ...]]:
    every = Sql("true")
    rows = CountedRows(Sql("membership"), ROW, every, None, every if tallied else None)
    groups = rows.groups(Grouping(MEMBERSHIP_KEYS, by, Sql("2000"), ()))
    assert ("membership_tally" in groups.text) is tallied
    columns = "organisation_id, state_id, status, year, certain, possible, nth"
    ordered = f"select {columns} from ({groups.text}) g order by possible desc, 1, 2, 3, 4"
    return [tuple(row)[:-1] for row in connection.exec_driver_sql(ordered)]


_BY_STATUS = (
    "{status: [MEMBER]}",
    "{not: {status: [MEMBER]}}",
    "{or: [{status: [OBSERVER]}, {and: [{status: [MEMBER, SUSPENDED]}]}]}",
    "{status: []}",
)


@pytest.mark.parametrize("wanted", _BY_STATUS)
def test_groups_behind_a_filter_of_the_status_are_kept(csto: Database, wanted: str) -> None:
    """As many as behind a filter that asks for more, and finds the same."""
    told = {}
    for asked in (wanted, f'{{or: [{wanted}, {{state: {{eq: "nowhere"}}}}]}}'):
        groups = " ".join(
            f"{'_'.join(by)}: groups(by: [{', '.join(by)}]) {{ organisation {{ slug }}"
            " state { code } status year count { certain possible } }"
            for by in TALLIED
        )
        csto.reader.statements.clear()
        answer = csto.ask(f"{{ memberships(filter: {asked}) {{ {groups} }} }}")
        ((pieces, _),) = csto.reader.statements
        told["membership_tally" in "".join(pieces)] = answer
    assert told[True] == told[False]


def test_groups_of_some_and_those_of_a_view_are_counted_one_by_one(csto: Database) -> None:
    counted = "groups(by: [STATE]) { state { code } }"
    some = f'memberships(filter: {{state: {{eq: "AM"}}}}) {{ {counted} }}'
    told: Any = csto.ask(
        f'{{ some: {some} view(knownAt: "1990-01-01") {{ memberships {{ {counted} }} }} }}'
    )
    assert told["some"]["groups"] == [{"state": {"code": "AM"}}]
    assert told["view"]["memberships"]["groups"] == []


def groups_of(database: Database, field: str, by: str, shown: str) -> Any:  # noqa: ANN401  JSON.
    query = (
        f"{field} {{ groups(by: [{by}], first: 1000) {{ {shown} count {{ certain possible }} }} }}"
    )
    told = database.ask(f"{{ a: {query} }}")["a"]
    assert isinstance(told, dict)
    return told["groups"]


def slug_of(name: str, key: str = "slug") -> tuple[str, str]:
    return f"{name} {{ key: {key} }}", name


FACETS = {
    ("memberships", "ORGANISATION"): (*slug_of("organisation"), "organisation"),
    ("memberships", "STATE"): (*slug_of("state", "code"), "state"),
    ("memberships", "STATUS"): ("status", "status", "status"),
    ("terms", "ORGANISATION"): (*slug_of("organisation"), "organisation"),
    ("terms", "STATE"): (*slug_of("state", "code"), "state"),
    ("terms", "OFFICE"): ("office", "office", "office"),
    ("terms", "OFFICIAL"): (*slug_of("official"), "official"),
    ("summits", "ORGANISATION"): (*slug_of("organisation"), "organisation"),
    ("summits", "HOST"): (*slug_of("host", "code"), "host"),
    ("summits", "CITY"): ("city", "city", "city"),
    ("summits", "KIND"): ("kind", "kind", "kind"),
    ("summits", "PARTICIPANT"): (*slug_of("participant"), "attendedBy"),
    ("events", "KIND"): ("kind", "kind", "kind"),
    ("events", "ORGANISATION"): (*slug_of("organisation"), "organisation"),
    ("events", "STATE"): (*slug_of("state", "code"), "state"),
    ("events", "OFFICIAL"): (*slug_of("official"), "official"),
    ("events", "ROLE"): ("role", "role", "role"),
    ("articles", "PUBLICATION"): (*slug_of("publication"), "publication"),
    ("articles", "AUTHOR"): ("author", "author", "author"),
    ("articles", "KIND"): ("kind", "kind", "kind"),
    **{
        (name, "YEAR"): ("year", "year", "year")
        for name in ("memberships", "terms", "summits", "events", "articles")
    },
}
"""By list and key: what is selected of a group, under which name, and the filter for the same."""
_ENUMS = {"STATUS", "KIND", "ROLE"}


@pytest.mark.parametrize("facet", FACETS, ids=" ".join)
def test_what_a_group_counts_its_filter_finds(csto: Database, facet: tuple[str, str]) -> None:
    name, key = facet
    shown, field, filter_field = FACETS[facet]
    parts: list[str] = []
    counts: list[int] = []
    for group in groups_of(csto, name, key, shown):
        value = group[field]["key"] if isinstance(group[field], dict) else group[field]
        if value is None:
            continue
        wanted: Value = {"eq": value}
        if key in _ENUMS:
            wanted = [EnumLiteral(value)]
        elif key in ("PARTICIPANT", "YEAR"):
            wanted = value
        counts.append(group["count"]["possible"])
        parts.append(
            f"x{len(parts)}: {name}(filter: {literal({filter_field: wanted})}) {{ totalCount }}"
        )
    assert counts == sorted(counts, reverse=True)
    assert counts
    told = csto.ask(f"{{ {' '.join(parts)} }}")
    assert list(told.values()) == [{"totalCount": count} for count in counts]


def test_a_role_is_that_of_the_party(csto: Database) -> None:
    groups = groups_of(csto, "events", "ROLE, STATE", "role state { code }")
    named = [group for group in groups if group["role"] and group["state"]]
    assert named
    for group in named:
        wanted: Value = {
            "role": [EnumLiteral(group["role"])],
            "state": {"eq": group["state"]["code"]},
        }
        told = csto.ask(f"{{ a: events(filter: {literal(wanted)}) {{ totalCount }} }}")
        assert told == {"a": {"totalCount": group["count"]["possible"]}}


def test_the_largest_come_first_then_by_key_and_what_has_none_last(csto: Database) -> None:
    groups = groups_of(csto, "summits", "CITY, YEAR", "city year")
    places = [
        (-group["count"]["possible"], group["city"] is None, group["city"] or "", group["year"])
        for group in groups
    ]
    assert places == sorted(places)
    assert groups[-1]["city"] is None
    few = csto.ask("{ summits { groups(by: [CITY, YEAR], first: 2) { city year } } }")["summits"]
    told = [{"city": group["city"], "year": group["year"]} for group in groups[:2]]
    assert few == {"groups": told}


COUNTED = """{
  all: memberships { ...Counted }
  none: memberships(filter: {or: []}) { ...Counted }
  then: memberships(filter: {asOf: "2000-01-01"}) { ...Counted }
  surely: memberships(filter: {asOf: "2000-01-01", atLeast: CERTAIN}) { ...Counted }
  not: memberships(filter: {not: {asOf: "2000-01-01"}}) { ...Counted }
}
fragment Counted on MembershipConnection {
  totalCount count { certain possible } groups(by: []) { status year count { certain possible } }
}"""


def test_all_rows_are_one_group(csto: Database) -> None:
    """What is certain in one list is ruled out of its contrary."""
    told: Any = csto.ask(COUNTED)
    counts = {}
    for name, page in told.items():
        assert page["groups"] == [{"status": None, "year": None, "count": page["count"]}]
        assert page["totalCount"] == page["count"]["possible"]
        counts[name] = (page["count"]["certain"], page["count"]["possible"])
    assert counts == {
        "all": (18, 18),
        "none": (0, 0),
        "then": (1, 7),
        "surely": (1, 1),
        "not": (11, 17),
    }


FAULTS = {
    "groups(by: [KIND, YEAR, CITY, HOST]) { year }": (
        f"groups by 4 keys, more than the {MOST_KEYS} allowed; narrow the filter instead",
        "TOO_LARGE",
    ),
    "groups(by: [], first: -1) { year }": (
        f"`first: -1` is no number of groups; ask for 0 to {MOST_GROUPS:,}, of a narrower filter if"
        " there are more",
        "BAD_ARGUMENT",
    ),
    "groups(by: [], first: 1001) { year }": (
        f"`first: 1001` is no number of groups; ask for 0 to {MOST_GROUPS:,}, of a narrower filter"
        " if there are more",
        "BAD_ARGUMENT",
    ),
}


@pytest.mark.parametrize("field", FAULTS)
def test_faults_of_arguments(csto: Database, field: str) -> None:
    message, code = FAULTS[field]
    assert csto.refused(f"{{ summits {{ {field} }} }}") == [(message, ["summits", "groups"], code)]


@pytest.mark.parametrize(
    ("field", "index"),
    [
        ("terms { groups(by: [STATE])", "ix_term_state_id_start_latest_key"),
        ("summits { groups(by: [KIND])", "ix_summit_kind_held_order_key"),
        ("articles { groups(by: [AUTHOR])", "ix_article_author"),
    ],
)
def test_groups_are_counted_in_the_order_of_an_index(
    empty: Database, field: str, index: str
) -> None:
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL scans tables as small as these")
    steps = steps_of(empty, f"{{ {field} {{ count {{ possible }} }} }} }}")
    assert f"SCAN t1 USING COVERING INDEX {index}" in steps, steps
    assert "USE TEMP B-TREE FOR GROUP BY" not in steps, steps


def test_groups_of_a_record_read_its_rows_alone(empty: Database) -> None:
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL scans tables as small as these")
    groups = "groups(by: [YEAR, STATUS]) { year count { possible } }"
    steps = steps_of(empty, f'{{ state(code: "UZ") {{ memberships {{ {groups} }} }} }}')
    wanted = "SEARCH t2 USING COVERING INDEX ix_membership_by_state"
    assert any(wanted in step for step in steps), steps
    assert not any(step.startswith("SCAN t2") for step in steps), steps
