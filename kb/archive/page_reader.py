"""Pages read as the description of their site says.

In: a `SiteDescription`. Out: a function from a page's name and bytes to its articles and faults.
What the description makes of patterns and selectors is made once. Pure: no I/O.
"""

from collections.abc import Callable
from functools import partial

from kb.archive.articles import ArchiveArticle, read_page
from kb.archive.elements import ElementReader
from kb.archive.grammar import Grammar
from kb.archive.site import SiteDescription
from kb.errors import Fault

PageReader = Callable[[str, bytes], tuple[list[ArchiveArticle], list[Fault]]]


def page_reader(site: SiteDescription) -> PageReader:
    if site.elements:
        return ElementReader(site).read
    return partial(read_page, site_grammar(site))


def site_grammar(site: SiteDescription) -> Grammar:
    """Of a description of lines."""
    assert site.lines
    assert site.months
    return Grammar(site.lines, site.months)
