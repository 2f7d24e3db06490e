"""`kb ingest`: texts stored once, citations verified to the letter, nothing half-written.

The pages are of an invented archive; the real one is in `test_ingest_archive.py`.
"""

from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest

from kb.citations import quote
from kb.citations.anchors import hash_words
from kb.errors import CitationError, PageError, Unavailable
from kb.ingest.ingest import ingest
from kb.ingest.summary import Summary
from tests.support.archive_pages import PAGE, SEEDS, WritePage, head, ingest_pages
from tests.support.databases import Database
from tests.support.sites import read_page

pytestmark = pytest.mark.sweep


@pytest.fixture
def moon(empty: Database, tmp_path: Path) -> Database:
    folder = tmp_path / "seeds"
    folder.mkdir()
    for name, document in SEEDS.items():
        (folder / f"{name}.yaml").write_text(document, encoding="utf-8")
    empty.load(folder)
    return empty


def test_stores_known_articles_and_adds_others(moon: Database, page: WritePage) -> None:
    summary = ingest_pages(moon, page(PAGE))
    assert (summary.pages, summary.added, summary.texts, summary.left) == (1, 1, 2, 0)
    assert summary.faults == []
    assert moon.ask("""{ articles { nodes { slug issueNumber yearInferred place
        datedOn { edtf } issuedOn { edtf } publication { slug } paragraphs { number text } } } }
    """) == {
        "articles": {
            "nodes": [
                {
                    "slug": "gazette-13-moon-union-grows",
                    "issueNumber": 13,
                    "yearInferred": True,
                    "place": "Artemis City",
                    "datedOn": {"edtf": "2011-01-12"},
                    "issuedOn": None,
                    "publication": {"slug": "gazette"},
                    "paragraphs": [
                        {
                            "number": 1,
                            "text": "ARTEMIS CITY, JAN. 12 (The Gazette) — Marsland joined.",
                        }
                    ],
                },
                {
                    "slug": "gazette-12-moon-union-formed",
                    "issueNumber": 12,
                    "yearInferred": False,
                    "place": None,
                    "datedOn": {"edtf": "2011-01-05"},
                    "issuedOn": None,
                    "publication": {"slug": "gazette"},
                    "paragraphs": [
                        {
                            "number": 1,
                            "text": "JAN. 5 2011 (The Gazette) — The Moon Union met on the Moon."
                            " Its head is Ada Byron of Marsland.",
                        },
                        {"number": 2, "text": "It will meet again."},
                    ],
                },
            ]
        }
    }


def test_the_same_page_again_writes_nothing(moon: Database, page: WritePage) -> None:
    ingest_pages(moon, page(PAGE))
    before = head(moon)
    summary = ingest_pages(moon, page(PAGE))
    assert (summary.added, summary.texts, summary.left) == (0, 0, 2)
    assert head(moon) == before


def test_every_touched_record_takes_one_revision(moon: Database, page: WritePage) -> None:
    before = int(str(head(moon)))
    ingest_pages(moon, page(PAGE))
    touched = moon.rows(
        "select type, key from record where revision > :head order by revision", head=before
    )
    assert touched == [
        ("Article", "gazette-12-moon-union-formed"),
        ("Article", "gazette-13-moon-union-grows"),
        ("Citation", "ma-named"),
    ]
    assert head(moon) == str(before + 3)


def test_a_citation_holds_while_its_words_stand_where_it_says(
    moon: Database, page: WritePage
) -> None:
    verified = '{ node(id: "Citation:ma-named") { ... on Citation { verified quote } } }'
    ingest_pages(moon, page(PAGE))
    assert moon.ask(verified) == {"node": {"verified": True, "quote": "Marsland"}}
    for changed in ("Marsland.", "Marslend."), ("Its head", "Its  new head"), ("5 2011", "5, 2011"):
        ingest_pages(moon, page(PAGE.replace(*changed)), replace=True)
        assert moon.ask(verified) == {"node": {"verified": False, "quote": None}}
        ingest_pages(moon, page(PAGE))
        assert moon.ask(verified) == {"node": {"verified": True, "quote": "Marsland"}}
    ingest_pages(moon, page(PAGE.replace("Its head", "Its \u00a0\n head")))
    assert moon.ask(verified) == {"node": {"verified": True, "quote": "Marsland"}}


