"""The shipped description of the bulletin's pages, as tests read pages by it.

In: nothing. Out: what `kb.archive` has, with the words of that description.
"""

from functools import partial
from pathlib import Path

from kb.archive import read_line
from kb.archive.page_reader import page_reader, site_grammar
from kb.imports.site_reader import read_site

BULLETIN = read_site(None, Path(__file__).parents[2] / "seeds")
GRAMMAR = site_grammar(BULLETIN)
read_page = page_reader(BULLETIN)
classify_line, without_ends = GRAMMAR.classify_line, GRAMMAR.without_ends
read_dateline = partial(read_line.read_dateline, GRAMMAR)
read_footer = partial(read_line.read_footer, GRAMMAR)
read_byline = partial(read_line.read_byline, GRAMMAR)
read_credit = partial(read_line.read_credit, GRAMMAR)
read_kind = partial(read_line.read_kind, GRAMMAR)
