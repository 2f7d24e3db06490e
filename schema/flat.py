"""The flat tables as the schema has them: which columns each has, and the statement of its rows.

In: the fields of the schema's types. Out: a `FlatTable` for each type of record. A column is named
by its path in GraphQL, in snake case: `issue_number`, `founded_earliest`. Its type and where its
data comes from, certainty included, follow from the field; which fields belong to the record itself
follows from its seed file.
"""

from dataclasses import dataclass, field
from functools import cache

from graphql import GraphQLField, GraphQLObjectType, get_named_type, get_nullable_type, is_list_type
from pydantic.alias_generators import to_camel, to_snake

from kb.query.fields import Arguments, LeafSource, ListSource, RowSet, RowSource, SameRowSource
from kb.query.selections import source_of
from kb.query.sql import Row, Sql, join, json_object, sql
from kb.records.documents import FILES, AnchorDocument, CitationDocument
from kb.records.types import snake_case
from kb.tables.flat_table import FlatColumn, FlatTable, FlatType
from schema.build import build_schema
from schema.fields import node_id

_CITATION = ["subject", *CitationDocument.model_fields, *AnchorDocument.model_fields]
_CITATION += ["verified", "verification"]
_RECORD_FIELDS = {
    **{name: (type_, [*document.model_fields]) for name, (type_, document) in FILES.items()},
    "citations": ("Citation", _CITATION),
}
"""By the name of each table, the type of its records, and their fields."""
_STORED_ELSEWHERE = {"citations", "anchor"}
"""Fields of seed files that are a table of their own, or columns of their own."""
_TABLE_NAMES = {type_name: name for name, (type_name, _) in _RECORD_FIELDS.items()}
_PREFIXES = {
    "Period": ("period", {"start", "end", "text"}),
    "Length": ("length", {"least", "most"}),
}
"""Fields of a type whose names need its prefix: without it they say too little, and `end` is a
keyword of SQL."""
_FLAT_TYPES = {"Int": FlatType.INTEGER, "Boolean": FlatType.BOOLEAN, "Date": FlatType.DATE}
_FILTERS = ("organisation", "state")
"""Columns by whose values a table can be narrowed."""
_NO_ARGUMENTS = Arguments({}, ())


@cache
def flat_tables() -> dict[str, FlatTable]:
    """By name, such as `memberships`."""
    return {name: _flat_table(name, *record) for name, record in _RECORD_FIELDS.items()}


def _flat_table(name: str, type_name: str, fields: list[str]) -> FlatTable:
    object_type = _object_type(type_name)
    row, record = Row("t", snake_case(type_name)), Row("r", "record")
    flat = _FlatRow(row)
    flat.put("id", FlatType.TEXT, node_id(row, None))
    flat.put("key", FlatType.TEXT, row["key"])
    for field_name in fields:
        if field_name not in _STORED_ELSEWHERE:
            flat.add(field_name, object_type.fields[to_camel(field_name)])
    if "citations" in fields:
        flat.put("disputed", FlatType.BOOLEAN, record["disputed"])
    flat.put("revision", FlatType.INTEGER, record["revision"])
    # Left joins alone: the engine then goes by the index of keys, and sorts nothing.
    flat.filters["since"] = record["revision"].text
    rows = sql(
        "select {} from {} t left join record r on r.id = t.id {}",
        join(", ", flat.columns.values()),
        Sql(row.table),
        join(" ", flat.joins),
    )
    assert not rows.params
    return FlatTable(name, tuple(flat.columns), rows.text, row["key"].text, flat.filters)


def _object_type(name: str) -> GraphQLObjectType:
    object_type = build_schema().core.type_map[name]
    assert isinstance(object_type, GraphQLObjectType)
    return object_type


