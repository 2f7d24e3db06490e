"""The columns of a flat table, as the schema's fields give them: what each is in SQL.

In: a row, and fields of the schema's types. Out: columns by their names, and the joins that they
need. A column's type and where its data comes from, certainty included, follow from the field.
"""

from dataclasses import dataclass, field

from graphql import GraphQLField, GraphQLObjectType, get_named_type, get_nullable_type, is_list_type
from pydantic.alias_generators import to_snake

from kb.models import Table
from kb.query.fields import Arguments, LeafSource, ListSource, RowSet, RowSource, SameRowSource
from kb.query.selections import source_of
from kb.query.sql import Row, Sql, join, json_object, sql
from kb.records.types import RECORD_TYPES, type_of_table
from kb.tables.flat_table import FlatColumn, FlatTable, FlatType
from schema.build import build_schema
from schema.fields import column_equals, node_id
from schema.time import known_bound

_TABLE_NAMES = {each.name: each.plural for each in RECORD_TYPES}
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


def object_type(name: str) -> GraphQLObjectType:
    named = build_schema().core.type_map[name]
    assert isinstance(named, GraphQLObjectType)
    return named


@dataclass
class FlatRow:
    """Columns of a row, what each is in SQL, the joins that they need, and what narrows them."""

    row: Row
    columns: dict[FlatColumn, Sql] = field(default_factory=dict)
    joins: list[Sql] = field(default_factory=list)
    filters: dict[str, str] = field(default_factory=dict)
    has_names: bool = True
    """Whether what is referred to is named beside its key."""

    def table(self, name: str, revised: Sql, identity: tuple[str, ...]) -> FlatTable:
        """By what tells rows apart; `revised` is the record that a row belongs to."""
        record = Row("r", "record")
        self.filters["since"] = record["revision"].text
        # Left joins alone: the engine then goes by the index of keys, and sorts nothing.
        rows = sql(
            "select {} from {} t {} left join record r on r.id = {}",
            join(", ", self.columns.values()),
            Sql(self.row.table),
            join(" ", self.joins),
            revised,
        )
        by_name = {column.name: value for column, value in self.columns.items()}
        order = join(", ", (by_name[each] for each in identity))
        assert not rows.params
        return FlatTable(name, tuple(self.columns), rows.text, order.text, self.filters, identity)

    def put_day(self, name: str, day: Sql, description: str) -> None:
        """One from which or until before which something is known; null for none."""
        self.put(name, FlatType.DATE, known_bound(day), description)

    def put_revision(self, revision: Sql) -> None:
        self.put("revision", FlatType.INTEGER, revision, "The last change of the record.")

    def refer(self, column: str) -> str:
        """The record that a column of the row refers to, under the name that is returned."""
        (key,) = Table.metadata.tables[self.row.table].columns[column].foreign_keys
        name, referenced = column.removesuffix("_id"), key.column.table.name
        joined = self.join(RowSet(referenced, column_equals("id", column)))
        type_ = type_of_table(referenced)
        self._put_key(name, joined, type_.name, f"The {type_.name.lower()}.")
        return name

    def put(
        self, name: str, type_: FlatType, value: Sql, description: str, refers: str | None = None
    ) -> None:
        if type_ is FlatType.DATE:
            value = sql("cast({} as text)", value)
        if type_ is FlatType.BOOLEAN:
            value = sql("case {} when true then 'true' when false then 'false' end", value)
        self.columns[FlatColumn(name, type_, description, refers)] = value

    def add(self, name: str, graphql_field: GraphQLField) -> None:
        source, named_type = source_of(graphql_field), get_named_type(graphql_field.type)
        description = graphql_field.description or ""
        match source:
            case LeafSource():
                listed = is_list_type(get_nullable_type(graphql_field.type))
                type_ = FlatType.JSON if listed else _FLAT_TYPES.get(named_type.name, FlatType.TEXT)
                self.put(name, type_, source.value(self.row, _NO_ARGUMENTS), description)
            case SameRowSource():
                self._add_fields_of(named_type)
            case RowSource():
                self._add_reference(name, source.rows, named_type.name, description)
            case ListSource():
                self.put(name, FlatType.JSON, self._json_list(source, named_type.name), description)
            case _:
                raise TypeError(f"{name} is no value of a record's own")

    def _add_fields_of(self, of_type: object) -> None:
        assert isinstance(of_type, GraphQLObjectType)
        prefix, ambiguous = _PREFIXES[of_type.name]
        for camel_name, graphql_field in of_type.fields.items():
            name = to_snake(camel_name)
            self.add(f"{prefix}_{name}" if name in ambiguous else name, graphql_field)

    def _add_reference(self, name: str, rows: RowSet, type_name: str, description: str) -> None:
        """Columns of a date are its text and bounds, of a record its key and its name, if any."""
        referenced = self.join(rows)
        if type_name == "PartialDate":
            self.put(name, FlatType.TEXT, referenced["edtf"], f"{description} In EDTF.")
            for bound in ("earliest", "latest"):
                told = f"The {bound} day that `{name}` may be."
                self.put(f"{name}_{bound}", FlatType.DATE, referenced[bound], told)
        elif type_name not in _TABLE_NAMES:
            self.put(name, FlatType.TEXT, node_id(referenced, None), f"{description} Its id.", "")
            self.filters["type"] = referenced["type"].text
        else:
            self._put_key(name, referenced, type_name, description)

    def _put_key(self, name: str, referenced: Row, type_name: str, description: str) -> None:
        if name in _FILTERS:
            self.filters[name] = referenced["key"].text
        told = f"{description} Its key."
        self.put(name, FlatType.TEXT, referenced["key"], told, _TABLE_NAMES[type_name])
        if self.has_names and "name" in object_type(type_name).fields:
            self.put(f"{name}_name", FlatType.TEXT, referenced["name"], f"{description} Its name.")

    def join(self, rows: RowSet) -> Row:
        joined = Row(f"{self.row.alias}_{len(self.joins)}", rows.table)
        text = "left join {} {} on {}"
        condition = rows.where(joined, self.row, _NO_ARGUMENTS)
        self.joins.append(sql(text, Sql(joined.table), Sql(joined.alias), condition))
        return joined

    def _json_list(self, source: ListSource, type_name: str) -> Sql:
        """A JSON list of the keys of records, or of objects."""
        rows = source.rows
        inner = FlatRow(Row(f"{self.row.alias}_list", rows.table, rows.extra))
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
        for camel_name, graphql_field in object_type(type_name).fields.items():
            self.add(to_snake(camel_name), graphql_field)
        return json_object(
            {column.name: sql("json_quote({})", value) for column, value in self.columns.items()}
        )
