"""The history of a record: what its changes made differ, held against a naive evaluation of the
feed; and within views and without texts nothing that is not for who asks."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from kb.commit.feed import Origin
from kb.files.load import load
from tests.support.curated import ARTICLE, as_bearer, curator, expect_payload, token
from tests.support.databases import Database
from tests.support.feeds import follow
from tests.support.record_states import Fields, fields_of
from tests.support.seed_texts import ARTICLES, write_seed_texts

ENTRY = "comparedWith change { revision commitEnd op } fields { field before after }"
HISTORY = f"""query ($id: ID!, $first: Int, $after: String) {{ node(id: $id) {{
  ... on Sourced {{ history(first: $first, after: $after) {{ ...Page }} }}
  ... on Article {{ history(first: $first, after: $after) {{ ...Page }} }}
}} }}
fragment Page on HistoryConnection {{
  totalCount nodes {{ {ENTRY} }} pageInfo {{ hasNextPage endCursor }}
}}"""
History = list[dict[str, object]]


def history_of(of: Database, record: object, first: int = 100) -> History:
    """All of it, page by page."""
    entries: History = []
    after, more = None, True
    while more:
        node = of.ask(HISTORY, id=record, first=first, after=after)["node"]
        assert isinstance(node, dict)
        page = node["history"]
        entries += page["nodes"]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert page["totalCount"] == len(entries)
    return entries


def fields_after(change: Mapping[str, object] | None) -> Fields:
    document = change["document"] if change else None
    return fields_of(document) if document else {}


def naive_entry(change: Mapping[str, object], earlier: Mapping[str, object] | None) -> object:
    was, now = fields_after(earlier), fields_after(change)
    both = {name: (was.get(name), now.get(name)) for name in {*was, *now}}
    return {
        "comparedWith": "VERSION" if was else "NOTHING",
        "change": {"revision": change["revision"], "commitEnd": True, "op": change["op"]},
        "fields": [
            {"field": name, "before": before, "after": after}
            for name, (before, after) in sorted(both.items(), key=str)
            if before != after
        ],
    }


def naive_histories(of: Database) -> dict[object, History]:
    by_record: dict[object, list[Mapping[str, object] | None]] = {}
    for change in follow(of, first=1000):
        by_record.setdefault(change["recordId"], [None]).append(change)
    return {
        record: [
            naive_entry(change, earlier)  # type: ignore[misc]  # It is a dict of these.
            for earlier, change in pairwise(changes)
            if change
        ][::-1]
        for record, changes in by_record.items()
    }


@pytest.mark.parametrize("first", [1, 100])
def test_it_is_what_the_feed_makes_differ(four_commits: Database, first: int) -> None:
    told = 0
    for record, expected in naive_histories(four_commits).items():
        node = four_commits.ask("query ($id: ID!) { node(id: $id) { __typename } }", id=record)[
            "node"
        ]
        if not isinstance(node, dict) or node["__typename"] in ("Citation", "Publication"):
            continue
        assert history_of(four_commits, record, first) == expected, record
        told += len(expected) > 1
    assert told


def test_a_view_has_none(csto: Database) -> None:
    inner = "states(first: 1) { nodes { history { totalCount } } }"
    assert csto.ask(f"{{ {inner} }}")
    ((_, at, code),) = csto.refused(f'{{ v: view(knownAt: "2030-01-01") {{ {inner} }} }}')
    assert (at, code) == (["v", "states", "nodes", "history"], "NOT_IN_VIEW")
    both = f'{{ view(knownAt: "2030-01-01") {{ revision }} {inner} }}'
    assert csto.ask(both)["states"] == csto.ask(f"{{ {inner} }}")["states"]


def test_of_what_is_no_longer_kept_nothing_is_told(empty: Database, tmp_path: Path) -> None:
    empty.load(write_seed_texts(tmp_path))
    dated = ARTICLES.replace("1950-05-09", "1951-05-09")
    load(empty.engine, [write_seed_texts(tmp_path, articles=dated)], origin=Origin("test", kept=1))
    kept = {str(key) for (key,) in empty.rows("select key from change where type = 'Article'")}
    assert kept
    for key in kept:
        (entry,) = history_of(empty, f"Article:{key}")
        assert (entry["comparedWith"], entry["fields"]) == ("UNKNOWN", [])


def test_texts_are_told_to_whoever_may_read_them(filled: Database) -> None:
    expect_payload(curator(filled).record("Article", slug=ARTICLE, paragraphs=["Secret words."]))
    reading = as_bearer(filled, token(filled))
    newest = history_of(reading, f"Article:{ARTICLE}")[0]
    told = {"field": "paragraphs", "before": None, "after": '["Secret words."]'}
    assert newest["fields"] == [told]
