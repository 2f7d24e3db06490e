"""The schema: true to the public contract, described throughout, one statement an operation."""

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    extend_schema,
    find_breaking_changes,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
    parse,
    print_ast,
)
from graphql import build_schema as read_schema

from kb.query.selections import source_of
from schema.build import build_schema, sdl
from tests.support.databases import Database

pytestmark = pytest.mark.sweep

CONTRACT = Path(__file__).parents[2] / "shared" / "contract" / "schema.graphql"
JOINED = ("truth.graphql", "anyone.graphql", "ask-more.graphql", "history.graphql")
"""Files of `next/` beside it, whose capabilities are served whole."""


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    if not CONTRACT.is_file():
        pytest.skip(f"the contract is not at {CONTRACT}")
    contract = read_schema(CONTRACT.read_text(encoding="utf-8"))
    for name in JOINED:
        text = (CONTRACT.parent / "next" / name).read_text(encoding="utf-8")
        contract = extend_schema(contract, parse(text))
    return contract


@pytest.fixture(scope="module")
def served_schema() -> GraphQLSchema:
    return read_schema(sdl())


def test_breaks_nothing_of_the_contract(
    contract: GraphQLSchema, served_schema: GraphQLSchema
) -> None:
    assert [change.description for change in find_breaking_changes(contract, served_schema)] == []


def test_defaults_are_those_of_the_contract(
    contract: GraphQLSchema, served_schema: GraphQLSchema
) -> None:
    """`find_breaking_changes` overlooks a default that is added."""
    wanted, actual = default_values(contract), default_values(served_schema)
    assert {name: actual.get(name) for name in wanted} == wanted
    assert actual["Organisation.members.status"] == "[MEMBER]"


def default_values(schema: GraphQLSchema) -> dict[str, str | None]:
    """Of arguments and of the fields of inputs, as they are written."""
    arguments = {
        f"{type_.name}.{name}.{argument}": value
        for type_ in object_types(schema)
        for name, field in type_.fields.items()
        for argument, value in field.args.items()
    }
    inputs = {
        f"{type_.name}.{name}": value
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLInputObjectType)
        for name, value in type_.fields.items()
    }
    return {
        name: print_ast(value.default.literal) if value.default and value.default.literal else None
        for name, value in (arguments | inputs).items()
    }


def object_types(schema: GraphQLSchema) -> list[GraphQLObjectType | GraphQLInterfaceType]:
    return [
        type_
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        and not is_introspection_type(type_)
    ]


def test_everything_is_described(served_schema: GraphQLSchema) -> None:
    bare = [name for name, description in descriptions(served_schema) if not description]
    assert bare == []


def descriptions(schema: GraphQLSchema) -> list[tuple[str, str | None]]:
    texts: list[tuple[str, str | None]] = []
    for type_ in schema.type_map.values():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        texts.append((type_.name, type_.description))
        if isinstance(type_, GraphQLEnumType):
            texts += [(f"{type_.name}.{name}", v.description) for name, v in type_.values.items()]
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            texts += [(f"{type_.name}.{name}", f.description) for name, f in type_.fields.items()]
    for owner in object_types(schema):
        for name, field in owner.fields.items():
            texts += [
                (f"{owner.name}.{name}.{arg}", v.description) for arg, v in field.args.items()
            ]
    return texts


def test_every_field_names_its_source() -> None:
    schema = build_schema().core
    for type_ in object_types(schema):
        for field in type_.fields.values():
            assert source_of(field), field


def test_lists_say_their_order(served_schema: GraphQLSchema) -> None:
    for type_ in object_types(served_schema):
        for name, field in type_.fields.items():
            if _is_list_of_rows(field):
                assert re.search(r"by |first|oldest|newest|order", field.description or ""), (
                    f"{type_.name}.{name}: {field.description}"
                )


def _is_list_of_rows(field: GraphQLField) -> bool:
    return get_named_type(field.type).name.endswith("Connection")


@pytest.mark.parametrize(
    "query",
    [
        "{ revision }",
        "{ __typename }",
        '{ node(id: "State:UZ") { id } a: state(code: "UZ") { name } b: state(code: "KZ") { id } }',
        """{ organisations { nodes { memberships { nodes { citations { nodes { article {
        citations { nodes { claim } } } } } } } } } }""",
        '{ nodes(ids: ["State:UZ", "Event:osh-fighting", "no"]) { ...on Sourced { revision } } }',
    ],
)
def test_one_statement_an_operation(csto: Database, query: str) -> None:
    csto.reader.statements.clear()
    csto.ask(query)
    ((pieces, _),) = csto.reader.statements
    assert pieces[0].startswith("select ")


def test_introspection_beside_data(csto: Database) -> None:
    assert csto.ask('{ __schema { queryType { name } } state(code: "UZ") { name } }') == {
        "__schema": {"queryType": {"name": "Query"}},
        "state": {"name": "Uzbekistan"},
    }


def test_introspection_with_quotes_beside_data(csto: Database) -> None:
    """What is known of the schema stands in the statement, where a quote would end it."""
    field = '__type(name: "MembershipOrderField") { enumValues { description } }'
    match csto.ask(f"{{ {field} revision }}"):
        case {"__type": {"enumValues": [{"description": told}, *_]}}:
            assert told == "The state's name."
        case other:
            pytest.fail(f"{other}")