def test_names_are_mentioned_before_and_after(moon: Database, page: WritePage) -> None:
    """Headline and summary count without the text."""
    query = """{ article(slug: "gazette-12-moon-union-formed") { mentions(types: [STATE]) {
        count subject { ... on State { code } } } }
        state(code: "MA") { mentionedIn { nodes { slug } } } }
    """

    def mentions() -> object:
        return moon.ask(query)

    assert mentions() == {
        "article": {"mentions": [{"count": 2, "subject": {"code": "MA"}}]},
        "state": {"mentionedIn": {"nodes": [{"slug": "gazette-12-moon-union-formed"}]}},
    }
    ingest_pages(moon, page(PAGE))
    assert mentions() == {
        "article": {"mentions": [{"count": 5, "subject": {"code": "MA"}}]},
        "state": {
            "mentionedIn": {
                "nodes": [
                    {"slug": "gazette-13-moon-union-grows"},
                    {"slug": "gazette-12-moon-union-formed"},
                ]
            }
        },
    }


def test_a_page_that_contradicts_the_record_is_refused(moon: Database, page: WritePage) -> None:
    summary = ingest_pages(moon, path := page(PAGE.replace("JAN. 5 2011", "JAN. 6 2011")))
    assert [str(fault) for fault in summary.faults] == [
        f"{path}:5: `Moon union formed`: the record is dated 2011-01-05, the page otherwise,"
        " correct the page, or `gazette-12-moon-union-formed` in articles.yaml"
    ]
    assert moon.rows("select distinct article_id from paragraph") != []


def test_a_year_that_nothing_tells_is_not_guessed(moon: Database, page: WritePage) -> None:
    _, second = PAGE.split("on Jan. 7 2011")
    summary = ingest_pages(moon, path := page(second.replace("issue 13", "issue 300")))
    assert [str(fault).removeprefix(f"{path}:") for fault in summary.faults] == [
        "5: `Moon union grows`: its dateline has no year, and no issue near it tells one,"
        " ingest a page with a dated neighbour, or add it to articles.yaml"
    ]
    assert summary.added == 0


def test_strict_writes_all_or_nothing(moon: Database, page: WritePage) -> None:
    good, bad = page(PAGE, "good.txt"), page("Garbage.\n", "bad.txt")
    before = head(moon)
    with pytest.raises(PageError):
        ingest_pages(moon, good, bad, strict=True)
    assert (head(moon), moon.rows("select * from paragraph")) == (before, [])
    assert ingest_pages(moon, good, strict=True).texts == 2
    assert ingest_pages(moon, good, bad).left == 2


def test_copies_that_differ_in_one_run_are_a_fault(moon: Database, page: WritePage) -> None:
    first = page(PAGE, "1.txt")
    second = page(PAGE.replace("again", "never"), "2.txt")
    summary = ingest_pages(moon, first, second)
    assert [str(fault) for fault in summary.faults] == [
        f"{second}:3: `Moon union formed`: another copy in these pages has other words,"
        " leave out the one that is wrong"
    ]
    assert ingest_pages(moon, second).texts == 1


def test_cite_gives_the_anchor_of_exact_words(moon: Database, page: WritePage) -> None:
    ingest_pages(moon, page(PAGE))
    with moon.engine.connect() as connection:
        anchor = quote.cite(connection, "gazette-12-moon-union-formed", "Ada  Byron")
    assert quote.format_anchor(anchor) == (
        f"anchor: {{paragraph: 1, start: 72, end: 81, sha256: {hash_words('Ada Byron')}}}"
    )


