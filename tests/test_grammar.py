"""The grammar of archive pages but datelines: each form, and malformed ones."""

from datetime import date

import pytest

from kb.archive.grammar import ends_sentence
from kb.archive.line_types import LineType
from kb.archive.read_line import Footer, LineFault
from kb.models import ArticleKind
from kb.normalisation import normalise
from tests.support.sites import (
    classify_line,
    read_byline,
    read_credit,
    read_footer,
    read_kind,
    without_ends,
)

FOOTERS = {
    "— This story was first published in issue 433 of the weekly Gazette on Jan. 13 2020": (
        *(433, "2020-01-13"),
    ),
    "— This story was first published in issue 430 of the weekly Gazette.": (430, None),
    "This story was first published in issue 430 of the weekly Gazette": (430, None),
    "— This story was first published in issue 343 of The Zenda Courier on Sept. 15 2017": (
        *(343, "2017-09-15"),
    ),
    ">This story was first published in issue 398 of The Gazette on Jan. 31 2019": (
        *(398, "2019-01-31"),
    ),
    ">>This story was published in issue 387 of The Gazette on Oct. 1 2018": (387, "2018-10-01"),
    "— This story was published in issue 493 of the Hills & Lakes Courier, on July 22 2021": (
        *(493, "2021-07-22"),
    ),
    "- this editorial was first published in issue no. 012": (12, None),
    "— This opinion piece first appeared in issue #7 of the Gazette of Zenda, March 2, 2011.": (
        *(7, "2011-03-02"),
    ),
    "(First published in issue 5)": (5, None),
    "(News report from Issue No. 301, published on Oct. 21 2016)": (301, "2016-10-21"),
    "(News report from Issue No. 012, published on  May 4 2012)": (12, "2012-05-04"),
    "(News report from Issue No. 209, published on Nov.19 2014)": (209, "2014-11-19"),
    "(News report from Issue No. 342, published on Sept. 7 2017": (342, "2017-09-07"),
    "(Editorial from Issue No. 012)": (12, None),
    "(Editorial from Issue No.012.)": (12, None),
    "(EDITORIAL FROM ISSUE NO. 12)": (12, None),
    "Editorial from Issue No. 12": (12, None),
    "News report from Issue 12, published on May 4 2012": (12, "2012-05-04"),
    "— Business news from the issue No 5 of The Gazette, published on Friday May 4, 2012": (
        *(5, "2012-05-04"),
    ),
    "( News report from Issue No . 12 , published on May . 4 2012 )": (12, "2012-05-04"),
    "(Correspondent’s notebook from Issue number 77)": (77, None),
    "[Comment & analysis from Issue No. 3, published May 4 2012]": (3, "2012-05-04"),
    "*** News report from Issue No. 3 ***": (3, None),
}
MALFORMED_FOOTERS = {
    "(News report from Issue No. , published on May 4 2012)": "not understood",
    "(News report from Issue No. 5, published on May 4)": "not understood",
    "(News report from Issue No. 5, published on Friday)": "not understood",
    "— This story was first published in issue of The Gazette": "not understood",
    "News report from Issue No. five": "not understood",
    "(News report from Issue No. 5, published on Feb. 30 2012)": "is no day of the calendar",
    "(News report from Issue No. 000)": "not understood",
}
NO_FOOTERS = (
    "This story was first published in issue 5 of The Gazette and made the king angry.",
    "The study was published in issue 12 of The Lancet on May 5 2016.",
    "This report was published in 2015 by the ministry.",
    "Lessons from issue 5",
    "News from Zenda",
    "The king took the news report from Issue Lake on May 4 2012",
    "He read it in issue 5 of The Gazette.",
)
COPYRIGHTS = (
    "Copyright ©Hills & Lakes Courier — all rights reserved",
    "Copyright ©The Gazette — all rights reserved",
    "— Copyright owned by the Hills & Lakes Courier",
    "— Copyright the Hills & Lakes Courier 2021",
    "Copyright The Gazette 2019",
    "COPYRIGHT © 2010-2019 The Gazette. All rights reserved.",
    "© The Gazette",
    "(c) 2014 The Gazette",
    "Copyright (C) The Gazette",
    "Copyright the Gazette",
    "All rights reserved.",
)
NO_COPYRIGHTS = (
    "Copyright row hits Ruritanian publisher",
    "Copyright law in Ruritania",
    "Copyright law changes in Ruritania in 2019",
    "Copyright in Ruritania ends with the author, says the king",
    "The Gazette owns the copyright",
)
ENDS = ("ENDS", "Ends", "ends", "END", "-ENDS-", "— ENDS —", "–ends–", "ENDS.", "*ENDS*", "- END")
CLOSED_TEXTS = {
    "It fell. ENDS": "It fell.",
    "It fell.ENDS": "It fell.",
    "“It fell.” ENDS": "“It fell.”",
    "It fell. — ENDS —": "It fell.",
    "It fell. -ends-": "It fell.",
    "It fell. END.": "It fell.",
    "It never ends": "It never ends",
    "It fell. It ends": "It fell. It ends",
    "THE KING SAYS IT NEVER ENDS": "THE KING SAYS IT NEVER ENDS",
    "It fell. Ends": "It fell. Ends",
}
BYLINES = {
    "By Rudolf Rassendyll": "Rudolf Rassendyll",
    "BY RUDOLF RASSENDYLL": "Rudolf Rassendyll",
    "by Rudolf Rassendyll": "Rudolf Rassendyll",
    "By: Rudolf Rassendyll.": "Rudolf Rassendyll",
    "By Rudolf Rassendyll in Strelsau": "Rudolf Rassendyll",
    "BY RUDOLF RASSENDYLL IN STRELSAU": "Rudolf Rassendyll",
    "By Rudolf Rassendyll, Editor, The Gazette": "Rudolf Rassendyll",
    "By Rudolf Rassendyll for The Gazette": "Rudolf Rassendyll",
    "By Rudolf Rassendyll and Antoinette de Mauban": "Rudolf Rassendyll and Antoinette de Mauban",
    "By Ann Bell, Karl Dorn and Eve Fox in Zenda": "Ann Bell, Karl Dorn and Eve Fox",
    "By J.K. O’Brien-Sapt": "J.K. O’Brien-Sapt",
    "By R. H. Élphberg": "R. H. Élphberg",
}
NO_BYLINES = (
    "By Monday the bridge had fallen",
    "By the end of May",
    "By land and sea",
    "By Georgia’s own account, Rudolf Rassendyll fled.",
    "Rudolf Rassendyll",
)
CREDITS = {
    "The bridge had to fall, writes Rudolf Rassendyll.": "Rudolf Rassendyll",
    "The bridge had to fall, writes Rudolf Rassendyll": "Rudolf Rassendyll",
    "It fell, and rose, writes RUDOLF RASSENDYLL in Strelsau.": "Rudolf Rassendyll",
    "It fell, reports Antoinette de Mauban from Zenda.": "Antoinette de Mauban",
    "“It fell,” writes Ann Bell.": None,
    "It fell, writes the king.": None,
    "It fell, writes Rudolf Rassendyll, and he was there.": None,
    "It fell, says Rudolf Rassendyll.": None,
    "Rudolf Rassendyll writes.": None,
}
FURNITURE = {
    LineType.TITLE: (
        *("Tag Archives: bridges", "Category Archives: Uncategorised", "Author Archives: admin"),
        *("Tag: bridges", "Category: Politics", "Author: admin", "Monthly Archives: July 2017"),
        *("Archive for the ‘Politics’ Category", "Posts tagged bridges", "Tag Archives:"),
    ),
    LineType.PAGER: (
        *("← Older posts", "Newer posts →", "Older posts", "« Previous page", "Next page »"),
        *(
            "Post navigation",
            "Posts navigation",
            "Page 2 of 9",
            "← Older posts Newer posts →",
            "Proudly powered by WordPress",
        ),
    ),
    LineType.META: (
        *("Posted in Uncategorised", "Posted on July 3, 2017 by admin", "Posted by admin"),
        *("Tagged bridges, Zenda", "Tagged: bridges", "Tagged Ruritania", "Tagged with kings"),
        *("Posted in News | Tagged kings | Leave a comment", "Leave a comment", "Leave a reply"),
        *("3 Comments", "1 Comment", "No comments", "Comments are closed.", "Filed under: Kings"),
        "This entry was posted in News and tagged kings on July 3, 2017 by admin.",
        *(
            "Bookmark the permalink.",
            "Share this:",
            "Share on Facebook",
            "Like this:",
            "Loading...",
        ),
        *("Continue reading →", "Read more", "Skip to content", "Related", "2 thoughts on “Kings”"),
        *("Comments Off on Bridge falls", "Comments (3)"),
    ),
    LineType.TRIFLE: (
        *("July 3, 2017", "Monday, July 3, 2017", "3 July 2017", "03/07/2017", "3.7.2017"),
        *(
            "July 3, 2017 at 10:14 am",
            "by admin",
            "By Editor",
            "July 3, 2017 by Ann Bell",
            "1 2 3 … 9 Next →",
            "Edit",
            "Archives",
        ),
    ),
    LineType.ORNAMENT: ("***", "—", "…", ". . .", "* * *", "————————", "|", "←"),
}
TEXTS = (
    "Comment: The bridge has always lacked a purpose",
    "Tagged animals released in Ruritania",
    "Posted in error, letter stirs the king.",
    "Ends of the bridge drift apart",
    "The king may 5 times be asked (The Gazette)",
    "Share of the bridge sold",
    "No comment from the king",
    "Three comments anger the king",
    "Related by blood, the two kings met.",
    "Next posts on the bridge to fall, says the king",
    "By admin the king means clerks.",
    "3",
)


