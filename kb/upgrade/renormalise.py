"""What older versions stored, brought to the normal form, and to keys that files can say.

In: an open write transaction. Out: nothing; names, claims, texts and keys are as every door would
store them now, and citations whose words stood in a text have the places and digests of these words
in its normal form. All that follows from that is for whoever opened the transaction.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from pydantic import BaseModel
from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.sql.schema import Column
from sqlmodel import col

from kb.citations import article_texts
from kb.citations.anchors import Anchor, anchor_holds, shift_anchor
from kb.commit.context import free_key, read_dates
from kb.database.in_array import in_array
from kb.derive.assertions import statements_of
from kb.derive.disagreements import find_disagreements, is_disputed
from kb.models import Article, Citation, Publication, Record, Request, Table
from kb.normalisation import normalise
from kb.records import record_tables
from kb.records.documents import FORMS, CitationDocument, ParticipantDocument
from kb.records.field_types import is_key
from kb.records.id_set import IdSet
from kb.records.keys import article_key, key_of
from kb.records.read import find_ids, read_batch, read_id_pages
from kb.records.rows import Ref, Rows, TableRow, text_columns
from kb.records.traits import FieldsByName, fields_of_document
from kb.records.types import has_codes, in_words

_TABLES = Table.metadata.tables
_FORMS: Mapping[str, type[BaseModel]] = {**FORMS, "Citation": CitationDocument}
_PARTS: Mapping[str, type[BaseModel]] = {"participation": ParticipantDocument}


def respell(connection: Connection) -> None:
    concerned = IdSet()
    unnamed: list[Ref] = []
    for type_name, form in (
        (type_name, _FORMS[type_name]) for type_name in record_tables.TYPE_NAMES
    ):
        for page in read_id_pages(connection, type_name):
            numbers = [*page.values()]
            concerned.update(
                _respell(connection, record_tables.RECORD_TABLES[type_name], form, numbers)
            )
            unnamed += [ref for ref in page if not is_key(*ref)]
            for name in record_tables.part_names(type_name):
                if name in _PARTS:
                    concerned.update(_respell(connection, name, _PARTS[name], numbers))
            if type_name == "Article":
                _respell_texts(connection, numbers)
    _update_disputed(connection, concerned)
    for ref in unnamed:
        _rename(connection, ref)


def _respell(
    connection: Connection, name: str, form: type[BaseModel], numbers: Collection[int]
) -> Iterator[int]:
    """The texts of a table's rows; the records whose own these are, and those they speak of."""
    table = _TABLES[name]
    owner = table.c[record_tables.OWNER_COLUMNS.get(name, "id")]
    fields = fields_of_document(form)
    columns = [table.c[name] for name in fields if name in table.c]
    for row in connection.execute(select(table).where(in_array(owner, numbers))).mappings().all():
        if changed := _respell_row(row, columns, fields):
            same_row = (column == row[column.name] for column in table.primary_key)
            connection.execute(update(table).where(*same_row).values(changed))
            yield row.get("subject_id") or row[owner.name]


def _respell_row(
    row: RowMapping, columns: "Iterable[Column[object]]", fields: FieldsByName
) -> TableRow:
    """The columns that change. What has nothing to be seen goes, or is named by the key."""
    changed: TableRow = {}
    for column in columns:
        old = row[column.name]
        # Dates are references; they are none of words.
        if not isinstance(old, str) or column.foreign_keys:
            continue
        new = _aliases(old) if fields[column.name].many else _plain(old)
        if new != old:
            named = new or (None if column.nullable else row["key"])
            changed |= text_columns(fields[column.name], named)
    return changed


def _plain(text: str) -> str:
    """Only SQLite takes U+0000 at all."""
    return normalise(text.replace("\0", ""))


def _aliases(text: str) -> str:
    aliases = [new for alias in json.loads(text) if (new := _plain(str(alias)))]
    return json.dumps(aliases, ensure_ascii=False, separators=(",", ":"))


def _respell_texts(connection: Connection, articles: Collection[int]) -> None:
    for article, old in article_texts.read_texts(connection, articles).items():
        plain = [_plain(text) for text in old]
        if plain != old:
            article_texts.write_texts(connection, {article: [text for text in plain if text]})
            _shift_anchors(connection, article, old, plain)


def _shift_anchors(
    connection: Connection, article: int, old: Sequence[str], plain: Sequence[str]
) -> None:
    columns = (getattr(Citation, name) for name in ("paragraph", "start_at", "end_at", "sha256"))
    query = select(col(Citation.id), *columns).where(
        col(Citation.article_id) == article, col(Citation.paragraph).is_not(None)
    )
    for number, *place in connection.execute(query).all():
        anchor = Anchor(*place)
        if anchor_holds(anchor, old) and (moved := shift_anchor(anchor, old, plain)):
            values = {
                "paragraph": moved.paragraph,
                "start_at": moved.start,
                "end_at": moved.end,
                "sha256": moved.sha256,
            }
            connection.execute(update(Citation).where(col(Citation.id) == number).values(values))


def _update_disputed(connection: Connection, numbers: IdSet) -> None:
    """Say anew whether articles contradict these records: two spellings may be one value now."""
    for batch in record_tables.batches(numbers):
        query = select(col(Citation.id)).where(in_array(col(Citation.subject_id), batch))
        cited = _read(connection, connection.execute(query).scalars().all())
        articles = {ref for rows in cited if isinstance(ref := rows.row["article_id"], Ref)}
        dated = read_dates(connection, [*find_ids(connection, articles).values()])
        statements = statements_of(cited, {ref.key: dates for ref, dates in dated.items()})
        for rows in _read(connection, batch):
            doubted = is_disputed(find_disagreements(rows.row, statements[rows.ref]))
            if rows.disputed != doubted:
                same_record = col(Record.type) == rows.ref.type, col(Record.key) == rows.ref.key
                connection.execute(update(Record).where(*same_record).values(disputed=doubted))


def _read(connection: Connection, numbers: Collection[int]) -> list[Rows]:
    return [
        rows
        for batch in record_tables.batches(numbers)
        for rows in read_batch(connection, batch).values()
    ]


def _rename(connection: Connection, ref: Ref) -> None:
    """Give the record a key that files can say, and requests that are repeated find it by."""
    wanted = _wanted_key(connection, ref)
    if not is_key(ref.type, wanted):
        return  # A state whose code is none: nobody can tell which is meant.
    key = free_key(connection, ref.type, wanted)
    (number,) = find_ids(connection, [ref]).values()
    for table in (_TABLES["record"], _TABLES[record_tables.RECORD_TABLES[ref.type]]):
        connection.execute(update(table).where(table.c.id == number).values(key=key))
    same_request = col(Request.record_type) == ref.type, col(Request.record_key) == ref.key
    connection.execute(update(Request).where(*same_request).values(record_key=key))


def _wanted_key(connection: Connection, ref: Ref) -> str:
    plain = _plain(ref.key)
    if is_key(ref.type, plain) or has_codes(ref.type):
        return plain
    if ref.type == "Publication":
        query = select(col(Publication.name)).where(col(Publication.key) == ref.key)
        return key_of(connection.execute(query).scalar_one(), "publication")
    if ref.type == "Article":
        columns = col(Publication.key), col(Article.issue_number), col(Article.headline)
        named = select(*columns).join(Article, col(Article.publication_id) == col(Publication.id))
        return article_key(*connection.execute(named.where(col(Article.key) == ref.key)).one())
    return key_of(plain, in_words(ref.type))