@pytest.mark.parametrize(
    ("article", "words", "said"),
    [
        ("gazette-99", "Moon", "there is no article `gazette-99`; give the key of one"),
        (
            "gazette-12-moon-union-formed",
            "the moon",
            "`gazette-12-moon-union-formed` does not have these words;"
            " copy them exactly, from one paragraph",
        ),
        (
            "gazette-12-moon-union-formed",
            "Moon",
            "the words stand in paragraph 1 at 32, paragraph 1 at 54; quote more of the one you"
            " mean",
        ),
        ("gazette-12-moon-union-formed", " ", "there are no words to look for; quote some"),
    ],
)
def test_cite_refuses_what_is_not_there_once(
    moon: Database, page: WritePage, article: str, words: str, said: str
) -> None:
    ingest_pages(moon, page(PAGE))
    with moon.engine.connect() as connection, pytest.raises(CitationError) as raised:
        quote.cite(connection, article, words)
    assert str(raised.value).startswith(said)


def test_cite_wants_a_text(moon: Database) -> None:
    with moon.engine.connect() as connection, pytest.raises(CitationError, match="no text yet"):
        quote.cite(connection, "gazette-12-moon-union-formed", "Moon")


def test_a_text_that_verifies_fewer_is_refused_and_names_them(
    moon: Database, page: WritePage
) -> None:
    ingest_pages(moon, page(PAGE))
    before = head(moon)
    worse = page(PAGE.replace("Its head", "The one head"))
    summary = ingest_pages(moon, worse)
    assert [str(fault) for fault in summary.faults] == [
        f"{worse}:3: `Moon union formed`: the words of a citation that is verified are not in this"
        " text: ma-named, correct the page, or accept it with --replace"
    ]
    assert (summary.texts, head(moon)) == (0, before)
    with pytest.raises(PageError):
        ingest_pages(moon, worse, strict=True)
    assert ingest_pages(moon, worse, replace=True).texts == 1
    assert moon.rows("select key from citation where verified") == []
    # What is worse already is replaced by what is better, and by what is no worse.
    assert ingest_pages(moon, page(PAGE.replace("union met", "union sat"))).faults == []
    assert moon.rows("select key from citation where verified") == [("ma-named",)]


ISSUE = """\
{headline}

JAN. 5 2011 (The Gazette) — The Moon Union met on the Moon. Its head is {head}.

It will meet again, and a long text shall be written of that by all of its {number} members.

(News report from Issue No. 12)
"""
ONE = {"headline": "Moon union was formed", "head": "Ada Byron", "number": "seven"}
OTHERS = {
    "a mark before it": {"headline": "## Moon union was formed"},
    "other signs": {"headline": "‘Moon’ union: was formed!"},
    "a word more": {"headline": "Moon union was formed today"},
    "another word": {"headline": "Moon union is formed"},
    "the same text": {"headline": "Lunar league founded"},
    "nearly the same text": {"headline": "Lunar league founded", "number": "six or seven"},
    "another text": {"headline": "The Moon union was formed", "head": "no", "number": "no"},
}


@pytest.mark.parametrize("changed", OTHERS.values(), ids=OTHERS)
def test_likely_copies_are_told_with_both_keys(
    empty: Database, page: WritePage, changed: dict[str, str]
) -> None:
    ingest_pages(empty, page(ISSUE.format(**ONE)))
    before, other = head(empty), page(ISSUE.format(**ONE | changed), "other.txt")
    [fault] = ingest_pages(empty, other).faults
    assert (fault.line, head(empty)) == (1, before)
    headline = (ONE | changed)["headline"]
    assert f"`{headline}` is likely a copy of `gazette-12-moon-union-was-formed`" in str(fault)
    assert "and would be added as `gazette-12-" in str(fault)
    assert "--new" in fault.remedy
    assert ingest_pages(empty, other, new=True).added == 1
    assert ingest_pages(empty, other).left == 1


