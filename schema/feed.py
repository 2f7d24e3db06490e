"""The change feed in the schema: changes after a cursor, and where the feed stands.

In: a cursor that the feed gave out, or none for its beginning. Out: changes in commit order without
gaps, or the code of why the cursor cannot be gone on from. Within a view changes are refused: they
have the words of later articles. Where the feed stands is the same there as outside.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import ClassVar

import strawberry

from kb.commit.feed import CURSORS, PREFIX
from kb.errors import QueryError, ViewError, alternatives
from kb.query import cursor
from kb.query.fields import (
    Arguments,
    ConnectionSource,
    CursorValidity,
    ListSource,
    RowSet,
    RowSource,
    Sort,
    ViewSource,
)
from kb.query.sql import Path, Row, Scalar, Sql, both, join, sql
from kb.records.form_errors import quote_shortened
from kb.records.record_tables import TYPE_NAMES
from schema.enums import ChangeOp, RecordTypeName
from schema.erasures import document_hash, erased_by, erases
from schema.fields import (
    AFTER_ARGUMENT,
    FIRST_ARGUMENT,
    Argument,
    Field,
    all_rows,
    column,
    computed,
    source_field,
)
from schema.filters import TYPES, key_in_id, of_types, type_in_id
from schema.history_rows import REVISION_KEY, Compared, compared, value_before
from schema.sources import Node
from schema.time import Revision

MOST_CHANGES = 1_000
MOST_DIGITS = 20
"""Of a position: more than any revision has."""
_BEYOND = 10**18
"""No revision is as large, and both engines can compare with what is smaller."""


def _mark_of(chain: Sql) -> Sql:
    return sql(f"(select concat(h.stream,'.',substr({{}},1,{PREFIX})) from head h)", chain)


def _mark(row: Row) -> Sql:
    """The stream and its history up to the row's commit."""
    return _mark_of(row["chain"])


_SINCE = """(select case when {since} > h.revision then 'CURSOR_FORKED'
 when {since} < h.dropped then 'CURSOR_EXPIRED' else '' end from head h)"""
_VERDICT = """(select case
 when substr({mark},1,length(h.stream)) <> h.stream or {revision} > h.revision then 'CURSOR_FORKED'
 when {revision} < h.dropped then 'CURSOR_EXPIRED'
 when {mark} = concat(h.stream,'.',substr(case when {revision} = h.dropped then h.dropped_chain
 else (select d.chain from change d where d.revision = {revision}) end,1,{prefix})) then ''
 else 'CURSOR_FORKED' end from head h)"""
_FROM_THE_START = """(select case when h.dropped > h.begun then 'CURSOR_EXPIRED' else '' end
 from head h)"""


def _verdict(mark: Sql | None, revision: Sql | None, arguments: Arguments) -> Sql:
    if mark is None or revision is None:
        if arguments.given("since"):
            return _filled(_SINCE, {"since": _since(arguments)})
        return Sql(_FROM_THE_START)
    verdict = _VERDICT.replace("{prefix}", str(PREFIX))
    return _filled(verdict, {"mark": mark, "revision": revision})


def _filled(text: str, names: Mapping[str, Sql]) -> Sql:
    pieces = text.split("{")
    parts = [Sql(pieces[0])]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}")
        parts += [names[name], Sql(rest)]
    return join("", parts)


def _since(arguments: Arguments) -> Sql:
    return arguments.bind("since", partial(_read_position, path=arguments.path))


def _read_position(given: object, path: Path) -> Scalar:
    """The number of a position: that of a revision, with zeros before it or without them."""
    text = str(given)
    if len(text) > MOST_DIGITS or not (text.isascii() and text.isdecimal()) or int(text) >= _BEYOND:
        what = f"`since` is no position: {quote_shortened(text)}"
        raise QueryError(what, "give a `position` of the feed, or a revision", path)
    return int(text)


