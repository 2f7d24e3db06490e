"""Inputs of which each unit can be told whole from half: generations of the same records.

In: the number of a generation. Out: files for `kb`, and for each unit of a database, which a commit
should write whole, the generations that its records are of: one, or none before it was written.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from tests.support.databases import Database
from tests.support.seed_texts import ARTICLES, PUBLICATIONS, citation_text

OFFICIALS = 60
PAGES, ARTICLES_A_PAGE, PARAGRAPHS = 6, 3, 3
Generations = tuple[Counter[int], ...]
"""For each unit, how many rows it has of each generation."""


class Input(Protocol):
    command: str
    changes: int
    """Those that a unit comes to when it is written again."""
    rows: int
    """Those of a unit."""

    def write(self, folder: Path, generation: int) -> None: ...

    def read(self, db: Database) -> Generations: ...


class Seeds:
    """One load of officials, each named after the generation."""

    command = "load"
    changes = rows = OFFICIALS

    def write(self, folder: Path, generation: int) -> None:
        officials = (
            f"official-{number}:\n  name: Official {number} of {generation}\n  citations:\n"
            + citation_text(f"official-{number}-named")
            for number in range(OFFICIALS)
        )
        files = {
            "publications": PUBLICATIONS,
            "articles": ARTICLES,
            "officials": "".join(officials),
        }
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")

    def read(self, db: Database) -> Generations:
        names = db.rows("select name from official")
        return (Counter(_last_number(str(name)) for (name,) in names),)


class Pages:
    """Pages of a few articles, each paragraph telling the generation; a commit a page."""

    command = "ingest"
    changes = ARTICLES_A_PAGE
    rows = ARTICLES_A_PAGE * PARAGRAPHS

    def write(self, folder: Path, generation: int) -> None:
        for page in range(PAGES):
            text = "\n\n".join(_blocks(page, generation))
            (folder / f"{page}.txt").write_text(text, encoding="utf-8")

    def read(self, db: Database) -> Generations:
        statement = (
            "select issue_number, text from article join paragraph on article_id = article.id"
        )
        generations = [Counter[int]() for _ in range(PAGES)]
        for issue, text in db.rows(statement):
            generations[int(str(issue)) // ARTICLES_A_PAGE - 1][_last_number(str(text))] += 1
        return tuple(generations)


INPUTS: Sequence[Input] = (Seeds(), Pages())


def _blocks(page: int, generation: int) -> Iterator[str]:
    yield "Tag Archives: goats"
    for number in range(ARTICLES_A_PAGE):
        issue = (page + 1) * ARTICLES_A_PAGE + number
        yield f"Goat {issue} crosses the bridge"
        yield f"JAN. 5 2011 (The Gazette) — The goat crossed it, read {generation}."
        for paragraph in range(1, PARAGRAPHS):
            yield f"The goat came back {paragraph} times, read {generation}."
        yield f"— This story was first published in issue {issue} of The Gazette on Jan. 7 2011"


def _last_number(text: str) -> int:
    return int(text.rstrip(".").rpartition(" ")[2])
