"""What a request reads of the records that are stored, each of them once.

In: an open transaction, in which nothing was written yet, and the texts that the request gives
articles. Out: records with the citations that speak of them or stand in them, rows, and numbers.
Many records are read at once, if they are named beforehand.
"""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, or_, select

from kb.commit.cited_words import NO_TEXTS, GivenTexts
from kb.database.in_array import in_bound
from kb.database.prepared import fetch_rows
from kb.models import Table
from kb.records.read import find_ids, read_whole
from kb.records.record_tables import batches
from kb.records.rows import Ref, Rows

_CITATION = Table.metadata.tables["citation"]


class RecordReading:
    """Holds what was read as long as the request is carried out.

    `texts` are of articles of which words are cited, as they will be: those given, and those that
    were read at once; of others each citation reads its own.
    """

    def __init__(self, connection: Connection, texts: GivenTexts = NO_TEXTS) -> None:
        self.connection, self.texts = connection, texts
        self._numbers: dict[Ref, int] = {}
        self._rows: dict[int, Rows] = {}
        self._records: dict[Ref, dict[Ref, Rows]] = {}

    def record(self, ref: Ref) -> Mapping[Ref, Rows]:
        """A record, and the citations that speak of it or stand in it; nothing if it is not
        there."""
        if ref not in self._records:
            self.prepare([ref])
        return self._records[ref]

    def prepare(self, refs: Iterable[Ref]) -> None:
        """Read these records with their citations."""
        wanted = {*refs} - self._records.keys()
        numbers = self.numbers(wanted)
        cited: dict[int, set[int]] = {number: {number} for number in numbers.values()}
        for batch in batches(cited):
            for citation, *others in fetch_rows(self.connection, _CITATIONS, ids=batch):
                for number in cited.keys() & {*others}:
                    cited[number].add(citation)
        rows = self.rows(set[int]().union(*cited.values()))
        for ref in wanted:
            its = cited[numbers[ref]] if ref in numbers else ()
            self._records[ref] = {rows[number].ref: rows[number] for number in its}

    def numbers(self, refs: Iterable[Ref]) -> dict[Ref, int]:
        """Of those that are there."""
        wanted = {*refs}
        self._numbers |= find_ids(self.connection, wanted - self._numbers.keys())
        return {ref: self._numbers[ref] for ref in wanted & self._numbers.keys()}

    def rows(self, numbers: Collection[int]) -> dict[int, Rows]:
        """As they are stored."""
        for batch in batches({*numbers} - self._rows.keys()):
            rows, refs = read_whole(self.connection, batch)
            self._rows |= rows
            self._numbers |= {ref: number for number, ref in refs.items()}
        return {number: self._rows[number] for number in numbers if number in self._rows}


_CITATIONS = select(_CITATION.c.id, _CITATION.c.subject_id, _CITATION.c.article_id).where(
    or_(in_bound(_CITATION.c.subject_id), in_bound(_CITATION.c.article_id))
)
