"""The shipped seeds: complete, sourced throughout, and in our own words."""

import re

import pytest

from kb.normalisation import normalise
from tests.support.databases import SHIPPED, Database

pytestmark = pytest.mark.sweep

SOURCED = ("organisation", "state", "official", "membership", "term", "summit", "event")
# Names and titles of office are not sentences; anything else of five words in a row would be.
_NAMES = re.compile(
    "islamic renaissance party of tajikistan|collective security treaty organi.ation"
)
PROSE = """
    select claim from citation union all select summary from article union all
    select title from event union all select note from participation where note is not null
    union all select name from summit union all
    select end_reason from term where end_reason is not null
"""


def test_counts(csto: Database) -> None:
    counts = csto.rows("select type, count(*) from record group by type order by type")
    assert counts == SHIPPED


@pytest.mark.parametrize("table", SOURCED)
def test_every_record_is_supported(csto: Database, table: str) -> None:
    bare = csto.rows(f"""
        select key from {table} t where not exists (
            select 1 from citation c where c.subject_id = t.id and c.stance = 'SUPPORTS')""")
    assert bare == []


def test_every_article_is_cited(csto: Database) -> None:
    assert (
        csto.rows("""
        select key from article a
        where not exists (select 1 from citation c where c.article_id = a.id)""")
        == []
    )


def test_every_bound_of_a_period_is_cited(csto: Database) -> None:
    """An end that no source gives needs no citation; every other bound does."""
    uncited = csto.rows("""
        select r.key, f.field from record r
        join (select id, period_start value, 'start' field from membership
              union select id, period_start, 'start' from term
              union select id, coalesce(period_end, end_kind), 'end' from membership
              union select id, coalesce(period_end, end_kind), 'end' from term) f on f.id = r.id
        where f.value <> 'UNKNOWN' and not exists (
            select 1 from citation c where c.subject_id = r.id and c.field = 'period.' || f.field)
    """)
    assert uncited == []


def test_what_articles_disagree_on_is_marked(csto: Database) -> None:
    disputed = csto.rows("select type, key from record where disputed order by type, key")
    assert disputed == [
        ("Event", "tashkent-pact-non-renewal"),
        ("Membership", "csto-uz-first-member"),
        ("Membership", "csto-uz-suspended"),
        ("Organisation", "csto"),
        ("Summit", "csto-2015-dushanbe"),
    ]


def test_no_sentence_of_the_archive(csto: Database, archive: str) -> None:
    theirs = word_runs(archive)
    shared = {
        text: word_runs(text) & theirs for (text,) in csto.rows(PROSE) if isinstance(text, str)
    }
    assert {text: phrases for text, phrases in shared.items() if phrases} == {}


def word_runs(text: str) -> set[tuple[str, ...]]:
    """Every five words in a row."""
    words = re.findall(r"\w+", _NAMES.sub("Name", normalise(text).lower()))
    return set(zip(*(words[start:] for start in range(5)), strict=False))
