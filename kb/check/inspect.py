"""`kb check`: reads what is to be judged, in one transaction, and writes nothing.

In: an open read transaction. Out: an `Inspection` with all findings. What is wrong is decided in
`kb.check.findings` and `kb.check.consistency`; this only reads the tables for them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_pascal
from sqlalchemy import Connection, Date, String, and_, cast, func, select, union
from sqlalchemy.exc import DatabaseError
from sqlalchemy.sql.schema import Column
from sqlalchemy.sql.schema import Table as SqlTable
from sqlmodel import col

from kb import database
from kb.check.consistency import check_derived
from kb.check.feed_consistency import check_feed
from kb.check.findings import (
    ANEW,
    LOAD,
    PAGE,
    Finding,
    Loose,
    Numbered,
    Passage,
    Snapshot,
    check_day,
    check_structure,
    sound,
)
from kb.citations import article_texts
from kb.citations.anchors import Anchor
from kb.derive import recompute
from kb.models import VERSIONS, Article, Head, Paragraph, Record, Table
from kb.normalisation import normalise
from kb.records import record_tables, write
from kb.records.read import read_ids, read_records
from kb.records.rows import Ref, Row
from kb.records.types import find_type_of_table

_TABLES = Table.metadata.tables
# Derived whole from the others, and compared as such.
_KEPT_BESIDE = {table.name for table in VERSIONS.values()} | {
    "disagreement",
    "assertion",
    "assertion_citation",
    "passage",
}


@dataclass(frozen=True)
class Inspection:
    """What was looked at, and what is wrong with it."""

    records: int
    findings: list[Finding]


def inspect(connection: Connection) -> Inspection:
    """Everything that is wrong, in order of type and key."""
    findings = [Finding("Database", "", what, ANEW) for what in database.find_damage(connection)]
    numbered: list[Numbered] = []
    try:
        numbered += _numbered(connection)
        undated = list(_undated(connection))
        # A day that cannot be read stops the reading of its table.
        findings += undated or _judge(_snapshot(connection, numbered))
        findings += _abnormal(connection)
        # What follows from other records is looked at once those are sound.
        findings += findings or _follows(connection, numbered)
        if not undated and not any(
            finding.type in article_texts.MENTIONED_TYPES for finding in findings
        ):
            findings += _mentions(connection)
    except DatabaseError as error:
        # A damaged file may give up half of what it holds.
        if not findings:
            raise
        findings.append(Finding("Database", "", f"it cannot be read: {error.orig}", ANEW))
    return Inspection(len(numbered), sorted(set(findings)))


def _follows(connection: Connection, numbered: Iterable[Numbered]) -> Iterator[Finding]:
    """What is kept beside records: of each part, once what it rests on is as it should be."""
    yield from list(_names(connection)) or _derived(connection, numbered)
    yield from _strays(connection)
    for what in database.find_unsearchable(connection):
        yield Finding("Search", "", what, ANEW)
    yield from check_feed(connection)


def _names(connection: Connection) -> Iterator[Finding]:
    """Names kept beside references, to be sorted by."""
    for ref, column, named in write.misnamed(connection):
        yield Finding(*ref, f"`{column}` is not the name of its {named}", LOAD)


def _derived(connection: Connection, numbered: Iterable[Numbered]) -> Iterator[Finding]:
    """What is kept beside records, and follows from others."""
    refs = {record.id: record.ref for record in numbered}
    for number, what in recompute.differing(connection):
        yield Finding(*refs[number], f"its {what} is not what its sources give", LOAD)


def _strays(connection: Connection) -> Iterator[Finding]:
    """Rows of what is derived that are of no record, or of one that has no such rows."""
    for name in sorted(_KEPT_BESIDE):
        table = _TABLES[name]
        for column, owner in _owners(table):
            lost = column.is_not(None) & column.not_in(select(owner))
            if count := connection.execute(select(func.count()).where(lost)).scalar_one():
                what = f"{count} of its rows have a `{column.name}` that no {owner.table.name} has"
                yield Finding(name, "", what, "remove them")


def _owners(table: SqlTable) -> "Iterator[tuple[Column[Any], Column[Any]]]":
    """Its references, and whose they are to be; a version is of a record of its own type."""
    for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
        yield key.parent, key.column
    if table.name.endswith("_version"):
        yield table.c.id, _TABLES[table.name.removesuffix("_version")].c.id


def _judge(snapshot: Snapshot) -> list[Finding]:
    return [*check_structure(snapshot), *check_derived(sound(snapshot))]


def _snapshot(connection: Connection, numbered: list[Numbered]) -> Snapshot:
    refs = {record.id: record.ref for record in numbered}
    return Snapshot(
        head=connection.execute(select(col(Head.revision)).where(col(Head.id) == 1)).scalar(),
        records=tuple(numbered),
        placed={
            kind: _keys(connection, _TABLES[table]) for kind, table in record_tables.OWN.items()
        },
        stored=read_records(connection, read_ids(connection)),
        loose=tuple(_loose(connection, refs)),
        dates=_dates(connection),
        dates_used=_dates_used(connection),
        passages=_passages(connection),
        gaps=_gaps(connection),
    )


def _numbered(connection: Connection) -> list[Numbered]:
    asked = select(col(Record.id), col(Record.type), col(Record.key), col(Record.revision))
    return [
        Numbered(number, Ref(kind, key), revision)
        for number, kind, key, revision in connection.execute(asked)
    ]


def _undated(connection: Connection) -> Iterator[Finding]:
    """Days that are none, read as bare text."""
    for table in _TABLES.values():
        for column in table.columns:
            if isinstance(column.type, Date):
                name = table.c.get("key", next(iter(table.primary_key)))
                days = select(name, cast(column, String)).where(column.is_not(None))
                for key, text in connection.execute(days):
                    yield from check_day(Ref(_kind(table), key), column.name, text)


def _kind(table: SqlTable) -> str:
    found = find_type_of_table(table.name)
    return found.name if found else "PartialDate"


def _keys(connection: Connection, table: SqlTable) -> dict[int, str]:
    return dict(connection.execute(select(table.c.id, table.c.key)).all())


def _loose(connection: Connection, refs: Mapping[int, Ref]) -> Iterator[Loose]:
    """A row's first key column tells whose it is; one without record is named by its place."""
    for table in (one for one in _TABLES.values() if one.name not in _KEPT_BESIDE):
        owner = next(iter(table.primary_key)).name
        kind = table.name if owner == "id" else owner.removesuffix("_id")
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            column, target = key.parent, key.column.table.alias()
            if column.name == "id":
                continue
            wanted = target.c[key.column.name]
            asked = select(table.c[owner], column).join(target, wanted == column, isouter=True)
            lost = column.is_not(None), wanted.is_(None)
            for number, value in connection.execute(asked.where(*lost)):
                ref = refs.get(number, Ref(_name_of(kind), str(number)))
                yield Loose(ref, table.name, column.name, key.column.table.name, value)


