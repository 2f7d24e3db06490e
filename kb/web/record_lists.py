"""The lists that have pages of their own: which there are, what they show, and how it is asked.

In: the schema, from which all of it follows. Out: for each list of its root the columns, and the
documents that ask a page of it. Pure, but for reading the package's own files.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)

from kb.records.types import RECORD_TYPES, in_words
from kb.server.served_schema import served_schema
from kb.web.page_queries import with_fragments
from kb.web.presentation import FOLDERS, field_label
from kb.web.reference_files import REFERENCE_FORMS, ReferenceForm
from kb.web.value_words import VALUES

_OTHERS = {"search", "changes", "diff"}
"""Lists of the root that are not of records, or have a page of another kind."""
_PAGING = {"first", "after", "last", "before"}
_TITLES = ("name", "title", "headline")
_HIDDEN = {
    *(record_type.key for record_type in RECORD_TYPES if not record_type.is_coded),
    *_TITLES,
    *("id", "key", "revision", "disputed", "participantsComplete", "yearInferred"),
    *("summary", "url", "paragraphs", "paragraph", "quote", "start", "end", "sha256", "verified"),
}
"""Fields that make no column: those that every list has in a place of its own, those that mean
nothing without another, and what is too long for one."""
_PERIOD = ("certainFrom", "certainTo", "possibleFrom", "possibleTo")
_DATE = ("earliest", "latest")
_ROOMS = ("first", "shown", "folded", "data")
PAGE_LENGTH = 100


@dataclass(frozen=True)
class Column:
    """A heading, the path of its values in a row, and the selection that asks for them.

    `room` is `first` for dates and periods, `shown` for what is shown, too, `folded` for what is
    shown on demand, and `data` for what stands in CSV and JSON alone, where a column `of_records`
    has ids.
    """

    heading: str
    path: str
    selection: str
    room: str = "shown"
    of_records: bool = False
    is_enum: bool = False


@dataclass(frozen=True)
class RecordList:
    """A list of the root, by its field's name, which is that of its page, too."""

    name: str
    field: GraphQLField

    @property
    def title(self) -> str:
        return field_label(self.name)

    @cached_property
    def edge(self) -> GraphQLObjectType:
        return _object(_object(self.field).fields["edges"])

    @cached_property
    def node(self) -> GraphQLObjectType:
        return _object(self.edge.fields["node"])

    @property
    def arguments(self) -> Mapping[str, GraphQLArgument]:
        """What it can be narrowed and sorted by."""
        given = self.field.args.items()
        return {name: argument for name, argument in given if name not in _PAGING}

    @property
    def is_searched(self) -> bool:
        """Whether a search by words finds what it lists."""
        hits = served_schema().core.type_map["SearchHit"]
        return isinstance(hits, GraphQLUnionType) and self.node in hits.types

    @cached_property
    def columns(self) -> list[Column]:
        """The record itself first, then when it was, and at the end whether it is disputed."""
        columns = []
        if self.node.name in FOLDERS:
            heading = in_words(self.node.name)
            title = next((title for title in _TITLES if title in self.node.fields), "")
            columns.append(Column(heading, "", f"id {title}".strip(), of_records=True))
        elif "id" in self.node.fields:
            heading = f"{in_words(self.node.name)} id"
            columns.append(Column(heading, "id", "id", room="data"))
        if "certainty" in self.edge.fields:
            columns.append(Column("certainty", "certainty", "", is_enum=True))
        fields = chain(*(_columns(*field) for field in self.node.fields.items()))
        columns += sorted(fields, key=lambda column: _ROOMS.index(column.room))
        if "disputed" in self.node.fields:
            columns.append(Column("disputed", "disputed", "disputed"))
        return columns

    @property
    def groups(self) -> GraphQLField | None:
        """Its rows in groups, if they can be grouped."""
        groups: GraphQLField | None = _object(self.field).fields.get("groups")
        return groups

    @property
    def reference_forms(self) -> Mapping[str, ReferenceForm]:
        """In which forms it can be had as references, by their endings: articles are cited."""
        return REFERENCE_FORMS if self.node.name == "Article" else {}

    @property
    def is_counted(self) -> bool:
        """Whether it tells how much of its length is doubt."""
        return "count" in _object(self.field).fields

    @cached_property
    def query(self) -> str:
        """A page of its rows."""
        return self.query_with("")

    def query_with(self, selections: str) -> str:
        """A page of its rows, with these fields of the list beside them."""
        types = {name: str(argument.type) for name, argument in self.arguments.items()}
        given = "".join(f", {name}: ${name}" for name in types)
        edge = "certainty " if "certainty" in self.edge.fields else ""
        return self._document(types, f"{self.name}({self._page}{given})", edge, more=selections)

    @cached_property
    def search(self) -> str:
        """Those of its records that a search by words finds, best first."""
        (enum_name,) = {each.enum_name for each in RECORD_TYPES if each.name == self.node.name}
        field = f"{self.name}: search(query: $q, types: [{enum_name}], {self._page})"
        return self._document({"q": "String!"}, field, of=f"... on {self.node.name} ")

    @property
    def _page(self) -> str:
        return f"first: {PAGE_LENGTH}, after: ${self.name}"

    def _document(
        self, types: Mapping[str, str], field: str, edge: str = "", of: str = "", more: str = ""
    ) -> str:
        declared = "".join(f", ${name}: {type_}" for name, type_ in types.items())
        selections = " ".join(filter(None, (column.selection for column in self.columns)))
        node = f"{of}{{ {selections} }}"
        return with_fragments(
            f"query {self.name[0].upper()}{self.name[1:]}(${self.name}: String{declared})"
            " { ...Page }\n\n"
            "fragment Page on Query {\n"
            f"  {field} {{\n"
            "    totalCount pageInfo { hasNextPage endCursor }\n"
            f"    edges {{ {edge}node {f'{{ {node} }}' if of else node} }}\n"
            f"{more and f'    {more}{chr(10)}'}"
            "  }\n"
            "}\n"
        )


