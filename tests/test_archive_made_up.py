"""Archive pages of every style, broken and cut ones, and what is none.

`tests.worlds.bulletins` makes up more pages than anybody would write.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.normalisation import normalise
from tests.support.archive_pages import without_lines
from tests.support.sites import read_page
from tests.worlds.bulletins import BulletinPage, pages

pytestmark = pytest.mark.slow

GARBAGE = {
    "empty": (b"", 1, "the page is empty"),
    "blank": (b" \n\xc2\xa0\n\xef\xbb\xbf", 1, "the page is empty"),
    "empty HTML": (b"<html><body></body></html>", 1, "the page is empty"),
    "binary": (b"one\ntwo\n\x7fELF\0\0", 3, "a binary file: byte 12 is zero"),
    "UTF-16": ("Tag Archives: goats".encode("utf-16"), 1, "a binary file"),
    "Latin-1": ("Café\nétude".encode("latin-1"), 1, "not UTF-8 at byte 3"),
    "prose": (b"It was the best of goats.\n\nIt was the worst of goats.", 1, "no article is found"),
    "noise": (b"x9 ~~ (( )) -- 88\n" * 1000, 1, "no article is found"),
    "a long line": (b"short\n" + b"x" * 100_001, 2, "a line of 100,001 characters"),
    "a long paragraph": (b"<p>" + b"x " * 100_001 + b"</p>", 1, "a line of 200,001 characters"),
    "a line of 50 MB": (b"x" * 50_000_000, 1, "the page has more than 16 MB"),
    "deep HTML": (b"<div>" * 100_000 + b"x", 1, "HTML that is nested too deep"),
    "a text page without articles": (b"Tag Archives: goats\n\nNothing", 1, "no article is found"),
}


@pytest.mark.parametrize(("content", "line", "what"), GARBAGE.values(), ids=GARBAGE)
def test_garbage_gets_one_message(content: bytes, line: int, what: str) -> None:
    articles, [fault] = read_page("page.txt", content)
    assert articles == []
    assert str(fault).startswith(f"page.txt:{line}: {what}")


@given(pages())
def test_any_style_is_read_back(page: BulletinPage) -> None:
    content = page.content()
    articles, faults = read_page("page", content)
    assert faults == []
    assert without_lines(articles) == page.articles
    lines = content.decode().split("\n")
    for article in articles:
        assert article.headline.split()[0] in lines[article.line - 1]
        assert article.dateline.publication.split()[0] in " ".join(
            lines[article.dateline_line - 1 : article.dateline_line + 2]
        )


@given(pages(least=2), st.data())
def test_a_broken_article_leaves_its_neighbours(page: BulletinPage, data: st.DataObject) -> None:
    """At most the next one is lost too, where its headline is not sure."""
    number = data.draw(st.integers(0, len(page.texts) - 1))
    lost = data.draw(st.sampled_from((("dateline",), ("ends", "footer"), ("footer",))))
    blocks = page.texts[number].blocks
    out = [(number, place) for place, (label, _) in enumerate(blocks) if label in lost]
    articles, faults = read_page("page", page.content(*out))
    expected = [text.article for text in page.texts if text is not page.texts[number]]
    following = page.texts[number + 1] if number + 1 < len(page.texts) else None
    leads = following and any(label in ("lead", "byline") for label, _ in following.blocks)
    if len(articles) < len(expected) and following and leads and "dateline" not in lost:
        expected.remove(following.article)
        assert len(faults) == 2
    else:
        assert len(faults) == 1
    assert without_lines(articles) == expected


@given(pages(least=2), st.data())
def test_whatever_line_is_lost_articles_are_not_mixed(
    page: BulletinPage, data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(page.texts) - 1))
    place = data.draw(st.integers(0, len(page.texts[number].blocks) - 1))
    for article in read_page("page", page.content((number, place)))[0]:
        [origin] = [
            candidate
            for candidate in page.articles
            if candidate.issue_number == article.issue_number
        ]
        assert {article.headline, *article.paragraphs} <= {origin.headline, *origin.paragraphs}
        assert article.dateline == origin.dateline


FRAGMENTS = (
    *("\n", "\n\n", " ", "JULY 3 2017 (The Gazette) — It fell.", "ZENDA, ", "FEB. 30 (G) — x"),
    *("ENDS", "By Ann Bell", "(News report from Issue No. 5)", "— This story was published in"),
    *("Tag Archives: goats", "← Older posts", "July 3, 2017", "Copyright ©", "Goats win", "…"),
    *("<p>", "</p>", "<h2>", "<article>", "<br>", "<!--", "&nbsp;", "<pre>", "\r", "\ufeff", "\0"),
)


@given(
    st.binary(max_size=400)
    | st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5), max_size=40).map(
        lambda parts: "".join(parts).encode()
    )
)
def test_any_bytes_give_articles_or_faults(content: bytes) -> None:
    articles, faults = read_page("page", content)
    assert articles or faults
    last = content.count(b"\n") + content.count(b"\r") + 1
    for fault in faults:
        assert 1 <= fault.line <= last
        assert str(fault).startswith(f"page:{fault.line}: ")
        assert "\n" not in str(fault)
    for article in articles:
        assert 1 <= article.line <= article.dateline_line <= last
        assert article.headline
        assert article.paragraphs
        assert all(text == normalise(text) != "" for text in article.paragraphs)


CUT = {
    "(News report from Issue No. 336": True,
    "(News report from Issue No. 33": True,
    "(News report from Issue No. 336, published on July 16 2017": True,
    "[Editorial from Issue No. 336 of The Gazette": True,
    ">>This story was published in issue 38": True,
    "— This story was first published in issue 38": True,
    "Editorial from Issue No. 3": True,
    "(News report from Issue No. 336)": False,
    "(News report from Issue No. 336.": True,
    "(News report from Issue No. 336, published on July 16 2017)": False,
    "— This story was first published in issue 430 of the weekly Gazette.": False,
    "— This story was first published in issue 430 of the weekly Gazette": False,
    "— This story was first published in issue 433 of The Gazette on Jan. 13 2018": False,
    "— This story was first published in issue 433.": False,
}


@pytest.mark.parametrize(("footer", "cut"), CUT.items())
def test_a_page_that_ends_within_a_footer_is_cut_off(footer: str, cut: bool) -> None:
    """Whatever its number says; with anything after it, the page does not end there."""
    page = f"Goats win\n\nJULY 3 2017 (The Gazette) — It fell.\n\n{footer}"
    for last in ("", "\n", " \n\n"):
        articles, faults = read_page("page", f"{page}{last}".encode())
        assert (len(articles), len(faults)) == (not cut, cut)
        if cut:
            assert faults[0].line == 5
            assert faults[0].what.startswith("the page ends within a footer, where it may be cut")
    articles, faults = read_page("page", f"{page}\n\nCopyright ©The Gazette".encode())
    assert (len(articles), faults) == (1, [])


def test_a_page_cut_anywhere_gives_no_wrong_issue(archive: str) -> None:
    """Within its last footer, and the lines before: what is read of the page is true."""
    whole = {
        (article.headline, article.issue_number) for article in read_page("p", archive.encode())[0]
    }
    for end in range(archive.rindex("Copyright"), len(archive)):
        articles, faults = read_page("p", archive[:end].encode())
        assert {(article.headline, article.issue_number) for article in articles} < whole
        assert len(faults) == 1