def _name_of(table: str) -> str:
    """Of the records of a table, or of rows that are none."""
    found = find_type_of_table(table)
    return found.name if found else to_pascal(table)


def _dates(connection: Connection) -> dict[str, Row]:
    table = _TABLES["partial_date"]
    return {row["edtf"]: {**row} for row in connection.execute(select(table)).mappings()}


def _dates_used(connection: Connection) -> frozenset[str]:
    carried = union(*(select(column) for column in write.date_columns()))
    return frozenset(connection.execute(carried).scalars().all())


def _gaps(connection: Connection) -> list[str]:
    number = col(Paragraph.number)
    asked = select(col(Article.key)).join(Paragraph, col(Paragraph.article_id) == col(Article.id))
    broken = (func.count() != func.max(number)) | (func.min(number) != 1)
    return list(connection.execute(asked.group_by(col(Article.key)).having(broken)).scalars())


def _abnormal(connection: Connection) -> Iterator[Finding]:
    """Articles with words that no door would store so."""
    asked = select(col(Article.key), col(Paragraph.text))
    asked = asked.join(Paragraph, col(Paragraph.article_id) == col(Article.id))
    for key, text in connection.execute(asked.execution_options(yield_per=record_tables.BATCH)):
        if text != normalise(text):
            yield Finding("Article", key, "its text is not in the normal form", PAGE)


def _mentions(connection: Connection) -> Iterator[Finding]:
    """Articles whose words name others than is stored; a name that changed is looked for anew."""
    names = article_texts.read_names(connection)
    keys = dict(connection.execute(select(col(Article.id), col(Article.key))).all())
    for batch in record_tables.batches(keys):
        found = article_texts.read_texts(connection, batch)
        counted = article_texts.count_mentions(connection, found, names)
        stored = article_texts.read_mentions(connection, batch)
        for number in batch:
            if counted[number] != stored[number]:
                yield Finding(
                    "Article", keys[number], "its mentions are not what its words say", PAGE
                )


def _passages(connection: Connection) -> Iterator[Passage]:
    """Read one by one: a text may stand behind many citations."""
    cited, article = _TABLES["citation"], _TABLES["article"]
    paragraph = _TABLES["paragraph"]
    ingested = cited.c.article_id.in_(select(paragraph.c.article_id)).label("ingested")
    asked = (
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
    for row in connection.execute(asked):
        anchor = Anchor(row.paragraph, row.start_at, row.end_at, row.sha256)
        yield Passage(row.key, row.named, anchor, row.verified, row.text, row.ingested)