def _in_feed(row: Row, _: Row, arguments: Arguments) -> Sql:
    """The changes asked for, of all that there are."""
    conditions = [_is_wanted(row, arguments)]
    if arguments.given("since"):
        conditions.append(sql("{} > {}", row["revision"], _since(arguments)))
    return both(*conditions)


def _is_wanted(row: Row, arguments: Arguments) -> Sql:
    """Of the types and the record asked for."""
    of_record = []
    if arguments.given("record"):
        read_type = partial(_read_type, path=arguments.path)
        type_name, key = (arguments.bind("record", part) for part in (read_type, key_in_id))
        of_record = [sql("{} = {}", row["type"], type_name), sql("{} = {}", row["key"], key)]
    return both(of_types(row, arguments), *of_record)


def _read_type(given: object, path: Path) -> Scalar:
    """That of an id, though of a record that may be still to come."""
    type_name = type_in_id(given)
    if type_name not in TYPE_NAMES:
        what = f"`record` names no type of records: {quote_shortened(str(given))}"
        remedy = f"give an id: {alternatives(TYPE_NAMES)}, and the key behind a colon"
        raise QueryError(what, remedy, path)
    return type_name


def _beginning_fault(arguments: Arguments) -> QueryError | None:
    if not (arguments.given("since") and arguments.given("after")):
        return None
    return QueryError("`since` and `after` exclude each other", "give one", arguments.path)


def _last_of_commit(row: Row, arguments: Arguments) -> Mapping[str, Sql]:
    """Whether a row is the last of its commit among those asked for."""
    if not (arguments.given("types") or arguments.given("record")):
        return {"is_last": sql("{} = {}", row["revision"], row["commit_end"])}
    # An index serves this: the commits of a load are long, and it gives the next row of each type.
    text = "not exists (select 1 from change n where n.commit_end = {} and n.revision > {} and {})"
    later = _is_wanted(Row("n", "change"), arguments)
    return {"is_last": sql(text, row["commit_end"], row["revision"], later)}


CHANGES = ConnectionSource(
    RowSet("change", _in_feed),
    (Sort(REVISION_KEY),),
    extra_columns=_last_of_commit,
    validity=CursorValidity(_mark, _verdict, present=True),
    most=MOST_CHANGES,
    fault=_beginning_fault,
    refused_within={ViewSource: ViewError},
)


def _record(row: Row, change: Row, _: Arguments) -> Sql:
    text = "{} = {} and {} = {} and {} = 'UPSERT'"
    return sql(text, row["type"], change["type"], row["key"], change["key"], change["op"])


def _revision(row: Row, _: Arguments) -> Sql:
    return sql("cast({} as text)", row["revision"])


def _position(row: Row, _: Arguments) -> Sql:
    text = "substr(concat('" + "0" * MOST_DIGITS + "',{}),length(cast({} as text))+1)"
    return sql(text, row["revision"], row["revision"])


