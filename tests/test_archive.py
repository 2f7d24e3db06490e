"""Archive pages to articles: invented pages in every style, and the real one.

A page of `tests/archive` is about invented matters. `PAGES` gives the articles that it holds, as
`line headline | day | place | issue and its day | author | number of paragraphs`; `FAULTS` gives
how its faults begin.
"""

import re
from html import escape
from pathlib import Path
from textwrap import wrap

import pytest

from kb.archive.articles import ArchiveArticle
from kb.archive.line_types import LineType
from kb.errors import Fault
from kb.normalisation import normalise
from tests.support.archive_pages import without_lines
from tests.support.sites import classify_line, read_page

FOLDER = Path(__file__).parent / "archive"
PAGES = {
    "author.html": """
        14 Lake Tarlen freezes over | 2021-07-21 | - | 493 2021-07-22 | - | 3
        34 Ice has no master
            | [2021-07-20..2021-07-22] | Strelsau | 493 2021-07-22 | Flavia de Mauban | 6
    """,
    "blanks.txt": """
        3 King counts blanks | 2017-07-03 | Zenda | 336 2017-07-16 | - | 2
        14 Queen counts more | 2017-07-04 | - | 336 2017-07-16 | - | 1
    """,
    "broken.html": """
        5 Plate breaks again? | 2015-09-02 | - | 248 2015-09-08 | - | 2
        11 Jug breaks | 2015-09-02 | - | 248 2015-09-08 | - | 3
    """,
    "broken.txt": """
        9 Plate breaks | 2015-09-02 | - | 248 2015-09-08 | - | 1
        41 Glass breaks | 2015-09-05 | - | 248 2015-09-08 | - | 1
        121 Shards swept up | 2015-09-08 | - | 248 2015-09-08 | - | 1
    """,
    "category.txt": """
        3 Choir of Hofbau sings in the rain | 01-23 | - | 398 2019-01-31 | - | 1
        11 Hofbau buys umbrellas | 01-29 | Hofbau | 398 2019-01-31 | - | 2
        19 Umbrella maker opens shop | 02-01 | - | 399 - | - | 1
    """,
    "cut-both.txt": """
        5 Hofbau sleeps late | 2013-08-02 | - | 67 2013-08-03 | - | 1
    """,
    "cut.txt": """
        3 Hofbau sleeps late | 2013-08-02 | - | 67 2013-08-03 | - | 1
    """,
    "days.txt": """
        3 One of three days | [2017-07-03..2017-07-05] | - | 336 2017-07-16 | - | 1
        9 A week | [2015-10-02..2015-10-08] | - | 251 2015-10-09 | - | 1
        15 Two months | [2014-02-28..2014-03-01] | - | 175 2014-03-05 | - | 1
        21 Two years | [2013-12-30..2014-01-02] | - | 166 2014-01-02 | - | 1
        27 No year | 11-22 | - | 430 - | - | 1
        33 No year and several days | [02-28..02-29] | - | 440 - | - | 1
    """,
    "divisions.html": """
        4 Train to Zenda is late | 2014-03-03 | - | 9 2014-03-05 | - | 2
        11 Train to Zenda is on time | 2014-03-04 | - | 9 2014-03-05 | - | 2
    """,
    "footers.txt": """
        3 Without the date | 2010-05-01 | - | 1 - | - | 1
        6 Without parentheses | 2010-05-01 | - | 2 2010-05-02 | - | 1
        9 An editorial | 2010-05-01 | - | 12 2010-05-02 | - | 1
        14 A dash before it | 2010-05-01 | - | 3 - | - | 1
        17 The weekly | 2010-05-01 | - | 4 - | - | 1
        20 The weekly with a date | 2010-05-01 | - | 5 2010-05-02 | - | 1
        23 Two that agree | 2010-05-01 | - | 6 2010-05-02 | - | 1
        27 Last of all | 2010-05-01 | - | 7 2010-05-02 | - | 1
        30 Broken over two lines | 2010-05-01 | - | 8 2010-05-02 | - | 1
        34 After all | 2010-05-01 | - | 9 2010-05-02 | - | 1
    """,
    "heads.txt": """
        3 King opens the lido | 2016-06-03 | - | 282 2016-06-10 | - | 2
        9 King leaves the lido | 2016-06-04 | - | 282 2016-06-10 | - | 2
        17 Will the king come back? | 2016-06-05 | - | 282 2016-06-10 | Fritz von Tarlenheim | 2
        27 Comment: The lido lacks a king
            | 2016-06-06 | - | 282 2016-06-10 | Fritz von Tarlenheim | 2
        35 The lido at night | 2016-06-07 | - | 282 2016-06-10 | Antoinette De Mauban | 3
        47 A quick week in Hofbau | 2016-06-08 | Hofbau | 282 2016-06-10 | Rudolf Rassendyll | 2
        60 “It will rain,” says the king
            | 2016-06-09 | - | 282 2016-06-10 | Ann Bell and Eve Fox | 1
    """,
    "joined.txt": """
        3 Goats cross the Elph | 2010-05-01 | - | 1 2010-05-02 | - | 1
    """,
    "places.txt": """
        3 No place | 2013-06-01 | - | 138 2013-06-10 | - | 1
        9 Place before | 2013-06-02 | Zenda | 138 2013-06-10 | - | 1
        15 Place before without a comma | 2013-06-02 | Zenda | 138 2013-06-10 | - | 1
        21 Place after | 2013-06-03 | Zenda | 138 2013-06-10 | - | 1
        27 Place after a day without year | 06-03 | Zenda | 138 2013-06-10 | - | 1
        33 Place and country | 2013-06-04 | Zenda, Ruritania | 138 2013-06-10 | - | 1
        39 Two places | 2013-06-05 | Strelsau, Hofbau | 138 2013-06-10 | - | 1
        45 Three places | 2013-06-05 | Strelsau, Hofbau, St. Ulrich | 138 2013-06-10 | - | 1
        51 Places on both sides | 2013-06-06 | Alt-Tarlen, Zenda | 138 2013-06-10 | - | 1
    """,
    "preformatted.html": """
        3 Cheese of Tarlen wins | 2013-05-05 | - | 55 2013-05-06 | - | 2
    """,
    "prose.txt": """
        3 Ends and means | 2014-05-09 | - | 190 2014-05-14 | - | 9
        25 Copyright law changes in Ruritania | 2014-05-09 | - | 190 2014-05-14 | - | 2
    """,
    "repeated.txt": """
        3 Twins born in Zenda | 2013-04-02 | - | 50 2013-04-03 | - | 1
        9 More twins born in Zenda | 2013-04-02 | - | 50 2013-04-03 | - | 1
        27 Twins born in Zenda | 2013-04-12 | - | 51 2013-04-13 | - | 1
    """,
    "tag.txt": """
        7 Zenda bridge closes for repairs | 2012-01-16 | - | 73 2012-01-19 | - | 1
        19 Ferrymen ask for more | 2012-01-17 | Zenda | 73 2012-01-19 | - | 2
        32 Editorial: Mend it well | 2012-01-18 | - | 73 2012-01-19 | - | 1
    """,
    "wrapped.txt": """
        3 Widest river of the kingdom is found to be wider than the maps
            | [2011-09-28..2011-09-30] | Alt-Tarlen, Hofbau | 54 2011-10-01 | - | 2
        17 Narrow river | 2011-10-01 | - | 54 2011-10-01 | - | 2
    """,
}
FAULTS = {
    "broken.html": """
        3 `Cup breaks` has no issue footer
        9 `Saucer breaks` is in no article
        17 the article has no headline
    """,
    "broken.txt": """
        3 `Cup breaks` has no issue footer
        15 `Saucer breaks`: no dateline before its footer
        23 `FEB. 30 2015` is no day of the calendar
        29 a dateline has no publication in parentheses
        39 the footer disagrees with the one before it
        47 `By Fritz von Tarlenheim` is in no article
        53 the issue's footer is not understood: `(News report from Issue No. , published on Sep
        57 the dateline and the issue's date do not go together: 5 September 2015 and 1 Septembe
        63 the dateline and the issue's date do not go together: 5 September 2013 and 8 Septembe
        67 the article has no headline
        71 `Door breaks` has no issue footer
        76 `Window breaks` has no issue footer
        84 the article has a headline that cannot be told from the unfinished text before it
        93 `Roof breaks` comes after the end of an article and before its footer
        99 `Tile breaks`: 3 paragraphs between headline and dateline
        115 two bylines, `Ann Bell` and `Eve Fox`
    """,
    "cut-both.txt": """
        1 `was only half of it.`: no dateline before its footer
        11 `Zenda wakes early`: no dateline before the page's end, where it may be cut off
    """,
    "cut.txt": """
        9 `Zenda wakes early` has no issue footer before the page's end, where it may be cut off
    """,
    "joined.txt": """
        11 `Goats cross back` has no issue footer
        25 the issue's footer is not understood: `(News report from Issue No. 001, published on
    """,
    "repeated.txt": """
        15 `Twins born in Zenda` is in line 3 with another text
    """,
}

