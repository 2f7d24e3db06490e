"""The articles of an HTML page, by the elements that a site's description names.

In: a page's name and bytes, and a `SiteDescription` with elements. Out: every article that is
complete, and a `Fault` for each that is not, with the line of its element. Nothing is guessed: what
a selector does not find, or finds more than once with other words, is a fault. Pure: no I/O.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain, groupby
from typing import NamedTuple
from urllib.parse import urljoin

from lxml import etree

from kb.archive.articles import ArchiveArticle
from kb.archive.boilerplate import Boilerplate
from kb.archive.html_lines import read_element_lines
from kb.archive.page_parts import ARTICLE, PageParts, find_parts
from kb.archive.pages import normalise_html, read_root
from kb.archive.picks import DayReader, pick_texts, read_number, selectors_of
from kb.archive.read_line import Dateline
from kb.archive.selectors import CssSelector, read_selector
from kb.archive.site import Pick, SiteDescription
from kb.errors import Fault
from kb.models import ArticleKind
from kb.records.form_errors import quote_shortened

_SKIP, _PARAGRAPHS = "skip", "paragraphs"
_OF_THE_PAGE = frozenset({"number", "author"})
"""What a page may say once for all of its articles; all else is an article's own."""
_CORRECT = "correct the selector in the site's description, or the page"
_OR_OPTIONAL = f"{_CORRECT}, or write `optional: true`"


class _UnreadableArticle(Exception):
    def __init__(self, line: int, what: str, remedy: str) -> None:
        super().__init__(line, what, remedy)
        self.line, self.what, self.remedy = line, what, remedy


class _Found(NamedTuple):
    """A text, with the line of its element."""

    line: int
    text: str


