"""Archive pages to articles.

In: the grammar, and a page's name and bytes. Out: every article that is complete, as
`ArchiveArticle`, and a `Fault` for everything that is not understood. Nothing is guessed, and
nothing but a site's own text (menus, pagers) is dropped without a fault. Pure: no I/O.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from kb.archive.blocks import Block, Piece, read_blocks
from kb.archive.grammar import Grammar, ends_sentence
from kb.archive.line_types import DATELINES, ENDINGS, LineType
from kb.archive.pages import read_lines
from kb.archive.read_line import (
    Dateline,
    Footer,
    LineFault,
    read_byline,
    read_credit,
    read_dateline,
    read_footer,
    read_kind,
)
from kb.archive.split import LONGEST_HEADLINE, ArticleSection, StraySection, split_sections
from kb.dates import format_day, quote_text
from kb.errors import Fault
from kb.models import ArticleKind

_MOST_LEADS = 2
_OLDEST = timedelta(days=366)
_LONGEST_QUOTE = 60
_ADD_FOOTER = "add the line that names its issue, as `(News report from Issue No. 5)`"
_ADD_DATELINE = "begin its text as `JAN. 3 2020 (Publication) — `"
_WHOLE_PAGE = "ingest a page that holds the whole article"
_WHOLE_FOOTER = "ingest a page that holds the whole of it, or close its bracket, or add a full stop"
_NO_PAGE = "save the page of an archive whose texts begin as `JAN. 3 2020 (Publication) — `"


@dataclass(frozen=True, slots=True)
class ArchiveArticle:
    """One complete article; `line` is that of its headline, and lines count from 1.

    The `kind` is None where the page tells none.
    """

    line: int
    dateline_line: int
    headline: str
    kind: ArticleKind | None
    author: str | None
    dateline: Dateline
    issue_number: int | None
    issued_on: date | None
    paragraphs: tuple[str, ...]
    url: str | None = None


class _InvalidArticle(Exception):
    """Why a section of the page is no article."""

    def __init__(self, line: int, what: str, remedy: str) -> None:
        super().__init__(line, what, remedy)
        self.line, self.what, self.remedy = line, what, remedy


def read_page(
    grammar: Grammar, name: str, content: bytes
) -> tuple[list[ArchiveArticle], list[Fault]]:
    """The articles of the page, each once, and its faults; `name` is the file's."""
    page = read_lines(name, content)
    if isinstance(page, Fault):
        return [], [page]
    blocks = _mark_cut_footer(grammar, read_blocks(grammar, page))
    if not any(block.type in DATELINES for block in blocks):
        what = "no article is found: no text begins with a dateline"
        return [], [Fault(name, 1, what, _NO_PAGE)]
    articles: dict[tuple[str, int | None, str], ArchiveArticle] = {}
    faults: list[Fault] = []
    for section in split_sections(blocks):
        try:
            article = _read_section(grammar, section)
            if _is_new(article, articles.get(_key(article))):
                articles[_key(article)] = article
        except _InvalidArticle as invalid:
            faults.append(Fault(name, invalid.line, invalid.what, invalid.remedy))
    return list(articles.values()), faults


def _mark_cut_footer(grammar: Grammar, blocks: list[Block]) -> list[Block]:
    """Mark the last footer as cut where the page may end within it."""
    *others, last = blocks
    if last.type is LineType.FOOTER and grammar.may_be_cut(last.text):
        last = replace(last, type=LineType.CUT_FOOTER)
    return [*others, last]


def _key(article: ArchiveArticle) -> tuple[str, int | None, str]:
    publication, headline = article.dateline.publication, article.headline
    return publication.casefold(), article.issue_number, headline.casefold()


def _is_new(article: ArchiveArticle, known: ArchiveArticle | None) -> bool:
    if known is None:
        return True
    if (article.dateline, article.paragraphs) != (known.dateline, known.paragraphs):
        what = f"{_quote_start(article.headline)} is in line {known.line} with another text"
        raise _InvalidArticle(article.line, what, "leave out the one that is wrong")
    return False


def _read_section(grammar: Grammar, section: ArticleSection | StraySection) -> ArchiveArticle:
    if isinstance(section, StraySection):
        raise _stray_fault(section)
    line, dateline = section.body[0].line, _read_dateline(grammar, section.body[0])
    headline, leads, above = _read_head(grammar, section)
    issue = _read_footers(grammar, section, headline)
    texts, below = _read_body(grammar, section.body)
    _check_days(line, dateline, issue)
    author = _find_author(grammar, line, [*above, *below], leads)
    kind = read_kind(grammar, headline.text, [block.text for block in section.footers])
    first = headline.line, line, headline.text, kind, author, dateline
    return ArchiveArticle(*first, issue.number, issue.issued_on, (*leads, *texts))


def _read_dateline(grammar: Grammar, block: Block) -> Dateline:
    dateline = read_dateline(grammar, block.text)
    if isinstance(dateline, LineFault):
        raise _InvalidArticle(block.line, *dateline)
    return dateline