REAL = """
    3 New head of CSTO appointed | 2020-01-03 | - | 433 2020-01-13 | - | 1
    12 Comment: The CSTO has always lacked relevance | 11-29 | - | 430 - | James Kilner | 9
    35 CSTO leaders meet in Bishkek for summit | 11-28 | - | 430 - | - | 1
    41 CSTO decrees Islamic Renaissance Party of Tajikistan as a terrorist organisation
        | 2017-09-07 | - | 343 2017-09-15 | - | 1
    47 Uzbekistan has no plans to rejoin the CSTO
        | [2017-07-03..2017-07-05] | Tashkent | 336 2017-07-16 | - | 7
    69 Kazakh President returns back to work | 2016-10-14 | - | 301 2016-10-21 | - | 1
    78 CSTO agree on crises centre in Armenian capital | 2016-10-14 | - | 301 2016-10-21 | - | 1
    87 Kazakh President signs CSTO army deal | 2016-04-18 | - | 277 2016-04-22 | - | 1
    96 Tajikistan hosts regional security summit
        | 2015-09-15 | Dushanbe | 248 2015-09-18 | - | 7
    118 CSTO force to be sent to Tajikistan | 2015-06-10 | - | 235 2015-06-11 | - | 1
"""


def read_sample(name: str) -> tuple[list[ArchiveArticle], list[Fault]]:
    return read_page(name, (FOLDER / name).read_bytes())


