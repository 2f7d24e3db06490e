"""Whatever was written before an article is taken down, none of its words is left anywhere.

Each of its words is one that nothing else has; what it alone supports has them, too. Records that
another article supports have names of their own, and citations by either.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kb import database
from kb.config import Settings
from kb.files.snapshot_writer import snapshot_lines
from tests.support.curated import Answer, Curator, curator, expect_payload
from tests.support.databases import Database, Place, open_copy, open_database
from tests.support.feeds import feed, follow, replay
from tests.support.soundness import assert_whole
from tests.support.words_left import words_in_tables

pytestmark = pytest.mark.sweep
EXAMPLES = 4
CANARY = "zqword"
GONE, KEPT = "gone", "kept"
"""Slugs of articles; of two officials, which are supported by the one, and by both."""
ARTICLES = {
    GONE: {"headline": f"{CANARY} one", "datedOn": "2016-10-21"},
    KEPT: {"headline": "Another", "datedOn": "2017-05-05"},
}
TEXT = [f"Ada, Bob and {CANARY} met.", f"The {CANARY} two."]
TERM = {"state": "XA", "period": "2016/2017"}
ASKED = (
    "officials { nodes { name aliases } }",
    "officials { nodes { citations { nodes { claim value quote article { headline } } } } }",
    "officials { nodes { disagreements { values { value } } } }",
    "terms { nodes { office official { name } } }",
    "states { nodes { disagreements { values { value } } citations { nodes { claim } } } }",
    "articles { nodes { headline summary paragraphs { text } mentions { count } } }",
)
"""What refuses one of them, refuses no other."""
Step = tuple[str, Mapping[str, object]]
SUBJECTS = (f"Official:{KEPT}", f"Term:{KEPT}-term", "State:XA")
keys = st.sampled_from(["c1", "c2"])
names = st.sampled_from([CANARY, f"{CANARY} Ada"])
numbers = st.sampled_from([f"{CANARY} {number}" for number in range(3)])


def _cited(key: str, article: str, words: str, subject: str, name: str) -> Step:
    """The words are those of the article; what it says may be a name."""
    claim = words if article == GONE else "It says so."
    given: Answer = {"key": key, "article": article, "claim": claim, "subject": subject}
    if subject == SUBJECTS[0]:
        given |= {"field": "name", "value": name if article == GONE else "Bob"}
    return "addCitation", given


def _term(official: str, claim: str) -> Answer:
    cited = {"key": f"{official}-term", "article": official, "claim": claim}
    key, office = f"{official}-term", f"{CANARY} head" if official == GONE else "Head"
    return {"key": key, "official": official, "office": office, **TERM, "citations": [cited]}


_KEPT_TERM: Step = ("recordTerm", _term(KEPT, "It says so."))
_DENIED: Step = (
    "addCitation",
    {"key": "c5", "article": GONE, "claim": CANARY, "subject": SUBJECTS[2], "stance": "DISPUTES"},
)
_CITED = st.builds(
    _cited, keys, st.sampled_from([GONE, KEPT]), numbers, st.sampled_from(SUBJECTS), names
)
STEPS = st.one_of(
    _CITED,
    _CITED,
    _CITED,
    st.builds(lambda name: ("recordOfficial", {"slug": GONE, "name": name}), names),
    st.builds(lambda alias: ("recordOfficial", {"slug": GONE, "aliases": [alias]}), numbers),
    st.builds(lambda text: ("recordArticle", {"slug": GONE, "summary": text}), numbers),
    st.builds(lambda key: ("removeCitation", {"key": key}), keys),
    st.builds(lambda claim: ("recordTerm", _term(GONE, claim)), numbers),
    st.sampled_from([_KEPT_TERM, _DENIED]),
    st.sampled_from(
        [
            ("retractTerm", {"key": f"{GONE}-term"}),
            ("retractOfficial", {"slug": GONE}),
            ("recordArticle", {"slug": GONE, "paragraphs": TEXT, "replace": True}),
            ("recordArticle", {"slug": GONE, "paragraphs": TEXT[:1], "replace": True}),
            ("eraseText", {"slug": GONE}),
            ("recordArticle", {"slug": GONE, "publication": "second"}),
        ]
    ),
)


@pytest.fixture(scope="module")
def world(place: Place, migrated: Settings) -> Settings:
    """Both articles, and what they support."""

    def make(settings: Settings) -> None:
        with open_database(settings) as db:
            begin(curator(db))

    return place.keep("retraction", migrated, make)


def begin(made: Curator) -> None:
    for slug in ("first", "second"):
        expect_payload(made.record("Publication", slug=slug, name=slug))
    for slug, article in ARTICLES.items():
        text = TEXT if slug == GONE else ["Bob stays."]
        expect_payload(
            made.record("Article", slug=slug, publication="first", paragraphs=text, **article)
        )
    state = [{"key": "state", "article": KEPT, "claim": "It names it."}]
    expect_payload(made.record("State", code="XA", name="Ada Land", citations=state))
    for slug, name in ((GONE, f"{CANARY} Ada"), (KEPT, "Bob")):
        claim = f"{CANARY} three" if slug == GONE else "It says so."
        cited = [{"key": slug, "article": slug, "claim": claim, "field": "name", "value": name}]
        expect_payload(made.record("Official", slug=slug, name=name, citations=cited))


MET = f"{CANARY} met"
SAID = [
    _KEPT_TERM,
    ("recordTerm", {"key": f"{KEPT}-term", "official": GONE}),
    _KEPT_TERM,
    _cited("c1", GONE, MET, SUBJECTS[1], ""),
    _cited("c2", GONE, MET, SUBJECTS[0], CANARY),
    _cited("c3", GONE, MET, SUBJECTS[0], CANARY),
    _cited("c3", KEPT, MET, SUBJECTS[0], CANARY),
    _cited("c4", GONE, MET, SUBJECTS[2], ""),
    _DENIED,
    ("removeCitation", {"key": "c4"}),
    ("recordTerm", _term(GONE, MET)),
    ("retractTerm", {"key": f"{GONE}-term"}),
]
"""Versions, names beside references, values that differ, and what the past alone has."""


@given(st.lists(STEPS, min_size=3, max_size=8))
@example(SAID)
@settings(max_examples=EXAMPLES, deadline=None)
def test_no_word_is_left(place: Place, world: Settings, steps: Sequence[Step]) -> None:
    with open_copy(place, world) as db:
        made = curator(db)
        for field, given_fields in steps:
            # What is refused changes nothing.
            made.ask(field, "revision", **given_fields)
        copy, cursor = replay(follow(db)), str(feed(db)["headCursor"])
        before = int(str(feed(db)["head"]))
        expect_payload(made.ask("retractArticle", "id", slug=GONE))
        database.scrub(db.engine)
        assert words_in_tables(db, [CANARY]) == {}
        assert_whole(db)
        assert_told_nowhere(db, before)
        kept = copy | {change["recordId"]: change["document"] for change in follow(db, cursor)}
        assert {record: each for record, each in kept.items() if each} == replay(follow(db))


def assert_told_nowhere(db: Database, before: int) -> None:
    """At no revision, as of which all is asked that can be, nor in a view within it."""
    with database.read_transaction(db.engine) as connection:
        assert CANARY not in "".join(snapshot_lines(connection)).lower()
    for revision, asked in product(range(before, 0, -4), ASKED):
        for within in (asked, f'view(knownAt: "2016-12-31") {{ {asked} }}'):
            query = f"query ($revision: Revision!) {{ at(revision: $revision) {{ {within} }} }}"
            data, errors = db.answer(query, revision=str(revision))
            assert CANARY not in json.dumps(data).lower()
            assert {code for _, _, code in errors} <= {"RECORD_ERASED", "TEXT_ERASED"}, errors
