"""The parts of a page's articles: elements by the names of the selectors that name them.

In: the root of an HTML page, and selectors by name. Out: `PageParts` of each article, and of the
page around them. The tree is walked once, whatever it holds. Pure: no I/O.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from kb.archive.selectors import CssSelector

ARTICLE = "article"
"""The selector by which an article is told."""


@dataclass(frozen=True, slots=True)
class PageParts:
    """The outermost elements that each selector has in an article, or around all of them."""

    element: etree._Element
    elements: defaultdict[str, list[etree._Element]] = field(
        default_factory=lambda: defaultdict(list)
    )
    open: dict[str, etree._Element] = field(default_factory=dict)

    def enter(self, name: str, element: etree._Element) -> None:
        """What stands in another part of that name belongs to it."""
        if name not in self.open:
            self.open[name] = element
            self.elements[name].append(element)

    def leave(self, element: etree._Element) -> None:
        for name in [name for name, opened in self.open.items() if opened is element]:
            del self.open[name]


def find_parts(
    root: etree._Element, selectors: Mapping[str, CssSelector]
) -> tuple[PageParts, list[PageParts]]:
    """Those of the page, and of its articles; an article within another is a part of it."""
    page, articles = PageParts(root), list[PageParts]()
    current = page
    states = [{name: selector.start() for name, selector in selectors.items()}]
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            states.pop()
            current.leave(element)
            current = page if element is current.element else current
            continue
        above = states[-1]
        state = {name: each.advance(element, above[name]) for name, each in selectors.items()}
        states.append(state)
        named = [name for name, each in selectors.items() if each.matches(state[name])]
        if ARTICLE in named and current is page:
            current = PageParts(element)
            articles.append(current)
        for name in named:
            current.enter(name, element)
    return page, articles
