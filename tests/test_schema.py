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
    find_breaking_changes,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
    print_ast,
)
from graphql import build_schema as read_schema

from kb.query.selections import source_of
from schema.build import build_schema, sdl
from tests.support.databases import Database

CONTRACT = Path(__file__).parents[2] / "shared" / "contract" / "schema.graphql"


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    if not CONTRACT.is_file():
        pytest.skip(f"the contract is not at {CONTRACT}")
    return read_schema(CONTRACT.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def served() -> GraphQLSchema:
    return read_schema(sdl())


def test_breaks_nothing_of_the_contract(contract: GraphQLSchema, served: GraphQLSchema) -> None:
    assert [change.description for change in find_breaking_changes(contract, served)] == []


def test_defaults_are_those_of_the_contract(contract: GraphQLSchema, served: GraphQLSchema) -> None:
    """`find_breaking_changes` overlooks a default that is added."""
    wanted, found = defaults(contract), defaults(served)
    assert {name: found.get(name) for name in wanted} == wanted
    assert found["Organisation.members.status"] == "[MEMBER]"


def defaults(schema: GraphQLSchema) -> dict[str, str | None]:
    """Of arguments and of the fields of inputs, as they are written."""
    arguments = {
        f"{kind.name}.{name}.{argument}": value
        for kind in objects(schema)
        for name, field in kind.fields.items()
        for argument, value in field.args.items()
    }
    inputs = {
        f"{kind.name}.{name}": value
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLInputObjectType)
        for name, value in kind.fields.items()
    }
    return {
        name: print_ast(value.default.literal) if value.default and value.default.literal else None
        for name, value in (arguments | inputs).items()
    }


def objects(schema: GraphQLSchema) -> list[GraphQLObjectType | GraphQLInterfaceType]:
    return [
        kind
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        and not is_introspection_type(kind)
    ]


def test_everything_is_described(served: GraphQLSchema) -> None:
    bare = [name for name, description in descriptions(served) if not description]
    assert bare == []


def descriptions(schema: GraphQLSchema) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for kind in schema.type_map.values():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        found.append((kind.name, kind.description))
        if isinstance(kind, GraphQLEnumType):
            found += [(f"{kind.name}.{name}", v.description) for name, v in kind.values.items()]
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            found += [(f"{kind.name}.{name}", f.description) for name, f in kind.fields.items()]
    for owner in objects(schema):
        for name, field in owner.fields.items():
            found += [
                (f"{owner.name}.{name}.{arg}", v.description) for arg, v in field.args.items()
            ]
    return found


def test_every_field_names_its_source() -> None:
    schema = build_schema().core
    for kind in objects(schema):
        for field in kind.fields.values():
            assert source_of(field), field


def test_lists_say_their_order(served: GraphQLSchema) -> None:
    for kind in objects(served):
        for name, field in kind.fields.items():
            if _is_list_of_rows(field):
                assert re.search(r"by |first|oldest|newest|order", field.description or ""), (
                    f"{kind.name}.{name}: {field.description}"
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
    asked = '__type(name: "MembershipOrderField") { enumValues { description } }'
    match csto.ask(f"{{ {asked} revision }}"):
        case {"__type": {"enumValues": [{"description": told}, *_]}}:
            assert told == "The state's name."
        case other:
            pytest.fail(f"{other}")