class ElementReader:
    """Reads pages by the elements of one description."""

    def __init__(self, site: SiteDescription) -> None:
        assert site.elements
        assert site.publication
        self._site, self._publication = site.elements, site.publication
        self._days = DayReader(site)
        self._other_kind = site.kind
        values = site.elements.label.values if site.elements.label else {}
        self._kinds = {words.casefold(): kind for words, kind in values.items()}
        self._selectors: dict[str, CssSelector] = {
            name: read_selector(text) for name, text in selectors_of(site.elements).items()
        }

    def read(self, name: str, content: bytes) -> tuple[list[ArchiveArticle], list[Fault]]:
        """The articles of the page, each once, and its faults; `name` is the file's."""
        root = read_root(name, content)
        if isinstance(root, Fault):
            return [], [root]
        page, articles = find_parts(root, self._selectors)
        if ARTICLE not in self._selectors:
            articles = [page]
        if not articles:
            what = f"no article is found: {self._told(ARTICLE)} finds nothing"
            return [], [Fault(name, 1, what, _CORRECT)]
        skipped = chain.from_iterable(each.elements[_SKIP] for each in (page, *articles))
        boilerplate = Boilerplate(root, frozenset(skipped))
        return self._read_articles(name, page, articles, boilerplate)

    def _read_articles(
        self, name: str, page: PageParts, articles: list[PageParts], boilerplate: Boilerplate
    ) -> tuple[list[ArchiveArticle], list[Fault]]:
        read: dict[tuple[str, str, int | None], ArchiveArticle] = {}
        faults: list[Fault] = []
        for parts in articles:
            try:
                article = self._read_article(_Parts(parts, page, boilerplate))
                key = article.headline.casefold(), str(article.dateline), article.issue_number
                if (known := read.setdefault(key, article)).paragraphs != article.paragraphs:
                    what = f"{quote_shortened(article.headline)} is in line {known.line} with"
                    what, remedy = f"{what} another text", "leave out the one that is wrong"
                    raise _UnreadableArticle(article.line, what, remedy)
            except _UnreadableArticle as unreadable:
                faults.append(Fault(name, unreadable.line, unreadable.what, unreadable.remedy))
        return list(read.values()), faults

    def _read_article(self, parts: "_Parts") -> ArchiveArticle:
        site = self._site
        headline = self._required(parts, "headline", site.headline)
        dated = self._required(parts, "date", site.date)
        day = self._day(dated)
        number = self._optional(parts, "number", site.number)
        authors = self._all(parts, "author", site.author)
        label = self._optional(parts, "label", site.label)
        paragraphs = self._paragraphs(parts)
        return ArchiveArticle(
            line=headline.line,
            dateline_line=dated.line,
            headline=headline.text,
            kind=self._kind(label),
            author=", ".join(author.text for author in authors) or None,
            dateline=self._dateline(day),
            issue_number=self._number(number) if number else None,
            issued_on=None,
            paragraphs=tuple(paragraphs),
            url=self._url(parts),
        )

    def _kind(self, label: _Found | None) -> ArticleKind | None:
        """That which the words of the label stand for, in any case; else that of all, if told."""
        return self._kinds.get(label.text.casefold() if label else "", self._other_kind)

    def _url(self, parts: "_Parts") -> str | None:
        """Whole, where it is relative to the site's."""
        pick = self._site.address
        address = self._optional(parts, "address", pick)
        if address and pick and pick.base:
            return urljoin(pick.base, address.text)
        return address.text if address else None

    def _dateline(self, day: date) -> Dateline:
        single = day.month, day.day
        return Dateline(single, single, day.year, None, self._publication)

    def _all(self, parts: "_Parts", name: str, pick: Pick | None) -> list[_Found]:
        """The texts that it picks, each once; raises if there are none and one is wanted."""
        if pick is None:
            return []
        picked: dict[str, _Found] = {}
        for element in parts.elements(name):
            for text in pick_texts(element, pick, parts.boilerplate):
                picked.setdefault(text, _Found(_line(element), text))
        if not picked and not pick.optional:
            raise _UnreadableArticle(parts.line, self._nothing(name, pick), _OR_OPTIONAL)
        return [*picked.values()]

    def _optional(self, parts: "_Parts", name: str, pick: Pick | None) -> _Found | None:
        picked = self._all(parts, name, pick)
        if len(picked) > 1:
            told = " and ".join(quote_shortened(each.text) for each in picked[:2])
            what = f"{self._told(name)} finds {told}"
            raise _UnreadableArticle(picked[1].line, what, "select one of them")
        return picked[0] if picked else None

    def _required(self, parts: "_Parts", name: str, pick: Pick) -> _Found:
        found_text = self._optional(parts, name, pick)
        if found_text is None:
            raise _UnreadableArticle(parts.line, self._nothing(name, pick), _CORRECT)
        return found_text

    def _day(self, dated: _Found) -> date:
        day = self._days.read(dated.text)
        if day is None:
            forms = ", ".join(f"`{form}`" for form in self._site.date.forms)
            what = f"`date`: {quote_shortened(dated.text)} is no day of the form {forms}"
            raise _UnreadableArticle(dated.line, what, "correct it, or add its form to `forms`")
        return day

    def _number(self, numbered: _Found) -> int:
        number = read_number(numbered.text)
        if number is None:
            what = f"`number`: {quote_shortened(numbered.text)} has not one number"
            remedy = "name the words around it by `after` and `before` in the site's description"
            raise _UnreadableArticle(numbered.line, what, remedy)
        return number

    def _paragraphs(self, parts: "_Parts") -> list[str]:
        texts = [
            text
            for element in parts.article.elements[_PARAGRAPHS]
            for text in _read_paragraphs(element, parts.boilerplate)
        ]
        if not texts:
            what = f"{self._told(_PARAGRAPHS)} finds no text"
            raise _UnreadableArticle(parts.line, what, _CORRECT)
        return texts

    def _told(self, name: str) -> str:
        return f"`{name}`: `{self._selectors[name].text}`"

    def _nothing(self, name: str, pick: Pick) -> str:
        attribute = f" with an attribute `{pick.attribute}`" if pick.attribute else ""
        words = [f"`{each}`" for each in (pick.after, pick.before) if each]
        around = f" with {' and '.join(words)} in it" if words else ""
        return f"{self._told(name)} finds nothing{attribute}{around}"


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of an article, and of the page that it stands in; what is no part of its texts."""

    article: PageParts
    page: PageParts
    boilerplate: Boilerplate

    @property
    def line(self) -> int:
        return _line(self.article.element)

    def elements(self, name: str) -> list[etree._Element]:
        """Those of the article; of what a page may say once, else those that stand in none."""
        elements = self.article.elements[name]
        if not elements and name in _OF_THE_PAGE:
            return self.page.elements[name]
        return elements


def _line(element: etree._Element) -> int:
    return element.sourceline or 1


def _read_paragraphs(element: etree._Element, boilerplate: Boilerplate) -> Iterator[str]:
    """The texts between blank lines."""
    lines = normalise_html(read_element_lines(element, boilerplate))
    for has_text, group in groupby(lines, key=lambda line: bool(line.text)):
        if has_text:
            yield " ".join(line.text for line in group)
