"""The flat tables as the schema has them: which columns each has, and the statement of its rows.

In: the fields of the schema's types. Out: a `FlatTable` for each type of record, for each list of
one, for the versions of each, and for what is found of any. A column is named by its path in
GraphQL, in snake case: `issue_number`, `founded_earliest`. Which fields belong to the record itself
follows from its seed file.
"""

from collections.abc import Iterator
from functools import cache

from pydantic.alias_generators import to_camel

from kb.models import VERSIONS
from kb.query.fields import ListSource
from kb.query.selections import source_of
from kb.query.sql import Row, Sql, literal, sql
from kb.records.documents import FILES, AnchorDocument, CitationDocument
from kb.records.types import snake_case
from kb.tables.flat_table import FlatTable, FlatType
from schema.fields import node_id
from schema.flat_links import link_tables
from schema.flat_rows import FlatRow, object_type

_CITATION = ["subject", *CitationDocument.model_fields, *AnchorDocument.model_fields]
_CITATION += ["verified", "verification"]
_RECORD_FIELDS = {
    **{name: (type_, [*document.model_fields]) for name, (type_, document) in FILES.items()},
    "citations": ("Citation", _CITATION),
}
"""By the name of each table, the type of its records, and their fields."""
_STORED_ELSEWHERE = {"citations", "anchor"}
"""Fields of seed files that are a table of their own, or columns of their own."""

_ID, _KEY = "The id of the record, as the API has it.", "The key of the record, one of its type."
_KNOWN_FROM = "The first day on which a source that may be cited told of the record."


@cache
def flat_tables() -> dict[str, FlatTable]:
    """By name, such as `memberships`."""
    records = [_record_table(name, *record) for name, record in _RECORD_FIELDS.items()]
    return {table.name: table for table in (*records, *link_tables(), *_version_tables())}


def _record_table(name: str, type_name: str, fields: list[str]) -> FlatTable:
    row, record = Row("t", snake_case(type_name)), Row("r", "record")
    flat, graphql_fields = FlatRow(row), object_type(type_name).fields
    flat.put("id", FlatType.TEXT, node_id(row, None), _ID)
    flat.put("key", FlatType.TEXT, row["key"], _KEY)
    for field_name in fields:
        if field_name not in _STORED_ELSEWHERE:
            flat.add(field_name, graphql_fields[to_camel(field_name)])
    if "citations" in fields:
        told = graphql_fields["disputed"].description or ""
        flat.put("disputed", FlatType.BOOLEAN, record["disputed"], told)
    flat.put_revision(record["revision"])
    flat.put_day("known_from", record["known_from"], _KNOWN_FROM)
    return flat.table(name, row["id"], ("key",))


def _version_tables() -> Iterator[FlatTable]:
    for type_name, fields in _RECORD_FIELDS.values():
        if snake_case(type_name) in VERSIONS:
            yield _version_table(type_name, fields)


def _version_table(type_name: str, fields: list[str]) -> FlatTable:
    """What is in no list: names of what is referred to have versions of their own."""
    name = snake_case(type_name)
    row, graphql_fields = Row("t", f"{name}_version"), object_type(type_name).fields
    flat = FlatRow(row, has_names=False)
    flat.put("id", FlatType.TEXT, sql("{} || {}", literal(f"{type_name}:"), row["key"]), _ID)
    flat.put("key", FlatType.TEXT, row["key"], _KEY)
    flat.put_day("known_from", row["known_from"], "The first day of this version.")
    flat.put_day("known_to", row["known_to"], "The day on which the next version begins, if any.")
    for field_name in fields:
        graphql_field = graphql_fields[to_camel(field_name)]
        if field_name not in _STORED_ELSEWHERE and not isinstance(
            source_of(graphql_field), ListSource
        ):
            flat.add(field_name, graphql_field)
    flat.put_revision(Sql('r."revision"'))
    return flat.table(f"{name}_versions", row["id"], ("key", "known_from"))