@pytest.mark.parametrize("text", FOOTERS)
def test_footers(text: str) -> None:
    line, (number, day) = normalise(text), FOOTERS[text]
    assert classify_line(line) is LineType.FOOTER
    assert read_footer(line) == Footer(number, date.fromisoformat(day) if day else None)


@pytest.mark.parametrize(("text", "fault"), MALFORMED_FOOTERS.items())
def test_misread_footers(text: str, fault: str) -> None:
    assert classify_line(text) in (LineType.FOOTER, LineType.MALFORMED_FOOTER)
    read = read_footer(text)
    assert isinstance(read, LineFault)
    assert fault in read.what
    assert read.remedy


@pytest.mark.parametrize("text", NO_FOOTERS)
def test_prose_is_no_footer(text: str) -> None:
    assert classify_line(text) is LineType.TEXT


@pytest.mark.parametrize("text", COPYRIGHTS)
def test_copyright_lines(text: str) -> None:
    assert classify_line(text) is LineType.COPYRIGHT


@pytest.mark.parametrize("text", NO_COPYRIGHTS)
def test_prose_is_no_copyright_line(text: str) -> None:
    assert classify_line(text) is LineType.TEXT


@pytest.mark.parametrize("text", ENDS)
def test_ends(text: str) -> None:
    assert classify_line(text) is LineType.ENDS


