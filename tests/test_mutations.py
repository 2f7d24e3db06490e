"""Mutations: the same records by curators' requests as by files, with the same checks."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from kb import database
from kb.check.inspect import inspect
from kb.records.entries import Entry
from kb.records.field_types import MOST_REASON
from tests.support.curated import (
    ADA,
    CITATION,
    Answer,
    Curator,
    all_rows,
    as_bearer,
    citation,
    curator,
    expect_payload,
    input_of,
    mutation_text,
    problems,
    seeds,
    written_rows,
)
from tests.support.databases import Database

COUNTS = "{ feed { counts { type count checksum } } }"


@pytest.fixture
def filled_curator(filled: Database) -> Curator:
    return curator(filled)


def assert_sound(of: Database) -> None:
    with database.read_transaction(of.engine) as connection:
        assert [str(finding) for finding in inspect(connection).findings] == []


def repeat_refused(work: list[Entry], attempt: Callable[[Entry], Answer]) -> None:
    """Again and again what is refused because of others, until all is done."""
    while work:
        left = [entry for entry in work if attempt(entry)["__typename"] == "Invalid"]
        assert len(left) < len(work)
        work = left


@pytest.mark.sweep
def test_all_that_files_can_say(empty: Database, csto: Database) -> None:
    by_hand = curator(empty)
    repeat_refused(seeds()[::-1], lambda entry: by_hand.record(entry.type, **input_of(entry)))
    assert empty.ask(COUNTS) == csto.ask(COUNTS)
    assert_sound(empty)


@pytest.mark.long
def test_all_can_be_retracted(filled: Database) -> None:
    by_hand = curator(filled)
    kept = ("About", "Article", "Publication", "Scheme")
    sourced = [entry for entry in seeds() if entry.type not in kept]
    expect_payload(by_hand.record("About", slug="about", organisation=None, offices=[]))
    repeat_refused(
        sourced, lambda entry: by_hand.retract(entry.type, id=f"{entry.type}:{entry.key}")
    )
    left = filled.rows("select distinct type from record order by type")
    assert left == [(kind,) for kind in kept]
    assert_sound(filled)


@pytest.mark.sweep
def test_citations_removed_and_added_again(filled: Database) -> None:
    by_hand, before = curator(filled), filled.ask(COUNTS)
    cited = [
        (f"{entry.type}:{entry.key}", key, document)
        for entry in seeds()
        for key, document in getattr(entry.document, "citations", {}).items()
    ]
    removed = 0
    for subject, key, document in Random(1).sample(cited, 20):
        if by_hand.uncite(key=key)["__typename"] == "Invalid":
            continue
        removed += 1
        assert filled.ask(COUNTS) != before
        expect_payload(by_hand.cite(subject=subject, **citation(key, document)))
        assert filled.ask(COUNTS) == before
    assert removed > 10
    assert_sound(filled)


def test_a_change_leaves_what_it_does_not_give(filled_curator: Curator) -> None:
    filled_curator.record("Official", **ADA, aliases=["Countess"])
    expect_payload(filled_curator.record("Official", slug="ada", nationality="AM"))
    query = '{ official(slug: "ada") { name aliases nationality { code } } }'
    official = {"name": "Ada", "aliases": ["Countess"], "nationality": {"code": "AM"}}
    assert filled_curator.database.ask(query) == {"official": official}
    expect_payload(
        filled_curator.record("Official", id="Official:ada", nationality=None, aliases=None)
    )
    cleared: Answer = {"name": "Ada", "aliases": [], "nationality": None}
    assert filled_curator.database.ask(query) == {"official": cleared}


def test_what_must_be_there_is_not_cleared(filled_curator: Curator) -> None:
    expect_payload(filled_curator.record("Official", **ADA))
    refused = filled_curator.record("Official", slug="ada", name=None)
    assert problems(refused) == [("input.name", "ada.name: it is missing; add it")]


def test_the_same_again_changes_nothing(filled_curator: Curator) -> None:
    first = expect_payload(filled_curator.record("Official", **ADA))
    before = written_rows(filled_curator.database)
    assert filled_curator.record("Official", **ADA) == first
    assert written_rows(filled_curator.database) == before


def test_a_change_says_who_made_it(filled_curator: Curator) -> None:
    expect_payload(filled_curator.record("Official", **ADA))
    actors = filled_curator.database.rows("select distinct actor from change where key = 'ada'")
    assert actors == [("Ada",)]


def test_a_change_says_why_to_whoever_has_a_token(filled_curator: Curator) -> None:
    reason = "She  was named\tby an e\u0301lector"
    expect_payload(filled_curator.record("Official", **ADA, reason=reason))
    query = '{ changes(record: "Official:ada") { nodes { reason actor } } }'
    told = {"reason": "She was named by an \u00e9lector", "actor": "Ada"}
    assert filled_curator.database.ask(query) == {"changes": {"nodes": [told]}}
    stranger = as_bearer(filled_curator.database, None)
    assert stranger.ask(query) == {"changes": {"nodes": [dict.fromkeys(told)]}}
    for wrong in ("", " ", "x" * (MOST_REASON + 1)):
        refused = filled_curator.record("Official", **ADA | {"name": "Ava"}, reason=wrong)
        assert [place for place, _ in problems(refused)] == ["input.reason"]


def test_the_last_support_stays(filled_curator: Curator) -> None:
    expect_payload(filled_curator.record("Official", **ADA))
    refused = filled_curator.uncite(key="ada-named")
    assert [place for place, _ in problems(refused)] == ["input"]
    expect_payload(filled_curator.cite(**{**CITATION, "key": "ada-again"}, subject="Official:ada"))
    assert (
        expect_payload(filled_curator.uncite(id="Citation:ada-named"))["id"] == "Citation:ada-named"
    )
    assert_sound(filled_curator.database)


def test_a_citation_does_not_change_hands(filled_curator: Curator) -> None:
    expect_payload(filled_curator.record("Official", **ADA))
    refused = filled_curator.cite(**CITATION, subject="State:UZ")
    assert problems(refused) == [
        ("input", "ada-named: the citation of this key speaks of `ada`; give another key")
    ]


def test_an_article_with_its_text(filled_curator: Curator) -> None:
    """Quotes become anchors, the words verify them, and whoever is named is found."""
    text = ["The  Countess Ada\nspoke of Belarus.", "", "Ada was right."]
    article = {"slug": "ada-speaks", "headline": "Ada speaks", "datedOn": "2016-12-10"}
    expect_payload(
        filled_curator.record("Article", **article, publication="conway-bulletin", paragraphs=text)
    )
    quoted = {"key": "ada-right", "article": "ada-speaks", "quote": "Ada was", "claim": "So it is."}
    expect_payload(filled_curator.record("Official", slug="ada", name="Ada", citations=[quoted]))
    query = """{ article(slug: "ada-speaks") { paragraphs { text } mentions { count subject { id } }
      citations { nodes { quote verified start paragraph } } } }"""
    assert filled_curator.database.ask(query)["article"] == {
        "paragraphs": [{"text": "The Countess Ada spoke of Belarus."}, {"text": "Ada was right."}],
        "mentions": [
            {"count": 3, "subject": {"id": "Official:ada"}},
            {"count": 1, "subject": {"id": "State:BY"}},
        ],
        "citations": {
            "nodes": [{"quote": "Ada was", "verified": True, "start": 0, "paragraph": 2}]
        },
    }
    assert_sound(filled_curator.database)
    expect_payload(filled_curator.record("Article", slug="ada-speaks", paragraphs=None))
    assert filled_curator.database.ask(
        '{ article(slug: "ada-speaks") { paragraphs { text } } }'
    ) == {"article": {"paragraphs": None}}
    assert_sound(filled_curator.database)


def test_a_new_dateline_moves_what_rests_on_it(filled: Database) -> None:
    """What an article attests holds until the article was written."""
    by_hand = curator(filled)
    period = "... on Membership { period { attestedUntil } }"
    query = f'{{ node(id: "Membership:csto-am-member") {{ {period} }} }}'
    running = """select a.key from citation c join article a on a.id = c.article_id
      join membership m on m.id = c.subject_id where m.key = 'csto-am-member' and c.value = '..'
      order by a.dated_latest"""
    for (article,) in filled.rows(running):
        expect_payload(
            by_hand.record("Article", slug=article, datedOn="2021-05-06", issuedOn="2021-05-07")
        )
    assert filled.ask(query) == {"node": {"period": {"attestedUntil": "2021-05-06"}}}
    assert_sound(filled)


def test_a_stale_request(filled_curator: Curator) -> None:
    new = filled_curator.record("Official", **ADA, expectedRevision="0")
    ((revision,),) = filled_curator.database.rows("select revision from record where key = 'ada'")
    assert int(str(expect_payload(new)["revision"])) >= int(str(revision))
    stale = {"__typename": "Stale", "revision": str(revision)}
    for expected in ("0", "1", str(10**18)):
        answer = filled_curator.record("Official", slug="ada", name="B", expectedRevision=expected)
        assert answer == stale | {"current": {"id": "Official:ada"}}
    expect_payload(
        filled_curator.record("Official", slug="ada", name="B", expectedRevision=str(revision))
    )
    missing = filled_curator.record("Official", **ADA | {"slug": "eve"}, expectedRevision="1")
    assert missing == {"__typename": "Stale", "revision": "0", "current": None}


def test_a_revision_that_is_none(filled_curator: Curator) -> None:
    query = 'mutation { recordState(input: {code: "UZ", expectedRevision: "x"}) { __typename } }'
    ((_, _, code),) = filled_curator.database.refused(query)
    assert code == "GRAPHQL_VALIDATION_FAILED"


def test_a_request_is_carried_out_once(filled_curator: Curator) -> None:
    first = expect_payload(filled_curator.record("Official", **ADA, idempotencyKey="one"))
    expect_payload(filled_curator.record("Official", slug="ada", name="Changed since"))
    before = written_rows(filled_curator.database)
    assert filled_curator.record("Official", **ADA, idempotencyKey="one") == first
    other = filled_curator.record("Official", **ADA | {"name": "B"}, idempotencyKey="one")
    told = "another request had this key; give each request a key of its own"
    assert problems(other) == [("input.idempotencyKey", told)]
    assert problems(filled_curator.retract("Official", slug="ada", idempotencyKey="one"))
    assert written_rows(filled_curator.database) == before


def test_a_key_is_its_bearers_own(filled: Database) -> None:
    first, second = curator(filled), curator(filled)
    expect_payload(first.record("Official", **ADA, idempotencyKey="key"))
    expect_payload(second.record("Official", slug="ada", name="B", idempotencyKey="key"))


def test_what_was_done_may_be_gone_since(filled_curator: Curator) -> None:
    first = expect_payload(filled_curator.record("Official", **ADA, idempotencyKey="one"))
    gone = expect_payload(filled_curator.retract("Official", slug="ada", idempotencyKey="two"))
    assert filled_curator.record("Official", **ADA, idempotencyKey="one") == first | {
        "official": None
    }
    assert filled_curator.retract("Official", slug="ada", idempotencyKey="two") == gone


def test_nothing_done_takes_no_key(filled_curator: Curator) -> None:
    problems(filled_curator.record("Official", slug="ada", name="Ada", idempotencyKey="one"))
    expect_payload(filled_curator.record("Official", **ADA, idempotencyKey="one"))


Doing = Callable[[Curator], Answer]
DOINGS: list[tuple[str, Doing]] = [
    ("Invalid", lambda by_hand: by_hand.record("Official", slug="ada", name="Ada")),
    ("Payload", lambda by_hand: by_hand.record("Official", **ADA, idempotencyKey="one")),
    ("Payload", lambda by_hand: by_hand.record("Official", **ADA, idempotencyKey="one")),
    ("Invalid", lambda by_hand: by_hand.record("Official", slug="ada", idempotencyKey="one")),
    ("Stale", lambda by_hand: by_hand.record("Official", slug="ada", expectedRevision="1")),
    ("Payload", lambda by_hand: by_hand.cite(**TWO, subject="Official:ada", idempotencyKey="2")),
    ("Payload", lambda by_hand: by_hand.uncite(key="ada-named")),
    ("Invalid", lambda by_hand: by_hand.retract("State", code="UZ")),
    ("Payload", lambda by_hand: by_hand.retract("Official", slug="ada", reason="She was none")),
]
TWO: Answer = {**CITATION, "key": "ada-two"}


def test_a_dry_run_tells_what_is_done_then_and_writes_nothing(filled_curator: Curator) -> None:
    dry = replace(filled_curator, dry_run=True)
    for outcome, do in DOINGS:
        before = all_rows(filled_curator.database)
        told = do(dry)
        assert all_rows(filled_curator.database) == before
        assert str(told["__typename"]).endswith(outcome)
        assert do(filled_curator) == told
    assert_sound(filled_curator.database)


def test_a_dry_run_that_is_a_variable(filled_curator: Curator) -> None:
    """One plan serves both; without it, it is none."""
    of, before = filled_curator.database, all_rows(filled_curator.database)
    text = mutation_text("recordOfficial", "official { name }").replace(
        "input: $input)", "input: $input, dryRun: $dry)"
    )
    text = text.replace("($input", "($dry: Boolean! = false, $input")
    told = of.ask(text, input=ADA, dry=True)
    assert all_rows(of) == before
    assert of.ask(text, input=ADA) == told
    assert all_rows(of) != before


def many_roots(number: int) -> str:
    fields = (
        f"r{position}: recordOfficial(input: $i{position}) {{ __typename ...Revision }}"
        for position in range(number)
    )
    variables = ",".join(f"$i{position}: RecordOfficialInput!" for position in range(number))
    return (
        f"mutation ({variables}) {{ {' '.join(fields)} }}"
        " fragment Revision on RecordOfficialPayload { revision }"
    )


def test_roots_come_one_after_the_other(filled_curator: Curator) -> None:
    """Each sees what those before it did; one at fault keeps no other back."""
    named = {"i0": ADA, "i1": {"slug": "ada"} | {"name": ""}, "i2": {"slug": "ada", "name": "C"}}
    answer = filled_curator.database.ask(many_roots(3), **named)
    types = [payload["__typename"] for payload in answer.values() if isinstance(payload, dict)]
    assert types == ["RecordOfficialPayload", "Invalid", "RecordOfficialPayload"]
    first, last = answer["r0"], answer["r2"]
    assert isinstance(first, dict)
    assert isinstance(last, dict)
    # The official and its citation; then the official alone.
    assert int(last["revision"]) == int(first["revision"]) + 1


def test_a_root_that_fails_is_null(filled: Database) -> None:
    by_hand = curator(filled)
    filled.run("alter table request rename to requests")
    result = by_hand.database._run(
        many_roots(3),
        {
            "i0": ADA,
            "i1": {"slug": "ada", "name": "B", "idempotencyKey": "x"},
            "i2": {"slug": "ada", "aliases": ["C"]},
        },
    )
    assert result.data is not None
    assert [type(value) for value in result.data.values()] == [dict, type(None), dict]
    (error,) = result.errors or []
    assert (error.path, error.extensions) == (["r1"], {"code": "INTERNAL"})
    assert filled.ask('{ official(slug: "ada") { name aliases } }') == {
        "official": {"name": "Ada", "aliases": ["C"]}
    }


def test_what_is_selected_is_checked_before_anything_is_written(filled: Database) -> None:
    by_hand, before = curator(filled), written_rows(filled)
    query = """mutation ($input: RecordOfficialInput!, $n: Int) {
      recordOfficial(input: $input) { __typename }
      later: recordOfficial(input: $input) {
        ... on RecordOfficialPayload { official { terms(first: $n) { totalCount } } }
        ... on Stale { current { ... on State { memberships(first: -2) { totalCount } } } } } }"""
    refused = by_hand.database.refused(query, input=ADA, n=-1)
    assert [path for _, path, _ in refused] == [
        ["later", "official", "terms"],
        ["later", "current", "memberships"],
    ]
    assert written_rows(filled) == before


SELECTED = """fragment All on Official {
  __typename id slug again: slug name aliases @include(if: $yes) revision @skip(if: $yes)
  citations(first: $n, filter: {stance: SUPPORTS}) {
    totalCount edges { cursor node { key article { headline publication { name } } } }
    pageInfo { hasNextPage endCursor } nodes { ...Key } }
  articles { nodes { headline } } disagreements { field } terms { nodes { office } }
  ... on Sourced { articles { totalCount } } ... on Node { id } }
