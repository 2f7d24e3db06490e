"""The naive evaluator: the library's own execution of the served SDL over plain Python lists.

In: a world, an operation and its variables. Out: the data, or the paths of the faults that refuse
the operation. It shares no code with `kb.query` and never sees the sources of the schema's fields:
what it says is what the planner must say.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from graphql import (
    DocumentNode,
    GraphQLFieldResolver,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    execute_sync,
    is_introspection_type,
)
from graphql.pyutils import Path

from schema.build import sdl
from tests.oracle.argument_faults import Refusal, find_faults
from tests.oracle.data import World, type_of
from tests.oracle.fields import RESOLVERS, Resolver
from tests.oracle.identifiers import UnknownScheme
from tests.oracle.offices import UnknownOffice
from tests.oracle.text_filters import ArgumentValue

MOST_TOLD = 20
"""Unknown offices of one answer, the first of it."""


@dataclass
class _ExecutionContext:
    """One operation: the world outside of views, and those within, by where the views stand.

    `unknown` are the places where an office is asked for that there is not.
    """

    world: World
    views: dict[Path, World] = field(default_factory=dict)
    unknown: list[tuple[object, ...]] = field(default_factory=list)

    def world_at(self, path: Path | None) -> World:
        """That of the innermost view around a field."""
        while path and self.views:
            path = path.prev
            if path in self.views:
                return self.views[path]
        return self.world


@cache
def naive_schema() -> GraphQLSchema:
    """The served schema with a resolver for each field."""
    schema = build_schema(sdl())
    for graphql_type in schema.type_map.values():
        if isinstance(graphql_type, GraphQLInterfaceType | GraphQLUnionType):
            graphql_type.resolve_type = lambda value, *_: type_of(value)
        elif isinstance(graphql_type, GraphQLObjectType) and not is_introspection_type(
            graphql_type
        ):
            for name, field in graphql_type.fields.items():
                field.resolve = _resolve(RESOLVERS.get(graphql_type.name, {}).get(name), name)
        elif isinstance(graphql_type, GraphQLScalarType) and graphql_type.name == "Date":
            graphql_type.coerce_input_value = date.fromisoformat
            graphql_type.coerce_output_value = date.isoformat
        elif isinstance(graphql_type, GraphQLScalarType) and graphql_type.name == "Revision":
            graphql_type.coerce_output_value = str
    return schema


def _resolve(resolver: Resolver | None, name: str) -> GraphQLFieldResolver:
    """The library's form of a resolver; without one, the attribute of the field's name."""
    attribute = re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)

    def resolve(
        row: object, info: GraphQLResolveInfo[_ExecutionContext], **arguments: ArgumentValue
    ) -> object:
        if resolver is None:
            return getattr(row, attribute)
        value = resolver(info.context.world_at(info.path), row, arguments)
        if isinstance(value, World):
            info.context.views[info.path] = value
        if isinstance(value, UnknownOffice):
            info.context.unknown.append(tuple(info.path.as_list()))
            return []
        if isinstance(value, UnknownScheme):
            info.context.unknown.append(tuple(info.path.as_list()))
            return None
        return value

    return resolve


def answer(
    world: World, document: DocumentNode, variables: Mapping[str, object]
) -> dict[str, object] | Refusal:
    if refused := find_faults(naive_schema(), world, document, variables):
        return refused
    context = _ExecutionContext(world)
    result = execute_sync(
        naive_schema(),
        document,
        context_value=context,
        variable_values=dict(variables),
    )
    assert not result.errors, result.errors
    if context.unknown:
        return Refusal(frozenset(context.unknown[:MOST_TOLD]))
    assert result.data is not None
    return result.data
