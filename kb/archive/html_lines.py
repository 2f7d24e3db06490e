"""The lines of an HTML page.

In: the page's bytes, as UTF-8. Out: `Line` objects, with the numbers of the source's lines. A block
element or `<br>` ends a line; a blank line separates blocks. Where there are `<article>` elements,
only they are read.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from kb.archive.boilerplate import Boilerplate

_HEADING = re.compile("h[1-6]")
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|center|dd|details|div|dl|dt|fieldset|figcaption|figure"
    "|footer|form|h[1-6]|header|hr|html|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot"
    "|th|thead|tr|ul"
)
_HEADINGS = "h1", "h2", "h3", "h4", "h5", "h6"
# The parser knows no line beyond it.
_LAST_LINE = 65_535
_MOST_ATTRIBUTES = 1_000


class Line(NamedTuple):
    """One line; blank between paragraphs. `level` is that of a heading, else 0."""

    number: int
    text: str
    level: int = 0


class HtmlLimitError(Exception):
    """Elements nested too deep or with too many attributes, or a text too long."""


class _AttributeLimit:
    """Limits the attributes of each tag: to build a tree takes the square of their number."""

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        if len(attributes) > _MOST_ATTRIBUTES:
            raise HtmlLimitError

    def close(self) -> None:
        """Nothing is kept."""


def parse_html(content: bytes) -> etree._Element | None:
    """The root, without comments; raises HtmlLimitError where the parser would lose some."""
    # The parser takes a target that has only the methods it needs.
    look = etree.HTMLParser(encoding="utf-8", target=_AttributeLimit())  # type: ignore[call-overload]
    etree.fromstring(content, look)
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    root = etree.fromstring(content, parser)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise HtmlLimitError
    return root


def read_html_lines(content: bytes) -> Iterator[Line]:
    """The lines; raises HtmlLimitError."""
    root = parse_html(content)
    if root is not None:
        boilerplate = Boilerplate(root)
        for part in _read_parts(root, boilerplate):
            yield from _LineWriter(boilerplate).write_all(part)


def read_element_lines(element: etree._Element, boilerplate: Boilerplate) -> list[Line]:
    """The lines of an element."""
    return _LineWriter(boilerplate).write_all(element)


def _read_parts(root: etree._Element, boilerplate: Boilerplate) -> Iterator[etree._Element]:
    """The outermost articles, and a heading over them if they have none of their own."""
    articles = [*_articles(root, boilerplate)]
    if not articles:
        yield root
        return
    if not any(next(article.iter(*_HEADINGS), None) is not None for article in articles):
        for heading in root.iter("h1"):
            if next(heading.iterancestors("h1"), None) is None:
                yield heading
    yield from articles


def _articles(root: etree._Element, boilerplate: Boilerplate) -> Iterator[etree._Element]:
    """The articles that stand in no other article and in no boilerplate."""
    walker = etree.iterwalk(root, events=("start",))
    for _, element in walker:
        if element.tag == "article" or boilerplate.has(element):
            walker.skip_subtree()
        if element.tag == "article" and not boilerplate.has(element):
            yield element


class _LineWriter:
    """Collects text into lines; `line` is the source's line that is being read."""

    def __init__(self, boilerplate: Boilerplate) -> None:
        self.boilerplate = boilerplate
        self.lines: list[Line] = []
        self.parts: list[str] = []
        self.line = self.start = 1
        self.blank = True
        self.level = 0
        self.preformatted = False

    def write_all(self, part: etree._Element) -> list[Line]:
        walker = etree.iterwalk(part, events=("start", "end"))
        for event, element in walker:
            if event == "start":
                self._open(element, str(element.tag))
                if self.boilerplate.has(element):
                    walker.skip_subtree()
                else:
                    self._write(element.text)
            else:
                self._close(str(element.tag))
                self._write(element.tail if element is not part else None)
        self._end_line()
        return self.lines

    def _open(self, element: etree._Element, tag: str) -> None:
        source_line = element.sourceline or 0
        if source_line < _LAST_LINE:
            self.line = max(self.line, source_line)
        if tag == "br":
            self._end_line()
        elif _BLOCK.fullmatch(tag):
            self._end_block()
        if _HEADING.fullmatch(tag):
            self.level = int(tag[1])
        self.preformatted |= tag == "pre"

    def _close(self, tag: str) -> None:
        if _BLOCK.fullmatch(tag):
            self._end_block()
        if _HEADING.fullmatch(tag):
            self.level = 0
        self.preformatted &= tag != "pre"

    def _write(self, text: str | None) -> None:
        for index, row in enumerate((text or "").split("\n")):
            if index:
                self.line += 1
                if self.preformatted:
                    self._end_line()
            if self.blank and row.strip():
                self.start, self.blank = self.line, False
            self.parts += (" ", row) if index else (row,)

    def _end_line(self) -> None:
        number = self.line if self.blank else self.start
        self.lines.append(Line(number, "".join(self.parts), self.level))
        self.parts.clear()
        self.blank = True

    def _end_block(self) -> None:
        if not self.blank:
            self._end_line()
        self._end_line()
