"""Where an index serves a list, the engine uses it: no full scan, and no sort of all rows.

The plans of SQLite, which has no statistics here: those of PostgreSQL depend on the size of tables.
"""

import re
import sqlite3

import pytest

from kb.database.sqlite_reader import SqliteReader
from schema import lists
from tests.support.databases import Database
from tests.support.plans import step_of, steps_of

PLANS = {
    "memberships": "ix_membership_latest_start",
    "memberships(last: 5)": "ix_membership_latest_start",
    "memberships(orderBy: {field: LATEST_START, direction: DESC})": (
        "ix_membership_latest_start_falling"
    ),
    'memberships(filter: {asOf: "2001-01-01"})': "ix_membership_latest_start",
    "memberships(orderBy: {field: START})": "ix_membership_start",
    "memberships(orderBy: {field: STATE})": "ix_membership_state_name_key",
    "memberships(orderBy: {field: STATE, direction: DESC})": "ix_membership_state_name_falling",
    "memberships(orderBy: {field: ORGANISATION})": "ix_membership_organisation_name_key",
    "memberships(orderBy: {field: START, direction: DESC})": "ix_membership_start_falling",
    "memberships(orderBy: {field: END})": "ix_membership_end",
    'memberships(filter: {startsOn: {on: "2001-01-01"}})': "ix_membership_start_fork",
    'memberships(filter: {endsOn: {on: "2001-01-01"}})': "ix_membership_end_fork",
    "terms": "ix_term_latest_start",
    "terms(orderBy: {field: LATEST_START, direction: DESC})": "ix_term_latest_start_falling",
    'terms(filter: {asOf: "2001-01-01"})': "ix_term_latest_start",
    "terms(orderBy: {field: START})": "ix_term_start",
    "terms(orderBy: {field: OFFICIAL})": "ix_term_holder_name_key",
    "terms(orderBy: {field: OFFICE})": "ix_term_office_key",
    "organisations": "ix_organisation_name_key",
    "organisations(orderBy: {field: FOUNDED})": "ix_organisation_founded_order_key",
    "organisations(orderBy: {field: FOUNDED, direction: DESC})": (
        "ix_organisation_founded_falling"
    ),
    "summits(orderBy: {field: CITY})": "ix_summit_city_rising_key",
    "summits(orderBy: {field: CITY, direction: DESC})": "ix_summit_city_falling",
    'summits(filter: {heldOn: {on: "2001-01-01"}})': "ix_summit_held_fork",
    'events(filter: {occurred: {on: "2001-01-01"}})': "ix_event_span_fork",
    "events(orderBy: {field: TITLE})": "ix_event_title_key",
    'articles(filter: {datedOn: {on: "2001-01-01"}})': "ix_article_dated_fork",
    "articles(orderBy: {field: HEADLINE})": "ix_article_headline_key",
    "memberships(filter: {status: [OBSERVER]})": "ix_membership_status_start_latest_key",
    "events(filter: {kind: [ARREST]})": "ix_event_kind_start_order_key",
    "summits(filter: {kind: [SUMMIT]})": "ix_summit_kind_held_order_key",
    'events(filter: {summit: {eq: "a-summit"}})': "ix_event_summit_id_start_order_key",
    "articles(filter: {issueNumber: 7})": "ix_article_issue_number",
    "citations": "sqlite_autoindex_citation_1",
    "publications": "sqlite_autoindex_publication_1",
}


COVERED = {
    'summits(filter: {heldOn: {before: "2001-01-01"}})': "ix_summit_held_falling",
    'articles(filter: {datedOn: {before: "2001-01-01"}})': "ix_article_dated_falling",
}
"""Rows that are counted by what stands in the index alone."""


@pytest.mark.parametrize("field", PLANS)
def test_a_list_uses_its_index(empty: Database, field: str) -> None:
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL scans tables as small as these")
    used = step_of(empty, f"{{ {field} {{ nodes {{ id }} }} }}")
    assert f" {PLANS[field]} " in f"{used} ", used


