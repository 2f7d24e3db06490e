"""Examples of the explorer ask what they asked, however they were written."""

import pytest
from graphql import parse, print_ast
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from kb.records.field_types import Query

_TYPE: TypeAdapter[str] = TypeAdapter(Query)
_BLANKS = st.sampled_from((" ", "  ", "\n", "\t", ",", "\n# all of it: { a\n", "\r\n"))
_WORDS = st.text("ab \\u0020é", max_size=4).map(
    lambda text: f'"{text}"' if "\\" not in text else '"a"'
)


@given(st.lists(_BLANKS, min_size=9, max_size=9), _WORDS)
def test_a_query_asks_the_same(blanks: list[str], words: str) -> None:
    parts = ("query", "A", "{", "a", "(", f"b: {words}", ")", "{", "c")
    query = "".join(f"{blank} {part}" for blank, part in zip(blanks, parts, strict=True)) + "}}"
    try:
        stored = _TYPE.validate_python(query)
    except ValidationError:
        # Of blanks within words one alone is kept, and none at their ends is lost.
        assert "  " in words
        return
    assert print_ast(parse(stored)) == print_ast(parse(query))
    assert "\n" not in stored


@pytest.mark.parametrize(
    ("query", "stored"),
    [
        ("{\n  # all of them\n  states { totalCount }\n}", "{states{totalCount}}"),
        ("{\n  states { totalCount }\n}", "{ states { totalCount } }"),
        ("{ states {", "{ states {"),
        ('{ a(b: "a \\u0020b") }', '{ a(b: "a \\u0020b") }'),
    ],
)
def test_comments_go_and_blanks_are_told(query: str, stored: str) -> None:
    assert _TYPE.validate_python(query) == stored


def test_blanks_that_would_be_lost_are_told() -> None:
    with pytest.raises(ValidationError) as told:
        _TYPE.validate_python('{ a(b: "a  b") }')
    assert told.value.errors()[0]["type"] == "blanks"
