"""Mentions in views: an article names a record by the names that were known on the day."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from kb.derive.mentions_as_known import DatedMention, KnownNames, name_steps
from kb.models.base import AFTER_ALL, BEFORE_ALL
from tests.support.databases import Database
from tests.worlds.known_archives import Documents, write_seed_files

ANCHOR = {"paragraph": 1, "start": 0, "end": 5, "sha256": "a" * 64}
DAYS = {"early": "2015-06-01", "later": "2017-06-01"}
COUNTS = """
query ($day: Date!, $slug: String!) {
  view(knownAt: $day) { ...Counts }
  ...Counts
}
fragment Counts on Query {
  article(slug: "early") { mentions { subject { id } count } }
  official(slug: "league") { mentionedIn { totalCount } }
  articles(filter: {mentions: $slug}) { totalCount }
}
"""


def archive(headline: str, **officials: Mapping[str, object]) -> Documents:
    """An early article with this headline, a later one that names nobody, and officials."""
    articles: dict[str, dict[str, object]] = {
        key: {"headline": "…", "publication": "gazette", "datedOn": day}
        for key, day in DAYS.items()
    }
    articles["early"]["headline"] = headline
    return {
        "publications": {"gazette": {"name": "The Gazette"}},
        "articles": articles,
        "officials": {key: {**fields} for key, fields in officials.items()},
    }


def cited(**values: str) -> dict[str, object]:
    """Citations of names, by article: `early="name: League"`."""
    citations: dict[str, object] = {}
    for article, said in values.items():
        field, _, value = said.partition(": ")
        claim = {"article": article, "anchor": ANCHOR, "claim": "It is called so."}
        citations[f"of-{article}-{value.lower().replace(' ', '-')}"] = {
            **claim,
            "field": field,
            "value": value,
        }
    return citations


PACT = {"aliases": ["Pact"], "citations": cited(early="name: League", later="aliases: Pact")}
ALIAS = archive("League and Pact", league={"name": "League", **PACT})
RENAMED = archive(
    "League, New League",
    league={
        "name": "New League",
        "citations": cited(early="name: League", later="name: New League"),
    },
)
COURT = {
    "name": "League Court",
    "citations": cited(early="name: Court", later="name: League Court"),
}
SHARED = archive(
    "The League Court of the League",
    league={"name": "League", "citations": cited(early="name: League")},
    court=COURT,
)


def counts(opened: Database, day: str, slug: str = "league") -> tuple[object, object]:
    """In the view of a day, and to this day."""
    data = opened.ask(COUNTS, day=day, slug=slug)
    return data.pop("view"), data


def answer(mentions: Mapping[str, int]) -> dict[str, object]:
    named = [
        {"subject": {"id": f"Official:{key}"}, "count": count} for key, count in mentions.items()
    ]
    total = {"totalCount": int("league" in mentions)}
    return {
        "article": {"mentions": named},
        "official": {"mentionedIn": total},
        "articles": total,
    }


@pytest.mark.parametrize(
    ("documents", "early", "later"),
    [
        pytest.param(ALIAS, {"league": 1}, {"league": 2}, id="an alias given later"),
        pytest.param(RENAMED, {"league": 2}, {"league": 1}, id="another name since"),
        pytest.param(
            SHARED, {"court": 1, "league": 2}, {"court": 1, "league": 1}, id="a longer name since"
        ),
        pytest.param(
            archive("Pact", league={"name": "League", **PACT}), {}, {"league": 1}, id="no name then"
        ),
    ],
)
def test_an_article_names_a_record_by_the_names_of_the_day(
    empty: Database,
    tmp_path: Path,
    documents: Documents,
    early: Mapping[str, int],
    later: Mapping[str, int],
) -> None:
    by_count = dict(sorted(early.items(), key=lambda named: -named[1]))
    empty.load(write_seed_files(tmp_path, documents))
    assert counts(empty, "2016-01-01") == (answer(by_count), answer(later))
    assert counts(empty, "2018-01-01") == (answer(later), answer(later))


Rows = list[tuple[object, ...]]
ROWS = "select count, known_from, known_to from mention order by known_from"


def test_the_days_of_mentions_follow_names_and_articles(empty: Database, tmp_path: Path) -> None:
    """Whatever changes them: a name, an article's day, a text, a record that goes."""
    once: Rows = [(1, BEFORE_ALL, AFTER_ALL)]
    always: Rows = [(2, BEFORE_ALL, AFTER_ALL)]
    league = {"name": "League", **PACT}
    early_pact = {**PACT, "citations": cited(early="aliases: Pact", later="name: League")}
    issued = archive("League and Pact", league=league)
    issued["articles"]["early"] |= {"issuedOn": "2017-06-01"}
    steps: Sequence[tuple[Documents, Rows]] = [
        (ALIAS, [(1, BEFORE_ALL, "2017-06-01"), (2, "2017-06-01", AFTER_ALL)]),
        (archive("The League", league=league), once),
        (RENAMED, [(2, BEFORE_ALL, "2017-06-01"), (1, "2017-06-01", AFTER_ALL)]),
        (archive("League and Pact", league={"name": "League", **early_pact}), always),
        (ALIAS, [(1, BEFORE_ALL, "2017-06-01"), (2, "2017-06-01", AFTER_ALL)]),
        (issued, always),
        (archive("League and Pact"), []),
    ]
    for place, (documents, rows) in enumerate(steps):
        empty.load(write_seed_files(tmp_path / f"{place}", documents), prune=True)
        assert empty.rows(ROWS) == rows


def test_of_names_that_overlap_those_of_the_day_are_weighed() -> None:
    versions = [
        {"name": name, "acronym": None, "aliases": "[]", "known_from": day}
        for name, day in (("Court", "2015"), ("Court", "2016"), ("League Court", "2017"))
    ]
    steps = name_steps("Organisation", versions)
    assert [step.known_from for step in steps] == [BEFORE_ALL, "2017"]
    names = KnownNames([(1, "League"), (2, "League Court")], {2: steps})
    assert names.mentions(["League Court; League"], "2016") == {
        DatedMention(1, BEFORE_ALL, "2017", 2, 2),
        DatedMention(1, "2017", AFTER_ALL, 1, 1),
        DatedMention(2, BEFORE_ALL, AFTER_ALL, 1, 1),
    }
    assert names.mentions(["League Court; League"], "2017") == {
        DatedMention(1, BEFORE_ALL, AFTER_ALL, 1, 1),
        DatedMention(2, BEFORE_ALL, AFTER_ALL, 1, 1),
    }