@dataclass
class _FlatRow:
    """Columns of a row, what each is in SQL, the joins that they need, and what narrows them."""

    row: Row
    columns: dict[FlatColumn, Sql] = field(default_factory=dict)
    joins: list[Sql] = field(default_factory=list)
    filters: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, type_: FlatType, value: Sql, refers: str | None = None) -> None:
        if type_ is FlatType.DATE:
            value = sql("cast({} as text)", value)
        if type_ is FlatType.BOOLEAN:
            value = sql("case {} when true then 'true' when false then 'false' end", value)
        self.columns[FlatColumn(name, type_, refers)] = value

    def add(self, name: str, graphql_field: GraphQLField) -> None:
        source, named_type = source_of(graphql_field), get_named_type(graphql_field.type)
        match source:
            case LeafSource():
                listed = is_list_type(get_nullable_type(graphql_field.type))
                type_ = FlatType.JSON if listed else _FLAT_TYPES.get(named_type.name, FlatType.TEXT)
                self.put(name, type_, source.value(self.row, _NO_ARGUMENTS))
            case SameRowSource():
                self._add_fields_of(named_type)
            case RowSource():
                self._add_reference(name, source.rows, named_type.name)
            case ListSource():
                self.put(name, FlatType.JSON, self._json_list(source, named_type.name))
            case _:
                raise TypeError(f"{name} is no value of a record's own")

    def _add_fields_of(self, object_type: object) -> None:
        assert isinstance(object_type, GraphQLObjectType)
        prefix, ambiguous = _PREFIXES[object_type.name]
        for camel_name, graphql_field in object_type.fields.items():
            name = to_snake(camel_name)
            self.add(f"{prefix}_{name}" if name in ambiguous else name, graphql_field)

    def _add_reference(self, name: str, rows: RowSet, type_name: str) -> None:
        """Columns of a date are its text and bounds, of a record its key and its name, if any."""
        referenced = self._join(rows)
        if type_name == "PartialDate":
            self.put(name, FlatType.TEXT, referenced["edtf"])
            self.put(f"{name}_earliest", FlatType.DATE, referenced["earliest"])
            self.put(f"{name}_latest", FlatType.DATE, referenced["latest"])
        elif type_name not in _TABLE_NAMES:
            self.put(name, FlatType.TEXT, node_id(referenced, None), "")
            self.filters["type"] = referenced["type"].text
        else:
            if name in _FILTERS:
                self.filters[name] = referenced["key"].text
            self.put(name, FlatType.TEXT, referenced["key"], _TABLE_NAMES[type_name])
            if "name" in _object_type(type_name).fields:
                self.put(f"{name}_name", FlatType.TEXT, referenced["name"])

    def _join(self, rows: RowSet) -> Row:
        joined = Row(f"{self.row.alias}_{len(self.joins)}", rows.table)
        text = "left join {} {} on {}"
        condition = rows.where(joined, self.row, _NO_ARGUMENTS)
        self.joins.append(sql(text, Sql(joined.table), Sql(joined.alias), condition))
        return joined

    def _json_list(self, source: ListSource, type_name: str) -> Sql:
        """A JSON list of the keys of records, or of objects."""
        rows = source.rows
        inner = _FlatRow(Row(f"{self.row.alias}_list", rows.table, rows.extra))
        if type_name in _TABLE_NAMES:
            value = sql("json_quote({})", inner.row["key"])
        else:
            value = inner._json_object(type_name)
        derived = rows.derived and sql("({})", rows.derived(self.row, _NO_ARGUMENTS))
        return sql(
            "(select concat('[', string_agg(v, ',' order by o), ']') from"
            " (select {} as v, {} as o from {} {} {} where {}) v)",
            value,
            *source.order(inner.row),
            derived or Sql(rows.table),
            Sql(inner.row.alias),
            join(" ", inner.joins),
            rows.where(inner.row, self.row, _NO_ARGUMENTS),
        )

    def _json_object(self, type_name: str) -> Sql:
        for camel_name, graphql_field in _object_type(type_name).fields.items():
            self.add(to_snake(camel_name), graphql_field)
        return json_object(
            {column.name: sql("json_quote({})", value) for column, value in self.columns.items()}
        )
