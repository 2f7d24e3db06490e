"""What is told of values that a record cannot have: in the words of whoever wrote them."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from io import BytesIO
from typing import cast

import pytest
from pydantic import BaseModel

from kb.errors import Fault
from kb.files.json_reader import find_column
from kb.files.seed_files import parse_seed
from kb.records import documents, field_types, form_errors
from kb.records.documents import (
    FILES,
    FORMS,
    AnchorDocument,
    CitationDocument,
    ExampleDocument,
    IdentifierDocument,
    ParticipantDocument,
    PartyDocument,
)
from kb.records.entries import NOWHERE, Place, check_form
from kb.records.form_errors import GRAPHQL, JSON, YAML, Words
from kb.records.placeholders import make_placeholder
from tests.support.foreign_words import FOREIGN

Fields = dict[str, object]
DOORS = {"YAML": YAML, "JSON": JSON, "GraphQL": GRAPHQL}
OTHERS = {
    "YAML": r"\b(object|array|string|Int|String|Boolean)\b",
    "JSON": r"\b(mapping|Int|String|Boolean)\b",
    "GraphQL": r"\ban? (mapping|array|string|number)\b",
}
PARTS: dict[str, type[BaseModel]] = {
    "participants": ParticipantDocument,
    "parties": PartyDocument,
    "identifiers": IdentifierDocument,
    "examples": ExampleDocument,
}
DEEP: list[object] = [[[["x"]]]]
WRONG: tuple[object, ...] = (
    *(None, True, False, 0, -1, 5, 5.5, 1e300, 2**31, 10**25, "", " ", "x" * 100_001, "a\0b"),
    *("é", "no such thing", "12", "1_000", "0x10", "٣", "1e3", [], [None], [[]], DEEP),
    *({}, {"a": 1}, {"x": {}}, {"x" * 1000: None}, ["x"] * 1001),
)


def whole_document(form: type[BaseModel]) -> Fields:
    """A document that has every field."""
    hints = {str(field.alias): field.annotation for field in form.model_fields.values()}
    made = cast(Fields, make_placeholder(form)) | {
        name: None for name in hints if "| None" in str(name)
    }
    made |= {name: [make_placeholder(part)] for name, part in PARTS.items() if name in hints}
    if "citations" in hints:
        made["citations"] = {"x": whole_citation()}
    return made


def whole_citation() -> Fields:
    """One of words, which a citation need not have."""
    return whole_document(CitationDocument) | {"anchor": make_placeholder(AnchorDocument)}


def field_names(form: type[BaseModel]) -> list[str]:
    return [str(field.alias) for field in form.model_fields.values()]


def field_paths(form: type[BaseModel]) -> Iterator[Place]:
    """Of every field, those of citations, anchors and the other parts too."""
    names = field_names(form)
    yield ()
    for name in names:
        yield (name,)
    if "citations" in names:
        yield ("citations", "x")
        yield from (("citations", "x", name) for name in field_names(CitationDocument))
        yield from (("citations", "x", "anchor", name) for name in field_names(AnchorDocument))
    for name, part in PARTS.items():
        if name in names:
            yield (name, 0)
            yield from ((name, 0, field) for field in field_names(part))


def with_value(fields: object, place: Place, value: object) -> object:
    """The fields with the value at the place."""
    fields, value = deepcopy((fields, value))
    if not place:
        return value
    inner = fields
    for step in place[:-1]:
        inner = inner[step]  # type: ignore[index]  # It is a mapping or a list.
    inner[place[-1]] = value  # type: ignore[index]  # As above.
    return fields


def faults_of(form: type[BaseModel], words: Words) -> Iterator[Fault]:
    base = whole_document(form)
    for place in field_paths(form):
        for value in WRONG:
            yield from check_form(
                form, "key", with_value(base, place, value), NOWHERE, words
            ).faults
        if place in ((), ("citations", "x")):
            odd = with_value(base, (*place, "odd"), 1)
            yield from check_form(form, "key", odd, NOWHERE, words).faults


@pytest.mark.parametrize("door", DOORS)
def test_no_word_is_foreign_to_the_door(door: str) -> None:
    remedies: dict[str, str] = {}
    for form in (*FORMS.values(), documents.TextDocument, documents.RequestDocument):
        for fault in faults_of(form, DOORS[door]):
            told = f"{fault.what}, {fault.remedy}"
            words = told.replace("`None`", "")
            assert not FOREIGN.search(words), told
            assert not re.search(OTHERS[door], words), told
            assert fault.remedy
            assert len(told) < 500
            remedies[fault.remedy] = fault.what
    assert len(remedies) > 12


def test_every_kind_of_fault_has_words_of_its_own() -> None:
    """A kind of error that pydantic has and the table lacks would be a KeyError above."""
    told = {teller(YAML, "x", CONTEXT) for teller in form_errors._DESCRIBERS.values()}
    assert len(told) == len(form_errors._DESCRIBERS) - 1, "two of them, for a mapping, are the same"


CONTEXT = {
    "pattern": next(iter(field_types.PATTERNS)),
    "expected": "'A' or 'B'",
    "least": 1,
    "max_length": 3,
    "actual_length": 4,
    "sign": "U+0000",
    "fault": "f",
    "remedy": "r",
}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("issueNumber", "99999999999999999999", "`99999999999999999999` is no whole number"),
        ("issueNumber", "3000000000", "`3000000000` is no whole number from 1 to 2147483647"),
        *(
            ("issueNumber", text, f"`{text}` is no whole")
            for text in ["0", "-5", "1_000", "500.0", "1e3"]
        ),
        *(
            ("issueNumber", text, f"`{text}` is no whole")
            for text in ["0x10", "٣", "007", "+5", "true"]
        ),
        ("issueNumber", "[1]", "it is a list, no whole number"),
        ("yearInferred", "yes", "`yes` is not `true` or `false`"),
        ("headline", "true", "it is `true`, not a text, put it in quotes"),
        ("headline", "{a: b}", "it is a mapping, not a text, write a text"),
        ("headline", '"a\\0"', "it has the character U+0000"),
        ("headline", "x" * 501, "it has 501 characters, more than 500, shorten it"),
        ("publication", "x" * 501, "it has 501 characters, more than 500"),
        ("publication", "The Bulletin", "is no key, write lower-case words joined by hyphens"),
        ("url", "https://" + "x" * 2_000, "it has 2,008 characters, more than 2,000"),
        *(
            ("url", f"'{url}'", "is no address on the web, write one that begins with `https://`")
            for url in [
                *("javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//evil.org"),
                *("https:///x", "https://", "http://a b", "ftp://a", "x", " javascript:x"),
                *("java\tscript:alert(1)//https://a", "\u200bjavascript:x"),
            ]
        ),
        ("url", "''", "it is empty"),
        ("datedOn", "1" * 101, "it has 101 characters, more than 100"),
    ],
)
def test_what_is_told(field: str, value: str, told: str) -> None:
    article = {"headline": "x", "publication": "x", "datedOn": "2001", field: value}
    text = "a:\n" + "".join(f"  {name}: {value}\n" for name, value in article.items())
    line = [*article].index(field) + 2
    ((fault),) = parse_seed("articles.yaml", text)
    assert str(fault).startswith(f"articles.yaml:{line}:3: a.{field}: ")
    assert told in str(fault)


def test_a_wrong_hash_is_answered_with_how_hashes_are_made() -> None:
    citation = with_value(whole_citation(), ("anchor", "sha256"), "abc")
    (fault,) = check_form(CitationDocument, "key", citation, NOWHERE, YAML).faults
    assert fault.what == "key.anchor.sha256: `abc` is no SHA-256 in hex"
    assert fault.remedy == "take the anchor that `kb cite` prints for the words"


@pytest.mark.parametrize("name", FILES)
def test_the_rest_of_a_record_is_checked_with_what_stands_in(name: str) -> None:
    """Whatever is wrong: the document is one, and what stands in for what is told."""
    _, form = FILES[name]
    for place in field_paths(form):
        for value in WRONG:
            checked = check_form(
                form, "key", with_value(whole_document(form), place, value), NOWHERE, JSON
            )
            assert checked.document is not None or (not isinstance(value, dict) and place == ())
            assert bool(checked.faults) == bool(checked.faulty)


@pytest.mark.parametrize(
    "text",
    ['{"a":{"b":[1,{"c":"}"}]}}', ' { "a" :\t{ "b" : [ 1 , { "c" : "\\"}" } ] } } '],
)
def test_columns_of_json(text: str) -> None:
    place: Place = ("a", "b", 1, "c")
    assert [find_column(text, place[:length]) for length in range(5)] == [
        1,
        *(
            text.index(sign) + 1
            for sign in ('"a"', '"b"', '{"c"' if '{"c"' in text else '{ "c"', '"c"')
        ),
    ]
    assert find_column(text, ("a", "x")) == text.index('"a"') + 1
    assert find_column(text, ("a", "b", 2)) == text.index('"b"') + 1
    assert find_column("{}", ("a",)) == find_column("[]", (0,)) == 1
    assert json.loads(text)


def test_yaml_tells_line_and_column_of_each_part() -> None:
    text = b"x:\n  name: [A,\n     {b: true}]\n"
    (fault, *_) = parse_seed("publications.yaml", text.decode())
    assert str(fault).startswith("publications.yaml:2:3: x.name: it is a list, not a text")
    assert BytesIO(text)
