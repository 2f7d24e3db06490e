"""Feeds read item by item: RSS, exports of WordPress (WXR), and Atom.

In: the path of an XML file. Out: a row for each `<item>` or `<entry>`, with the texts of its
elements by their names, and those of the channel as `channel.title`; what is no XML, no feed, or
has no item is a fault. Entities are not resolved, and nothing outside the file is read.
"""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from kb.errors import Fault
from kb.imports import atom
from kb.imports.rows import SourceRow
from kb.records.form_errors import quote_shortened

_REMEDY = "save the feed anew, or name another file"
_FEEDS = {"rss", "RDF", "feed"}
"""Names of roots, whatever their prefixes."""


def read_feed(path: Path) -> Iterator[SourceRow | Fault]:
    """By the lines that items begin in, as far as the parser knows them."""
    channel: dict[str, str] = {}
    root, items = "", 0
    try:
        with path.open("rb") as file:
            for _, element in etree.iterparse(
                file, resolve_entities=False, no_network=True, load_dtd=False, recover=False
            ):
                parent = element.getparent()
                if parent is None:
                    root = etree.QName(element).localname
                elif element.tag == atom.ENTRY or _name(element) == "item":
                    items += 1
                    cells = {f"channel.{name}": text for name, text in channel.items()}
                    yield SourceRow(element.sourceline or 1, cells | _texts(element))
                    _forget(element)
                elif parent.tag == atom.FEED:
                    channel = {**atom.read_channel(element), **channel}
                elif _name(parent) == "channel":
                    channel.setdefault(_name(element), _text(element))
    except etree.XMLSyntaxError as error:
        yield Fault(str(path), error.lineno or 1, f"it is no XML: {error.msg}", _REMEDY)
        return
    if root not in _FEEDS:
        yield Fault(str(path), 1, f"it is no feed, but XML of {quote_shortened(root)}", _REMEDY)
    elif not items:
        yield Fault(str(path), 1, "the feed has no items", f"{_REMEDY}, or leave it out")


def _forget(item: etree._Element) -> None:
    """Of what was read nothing is kept, however many items there are."""
    item.clear()
    parent = item.getparent()
    while parent is not None and item.getprevious() is not None:
        del parent[0]


def _texts(item: etree._Element) -> dict[str, str]:
    """Of elements that stand there several times, as categories do, the first."""
    if item.tag == atom.ENTRY:
        return {**atom.read_entry(item)}
    texts: dict[str, str] = {}
    for element in item:
        if isinstance(element.tag, str):
            texts.setdefault(_name(element), _text(element))
    return texts


def _name(element: etree._Element) -> str:
    """With the prefix that the file gives it: `content:encoded`."""
    tag = etree.QName(element)
    return f"{element.prefix}:{tag.localname}" if element.prefix else tag.localname


def _text(element: etree._Element) -> str:
    """With that of the elements in it."""
    return "".join(element.itertext()).strip()
