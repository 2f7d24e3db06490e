"""Entries of Atom feeds as rows: the texts of their elements, by their names.

In: the elements of a feed. Out: cells. Texts that have a type, such as titles, are HTML whatever
their type; those that are no text are left out. Pure: no I/O.
"""

from html import escape

from lxml import etree

from kb.archive.html_lines import HtmlLimitError, read_html_lines
from kb.imports.rows import Cells

_SPACE = "{http://www.w3.org/2005/Atom}"
ENTRY, FEED = f"{_SPACE}entry", f"{_SPACE}feed"
_TYPED = {"title", "subtitle", "summary", "content", "rights"}
_PLAIN, _HTML = ("text", "text/plain"), ("html", "text/html")


def read_channel(element: etree._Element) -> Cells:
    """Of an element of a feed, whose title is a name: as it is read."""
    cells = read_element(element)
    return {name: _as_read(text) if name in _TYPED else text for name, text in cells.items()}


def _as_read(html: str) -> str:
    try:
        texts = [line.text for line in read_html_lines(html.encode())]
    except HtmlLimitError:
        return ""
    return " ".join(" ".join(texts).split())


def read_entry(parent: etree._Element) -> Cells:
    """Of elements that stand there several times, the first that says something."""
    cells: dict[str, str] = {}
    for element in parent:
        for name, text in read_element(element).items():
            if text and not cells.get(name):
                cells[name] = text
    return cells


def read_element(element: etree._Element) -> Cells:
    """`link` is the address of the page, `link.enclosure` one of another kind."""
    if not isinstance(element.tag, str) or not element.tag.startswith(_SPACE):
        return {}
    name = element.tag.removeprefix(_SPACE)
    if name == "link":
        kind = element.get("rel", "alternate")
        return {name if kind == "alternate" else f"{name}.{kind}": element.get("href", "")}
    if name in _TYPED:
        return {name: _typed_text(element)}
    members = {f"{name}.{each}": text for each, text in read_entry(element).items()}
    return members or {name: "".join(element.itertext()).strip()}


def _typed_text(element: etree._Element) -> str:
    """As HTML, whose names have no prefixes."""
    kind = element.get("type", "text")
    if kind == "xhtml":
        for each in element.iterdescendants(etree.Element):
            each.tag = etree.QName(each).localname
        return "".join(
            etree.tostring(each, encoding="unicode", with_tail=False) for each in element
        )
    text = "".join(element.itertext()).strip()
    return text if kind in _HTML else escape(text) if kind in _PLAIN else ""
