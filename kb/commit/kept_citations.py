"""Citations that a load finds verified, and must not lose by other texts of their articles.

In: an open write transaction; before each of its chunks is written, what it is to write. Out: once
all is written, a fault for each article whose citations are not verified any more. What the load
removes, or anchors anew where its words are, is not lost.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from kb.citations import article_texts
from kb.citations.copy_repair import describe_lost_citations
from kb.commit.validate import Task
from kb.database.in_array import in_array
from kb.errors import Fault
from kb.models import Citation
from kb.records.entries import Entry, Lines
from kb.records.record_tables import batches
from kb.records.rows import Ref

_CITATION = Citation.metadata.tables["citation"].c


class _Held(NamedTuple):
    """A verified citation, and where its article stands in the files."""

    key: str
    article: str
    lines: Lines


class Keeping:
    """Of one load; it remembers the citations of those articles alone whose texts change."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._held: dict[int, _Held] = {}

    def note(self, entries: Sequence[Entry], task: Task) -> None:
        """No text at all takes one away, as may be wanted."""
        lines = {one.key: one.lines for one in entries if one.type == "Article"}
        given = {
            task.ids[ref]: (key, text)
            for key, text in task.paragraphs.items()
            if text and (ref := Ref("Article", key)) in task.ids
        }
        for number, found in self._verified(given).items():
            key, _ = given[number]
            self._held |= {own: _Held(cited, key, lines[key]) for own, cited in found.items()}

    def _verified(
        self, given: Mapping[int, tuple[str, Sequence[str]]]
    ) -> dict[int, dict[int, str]]:
        """By article, where its text is to be another one."""
        found: defaultdict[int, dict[int, str]] = defaultdict(dict)
        asked = select(_CITATION.article_id, _CITATION.id, _CITATION.key)
        for batch in batches(given.keys()):
            mine = asked.where(_CITATION.verified, in_array(_CITATION.article_id, batch))
            for article, own, key in self._connection.execute(mine).all():
                found[article][own] = key
        stored = article_texts.read_texts(self._connection, found.keys())
        return {one: cited for one, cited in found.items() if stored[one] != [*given[one][1]]}

    def faults(self) -> list[Fault]:
        lost: defaultdict[str, set[str]] = defaultdict(set)
        lines: dict[str, Lines] = {}
        asked = select(_CITATION.id).where(~_CITATION.verified)
        for batch in batches(self._held.keys()):
            mine = asked.where(in_array(_CITATION.id, batch))
            for own in self._connection.execute(mine).scalars():
                key, article, lines[article] = self._held[own]
                lost[article].add(key)
        remedy = "correct it, or load it with --replace"
        return [
            lines[article].fault(
                f"{article}: {describe_lost_citations(keys)}", remedy, "paragraphs"
            )
            for article, keys in lost.items()
        ]