@pytest.mark.parametrize(("text", "rest"), CLOSED_TEXTS.items())
def test_ends_after_the_last_sentence(text: str, rest: str) -> None:
    assert without_ends(text) == rest


@pytest.mark.parametrize(("text", "author"), BYLINES.items())
def test_bylines(text: str, author: str) -> None:
    assert classify_line(text) is LineType.BYLINE
    assert read_byline(text) == author


@pytest.mark.parametrize("text", NO_BYLINES)
def test_prose_is_no_byline(text: str) -> None:
    assert classify_line(text) is LineType.TEXT


@pytest.mark.parametrize(("text", "author"), CREDITS.items())
def test_standfirsts_name_the_author(text: str, author: str | None) -> None:
    assert read_credit(text) == author


OPINIONS = (
    *("Comment: The bridge has never been needed", "COMMENT : The bridge", "Opinion - The bridge"),
    *("Op-ed: The bridge", "Editorial — The bridge", "Commentary: The bridge", "Viewpoint: Goats"),
)
REPORTS = (
    *("No comment: the king on his bridge", "King declines to comment", "Comment-free zone opens"),
    *(
        "Opinion polls favour the bridge",
        "Editorial board resigns",
        "Comment",
        "Comment:",
        "Bridge",
    ),
    *("Analysis: Who needs a bridge", "Commentator: bridge falls", "Opinions: many"),
)
OPINION_FOOTERS = (
    "(Editorial from Issue No. 012)",
    "- this editorial was first published in issue no. 012",
    "— This opinion piece first appeared in issue #7 of the Gazette of Zenda, March 2, 2011.",
    "(Comment from Issue No. 5, published on Jan. 3 2020)",
)


def test_labels_of_headlines_and_footers_tell_opinions() -> None:
    assert [text for text in OPINIONS if read_kind(text) is not ArticleKind.OPINION] == []
    assert [text for text in REPORTS if read_kind(text)] == []
    told = {text: read_kind("Bridge falls", ["© Gazette", text]) for text in OPINION_FOOTERS}
    assert told == dict.fromkeys(OPINION_FOOTERS, ArticleKind.OPINION)
    opinions = {text for text in FOOTERS if read_kind("Bridge", [text]) is ArticleKind.OPINION}
    assert all("ditorial" in text.lower() or "opinion" in text.lower() for text in opinions)
    assert len(opinions) > 3


@pytest.mark.parametrize(("line_type", "texts"), FURNITURE.items())
def test_furniture(line_type: LineType, texts: tuple[str, ...]) -> None:
    assert {text: classify_line(text) for text in texts} == dict.fromkeys(texts, line_type)


def test_texts_that_are_like_furniture() -> None:
    assert [text for text in TEXTS if classify_line(text) is not LineType.TEXT] == ["3"]


def test_sentences_end_and_headlines_do_not() -> None:
    sentences = ("It fell.", "“It fell.”", "Why?", "It fell!", "So:", "(It fell.)", "It fell…")
    assert all(map(ends_sentence, sentences))
    assert not any(map(ends_sentence, ("Bridge falls", "King says ‘no’", "Bridge falls (again)")))
