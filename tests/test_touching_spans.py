"""Spans beside one another: touching, of no known bound, and as another source has them."""

import json
from pathlib import Path

import pytest

from tests.support.databases import Database
from tests.support.seed_texts import (
    MEMBERSHIPS,
    citation_text,
    load_faults,
    write_seed_texts,
)

pytestmark = pytest.mark.sweep

HANDOVER, LATER = "1952-03-01", "gazette-9-union-grows"


def membership(key: str, period: str, status: str = "MEMBER", citations: str = "") -> str:
    return (
        f'{key}:\n  organisation: union\n  state: FR\n  status: {status}\n  period: "{period}"\n'
        f"  citations:\n{citations or citation_text(f'{key}-told')}"
    )


@pytest.mark.parametrize("other", [f"{HANDOVER}/1960", f"{HANDOVER}/{HANDOVER}"])
def test_one_may_end_on_the_day_on_which_the_next_begins(
    empty: Database, tmp_path: Path, other: str
) -> None:
    texts = membership("first", f"1949/{HANDOVER}", "OBSERVER") + membership("next", other)
    empty.load(write_seed_texts(tmp_path, memberships=texts))
    query = f'{{ organisation(slug: "union") {{ members(asOf: "{HANDOVER}", status: [MEMBER,'
    answer = empty.ask(f"{query} OBSERVER]) {{ status certainty }} }} }}")
    assert answer == {
        "organisation": {
            "members": [
                {"status": "OBSERVER", "certainty": "CERTAIN"},
                {"status": "MEMBER", "certainty": "CERTAIN"},
            ]
        }
    }


@pytest.mark.parametrize("other", ["1952-02-29/1960", f"1949/{HANDOVER}", "1950-01-01/1950-01-01"])
def test_none_may_hold_on_a_day_on_which_another_does(
    empty: Database, tmp_path: Path, other: str
) -> None:
    texts = membership("first", f"1949/{HANDOVER}") + membership("next", other)
    (fault,) = load_faults(empty, tmp_path, memberships=texts)
    assert "next: certain on the same day as `first`" in fault


def test_what_was_so_at_some_time(empty: Database, tmp_path: Path) -> None:
    """A source says only that it was so: possible on every day, certain on none."""
    empty.load(write_seed_texts(tmp_path, memberships=membership("some-time", "/")))
    query = """{ memberships { nodes { key
      period { start { edtf } end { edtf } certainFrom possibleFrom possibleTo text }
      before: certainty(on: "1000-01-01") after: certainty(on: "3000-01-01") } } }"""
    unknown = {"start": None, "end": None, "certainFrom": None}
    span = {**unknown, "possibleFrom": None, "possibleTo": None}
    period = {**span, "text": "start unknown, end unknown"}
    told = {"key": "some-time", "period": period, "before": "POSSIBLE", "after": "POSSIBLE"}
    assert empty.ask(query) == {"memberships": {"nodes": [told]}}


def test_what_another_source_has_of_a_span_stands_beside_it(
    empty: Database, tmp_path: Path
) -> None:
    """The fault that refuses it tells what to write, which is taken as it is."""
    empty.load(write_seed_texts(tmp_path))
    begun = '      field: period.start\n      value: "1948-06-01"\n'
    runs = '      field: period.end\n      value: ".."\n'
    told = citation_text("cow-start", begun) + citation_text("cow-end", runs, LATER)
    theirs = membership("cow-union-fr", "1948-06-01/..", citations=told)
    (fault,) = load_faults(empty, tmp_path, memberships=MEMBERSHIPS + theirs)
    named, _, lines = fault.partition("give `union-fr` citations: ")
    assert "cow-union-fr: certain on the same day as `union-fr`" in named
    cited = json.loads(lines)
    assert [(each["field"], each["value"], each["stance"]) for each in cited.values()] == [
        ("period.start", "1948-06-01", "DISPUTES")
    ]
    taken = "".join(f"    {key}: {json.dumps(each)}\n" for key, each in cited.items())
    empty.load(write_seed_texts(tmp_path, memberships=MEMBERSHIPS + taken))
    query = "{ memberships { nodes { period { text } disagreements { field values { value } } } } }"
    sides = {"field": "period.start", "values": [{"value": "1948-06-01"}]}
    both = {"period": {"text": "since 1949"}, "disagreements": [sides]}
    assert empty.ask(query) == {"memberships": {"nodes": [both]}}
