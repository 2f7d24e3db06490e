"""Archive pages taken in: two articles of an invented union, and the command that reads them.

In: a database, and paths of pages. Out: what `kb ingest` says of them, and what became of them.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from kb.archive.articles import ArchiveArticle
from kb.archive.page_reader import PageReader
from kb.archive.pages import page_paths
from kb.citations.anchors import hash_words
from kb.ingest.ingest import ingest
from kb.ingest.summary import Overrides, Summary
from tests.support.databases import Database
from tests.support.sites import read_page

PAGE = """\
Tag Archives: Moon

Moon union formed

JAN. 5 2011 (The Gazette) — The Moon Union met on the Moon. Its head is Ada Byron of Marsland.

It will meet again.

— This story was first published in issue 12 of The Gazette on Jan. 7 2011

Moon union grows

ARTEMIS CITY, JAN. 12 (The Gazette) — Marsland joined.

— This story was first published in issue 13 of The Gazette.
"""


class WritePage(Protocol):
    def __call__(self, text: str, name: str = "page.txt") -> Path: ...


SEEDS = {
    "publications": "gazette: {name: The Gazette}\n",
    "articles": (
        "gazette-12-moon-union-formed: {headline: Moon union formed, publication: gazette,"
        " issueNumber: 12, datedOn: 2011-01-05, summary: A union in Marsland.}\n"
    ),
    "states": (
        "MA:\n  name: Marsland\n  aliases: [Moon]\n  citations:\n    ma-named:\n"
        "      article: gazette-12-moon-union-formed\n      claim: Names it.\n      anchor:"
        f" {{paragraph: 1, start: 85, end: 93, sha256: {hash_words('Marsland')}}}\n"
    ),
}


def ingest_pages(
    database: Database,
    *paths: Path,
    strict: bool = False,
    replace: bool = False,
    new: bool = False,
    reader: PageReader = read_page,
) -> Summary:
    overrides, pages = Overrides(replace, new), page_paths(paths)
    return ingest(database.engine, pages, reader, strict=strict, overrides=overrides)


def head(database: Database) -> object:
    return database.ask("{ revision }")["revision"]


def without_lines(articles: Iterable[ArchiveArticle]) -> list[ArchiveArticle]:
    """The articles of a page, wherever they stand in it."""
    return [replace(article, line=0, dateline_line=0) for article in articles]
