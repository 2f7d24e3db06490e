"""What can be searched: the texts of records, as they are and as they are stored.

In: an open transaction, numbers of records, and those of them that are at hand as they were
written. Out: nothing; the texts of each record stand in `passage`, from which each engine keeps its
index, and the words of names beside them (`kb.derive.name_words`). A claim about a membership hits
its state, one about a term its official: these are what people look for.
"""

import json
from bisect import insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel
from sqlalchemy import Connection, Select, delete, func, select
from sqlmodel import col

from kb import database
from kb.database.in_array import in_bound
from kb.database.prepared import fetch_rows, fetch_values
from kb.derive.name_words import NameWords, read_words, words_of_names, write_words
from kb.models import VERSIONS, Paragraph, Passage, Record, Table
from kb.progress import Told, counted, tell_nobody
from kb.records.documents import FORMS
from kb.records.record_tables import RECORD_TABLES, batches
from kb.records.rows import Rows
from kb.records.traits import DocumentField, NameTrait, Searched, fields_of_document
from kb.records.types import RECORD_TYPES
from kb.tokenizer import words

_TABLES = Table.metadata.tables
_CLAIM, _TEXT = 2, 1
"""How much a match in a claim or a paragraph counts; of texts of records, their fields say so."""


def searched_fields(form: type[BaseModel]) -> dict[DocumentField, int]:
    """Where the texts of a record stand, and how much a match in each counts."""
    fields = fields_of_document(form).values()
    return {field: trait.weight for field in fields if (trait := field.trait(Searched))}


_WEIGHTS: Mapping[str, Mapping[DocumentField, int]] = {
    name: weights for name, form in FORMS.items() if (weights := searched_fields(form))
}
"""The same by type."""
_NAME_WEIGHTS = {
    weight for each in _WEIGHTS.values() for field, weight in each.items() if field.has(NameTrait)
}
"""How much a match in a name counts, and in nothing else."""
_CLAIMS_HIT = {
    each.table: fields_of_document(FORMS[each.name])[each.claims_hit].column
    for each in RECORD_TYPES
    if each.claims_hit
}
"""By table, the column of the record that a claim about one of its rows hits."""


def update_texts(
    connection: Connection,
    sources: Collection[int],
    written: Mapping[int, Rows],
    told: Told = tell_nobody,
) -> None:
    """Write the texts of these records that are not as they are stored."""
    for batch in counted(told, "Search texts", batches(sources), len(sources)):
        wanted = _derive_texts(connection, batch, written)
        stored = _read(connection, batch)
        changed = [source for source in batch if wanted[source] != stored[source]]
        if replaced := [source for source in changed if stored[source]]:
            connection.execute(_DELETE, {"ids": replaced})
        texts = [(source, text) for source in changed for text in wanted[source]]
        if texts:
            first = (fetch_values(connection, _LAST)[0] or 0) + 1
            rows = [_row(*numbered) for numbered in enumerate(texts, first)]
            database.insert(connection, _TABLES["passage"], rows)
        write_words(connection, {source: _name_words(wanted[source]) for source in batch})


_DELETE = delete(Passage).where(in_bound(col(Passage.source_id)))
_LAST = select(func.max(col(Passage.id)))


def find_stale_texts(connection: Connection, batch: Sequence[int]) -> list[int]:
    """Those of the records of which other texts are stored than they have."""
    wanted, stored = _derive_texts(connection, batch, {}), _read(connection, batch)
    names = read_words(connection, batch)
    return [
        source
        for source in batch
        if wanted[source] != stored[source] or _name_words(wanted[source]) != names[source]
    ]


def _name_words(texts: "Iterable[_Text]") -> NameWords:
    names = (text for text in texts if text.weight in _NAME_WEIGHTS)
    return words_of_names((text.text, text.known_from) for text in names)


class _Text(NamedTuple):
    """The record that it hits, the text, how much a match counts, since when it is known, and
    whether it is a paragraph."""

    record_id: int
    text: str
    words: str
    weight: int
    known_from: str
    ingested: bool


def _row(number: int, source_and_text: tuple[int, _Text]) -> dict[str, object]:
    source, text = source_and_text
    return {"id": number, "source_id": source, **text._asdict()}


def _read(connection: Connection, batch: Sequence[int]) -> Mapping[int, list[_Text]]:
    stored: defaultdict[int, list[_Text]] = defaultdict(list)
    for source, *text in fetch_rows(connection, _STORED, ids=batch):
        insort(stored[source], _Text(*text))
    return stored


_STORED: Select[Any] = select(
    *(_TABLES["passage"].c[name] for name in ("source_id", *_Text._fields))
).where(in_bound(_TABLES["passage"].c.source_id))