OF_A_RECORD = {
    'organisation(slug: "csto") { memberships': "ix_membership_organisation_id_start_latest_key",
    'organisation(slug: "csto") { terms': "ix_term_organisation_id_start_latest_key",
    'state(code: "UZ") { memberships': "ix_membership_state_id_start_latest_key",
    'state(code: "UZ") { terms': "ix_term_state_id_start_latest_key",
    'official(slug: "zas") { terms': "ix_term_official_id_start_latest_key",
}


@pytest.mark.parametrize("known", [False, True], ids=["now", "as known"])
@pytest.mark.parametrize("field", OF_A_RECORD)
def test_a_list_of_a_record_uses_its_index(empty: Database, field: str, known: bool) -> None:
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL scans tables as small as these")
    index, field = OF_A_RECORD[field], f"{field} {{ nodes {{ id }} }} }}"
    if known:
        field = f'view(knownAt: "2018-01-01") {{ {field} }}'
        index = index.replace("ix_membership", "ix_membership_version")
        index = index.replace("ix_term", "ix_term_version")
    steps = steps_of(empty, f"{{ {field} }}")
    assert any(f" {index} " in f"{step} " for step in steps), steps
    assert not any("ORDER BY" in step and "string_agg" not in step for step in steps), steps


def test_newer_articles_are_passed_over_in_a_view(empty: Database) -> None:
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL scans tables as small as these")
    articles = "articles(orderBy: {field: DATED_ON, direction: DESC}) { nodes { id } }"
    steps = steps_of(empty, f'{{ view(knownAt: "2018-01-01") {{ {articles} }} }}')
    for step in (
        "SEARCH article USING COVERING INDEX ix_article_dated_falling (dated_earliest<?)",
        "SEARCH article USING COVERING INDEX ix_article_ahead (dated_earliest>?)",
    ):
        assert step in steps, steps


def test_a_view_brings_only_the_tables_that_are_read(empty: Database) -> None:
    """Each takes the day once more, and a small statement takes as long to bind as to run."""
    empty.ask('{ view(knownAt: "2018-01-01") { state(code: "UZ") { name } } }')
    ((_, values),) = empty.reader.statements[-1:]
    assert [*values].count("2018-01-01") == 2


OFFICES = (
    "offices { name }",
    'office(name: "chair") { terms { nodes { key } } }',
    'office(name: "chair") { tenure(asOf: "2001-01-01") { verdict because } }',
    'holders(office: "chair", asOf: "2001-01-01") { certainty }',
)


FEW_SHARE = {"NAME", "CODE", "OFFICIAL", "ORGANISATION"}
"""Orders in which few rows are equal, however many there are: names of what there is once."""
WITHIN = ["articles(filter: {kind: [OPINION]})"]
"""Lists in orders of their own, which stand in an index of those of one kind."""


@pytest.mark.parametrize("known", ["", "_version"], ids=["now", "as known"])
@pytest.mark.parametrize("field", OFFICES)
def test_an_office_is_found_by_its_index(empty: Database, field: str, known: str) -> None:
    """Of all terms and events, only those of the office are read, of whichever body it is."""
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL scans tables as small as these")
    field = f'organisation(slug: "csto") {{ {field} }}'
    if known:
        field = f'view(knownAt: "2018-01-01") {{ {field} }}'
    steps = steps_of(empty, f"{{ {field} }}")
    for index in (f"ix_term{known}_organisation_office", f"ix_event{known}_kind_office_key_"):
        assert any(index in step for step in steps), steps
    assert not any(step.startswith(("SCAN a", "SCAN e", "SCAN v USING")) for step in steps), steps


@pytest.mark.parametrize("field", COVERED)
def test_days_are_counted_in_an_index(empty: Database, field: str) -> None:
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL scans tables as small as these")
    used = step_of(empty, f"{{ {field} {{ totalCount }} }}")
    assert used.startswith(f"SEARCH t1 USING COVERING INDEX {COVERED[field]} "), used


