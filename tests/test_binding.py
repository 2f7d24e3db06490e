"""Variables coerced as the library coerces them; shapes that tell plans apart, and only those."""

from enum import Enum

import pytest
from graphql import OperationDefinitionNode, get_variable_values, parse
from hypothesis import given
from hypothesis import strategies as st

from kb.query.binding import shape, slots
from kb.query.variables import Variables
from schema.build import build_schema

SCHEMA = build_schema().core
KINDS: tuple[str, ...] = (
    "String",
    "String!",
    "Int!",
    "Boolean",
    "Date!",
    "ID",
    "MembershipStatus!",
    "Stance",
)
KINDS = (*KINDS, "[ID!]!", "MembershipFilter", 'String = "x"', "Int = 3")


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


plain = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.text(max_size=3))
given_values = st.one_of(
    plain,
    st.sampled_from(["2001-01-01", "MEMBER", "SUPPORTS", 2**40, 1.5]),
    st.lists(plain, max_size=2),
    st.dictionaries(st.sampled_from(["status", "x"]), plain, max_size=2),
)


@given(
    st.lists(st.sampled_from(KINDS), min_size=1, max_size=3),
    st.dictionaries(st.sampled_from("abcd"), given_values),
)
def test_variables_are_those_of_the_library(kinds: list[str], values: dict[str, object]) -> None:
    declared = ", ".join(f"${name}: {type_}" for name, type_ in zip("abc", kinds, strict=False))
    (node,) = parse(f"query ({declared}) {{ revision }}").definitions
    assert isinstance(node, OperationDefinitionNode)
    ours = Variables(SCHEMA, node).coerce(values)
    theirs = get_variable_values(SCHEMA, node.variable_definitions or (), values)
    assert isinstance(ours, list) == isinstance(theirs, list)
    if isinstance(ours, list) or isinstance(theirs, list):
        assert list(map(str, ours)) == list(map(str, theirs))
    else:
        assert ours.coerced == theirs.coerced
        assert list(ours.coerced) == list(theirs.coerced)
        assert {name: source.value for name, source in ours.sources.items()} == {
            name: source.value for name, source in theirs.sources.items()
        }


coerced = st.recursive(
    st.one_of(plain, st.sampled_from(Colour)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(coerced, coerced)
def test_a_shape_is_that_of_the_slots(first: object, second: object) -> None:
    same = repr(slots(first, ())) == repr(slots(second, ()))
    assert (shape(first) == shape(second)) is same


@pytest.mark.parametrize(
    ("first", "second"),
    [([], {}), ([None], None), ({"a": 1}, {"b": 1}), ([1], [1, 1]), (True, 1), ("", [])],
)
def test_shapes_that_differ(first: object, second: object) -> None:
    assert shape(first) != shape(second)
