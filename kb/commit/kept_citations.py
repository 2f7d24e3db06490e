"""Citations that a load finds verified, and must not lose by other texts of their articles; and
what was taken down, which it must not bring again.

In: an open write transaction; before each of its chunks is written, what it is to write. Out: once
all is written, a fault for each article whose citations are not verified any more. What the load
removes, anchors anew where its words are, or cites without words, is not lost.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from kb.citations import article_texts
from kb.citations.copy_repair import describe_lost_citations
from kb.commit.article_checks import RETRACTED, TAKEN_DOWN, find_retracted, find_taken_down
from kb.commit.validate import Task
from kb.database.in_array import in_array
from kb.errors import Fault
from kb.models import Citation
from kb.records.entries import Entry, Lines
from kb.records.record_tables import batches
from kb.records.rows import Ref

_LEAVE_OUT = "leave it out, or take it by the command with `--replace`"
_CITATION = Citation.metadata.tables["citation"].c


class _VerifiedCitation(NamedTuple):
    """A verified citation, and where its article stands in the files."""

    key: str
    article: str
    lines: Lines


class CitationGuard:
    """Of one load; it remembers the citations of those articles alone whose texts change."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._held: dict[int, _VerifiedCitation] = {}
        self._faults: list[Fault] = []

    def note(self, entries: Sequence[Entry], task: Task) -> None:
        """Before a batch is written. An empty text takes the old one away, and loses nothing."""
        lines = {entry.key: entry.lines for entry in entries if entry.type == "Article"}
        self._faults += [
            lines[key].fault(f"{key}: {RETRACTED}", _LEAVE_OUT)
            for key in find_retracted(self._connection, [*lines])
        ]
        with_text = [key for key, text in task.paragraphs.items() if text]
        self._faults += [
            lines[key].fault(f"{key}: {TAKEN_DOWN}", _LEAVE_OUT, "paragraphs")
            for key in find_taken_down(self._connection, with_text)
        ]
        given = {
            task.ids[ref]: (key, text)
            for key, text in task.paragraphs.items()
            if text and (ref := Ref("Article", key)) in task.ids
        }
        for number, citations in self._verified(given).items():
            key, _ = given[number]
            self._held |= {
                citation_id: _VerifiedCitation(citation_key, key, lines[key])
                for citation_id, citation_key in citations.items()
            }

    def _verified(
        self, given: Mapping[int, tuple[str, Sequence[str]]]
    ) -> dict[int, dict[int, str]]:
        """The keys of verified citations, by article and number, where the text is to change."""
        citations: defaultdict[int, dict[int, str]] = defaultdict(dict)
        query = select(_CITATION.article_id, _CITATION.id, _CITATION.key)
        for batch in batches(given.keys()):
            verified = query.where(_CITATION.verified, in_array(_CITATION.article_id, batch))
            for article, citation_id, key in self._connection.execute(verified).all():
                citations[article][citation_id] = key
        stored = article_texts.read_texts(self._connection, citations.keys())
        return {
            number: keys
            for number, keys in citations.items()
            if stored[number] != [*given[number][1]]
        }

    def faults(self) -> list[Fault]:
        lost: defaultdict[str, set[str]] = defaultdict(set)
        lines: dict[str, Lines] = {}
        query = select(_CITATION.id).where(~_CITATION.verified, _CITATION.paragraph.is_not(None))
        for batch in batches(self._held.keys()):
            unverified = query.where(in_array(_CITATION.id, batch))
            for citation_id in self._connection.execute(unverified).scalars():
                key, article, lines[article] = self._held[citation_id]
                lost[article].add(key)
        remedy = "correct it, or take it by the command with `--replace`"
        return self._faults + [
            lines[article].fault(
                f"{article}: {describe_lost_citations(keys)}", remedy, "paragraphs"
            )
            for article, keys in lost.items()
        ]