fragment Key on Citation { key subject { ... on Official { slug } ... on State { code } } }"""


def test_what_is_selected_is_answered_as_in_a_query(filled_curator: Curator) -> None:
    variables = {"n": 1, "yes": True}
    head = "$n: Int, $yes: Boolean!"
    two = {**CITATION, "key": "ada-two"}
    written = filled_curator.database.ask(
        f"mutation ($input: RecordOfficialInput!, {head}) {{ recordOfficial(input: $input)"
        f" {{ ... on RecordOfficialPayload {{ official {{ ...All }} }} }} }} {SELECTED}",
        input=ADA | {"citations": [CITATION, two]},
        **variables,
    )
    read = filled_curator.database.ask(
        f'query ({head}) {{ official(slug: "ada") {{ ...All }} }} {SELECTED}', **variables
    )
    assert written == {"recordOfficial": read}


def test_one_statement_reads_a_root(filled_curator: Curator) -> None:
    """Beside the writing, which the reader has no part in."""
    filled_curator.database.reader.statements.clear()
    expect_payload(filled_curator.record("Official", **ADA))
    assert filled_curator.database.reader.statements == []


def test_the_roots_type(filled: Database) -> None:
    assert filled.ask("mutation { __typename }") == {"__typename": "Mutation"}
    assert filled.ask(
        'mutation { a: __typename, recordState(input: {code: "UZ"}) { __typename } }'
    ) == {
        "a": "Mutation",
        "recordState": {"__typename": "Forbidden"},
    }
