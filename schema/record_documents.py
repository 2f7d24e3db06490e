"""The documents of records, put together by the database: canonical JSON, as in the feed.

In: the forms of documents. Out: `Sql` of the document of a record, from whichever tables stand in
front of the statement: those of the present, of a revision, or of a day. What a field is, its
traits say (`kb.records.traits`); `kb.records.canonical` makes the same of rows that were read.
"""

from collections.abc import Collection, Iterator

from pydantic import BaseModel

from kb.periods import EndKind
from kb.query.sql import Row, Sql, join, json_object, literal, sql
from kb.records.documents import FORMS, AnchorDocument, CitationDocument
from kb.records.record_tables import OWNER_COLUMNS
from kb.records.rows import ANCHOR_COLUMNS
from kb.records.traits import DocumentField, fields_of_document
from kb.records.types import record_type

# A single date is its own start and end: its text tells it from a period of these.
_SPAN = f"""case when {{kind}} is null then 'null'
 when {{kind}} = '{EndKind.ONGOING.name}' then json_quote(concat({{start}},'/..'))
 when {{start}} = {{end}}
 and {{text}} = (select d.text from partial_date d where d.edtf = {{start}})
 then json_quote({{start}}) else json_quote(concat({{start}},'/',{{end}})) end"""
_PARAGRAPHS = """(select case when count(*) = 0 then 'null'
 else concat('[',string_agg(json_quote(p.text),',' order by p.number),']') end
 from paragraph p where p.article_id = {})"""


def composed_document(type_name: Sql, key: Sql, types: Collection[str]) -> Sql:
    """Of the record with these, null if there is none; it is of one of the types."""
    documents = (
        sql("when {} then {}", literal(name), _document_of_type(name)) for name in sorted(types)
    )
    text = "(select case r.type {} end from record r where r.type = {} and r.key = {})"
    return sql(text, join(" ", documents), type_name, key)


def _document_of_type(type_name: str) -> Sql:
    """From the row of its own table that has the number of `r`."""
    row = Row("t", record_type(type_name).table)
    values = dict(_values(type_name, row))
    values["id"] = _as_json(sql("concat({},{})", literal(f"{type_name}:"), row["key"]))
    values["key"] = _as_json(row["key"])
    document = json_object({name: values[name] for name in sorted(values)})
    return sql("(select {} from {} t where t.id = r.id)", document, Sql(row.table))


def _values(type_name: str, row: Row) -> Iterator[tuple[str, Sql]]:
    if type_name == "Citation":
        yield from _citation_values(row)
        return
    form = FORMS[type_name]
    for field in fields_of_document(form).values():
        yield field.alias, _value(field, row, form)
    if type_name == "Article":
        yield "paragraphs", sql(_PARAGRAPHS, row["id"])


def _citation_values(row: Row) -> Iterator[tuple[str, Sql]]:
    for name, field in fields_of_document(CitationDocument).items():
        if name != "anchor":
            yield field.alias, _single_value(field, row)
    anchor = {
        name: _as_json_of(field, row[ANCHOR_COLUMNS[name]])
        for name, field in sorted(fields_of_document(AnchorDocument).items())
    }
    # Of an anchor there is all or nothing.
    there = row[ANCHOR_COLUMNS["sha256"]]
    yield "anchor", sql("case when {} is null then 'null' else {} end", there, json_object(anchor))
    subject = "(select json_quote(concat(s.type,':',s.key)) from record s where s.id = {})"
    yield "subject", sql(f"coalesce({subject},'null')", row["subject_id"])


def _value(field: DocumentField, row: Row, form: type[BaseModel]) -> Sql:
    table = field.part_table(row.table)
    if table and field.reference:
        return _references(field, Row("p", table), row, form)
    if table:
        return _parts(field, Row("p", table), row)
    if field.is_span:
        return _span(row)
    return sql("coalesce({},'[]')", row[field.name]) if field.many else _single_value(field, row)


def _single_value(field: DocumentField, row: Row) -> Sql:
    return _key_of(row[field.column]) if field.reference else _as_json_of(field, row[field.name])


def _as_json_of(field: DocumentField, column: Sql) -> Sql:
    if field.plain_type is bool:
        return sql("case {} when true then 'true' else 'false' end", column)
    if field.plain_type is int:
        return sql("coalesce(cast({} as text),'null')", column)
    return _as_json(sql("cast({} as text)", column))


def _as_json(text: Sql) -> Sql:
    """`null` if there is none."""
    return sql("json_quote({})", text)


def _span(row: Row) -> Sql:
    columns = {
        "kind": row["end_kind"].text,
        "start": row["period_start"].text,
        "end": row["period_end"].text,
        "text": row["period_text"].text,
    }
    return Sql(_SPAN.format(**columns))


def _parts(field: DocumentField, part: Row, row: Row) -> Sql:
    """A list of documents, in its order."""
    fields = sorted(fields_of_document(_form_of(field)).items())
    document = json_object({name: _single_value(each, part) for name, each in fields})
    return _listed(document, part, row, Sql("true"))


def _references(field: DocumentField, part: Row, row: Row, form: type[BaseModel]) -> Sql:
    """A list of keys, without those of records that parts of another list refer to."""
    member, wanted = part[f"{field.member(row.table)}_id"], Sql("true")
    if field.joined_by:
        other = fields_of_document(form)[field.joined_by.field]
        wanted = sql("not {}", _is_named_by(other, member, row))
    return _listed(_key_of(member), part, row, wanted)


def _is_named_by(other: DocumentField, member: Sql, row: Row) -> Sql:
    """Whether a part of the other list refers to the record."""
    assert other.parts
    named, fields = Row("q", other.parts.table), fields_of_document(_form_of(other)).values()
    columns = join(",", (named[each.column] for each in fields if each.reference))
    text = "exists (select 1 from {} q where {} = {} and {} in ({}))"
    owner = named[OWNER_COLUMNS[named.table]]
    return sql(text, Sql(named.table), owner, row["id"], member, columns)


def _form_of(parts: DocumentField) -> type[BaseModel]:
    form = parts.plain_type
    assert isinstance(form, type)
    assert issubclass(form, BaseModel)
    return form


def _listed(value: Sql, part: Row, row: Row, wanted: Sql) -> Sql:
    text = "(select concat('[',string_agg({},',' order by {}),']') from {} p where {} = {} and {})"
    owner = part[OWNER_COLUMNS[part.table]]
    return sql(text, value, part["position"], Sql(part.table), owner, row["id"], wanted)


def _key_of(number: Sql) -> Sql:
    """Of the record of this number."""
    return sql("coalesce((select json_quote(k.key) from record k where k.id = {}),'null')", number)