def test_what_nobody_sees_in_a_headline_makes_no_other(empty: Database, page: WritePage) -> None:
    ingest_pages(empty, page(ISSUE.format(**ONE)))
    unseen = ISSUE.format(**ONE).replace("Moon union", "\u2066Moon\u2069 uni\u00adon\u200f", 1)
    assert ingest_pages(empty, page(unseen)).left == 1


def test_other_articles_of_an_issue_are_no_copies(empty: Database, page: WritePage) -> None:
    """Nor is one of another issue or day."""
    other = {"headline": "Goats of Zenda win", "head": "Rudolf", "number": "no"}
    text = ISSUE.format(**ONE | other).replace("The Moon Union met on the Moon", "Goats ate grass")
    text = text.replace("It will meet again, and a long text shall be written", "Hay was told")
    pages = [
        ISSUE.format(**ONE),
        text,
        ISSUE.format(**ONE | {"headline": "Moon union was founded"}).replace("12)", "13)"),
        ISSUE.format(**ONE | {"headline": "Moon union is formed"}).replace("JAN. 5", "JAN. 6"),
    ]
    for number, content in enumerate(pages):
        assert ingest_pages(empty, page(content, f"{number}.txt")).faults == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param("Marsland joined", "word " * 50_000, "paragraphs.", id="paragraph"),
        pytest.param("ARTEMIS CITY", "A" * 501, "place: it has 501 characters", id="place"),
        pytest.param("The Gazette", "The " + "G" * 500, "name: it has 504", id="publication"),
        pytest.param("Second", "S" * 501, "a headline of 501 characters", id="headline"),
    ],
)
def test_what_no_record_can_hold_is_a_fault_of_the_page(
    moon: Database, page: WritePage, old: str, new: str, told: str
) -> None:
    """Or the page is not understood: nothing ends in a traceback, nothing cannot be exported."""
    before = head(moon)
    long = (
        "Second\n\nARTEMIS CITY, JAN. 12 2011 (The Gazette) — Marsland joined.\n\n"
        "— This story was first published in issue 13 of The Gazette.\n"
    ).replace(old, new.replace("word " * 1000, "word " * 999 + "word\n"))
    summary = ingest_pages(moon, page(long))
    (fault,) = summary.faults
    assert told in fault.what or "not understood" in fault.what or "dateline" in fault.what
    assert head(moon) == before


@pytest.mark.long
def test_an_issue_takes_time_in_proportion_to_its_articles(
    empty: Database, page: WritePage
) -> None:
    def taken(numbers: range) -> float:
        """Seconds; no two of the articles share more than a few words."""
        articles = (
            ISSUE.format(
                headline=" ".join(f"{word}{number}" for word in ("king", "goat", "lake", "choir")),
                head=" ".join(f"word{number}x{place}" for place in range(40)),
                number=number,
            )
            for number in numbers
        )
        path = page("\n".join(articles), f"{len(numbers)}.txt")
        begun = process_time()
        assert ingest_pages(empty, path).added == len(numbers)
        return process_time() - begun

    once = taken(range(100, 250))
    assert taken(range(1000, 1600)) < 4 * 2 * once


def test_what_is_told_of_an_end_half_way_is_what_is_stored(moon: Database, page: WritePage) -> None:
    """Of the page that it ends at nothing is stored, nor counted."""

    def pages() -> Iterator[Path]:
        yield page(PAGE)
        raise Unavailable("the database is busy")

    before, summary = head(moon), Summary()
    with pytest.raises(Unavailable):
        ingest(moon.engine, pages(), read_page, strict=True, summary=summary)
    assert (head(moon), summary) == (before, Summary())
    with pytest.raises(Unavailable):
        ingest(moon.engine, pages(), read_page, summary=summary)
    assert (summary.pages, summary.added, summary.texts) == (1, 1, 2)