@cache
def record_lists() -> Mapping[str, RecordList]:
    """By their names, in the order of the schema."""
    query = served_schema().core.query_type
    assert query is not None
    return {
        name: RecordList(name, field)
        for name, field in query.fields.items()
        if get_named_type(field.type).name.endswith("Connection") and name not in _OTHERS
    }


@cache
def counts_query() -> str:
    """How many records each list has, and with what the home page is to begin."""
    fields = "  about { organisation { slug } offices }\n"
    fields += "\n".join(f"  {name}(first: 0) {{ totalCount }}" for name in record_lists())
    return f"query Counts {{ ...Page }}\n\nfragment Page on Query {{\n{fields}\n}}\n"


def names_query(types: Iterable[str], more: str = "", declared: str = "") -> str:
    """The first records of each of these types by their names, if they have lists.

    `more` is asked beside them, with the variables that are declared for it.
    """
    lists = [each for each in record_lists().values() if each.node.name in types]
    fields = "\n".join(
        f"  {each.name}(first: {PAGE_LENGTH}) {{ pageInfo {{ hasNextPage }}"
        f" nodes {{ {naming(each.node)} }} }}"
        for each in lists
    )
    fields += more and f"\n  {more}"
    document = f"query Beside{declared} {{ ...Page }}\n\nfragment Page on Query {{\n{fields}\n}}\n"
    return with_fragments(document) if fields else ""


def _object(field: GraphQLField) -> GraphQLObjectType:
    named = get_named_type(field.type)
    assert isinstance(named, GraphQLObjectType)
    return named


def _columns(name: str, field: GraphQLField) -> Iterator[Column]:
    """None of what takes arguments, or is a list of what has no name."""
    named, heading = get_named_type(field.type), in_words(name)
    if name in _HIDDEN or any(map(is_required_argument, field.args.values())):
        return
    if is_leaf_type(named) and name in VALUES:
        yield Column(heading, name, name, of_records=True)
    elif is_leaf_type(named):
        yield Column(heading, name, name, is_enum=isinstance(named, GraphQLEnumType))
    elif named.name == "Period":
        yield Column(heading, f"{name}.text", f"{name} {{ text {' '.join(_PERIOD)} }}", "first")
        for bound in _PERIOD:
            yield Column(in_words(bound), f"{name}.{bound}", "", room="folded")
    elif named.name == "PartialDate":
        yield Column(heading, f"{name}.text", f"{name} {{ text {' '.join(_DATE)} }}", "first")
        for bound in _DATE:
            yield Column(f"{heading} {bound}", f"{name}.{bound}", "", room="data")
    elif selection := naming(named):
        room = "folded" if is_list_type(get_nullable_type(field.type)) else "shown"
        yield Column(heading, name, f"{name} {{ {selection} }}", room, of_records=True)
    elif named.name == "AssertedValue":
        yield Column(heading, name, f"{name} {{ value }}", of_records=True)


def naming(named: GraphQLNamedType) -> str:
    """What tells the name of a record, and where its page is."""
    if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        return ""
    if title := next((title for title in _TITLES if title in named.fields), ""):
        return f"id {title}" if named.name in FOLDERS else ""
    sourced = served_schema().core.type_map["Sourced"]
    is_sourced = isinstance(named, GraphQLObjectType) and sourced in named.interfaces
    return "...Name" if is_sourced or named is sourced else ""