@strawberry.type(description="One record after one commit; the last change of each is the present.")
class Change:
    table: ClassVar = "change"
    revision: Revision = computed(_revision, "Its place in the feed.")
    cursor: str = computed(
        lambda row, _: _cursor(_mark(row), row["revision"]),
        "Give the last one that you applied as `after`.",
    )
    commit_end: bool = computed(
        lambda row, _: row["is_last"],
        "The last of its commit among those asked for: a copy is consistent after it.",
    )
    op: ChangeOp = column("op", "What became of the record.")
    type: RecordTypeName = computed(lambda row, _: sql("upper({})", row["type"]), "Its type.")
    record_id: strawberry.ID = computed(
        lambda row, _: sql("{} || ':' || {}", row["type"], row["key"]), "Its id."
    )
    record: Node | None = source_field(
        RowSource(RowSet("record", _record)),
        "The record as it is now; null if this change removed it, or it is gone since.",
    )
    document: str | None = column(
        "document",
        "The record as this commit left it: canonical JSON, as in an export; null if removed."
        " Where texts are not shown, or the text was taken down since, an article's `paragraphs`"
        " are null in it. With the op UPSERT it is null if the record was taken down whole since.",
    )
    document_hash: str | None = computed(
        document_hash,
        "Of a document that was taken down whole, which is null: the SHA-256 that it had without"
        " text, which the commit's hash is over; null for all others.",
    )
    before: str | None = computed(
        lambda row, _: value_before(row, "p.document"),
        "The record as the change before this one left it, in the form of `document`; null where"
        " `comparedWith` is not VERSION.",
    )
    compared_with: Compared = computed(compared, "What `before` is.")
    erased_by: Revision | None = computed(
        erased_by,
        "The change by which this document, or the text in it, was taken down since; null if it was"
        " not. What the commit's hash is over is the document without the text, or `documentHash`,"
        " so that it still holds.",
    )
    erases: bool = computed(
        erases,
        "Whether it took down the documents of all earlier changes of this record, or the text in"
        " them, which are without it by now: whoever keeps those is to take it out of them, too.",
    )
    at: datetime = column("at", "When it was committed.")
    actor: str | None = column(
        "actor", "Who or what wrote it; null for whoever asks without a token."
    )
    reason: str | None = column(
        "reason",
        "Why, in the words of who wrote it: `reason` of the mutation, `--reason` of the command;"
        " null for whoever asks without a token, as it may name persons or quote a text.",
    )
    position: str = computed(
        _position,
        "The revision in twenty digits: as text it sorts as a number does. `changes(since:)`"
        " takes it.",
    )


def _cursor(mark: Sql, revision: Sql) -> Sql:
    return cursor.encode_cursor(CURSORS, [mark, sql("cast({} as text)", revision)])


@strawberry.type(description="How many records of one type there are, and proof of which.")
class RecordCount:
    table: ClassVar = "tally"
    type: RecordTypeName = computed(lambda row, _: sql("upper({})", row["type"]), "The type.")
    count: int = column("count", "How many.")
    checksum: str = column(
        "checksum",
        "The SHA-256 of each document as it is shown, added modulo 2^256, in hexadecimal.",
    )


@strawberry.type(description="Where the change feed stands, to prove a copy complete.")
class Feed:
    table: ClassVar = "head"
    stream: strawberry.ID = column("stream", "This history; a restored backup is another one.")
    head: Revision = computed(_revision, "The newest revision.")
    head_cursor: str = computed(
        lambda row, _: _cursor(_mark_of(row["chain"]), row["revision"]),
        "The cursor after which nothing has changed yet.",
    )
    earliest: Revision = computed(
        lambda row, _: sql("cast({} + 1 as text)", row["dropped"]), "The oldest change still kept."
    )
    counts: list[RecordCount] = source_field(
        ListSource(
            RowSet("tally", lambda row, *_: sql("{} > 0", row["count"])), lambda row: (row["type"],)
        ),
        "By type; one that has no records is left out.",
    )


_SINCE_ARGUMENT = Argument(
    "since",
    str | None,
    "Only what follows this `position`, or this revision; not beside `after`. Unlike a cursor it"
    " does not tell of which history it is.",
    strawberry.UNSET,
)
_RECORD_ARGUMENT = Argument(
    "record", strawberry.ID | None, "Only the changes of the record of this id.", strawberry.UNSET
)


def feed() -> Field:
    description = "The head of the change feed; in a view, too, that of all that is recorded."
    return source_field(RowSource(RowSet("head", all_rows)), description)


def changes() -> Field:
    return source_field(
        CHANGES,
        "Changes after a cursor, oldest first; `CURSOR_FORKED` if it is of another history,"
        " `CURSOR_EXPIRED` if what follows it is no longer kept. In a view, which shows what"
        " readers could know and not what was recorded, it is refused (`NOT_IN_VIEW`).",
        AFTER_ARGUMENT,
        _SINCE_ARGUMENT,
        TYPES,
        _RECORD_ARGUMENT,
        Argument(
            FIRST_ARGUMENT.name, FIRST_ARGUMENT.type, "How many; 20 if left out, at most 1000."
        ),
    )
