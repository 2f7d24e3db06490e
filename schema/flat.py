"""The flat tables as the schema has them: which columns each has, and the statement of its rows.

In: the fields of the schema's types. Out: a `FlatTable` for each type of record. A column is named
by its path in GraphQL, in snake case: `issue_number`, `founded_earliest`. Its type and where its
data comes from, certainty included, are what the field says; which fields are a record's own is
what its seed file says.
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

_CITATION = ["subject", *CitationDocument.model_fields, *AnchorDocument.model_fields, "verified"]
_OWN = {name: (kind, [*form.model_fields]) for name, (kind, form) in FILES.items()} | {
    "citations": ("Citation", _CITATION)
}
"""By the name of each table, its type, and the fields of that."""
_ELSEWHERE = {"citations", "anchor"}
"""Fields of seed files that have a table, or columns, of their own."""
_NAMES = {kind: name for name, (kind, _) in _OWN.items()}
_VAGUE = {"start", "end", "text"}
"""Fields of a period whose names say too little without it, and `end` is a word of SQL."""
_TYPES = {"Int": FlatType.INTEGER, "Boolean": FlatType.BOOLEAN, "Date": FlatType.DATE}
_NONE = Arguments({}, ())


@cache
def flat_tables() -> dict[str, FlatTable]:
    """By name, such as `memberships`."""
    return {name: _flat_table(name, kind, own) for name, (kind, own) in _OWN.items()}


def _flat_table(name: str, type_name: str, own: list[str]) -> FlatTable:
    kind = _kind(type_name)
    row, record = Row("t", snake_case(type_name)), Row("r", "record")
    flat = _Flat(row)
    flat.put("id", FlatType.TEXT, node_id(row, None))
    flat.put("key", FlatType.TEXT, row["key"])
    for one in own:
        if one not in _ELSEWHERE:
            flat.add(one, kind.fields[to_camel(one)])
    if "citations" in own:
        flat.put("disputed", FlatType.BOOLEAN, record["disputed"])
    flat.put("revision", FlatType.INTEGER, record["revision"])
    # Left joins alone: the engine then goes by the index of keys, and sorts nothing.
    statement = sql(
        "select {} from {} t left join record r on r.id = t.id {} order by {}",
        join(", ", flat.columns.values()),
        Sql(row.table),
        join(" ", flat.joins),
        row["key"],
    )
    assert not statement.params
    return FlatTable(name, tuple(flat.columns), statement.text)


def _kind(name: str) -> GraphQLObjectType:
    kind = build_schema().core.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    return kind


@dataclass
class _Flat:
    """Columns of a row, what each is in SQL, and the joins that they need."""

    row: Row
    columns: dict[FlatColumn, Sql] = field(default_factory=dict)
    joins: list[Sql] = field(default_factory=list)

    def put(self, name: str, kind: FlatType, value: Sql, refers: str | None = None) -> None:
        if kind is FlatType.DATE:
            value = sql("cast({} as text)", value)
        if kind is FlatType.BOOLEAN:
            value = sql("case {} when true then 'true' when false then 'false' end", value)
        self.columns[FlatColumn(name, kind, refers)] = value

    def add(self, name: str, asked: GraphQLField) -> None:
        source, kind = source_of(asked), get_named_type(asked.type)
        match source:
            case LeafSource():
                listed = is_list_type(get_nullable_type(asked.type))
                type_ = FlatType.JSON if listed else _TYPES.get(kind.name, FlatType.TEXT)
                self.put(name, type_, source.value(self.row, _NONE))
            case SameRowSource():
                self._add_parts(kind)
            case RowSource():
                self._add_one(name, source.rows, kind.name)
            case ListSource():
                self.put(name, FlatType.JSON, self._list(source, kind.name))
            case _:
                raise TypeError(f"{name} is no value of a record's own")

    def _add_parts(self, kind: object) -> None:
        assert isinstance(kind, GraphQLObjectType)
        for part, asked in kind.fields.items():
            name = to_snake(part)
            self.add(f"period_{name}" if name in _VAGUE else name, asked)

    def _add_one(self, name: str, rows: RowSet, kind: str) -> None:
        """Of a date its text and bounds, of a record its key and, where it has one, its name."""
        one = self._joined(rows)
        if kind == "PartialDate":
            self.put(name, FlatType.TEXT, one["edtf"])
            self.put(f"{name}_earliest", FlatType.DATE, one["earliest"])
            self.put(f"{name}_latest", FlatType.DATE, one["latest"])
        elif kind not in _NAMES:
            self.put(name, FlatType.TEXT, node_id(one, None), "")
        else:
            self.put(name, FlatType.TEXT, one["key"], _NAMES[kind])
            if "name" in _kind(kind).fields:
                self.put(f"{name}_name", FlatType.TEXT, one["name"])

    def _joined(self, rows: RowSet) -> Row:
        one = Row(f"{self.row.alias}_{len(self.joins)}", rows.table)
        text = "left join {} {} on {}"
        condition = rows.where(one, self.row, _NONE)
        self.joins.append(sql(text, Sql(one.table), Sql(one.alias), condition))
        return one

    def _list(self, source: ListSource, kind: str) -> Sql:
        """Keys of records, or objects, as JSON."""
        rows = source.rows
        inner = _Flat(Row(f"{self.row.alias}_list", rows.table, rows.extra))
        value = sql("json_quote({})", inner.row["key"]) if kind in _NAMES else inner._object(kind)
        derived = rows.derived and sql("({})", rows.derived(self.row, _NONE))
        return sql(
            "(select concat('[', string_agg(v, ',' order by o), ']') from"
            " (select {} as v, {} as o from {} {} {} where {}) v)",
            value,
            *source.order(inner.row),
            derived or Sql(rows.table),
            Sql(inner.row.alias),
            join(" ", inner.joins),
            rows.where(inner.row, self.row, _NONE),
        )

    def _object(self, kind: str) -> Sql:
        for part, asked in _kind(kind).fields.items():
            self.add(to_snake(part), asked)
        return json_object(
            {column.name: sql("json_quote({})", value) for column, value in self.columns.items()}
        )
