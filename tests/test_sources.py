"""Sources that are no prose: rows, pages and whole data sets cited, and the day they speak of."""

from pathlib import Path

import pytest

from kb import database
from kb.check.inspect import inspect
from tests.support.curated import ADA, CITATION, curator, expect_payload, problems
from tests.support.databases import Database
from tests.support.seed_texts import (
    ANCHOR,
    MEMBERSHIPS,
    ORGANISATIONS,
    load_faults,
    write_seed_texts,
)

pytestmark = pytest.mark.sweep

PLACES = """{ organisation(slug: "union") { citations { nodes {
  key paragraph start end sha256 quote locator verified verification } } } }"""
NOWHERE = {"paragraph": None, "start": None, "end": None, "sha256": None, "quote": None}
RUNNING = '{ memberships { nodes { period { attestedUntil text } certainty(on: "1955-06-01") } } }'


def anchorless(text: str, more: str = "") -> str:
    """Seed texts whose citations name no words."""
    return text.replace(f"      anchor: {ANCHOR}\n", more)


def load_union(into: Database, folder: Path, **texts: str) -> None:
    into.load(write_seed_texts(folder, **texts))


def assert_sound(of: Database) -> None:
    with database.read_transaction(of.engine) as connection:
        assert [str(finding) for finding in inspect(connection).findings] == []


@pytest.mark.parametrize(
    ("more", "locator"), [("", None), ("      locator: sheet 2, row 7\n", "sheet 2, row 7")]
)
def test_a_source_without_words(
    empty: Database, tmp_path: Path, more: str, locator: str | None
) -> None:
    load_union(empty, tmp_path, organisations=anchorless(ORGANISATIONS, more))
    cited = {"key": "union-named", **NOWHERE, "locator": locator}
    told = {**cited, "verified": False, "verification": "NO_WORDS"}
    assert empty.ask(PLACES) == {"organisation": {"citations": {"nodes": [told]}}}
    assert_sound(empty)


def test_words_and_a_locator(empty: Database, tmp_path: Path) -> None:
    text = ORGANISATIONS.replace("      claim:", "      locator: p. 3\n      claim:")
    assert load_faults(empty, tmp_path, organisations=text) == [
        "organisations.yaml:7:7: union-named: the passage is given twice, by its words and by a"
        " locator, keep one of the two"
    ]


def test_what_goes_on_is_attested_up_to_the_day_of_which_a_source_speaks(
    empty: Database, tmp_path: Path
) -> None:
    load_union(empty, tmp_path, memberships=MEMBERSHIPS)
    (before,) = nodes(empty)
    assert before["period"] == {"attestedUntil": "1950-05-09", "text": "since 1949"}
    later = anchorless(MEMBERSHIPS, "      observedOn: 1949-12-31\n")
    load_union(empty, tmp_path, memberships=later)
    (after,) = nodes(empty)
    assert after["period"] == {"attestedUntil": "1949-12-31", "text": "since 1949"}
    shown = empty.ask('{ view(knownAt: "1950-05-08") { memberships { totalCount } } }')
    assert shown == {"view": {"memberships": {"totalCount": 0}}}
    assert_sound(empty)


def nodes(of: Database) -> list[dict[str, object]]:
    match of.ask(RUNNING):
        case {"memberships": {"nodes": list(nodes)}}:
            return nodes
        case other:
            pytest.fail(f"{other}")


def test_no_source_speaks_of_a_day_after_it_was_known(empty: Database, tmp_path: Path) -> None:
    later = anchorless(MEMBERSHIPS, "      observedOn: 1950-05-10\n")
    assert load_faults(empty, tmp_path, memberships=later) == [
        "memberships.yaml:9:7: union-fr-running: 1950-05-10 is later than"
        " `gazette-1-union-formed`, known on 1950-05-09, give the day of which the source speaks,"
        " or correct the source's date"
    ]


@pytest.mark.parametrize(
    "day", ["1950-05", "1950~", "[1950-01-01..1950-01-02]", "..", "2023-02-29"]
)
def test_no_other_dates_are_days(empty: Database, tmp_path: Path, day: str) -> None:
    text = anchorless(MEMBERSHIPS, f'      observedOn: "{day}"\n')
    (fault,) = load_faults(empty, tmp_path, memberships=text)
    assert fault.startswith("memberships.yaml:9:7: union-fr.citations.union-fr-running.observedOn")


def test_words_that_are_not_cited_any_more(empty: Database, tmp_path: Path) -> None:
    """Nothing is lost that was verified: whoever cites decides what is cited."""
    texts = {"organisations": anchorless(ORGANISATIONS), "memberships": "", "states": ""}
    load_union(empty, tmp_path, **texts)
    by, article = curator(empty), "gazette-1-union-formed"
    expect_payload(by.record("Article", slug=article, paragraphs=["Ada was here."]))
    cited = {"key": "ada-named", "article": article, "claim": "It names her."}
    official = {**ADA, "citations": [{**cited, "quote": "Ada was"}]}
    expect_payload(by.record("Official", **official))
    query = '{ node(id: "Citation:ada-named") { ... on Citation { verification locator } } }'
    assert empty.ask(query) == {"node": {"verification": "VERIFIED", "locator": None}}
    located = {"locator": "p. 1", "observedOn": "1950-01-01"}
    expect_payload(by.cite(subject="Official:ada", **cited, **located))
    assert empty.ask(query) == {"node": {"verification": "NO_WORDS", "locator": "p. 1"}}
    assert_sound(empty)


def test_a_quote_beside_its_anchor(filled: Database) -> None:
    refused_citation = {**CITATION, "quote": "Ada was"}
    answer = curator(filled).record("Official", **{**ADA, "citations": [refused_citation]})
    (problem,) = problems(answer)
    assert problem[0] == "input.citations.0.quote"