@pytest.mark.parametrize(
    ("operation", "lookup"),
    [
        ("{{ {} }}", "SEARCH r USING INTEGER PRIMARY KEY"),
        (
            '{{ view(knownAt: "2018-01-01") {{ {} }} }}',
            "SEARCH disagreement USING INDEX ix_disagreement_subject_id_known_to",
        ),
    ],
    ids=["now", "as known"],
)
def test_disputes_of_rows_are_looked_up(empty: Database, operation: str, lookup: str) -> None:
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL scans tables as small as these")
    steps = steps_of(empty, operation.format("memberships { edges { disputed } }"))
    assert any(step.startswith(lookup) for step in steps), steps


ORDERED = [
    f"{name}(orderBy: {{field: {field}, direction: {direction}}})"
    for name, listing in vars(lists).items()
    if isinstance(listing, lists.Listing) and listing.order
    for field in listing.order.fields
    if field not in FEW_SHARE
    for direction in ("ASC", "DESC")
    for name in [name.lower()]
]


@pytest.mark.parametrize("known", ["", "2018-01-01"], ids=["now", "as known"])
def test_a_page_sorts_nothing_in_any_order(empty: Database, known: str) -> None:
    """Not even the rows of one day: a year alone may be the latest start of many thousands."""
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL scans tables as small as these")
    assert len(ORDERED) > 20
    for field in (*ORDERED, *WITHIN):
        listed = f"{field} {{ nodes {{ id }} }}"
        if known:
            listed = f'view(knownAt: "{known}") {{ {listed} }}'
        steps = steps_of(empty, f"{{ {listed} }}")
        assert "TERM OF ORDER BY" not in str(steps), (field, steps)


def test_a_record_is_found_by_its_identifier(csto: Database) -> None:
    if not csto.is_sqlite:
        pytest.skip("PostgreSQL scans tables as small as these")
    steps = steps_of(csto, '{ identified(scheme: "wikidata", value: "Q265") { id } }')
    assert any("ix_identifier_scheme_id_value (scheme_id=? AND value=?)" in step for step in steps)
    (known,) = [step for step in steps_of(csto, "{ about { knownTo } }") if " a " in step][-1:]
    assert "ix_article_known_from" in known


@pytest.mark.parametrize("verb", ["insert", "update"])
def test_a_membership_is_held_against_those_of_its_pair_alone(empty: Database, verb: str) -> None:
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL has an index for it")
    named = f"select sql from sqlite_master where name = 'membership_{verb}'"
    ((trigger,),) = empty.rows(named)
    _, _, condition = str(trigger).partition("exists (")
    query = re.sub(r"\bnew\.\w+", "'2000'", condition.partition(") begin")[0])
    ((*_, step),) = empty.rows(f"explain query plan {query}")
    assert "(state_id=? AND organisation_id=?)" in str(step)


def test_a_statement_is_planned_once(csto: Database) -> None:
    """Whatever is bound to it: to plan takes longer than to run."""
    reader = csto.reader.reader
    if not isinstance(reader, SqliteReader):
        pytest.skip("PostgreSQL decides for itself when a plan is for all values")
    planned: list[int] = []

    def note(*_: object) -> int:
        planned.append(1)
        return sqlite3.SQLITE_OK

    query = """query ($code: String!, $first: Int!, $day: Date!) {
      state(code: $code) { memberships(first: $first) {
        nodes { citations(first: $first) { nodes { claim } } } pageInfo { hasNextPage }
      } }
      organisation(slug: "csto") { members(asOf: $day) { certainty } }
    }"""
    reader._loop_connection.connection.set_authorizer(note)
    csto.ask(query, code="UZ", first=3, day="2010-01-01")
    assert planned
    planned.clear()
    csto.ask(query, code="AM", first=4, day="2011-01-01")
    assert not planned
    reader._loop_connection.connection.set_authorizer(None)
