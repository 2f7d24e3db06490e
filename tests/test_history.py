"""The history of a record: what its changes made differ, held against a naive evaluation of the
feed; and within views and without texts nothing that is not for who asks."""

from pathlib import Path

import pytest

from kb.commit.feed import Origin
from kb.files.load import load
from tests.support.curated import ARTICLE, as_bearer, curator, expect_payload, token
from tests.support.databases import Database
from tests.support.feeds import FeedFields, follow
from tests.support.histories import history_of, naive_history
from tests.support.seed_texts import ARTICLES, write_seed_texts


@pytest.mark.parametrize("first", [1, 100])
def test_it_is_what_the_feed_makes_differ(four_commits: Database, first: int) -> None:
    told, changes = 0, dict[object, list[FeedFields]]()
    for change in follow(four_commits, first=1000):
        changes.setdefault(change["recordId"], []).append(change)
    for record, expected in ((record, naive_history(each)) for record, each in changes.items()):
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