def _derive_texts(
    connection: Connection, batch: Sequence[int], written: Mapping[int, Rows]
) -> Mapping[int, list[_Text]]:
    there = fetch_rows(connection, _RECORDS, ids=batch)
    known = {number: since for number, _, since in there}
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for number, type_name, _ in there:
        numbers[type_name].append(number)
    texts: defaultdict[int, list[_Text]] = defaultdict(list)
    for source, record, text, weight, since, ingested in _texts(connection, numbers, written):
        if tokens := " ".join(words(text)):
            since = since or known[source]
            insort(texts[source], _Text(record, text, tokens, weight, since, ingested))
    return texts


_RECORDS = select(col(Record.id), col(Record.type), col(Record.known_from)).where(
    in_bound(col(Record.id))
)


class _WeightedText(NamedTuple):
    """A text, its source and the record that it hits; known with the source, or from a day on.

    `ingested` is true of paragraphs alone, which may be withheld.
    """

    source: int
    record: int
    text: str
    weight: int
    known_from: str | None = None
    ingested: bool = False


def _texts(
    connection: Connection, numbers: Mapping[str, Sequence[int]], written: Mapping[int, Rows]
) -> Iterator[_WeightedText]:
    """`numbers` are by type."""
    for type_name, weights in _WEIGHTS.items():
        if of_type := numbers.get(type_name):
            yield from _own_texts(connection, type_name, weights, of_type, written)
    if articles := numbers.get("Article"):
        for article, text in fetch_rows(connection, _PARAGRAPHS, ids=articles):
            yield _WeightedText(article, article, text, _TEXT, ingested=True)
    if citations := numbers.get("Citation"):
        # Whom a claim hits stands in the record that it is about, which a write may not have.
        yield from _claims(connection, citations)


_PARAGRAPHS = select(col(Paragraph.article_id), col(Paragraph.text)).where(
    in_bound(col(Paragraph.article_id))
)


def _own_texts(
    connection: Connection,
    type_name: str,
    weights: Mapping[DocumentField, int],
    numbers: Sequence[int],
    written: Mapping[int, Rows],
) -> Iterator[_WeightedText]:
    """Of records of a type: those that are recorded, and by what else they were known once."""
    first_days: dict[tuple[int, DocumentField, str], str | None] = {}
    for number, since, row in _versions(connection, type_name, weights, numbers):
        for field in weights:
            for text in _split(field, row):
                first_days.setdefault((number, field, text), since)
    for number, row in _own_rows(connection, type_name, numbers, written):
        for field in weights:
            for text in _split(field, row):
                first_days.setdefault((number, field, text), None)
    for (number, field, text), first_day in first_days.items():
        yield _WeightedText(number, number, text, weights[field], first_day)


def _versions(
    connection: Connection,
    type_name: str,
    fields: Iterable[DocumentField],
    numbers: Sequence[int],
) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    """The texts of the versions that there are, oldest first, and since when each holds."""
    if RECORD_TABLES[type_name] in VERSIONS:
        query = _versions_of(RECORD_TABLES[type_name], tuple(field.column for field in fields))
        for row in fetch_rows(connection, query, ids=numbers):
            yield row.id, row.known_from, row._asdict()


@cache
def _versions_of(name: str, columns: Sequence[str]) -> Select[Any]:
    table = VERSIONS[name]
    query = select(table.c.id, table.c.known_from, *(table.c[each] for each in columns))
    return query.where(in_bound(table.c.id)).order_by(table.c.known_from)


def _own_rows(
    connection: Connection, type_name: str, numbers: Sequence[int], written: Mapping[int, Rows]
) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Of records of a type: as they are at hand, or else read."""
    yield from ((number, written[number].row) for number in numbers if number in written)
    if others := [number for number in numbers if number not in written]:
        query = _rows_of(RECORD_TABLES[type_name])
        for row in fetch_rows(connection, query, ids=others):
            yield row.id, row._asdict()


@cache
def _rows_of(name: str) -> Select[Any]:
    return select(_TABLES[name]).where(in_bound(_TABLES[name].c.id))


def _split(field: DocumentField, row: Mapping[str, object]) -> list[str]:
    value = row[field.column]
    if field.many:
        texts: list[str] = json.loads(str(value))
        return texts
    if field.enum:
        return [str(value).replace("_", " ").lower()]
    return [str(value)] if value else []


def _claims(connection: Connection, batch: Sequence[int]) -> Iterator[_WeightedText]:
    for source, record, claim in fetch_rows(connection, _claims_of(), ids=batch):
        yield _WeightedText(source, record, claim, _CLAIM)


@cache
def _claims_of() -> Select[Any]:
    citation, subject = _TABLES["citation"], _TABLES["citation"].c.subject_id
    others = [(_TABLES[table], column) for table, column in _CLAIMS_HIT.items()]
    hit = func.coalesce(*(table.c[column] for table, column in others), subject)
    query = select(citation.c.id, hit, citation.c.claim).select_from(citation)
    for table, _ in others:
        query = query.outerjoin(table, table.c.id == subject)
    return query.where(in_bound(citation.c.id))
