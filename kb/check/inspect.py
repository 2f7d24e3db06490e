"""`kb check`: reads the tables in one transaction, and writes nothing.

In: an open read transaction. Out: an `Inspection` with all findings. What counts as wrong is
decided in `kb.check.findings` and `kb.check.consistency`; this module reads the tables for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic.alias_generators import to_pascal
from sqlalchemy import Connection, Date, String, and_, cast, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.sql.schema import Column
from sqlalchemy.sql.schema import Table as SqlTable
from sqlmodel import col

from kb import database
from kb.check.chunks import read_chunks
from kb.check.consistency import check_derived
from kb.check.feed_consistency import check_feed
from kb.check.findings import (
    INGEST_AGAIN,
    LOAD_AGAIN,
    RESTORE,
    CitedPassage,
    DanglingReference,
    Finding,
    TableSnapshot,
    check_day,
    check_structure,
    describe_difference,
    unsound_records,
)
from kb.check.recorded_rows import check_recorded
from kb.check.suspects import read_keys, read_suspects
from kb.check.tallies import check_membership_tallies
from kb.citations import article_texts
from kb.citations.anchors import Anchor
from kb.commit import identifiers
from kb.derive import recompute
from kb.derive.issue_days import find_stale_days
from kb.derive.name_words import has_stray_trigrams
from kb.models import VERSIONS, Article, Head, Paragraph, Record, Table
from kb.normalisation import normalise
from kb.progress import Told, tell_nobody
from kb.records import record_tables, write
from kb.records.documents import FORMS
from kb.records.read import read_id_pages, read_refs
from kb.records.rows import Ref, TableRow
from kb.records.types import find_type_of_table

_TABLES = Table.metadata.tables
# Tables that are derived whole from the others, and compared as a whole.
_KEPT_BESIDE = {table.name for table in VERSIONS.values()} | {
    "disagreement",
    "assertion",
    "assertion_citation",
    "passage",
    "name_word",
}


@dataclass(frozen=True)
class Inspection:
    """How many records were checked, and what is wrong."""

    records: int
    findings: list[Finding]


def inspect(connection: Connection, told: Told = tell_nobody) -> Inspection:
    """Everything that is wrong, in order of type and key."""
    findings = [Finding("Database", "", what, RESTORE) for what in database.find_damage(connection)]
    count = 0
    try:
        count = connection.execute(select(func.count()).select_from(Record)).scalar_one()
        bad_days = list(_check_days(connection))
        # A day that cannot be read stops the reading of its table.
        findings += bad_days or _check_records(connection, told)
        findings += _check_normal_form(connection)
        # What is derived from records is checked once these are sound.
        findings += findings or _check_consequences(connection, told)
        if not bad_days and not any(
            finding.type in article_texts.MENTIONED_TYPES for finding in findings
        ):
            findings += _check_mentions(connection)
    except DatabaseError as error:
        # A damaged file may fail after half of its tables were read.
        if not findings:
            raise
        findings.append(Finding("Database", "", f"it cannot be read: {error.orig}", RESTORE))
    return Inspection(count, sorted(set(findings)))


def _check_consequences(connection: Connection, told: Told) -> Iterator[Finding]:
    """What is derived from records; each part is checked once what it is derived from is right."""
    kept = [*_check_sort_names(connection), *_check_issue_days(connection)]
    yield from kept or _check_recomputed(connection, told)
    yield from _check_orphans(connection)
    yield from check_membership_tallies(connection)
    yield from check_recorded(connection)
    for what in database.find_search_index_faults(connection):
        yield Finding("Search", "", what, RESTORE)
    if not kept and has_stray_trigrams(connection):
        what = "the trigrams of names are not those of their words"
        yield Finding("Search", "", what, RESTORE)
    yield from check_feed(connection)


def _check_sort_names(connection: Connection) -> Iterator[Finding]:
    """Copies of names beside references, which lists are sorted by."""
    for ref, column, named in write.find_stale_names(connection):
        yield Finding(*ref, f"`{column}` is not the name of its {named}", LOAD_AGAIN)


def _check_issue_days(connection: Connection) -> Iterator[Finding]:
    """The days from which articles are known, which follow from their issues."""
    for page in read_id_pages(connection, "Article"):
        refs = {number: ref for ref, number in page.items()}
        for number, stored, day in find_stale_days(connection, sorted(refs)):
            what = describe_difference("known_from", stored, day)
            yield Finding(*refs[number], what, LOAD_AGAIN)


def _check_recomputed(connection: Connection, told: Told) -> Iterator[Finding]:
    """Derived rows, recomputed and compared."""
    tell = partial(told, "What follows from them")
    for number, what in recompute.find_stale_records(connection, tell):
        (ref,) = read_refs(connection, [number]).values()
        yield Finding(*ref, f"its {what} is not what its sources give", LOAD_AGAIN)


def _check_orphans(connection: Connection) -> Iterator[Finding]:
    """Derived rows that belong to no record, or to one that has no such rows."""
    for name in sorted(_KEPT_BESIDE):
        table = _TABLES[name]
        for column, owner in _references(table):
            lost = column.is_not(None) & column.not_in(select(owner))
            if count := connection.execute(select(func.count()).where(lost)).scalar_one():
                what = f"{count} of its rows have a `{column.name}` that no {owner.table.name} has"
                yield Finding(name, "", what, "remove them")


def _references(table: SqlTable) -> "Iterator[tuple[Column[Any], Column[Any]]]":
    """Pairs of a column and what it refers to; a version refers to a record of its own type."""
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        yield key.parent, key.column
    if table.name.endswith("_version"):
        yield table.c.id, _TABLES[table.name.removesuffix("_version")].c.id


def _check_records(connection: Connection, told: Told) -> Iterator[Finding]:
    of_forms = select(func.count()).select_from(Record).where(col(Record.type).in_(FORMS))
    checked, citable = 0, connection.execute(of_forms).scalar_one()
    told("Records", checked, citable)
    snapshot = _read_snapshot(connection)
    yield from check_structure(snapshot)
    yield from _check_identifiers(connection)
    for chunk in read_chunks(connection, unsound_records(snapshot)):
        yield from check_derived(chunk.records, chunk.articles)
        checked += chunk.size
        told("Records", checked, citable)


def _check_identifiers(connection: Connection) -> Iterator[Finding]:
    """Those that no load would have taken."""
    for (type_name, scheme, value), keys in identifiers.read_shared(connection):
        what = f"`{scheme}` `{value}` is also that of {', '.join(keys[1:])}"
        yield Finding(type_name, keys[0], what, f"give it to one record, and {LOAD_AGAIN}")
    for (_, scheme, value), ref in identifiers.read_unmatched(connection):
        what = f"`{value}` is no identifier of `{scheme}`"
        yield Finding(*ref, what, f"correct it, and {LOAD_AGAIN}")


def _read_snapshot(connection: Connection) -> TableSnapshot:
    suspects = read_suspects(connection)
    return TableSnapshot(
        head=connection.execute(select(col(Head.revision)).where(col(Head.id) == 1)).scalar(),
        records=suspects,
        keys_by_type=read_keys(connection, suspects),
        dangling=tuple(_read_dangling(connection)),
        dates=_read_dates(connection),
        cited_passages=_read_cited_passages(connection),
        gaps=_read_gaps(connection),
    )


def _check_days(connection: Connection) -> Iterator[Finding]:
    """Values of date columns that are no days; they are read as text."""
    for table in _TABLES.values():
        for column in table.columns:
            if isinstance(column.type, Date):
                name = table.c.get("key", next(iter(table.primary_key)))
                days = select(name, cast(column, String)).where(column.is_not(None))
                for key, text in connection.execute(days):
                    yield from check_day(Ref(_type_of(table), key), column.name, text)


def _type_of(table: SqlTable) -> str:
    record_type = find_type_of_table(table.name)
    return record_type.name if record_type else "PartialDate"


def _read_dangling(connection: Connection) -> Iterator[DanglingReference]:
    """Rows that refer to nothing; one whose record is missing too is named by table and number."""
    for table in (
        candidate for candidate in _TABLES.values() if candidate.name not in _KEPT_BESIDE
    ):
        owner = next(iter(table.primary_key)).name
        owner_table = table.name if owner == "id" else owner.removesuffix("_id")
        for key in sorted(table.foreign_keys, key=lambda candidate: candidate.parent.name):
            column, target = key.parent, key.column.table.alias()
            if column.name == "id":
                continue
            target_column = target.c[key.column.name]
            query = select(table.c[owner], column).join(
                target, target_column == column, isouter=True
            )
            lost = column.is_not(None), target_column.is_(None)
            for number, value in connection.execute(query.where(*lost)):
                refs = read_refs(connection, [number])
                ref = refs.get(number, Ref(_type_name(owner_table), str(number)))
                place = table.name, column.name, key.column.table.name
                yield DanglingReference(ref, *place, value, number in refs)


def _type_name(table: str) -> str:
    """The type of a table's records, or the table's name in that form."""
    record_type = find_type_of_table(table)
    return record_type.name if record_type else to_pascal(table)


def _read_dates(connection: Connection) -> dict[str, TableRow]:
    table = _TABLES["partial_date"]
    return {row["edtf"]: {**row} for row in connection.execute(select(table)).mappings()}


def _read_gaps(connection: Connection) -> list[str]:
    number = col(Paragraph.number)
    query = select(col(Article.key)).join(Paragraph, col(Paragraph.article_id) == col(Article.id))
    broken = (func.count() != func.max(number)) | (func.min(number) != 1)
    return list(connection.execute(query.group_by(col(Article.key)).having(broken)).scalars())


def _check_normal_form(connection: Connection) -> Iterator[Finding]:
    """Articles whose stored text is not in normal form."""
    query = select(col(Article.key), col(Paragraph.text))
    query = query.join(Paragraph, col(Paragraph.article_id) == col(Article.id))
    for key, text in connection.execute(query.execution_options(yield_per=record_tables.BATCH)):
        if text != normalise(text):
            yield Finding("Article", key, "its text is not in the normal form", INGEST_AGAIN)


def _check_mentions(connection: Connection) -> Iterator[Finding]:
    """Articles whose stored mentions are not those that their texts give."""
    names = article_texts.read_names(connection)
    for page in read_id_pages(connection, "Article"):
        keys = {number: ref.key for ref, number in page.items()}
        batch = sorted(keys)
        texts = article_texts.read_texts(connection, batch)
        counted = article_texts.count_mentions(connection, texts, names)
        stored = article_texts.read_mentions(connection, batch)
        for number in batch:
            if counted[number] != stored[number]:
                yield Finding(
                    "Article", keys[number], "its mentions are not what its words say", INGEST_AGAIN
                )


def _read_cited_passages(connection: Connection) -> Iterator[CitedPassage]:
    """Read one at a time: many citations may share a text."""
    cited, article = _TABLES["citation"], _TABLES["article"]
    paragraph = _TABLES["paragraph"]
    ingested = cited.c.article_id.in_(select(paragraph.c.article_id)).label("ingested")
    query = (
        select(cited, article.c.key.label("named"), paragraph.c.text, ingested)
        .join(article, article.c.id == cited.c.article_id)
        .outerjoin(
            paragraph,
            and_(
                paragraph.c.article_id == cited.c.article_id,
                paragraph.c.number == cited.c.paragraph,
            ),
        )
    )
    for row in connection.execute(query.execution_options(yield_per=record_tables.BATCH)):
        place = row.paragraph, row.start_at, row.end_at, row.sha256
        anchor = None if None in place else Anchor(*place)
        yield CitedPassage(row.key, row.named, anchor, row.verified, row.text, row.ingested)
