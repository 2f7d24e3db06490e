"""Every filter of one type, in every list at a root.

In: a schema, the name of a type such as `StringFilter`, and values for its fields. Out: the text of
root fields that count what passes.
"""

from collections.abc import Iterator, Mapping

from graphql import GraphQLInputObjectType, GraphQLSchema, get_named_type


def filter_fields(
    schema: GraphQLSchema, filter_type: str, ways: Mapping[str, str]
) -> Iterator[str]:
    """Every filter of that type in every list, in each of the ways to compare."""
    root = schema.query_type
    assert root is not None
    for name, field in root.fields.items():
        wanted = get_named_type(field.args["filter"].type) if "filter" in field.args else None
        if isinstance(wanted, GraphQLInputObjectType):
            for key, input_field in wanted.fields.items():
                for way, value in ways.items() if str(input_field.type) == filter_type else ():
                    arguments = f"filter: {{ {key}: {{ {way}: {value} }} }}, first: 0"
                    yield f"{name}_{key}_{way}: {name}({arguments}) {{ totalCount }}"