def _stray_fault(stray: StraySection) -> _InvalidArticle:
    if not stray.texts:
        line = stray.footers[0].line
        return _InvalidArticle(line, "a footer closes no article", "remove it, or add its article")
    line, text = stray.texts[0].line, _quote_start(stray.texts[0].text)
    if stray.footers:
        return _InvalidArticle(line, f"{text}: no dateline before its footer", _ADD_DATELINE)
    if stray.last:
        what = f"{text}: no dateline before the page's end, where it may be cut off"
        return _InvalidArticle(line, what, _WHOLE_PAGE)
    return _InvalidArticle(
        line, f"{text} is in no article", "remove it, or add what its article lacks"
    )


def _read_head(grammar: Grammar, section: ArticleSection) -> tuple[Piece, list[str], list[str]]:
    """The headline, the kicker and standfirst, and the bylines before the dateline."""
    line = section.body[0].line
    if section.head is None:
        what = "the article has a headline that cannot be told from the unfinished text before it"
        raise _InvalidArticle(line, what, "add the footer that the article before it lacks")
    if not section.head:
        raise _InvalidArticle(
            line, "the article has no headline", "write it in a paragraph before it"
        )
    first, *others = section.head
    headline, *kickers = first.pieces
    leads = [piece.text for piece in kickers]
    leads += [block.text for block in others if block.type is not LineType.BYLINE]
    _check_head(headline, leads)
    return headline, leads, _read_bylines(grammar, others)


def _read_bylines(grammar: Grammar, blocks: list[Block]) -> list[str]:
    return [read_byline(grammar, block.text) for block in blocks if block.type is LineType.BYLINE]


def _check_head(headline: Piece, leads: list[str]) -> None:
    """More than a kicker and a standfirst, or in other order, is likely another article's text."""
    what, remedy = "", "leave only a headline, a kicker and a standfirst before the dateline"
    if len(headline.text) > LONGEST_HEADLINE:
        what = f"a headline of {len(headline.text)} characters"
    elif len(leads) > _MOST_LEADS:
        what = f"{len(leads)} paragraphs between headline and dateline"
    elif any(
        ends_sentence(lead) and not ends_sentence(following) for lead, following in pairwise(leads)
    ):
        what = "a line between standfirst and dateline, which may be another headline"
    elif leads and headline.text.endswith(".") and not ends_sentence(leads[0]):
        what = "a sentence before what may be the headline"
    if what:
        raise _InvalidArticle(headline.line, f"{_quote_start(headline.text)}: {what}", remedy)


def _read_footers(grammar: Grammar, section: ArticleSection, headline: Piece) -> Footer:
    """The issue, in which all footers must agree."""
    if not section.footers:
        where = " before the page's end, where it may be cut off" if section.last else ""
        what = f"{_quote_start(headline.text)} has no issue footer{where}"
        raise _InvalidArticle(headline.line, what, _WHOLE_PAGE if section.last else _ADD_FOOTER)
    issue = _read_footer(grammar, section.footers[0])
    for block in section.footers[1:]:
        issue = _merge_footers(issue, _read_footer(grammar, block), block.line)
    return issue


def _read_footer(grammar: Grammar, block: Block) -> Footer:
    if block.type is LineType.CUT_FOOTER:
        what = f"the page ends within a footer, where it may be cut off: {_quote_start(block.text)}"
        raise _InvalidArticle(block.line, what, _WHOLE_FOOTER)
    footer = read_footer(grammar, block.text)
    if isinstance(footer, LineFault):
        raise _InvalidArticle(block.line, *footer)
    return footer


def _merge_footers(issue: Footer, footer: Footer, line: int) -> Footer:
    days = {issue.issued_on, footer.issued_on} - {None}
    if issue.number != footer.number or len(days) > 1:
        raise _InvalidArticle(
            line, "the footer disagrees with the one before it", "remove the wrong one"
        )
    return Footer(issue.number, issue.issued_on or footer.issued_on)


def _read_body(grammar: Grammar, body: list[Block]) -> tuple[list[str], list[str]]:
    """The paragraphs, and the bylines under them."""
    end = next((at for at, block in enumerate(body) if block.type in ENDINGS), len(body))
    late = [block for block in body[end:] if block.type is LineType.TEXT]
    if late:
        what = (
            f"{_quote_start(late[0].text)} comes after the end of an article and before its footer"
        )
        raise _InvalidArticle(late[0].line, what, "remove it, or add the footer before it")
    while body[end - 1].type is LineType.BYLINE:
        end -= 1
    return [block.text for block in body[:end]], _read_bylines(grammar, body[end:])


def _find_author(grammar: Grammar, line: int, bylines: list[str], leads: list[str]) -> str | None:
    names = sorted(set(bylines))
    if len(names) > 1:
        what = f"two bylines, {' and '.join(map(_quote_start, names))}"
        raise _InvalidArticle(line, what, "name all authors in one")
    return names[0] if names else read_credit(grammar, leads[-1]) if leads else None


def _check_days(line: int, dateline: Dateline, issue: Footer) -> None:
    written, issued = dateline.earliest(), issue.issued_on
    if not written or not issued or written <= issued <= written + _OLDEST:
        return
    days = f"{format_day(written)} and {format_day(issued)}"
    what = f"the dateline and the issue's date do not go together: {days}"
    raise _InvalidArticle(line, what, "correct the one that is wrong")


def _quote_start(text: str) -> str:
    """The text, or its beginning."""
    return quote_text(text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…")
