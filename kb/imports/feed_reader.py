"""RSS feeds and WordPress exports (WXR) read item by item.

In: the path of an XML file. Out: a row for each `<item>`, with the texts of its elements by their
names, and those of the channel as `channel.title`; what is no XML is a fault. Entities are not
resolved, and nothing outside the file is read.
"""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from kb.errors import Fault
from kb.imports.rows import SourceRow

_REMEDY = "save the feed anew, or name another file"


def read_feed(path: Path) -> Iterator[SourceRow | Fault]:
    """By the lines that items begin in, as far as the parser knows them."""
    channel: dict[str, str] = {}
    try:
        with path.open("rb") as file:
            for _, element in etree.iterparse(
                file, resolve_entities=False, no_network=True, load_dtd=False, recover=False
            ):
                parent = element.getparent()
                if _name(element) == "item":
                    cells = {f"channel.{name}": text for name, text in channel.items()}
                    yield SourceRow(element.sourceline or 1, cells | _texts(element))
                    _forget(element)
                elif parent is not None and _name(parent) == "channel":
                    channel.setdefault(_name(element), _text(element))
    except etree.XMLSyntaxError as error:
        yield Fault(str(path), error.lineno or 1, f"it is no XML: {error.msg}", _REMEDY)


def _forget(item: etree._Element) -> None:
    """Of what was read nothing is kept, however many items there are."""
    item.clear()
    parent = item.getparent()
    while parent is not None and item.getprevious() is not None:
        del parent[0]


def _texts(item: etree._Element) -> dict[str, str]:
    """Of elements that stand there several times, as categories do, the first."""
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
