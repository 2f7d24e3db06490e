"""What can be searched: the texts of records, as they are and as they are stored.

In: an open transaction, and numbers of records. Out: nothing; the texts of each record stand in
`passage`, from which each engine keeps its index. A claim about a membership hits its state, one
about a term its official: these are what people look for.
"""

import json
from bisect import insort
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel
from sqlalchemy import Connection, RowMapping, delete, func, select
from sqlmodel import col

from kb import database
from kb.database.in_array import in_array
from kb.models import Paragraph, Passage, Record, Table
from kb.records.documents import FORMS
from kb.records.record_tables import OWN, batches
from kb.records.traits import DocumentField, Searched, fields_of_document
from kb.records.types import RECORD_TYPES
from kb.tokenizer import words

_TABLES = Table.metadata.tables
_CLAIM, _TEXT = 2, 1
"""How much a match in a claim or a paragraph counts; of texts of records, their fields say so."""


def searched_fields(form: type[BaseModel]) -> dict[DocumentField, int]:
    """Where the texts of a record stand, and how much a match in each counts."""
    fields = fields_of_document(form).values()
    return {field: found.weight for field in fields if (found := field.trait(Searched))}


_WEIGHTS: Mapping[str, Mapping[DocumentField, int]] = {
    OWN[name]: weights for name, form in FORMS.items() if (weights := searched_fields(form))
}
"""The same by table."""
_CLAIMS_HIT = {
    each.table: fields_of_document(FORMS[each.name])[each.claims_hit].column
    for each in RECORD_TYPES
    if each.claims_hit
}
"""By table, the column of the record that a claim about one of its rows hits."""


def renew(connection: Connection, sources: Collection[int]) -> None:
    """Write the texts of these records that are not as they are stored."""
    for batch in batches(sources):
        wanted = _work_out(connection, batch)
        stored = _read(connection, batch)
        changed = [one for one in batch if wanted[one] != stored[one]]
        if replaced := [one for one in changed if stored[one]]:
            connection.execute(delete(Passage).where(in_array(col(Passage.source_id), replaced)))
        first = (connection.execute(select(func.max(col(Passage.id)))).scalar() or 0) + 1
        texts = [(one, text) for one in changed for text in wanted[one]]
        if texts:
            rows = [_row(*one) for one in enumerate(texts, first)]
            database.insert(connection, _TABLES["passage"], rows)


def differing(connection: Connection, batch: Sequence[int]) -> list[int]:
    """Those of the records of which other texts are stored than they have."""
    wanted, stored = _work_out(connection, batch), _read(connection, batch)
    return [one for one in batch if wanted[one] != stored[one]]


class _Text(NamedTuple):
    """The record that it hits, the text, how much a match counts, and since when it is known."""

    record_id: int
    text: str
    words: str
    weight: int
    known_from: str


def _row(number: int, found: tuple[int, _Text]) -> dict[str, object]:
    source, text = found
    return {"id": number, "source_id": source, **text._asdict()}


def _read(connection: Connection, batch: Sequence[int]) -> Mapping[int, list[_Text]]:
    stored: defaultdict[int, list[_Text]] = defaultdict(list)
    passage = _TABLES["passage"]
    for row in connection.execute(
        select(passage).where(in_array(passage.c.source_id, batch))
    ).all():
        found = _Text(row.record_id, row.text, row.words, row.weight, row.known_from)
        insort(stored[row.source_id], found)
    return stored


def _work_out(connection: Connection, batch: Sequence[int]) -> Mapping[int, list[_Text]]:
    asked = select(col(Record.id), col(Record.known_from)).where(in_array(col(Record.id), batch))
    known = dict(connection.execute(asked).all())
    found: defaultdict[int, list[_Text]] = defaultdict(list)
    for source, record, text, weight in _texts(connection, batch):
        if found_words := " ".join(words(text)):
            insort(found[source], _Text(record, text, found_words, weight, known[source]))
    return found


_Weighed = tuple[int, int, str, int]
"""The source of a text, the record that it hits, the text and its weight."""


def _texts(connection: Connection, batch: Sequence[int]) -> Iterator[_Weighed]:
    for name, weights in _WEIGHTS.items():
        table = _TABLES[name]
        for row in (
            connection.execute(select(table).where(in_array(table.c.id, batch))).mappings().all()
        ):
            for field, weight in weights.items():
                for text in _split(field, row):
                    yield row["id"], row["id"], text, weight
    asked = select(col(Paragraph.article_id), col(Paragraph.text))
    for article, text in connection.execute(
        asked.where(in_array(col(Paragraph.article_id), batch))
    ):
        yield article, article, text, _TEXT
    yield from _claims(connection, batch)


def _split(field: DocumentField, row: RowMapping) -> list[str]:
    value = row[field.column]
    if field.many:
        texts: list[str] = json.loads(value)
        return texts
    return [value] if value else []


def _claims(connection: Connection, batch: Sequence[int]) -> Iterator[_Weighed]:
    citation, subject = _TABLES["citation"], _TABLES["citation"].c.subject_id
    others = [(_TABLES[table], column) for table, column in _CLAIMS_HIT.items()]
    hit = func.coalesce(*(table.c[column] for table, column in others), subject)
    asked = select(citation.c.id, hit, citation.c.claim).select_from(citation)
    for table, _ in others:
        asked = asked.outerjoin(table, table.c.id == subject)
    asked = asked.where(in_array(citation.c.id, batch))
    for source, record, claim in connection.execute(asked).all():
        yield source, record, claim, _CLAIM
