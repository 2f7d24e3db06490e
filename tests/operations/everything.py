"""Operations that ask for all that there is, some levels deep, so that what is new is asked too.

In: a schema, and a day. Out: their texts, one for each root; lists with pages are asked for their
first rows, a hundred at a root, and what takes a day is asked of that one. Fields that take other
arguments which must be given are left out.
"""

from collections.abc import Iterator, Set

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

LEVELS = 2
_ROWS_AT_ROOT, _ROWS_WITHIN = 100, 30
_LEFT_OUT = frozenset({"at", "changes", "diff", "feed", "history", "view", "nodes"})
"""What is asked in other ways, or tells of the database; the nodes of edges are asked for once."""


def ask_for_everything(
    schema: GraphQLSchema, day: str, left_out: Set[str] = frozenset()
) -> Iterator[str]:
    """For each root that must be given nothing but a day, without the fields of these names."""
    root = schema.query_type
    assert root is not None
    writer = _Writer(schema, day, _LEFT_OUT | left_out)
    for name, field in root.fields.items():
        if writer.takes(name, field, LEVELS) and not is_leaf_type(_named(field)):
            yield f"{{ {writer.field(name, field, LEVELS, _ROWS_AT_ROOT)} }}"


class _Writer:
    """Writes selections in which days are literals."""

    def __init__(self, schema: GraphQLSchema, day: str, left_out: Set[str]) -> None:
        self._schema, self._day, self._left_out = schema, f'"{day}"', left_out

    def takes(self, name: str, field: GraphQLField, levels: int) -> bool:
        """Whether nothing must be given but days, and there is a level left for it."""
        required = (each.type for each in field.args.values() if is_required_argument(each))
        named = _named(field)
        within = levels > 0 or is_leaf_type(named) or named.name.endswith(("Edge", "PageInfo"))
        return name not in self._left_out and within and all(map(_is_day, required))

    def field(self, name: str, field: GraphQLField, levels: int, rows: int = _ROWS_WITHIN) -> str:
        """The field with all that is in it."""
        arguments = [
            f"{argument}: {self._day}"
            for argument in field.args
            if _is_day(field.args[argument].type)
        ]
        arguments += [f"first: {rows}"] if "first" in field.args else []
        given = f"({', '.join(arguments)})" if arguments else ""
        named = _named(field)
        if is_leaf_type(named):
            return f"{name}{given}"
        return f"{name}{given} {self._selection(named, levels - (not _is_plumbing(named)))}"

    def _selection(self, named: GraphQLNamedType, levels: int) -> str:
        if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
            return f"{{ ... on Node {{ id }} {' '.join(self._members(named, levels))} }}"
        assert isinstance(named, GraphQLObjectType)
        fields = named.fields.items()
        chosen = [
            self.field(key, each, levels) for key, each in fields if self.takes(key, each, levels)
        ]
        return f"{{ {' '.join(chosen)} }}"

    def _members(
        self, named: GraphQLUnionType | GraphQLInterfaceType, levels: int
    ) -> Iterator[str]:
        """Leaves of each type that it stands for, under keys that do not meet."""
        for member in self._schema.get_possible_types(named) if levels > 0 else ():
            for name, field in member.fields.items():
                if is_leaf_type(_named(field)) and self.takes(name, field, levels):
                    key = f"{member.name.lower()}_{name}"
                    yield f"... on {member.name} {{ {key}: {self.field(name, field, levels)} }}"


def _is_plumbing(named: GraphQLNamedType) -> bool:
    return named.name.endswith(("Connection", "Edge")) or named.name == "PageInfo"


def _is_day(argument_type: object) -> bool:
    return str(argument_type) == "Date!"


def _named(field: GraphQLField) -> GraphQLNamedType:
    return get_named_type(field.type)
