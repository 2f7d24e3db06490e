"""The history of a record, out of the change feed: which changes, and what each made differ.

In: a record's row, or the row of a change. Out: sources of its changes, newest first, and of the
fields of the document that differ from the version before. Of what is not kept nothing is told.
"""

from collections.abc import Callable
from enum import StrEnum

from kb.errors import ViewError
from kb.query.fields import (
    Arguments,
    ConnectionSource,
    ListSource,
    MeasuredBy,
    RowSet,
    Sort,
    SortKey,
    ViewSource,
)
from kb.query.sql import Row, Sql, join, literal, sql
from kb.records.documents import FORMS, CitationDocument
from kb.records.traits import fields_of_document
from kb.records.types import type_of_table
from schema.fields import AFTER_ARGUMENT, FIRST_ARGUMENT, Field, describe_enum, source_field

REVISION_KEY = SortKey(
    "revision", lambda row: row["revision"], lambda row: row["revision"], number=True
)
_DOCUMENTS = (*FORMS.values(), CitationDocument)
_TRUTHS = sorted(
    {
        field.alias
        for form in _DOCUMENTS
        for field in fields_of_document(form).values()
        if field.plain_type is bool
    }
)
_MOST_FIELDS = max(len(fields_of_document(form)) for form in _DOCUMENTS) + 1
"""Of a document, with the text of an article; its id and its key never differ."""


class Compared(StrEnum):
    """What a version is held against."""

    VERSION = "VERSION"
    NOTHING = "NOTHING"
    UNKNOWN = "UNKNOWN"
    ERASED = "ERASED"


describe_enum(
    Compared,
    "What a version of a record is compared with.",
    VERSION="The version before.",
    NOTHING="The record was not there before: all its fields are new.",
    UNKNOWN="What came before is no longer kept: nobody can tell which fields differ.",
    ERASED="It or the version before was taken down: nobody can tell which fields differ.",
)


def _of_record(row: Row, record: Row, _: Arguments) -> Sql:
    if record.table == "record":
        type_name = record["type"]
    else:
        type_name = literal(type_of_table(record.table).name)
    return sql("{} = {} and {} = {}", row["type"], type_name, row["key"], record["key"])


def value_before(change: Row, value: str) -> Sql:
    """A value of the change before, of the same record; null if there is none."""
    text = (
        f"(select {value} from change p where p.type = {{}} and p.key = {{}}"
        " and p.revision < {} order by p.revision desc limit 1)"
    )
    return sql(text, change["type"], change["key"], change["revision"])


_COMPARED = (
    "case when p.op <> 'UPSERT' then 'NOTHING' when p.document is null then 'ERASED'"
    " else 'VERSION' end"
)


def compared(change: Row, _: object) -> Sql:
    text = (
        "coalesce({},(select case when h.dropped > h.begun then 'UNKNOWN' else 'NOTHING' end"
        " from head h))"
    )
    compared = sql(text, value_before(change, _COMPARED))
    erased = "case when {} = 'UPSERT' and {} is null then 'ERASED' else {} end"
    return sql(erased, change["op"], change["document"], compared)


def _values(side: str, document: Sql) -> Sql:
    """The fields of a document, each as text: of a list or a part it is JSON."""
    truths = join(",", map(literal, _TRUTHS))
    text = (
        f"select '{side}' as side, j.key as field, case when j.key not in ({{}})"
        " then cast(j.value as text) when cast(j.value as text) in ('1','true') then 'true'"
        " when cast(j.value as text) in ('0','false') then 'false' end as value"
        " from json_each(coalesce({},'{{}}')) j where j.key not in ('id','key')"
    )
    return sql(text, truths, document)


def differing_fields(before: Sql, after: Sql) -> Sql:
    """The fields of which two documents have other values, with both; of none there are none."""
    was, now = (f"max(case when f.side = '{side}' then f.value end)" for side in "ba")
    text = (
        f"select f.field, {was} as before, {now} as after from ({{}} union all {{}}) f"
        f" group by f.field having {was} is distinct from {now}"
    )
    return sql(text, _values("b", before), _values("a", after))


def field_list(table: str, derive: Callable[[Row, Arguments], Sql]) -> ListSource:
    """Fields that differ, by name, out of rows of the table."""
    columns = frozenset({"field", "before", "after"})
    return ListSource(
        RowSet(table, lambda *_: Sql("true"), derive, columns),
        lambda row: (row["field"],),
        most=MeasuredBy(Sql(f"select {_MOST_FIELDS} as n")),
    )


def _differing(change: Row, arguments: Arguments) -> Sql:
    fields = differing_fields(value_before(change, "p.document"), change["document"])
    text = "select f.* from ({}) f where {} not in ('UNKNOWN','ERASED')"
    return sql(text, fields, compared(change, arguments))


DIFFERENCES = field_list("change", _differing)
_HISTORY = ConnectionSource(
    RowSet("change", _of_record),
    (Sort(REVISION_KEY, descending=True),),
    # A record has one change of a commit at most.
    extra_columns=lambda *_: {"is_last": Sql("true")},
    refused_within={ViewSource: ViewError},
)


def history() -> Field:
    return source_field(
        _HISTORY,
        "Its changes that are kept, newest first, each with the fields that differ: what was"
        " recorded when. Those before `feed.earliest` are not kept: a record whose changes are all"
        " older has none here, changed though it may have been. A view shows what readers could"
        " know and not what was recorded, so that this is refused in it (`NOT_IN_VIEW`).",
        FIRST_ARGUMENT,
        AFTER_ARGUMENT,
    )