def describe(article: ArchiveArticle) -> str:
    dateline = article.dateline
    day = dateline.edtf(dateline.year or 0).replace("0000-", "")
    issue = f"{article.issue_number} {article.issued_on or '-'}"
    start = f"{article.line} {article.headline} | {day} | {dateline.place or '-'}"
    return f"{start} | {issue} | {article.author or '-'} | {len(article.paragraphs)}"


def read_rows(text: str) -> list[str]:
    """One row a line; a line that begins with a bar goes on."""
    return [row.strip() for row in re.sub(r"\n\s+\|", " |", text).strip().splitlines()]


@pytest.mark.parametrize("name", PAGES)
def test_pages(name: str) -> None:
    articles, faults = read_sample(name)
    assert [describe(article) for article in articles] == read_rows(PAGES[name])
    expected = read_rows(FAULTS.get(name, ""))
    assert len(faults) == len(expected)
    for fault, start in zip(faults, expected, strict=True):
        assert f"{fault.line} {fault.what}".startswith(start)
        assert fault.file == name
        assert fault.remedy


def test_every_page_is_tested() -> None:
    names = {path.name for path in FOLDER.iterdir()}
    assert names == {*PAGES, "dashes.txt", "months.txt"}


@pytest.mark.parametrize("name", ["dashes.txt", "months.txt"])
def test_dashes_and_months(name: str) -> None:
    articles, faults = read_sample(name)
    assert faults == []
    assert [article.issue_number for article in articles] == list(range(1, 33))
    assert {article.dateline.first[1] for article in articles} > set(range(2, 29))


@pytest.mark.parametrize("name", [*PAGES, "dashes.txt", "months.txt"])
def test_paragraphs_are_normalised_and_no_furniture(name: str) -> None:
    for article in read_sample(name)[0]:
        for text in (article.headline, *article.paragraphs):
            assert text == normalise(text)
            assert classify_line(text) in (LineType.TEXT, LineType.DATELINE)


def test_paragraphs_keep_their_words() -> None:
    frozen, thin = read_sample("author.html")[0]
    assert frozen.paragraphs == (
        "Skaters rejoice",
        "JULY 21 2021 (The Gazette) — Lake Tarlen froze over in the night, in the midst of summer,"
        " and nobody can say why.",
        "Skaters came from Zenda.",
    )
    assert thin.paragraphs[1:3] == (
        "STRELSAU, JULY 20/22 2021 (The Gazette)—The ice is thin, and so are the excuses.",
        "“It will hold,” said the mayor.",
    )
    king, queen = read_sample("blanks.txt")[0]
    assert king.paragraphs[1] == "He found many."
    assert queen.paragraphs[0].endswith("Élodie counted more.")


def test_the_real_page(archive: str) -> None:
    articles, faults = read_page("csto.txt", archive.encode())
    assert faults == []
    assert [describe(article) for article in articles] == read_rows(REAL)
    lines = archive.split("\n")
    for article in articles:
        assert lines[article.line - 1] == article.headline
        assert normalise(lines[article.dateline_line - 1]) in article.paragraphs
    text = " ".join(text for article in articles for text in article.paragraphs)
    for furniture in ("Copyright", "Issue No", "first published", "Archives"):
        assert furniture not in text


def test_the_real_page_wrapped_or_as_html(archive: str) -> None:
    """However the page was saved, its articles are the same."""
    expected = without_lines(read_page("csto.txt", archive.encode())[0])
    blocks = archive.split("\n\n")
    wrapped = "\n\n".join("\n".join(wrap(block, 66)) for block in blocks)
    html = "".join(f"<p>{escape(block)}</p>" for block in blocks)
    dos = "\ufeff" + archive.replace("\n", "\r\n")
    for page in (wrapped, html, dos):
        articles, faults = read_page("page", page.encode())
        assert (without_lines(articles), faults) == (expected, [])


def test_letters_that_a_printer_joined_are_read_as_written(archive: str) -> None:
    joined = archive.replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ")
    assert joined != archive
    assert read_page("p", joined.encode()) == read_page("p", archive.encode())
