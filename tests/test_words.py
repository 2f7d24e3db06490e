"""Words of a text and terms of a search: one spelling for all, and nothing that an engine obeys."""

import re
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from kb.normalisation import normalise
from kb.tokenizer import SearchTerm, joins, search_terms, swaps, trigrams, words
from tests.support.hostile import TEXTS
from tests.support.scan import Texts, expected_hits

LONGEST = 60
EXPRESSION = re.compile(r'"[^\W_]+(?: [^\W_]+)*"(?: \*)?')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" — … !?", []),
        ("CSTO", ["csto"]),
        ("Ålma-Ata’s", ["alma", "ata", "s"]),
        ("co-operation", ["co", "operation"]),
        ("U.S.", ["u", "s"]),
        ("snake_case 1e3", ["snake", "case", "1e3"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("İstanbul istanbul", ["istanbul", "istanbul"]),
        ("Çäpäkow e\u0301 é", ["capakow", "e", "e"]),
        ("ﬁnal ½", ["final", "1", "2"]),
        ("Йод Ёлка", ["yod", "elka"]),
        ("日本 العربية", ["riben", "lrbyh"]),
        ("x\0y\u200bz", ["x", "y", "z"]),
    ],
)
def test_words_of(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_word_counts_up_to_its_longest() -> None:
    assert words("x" * LONGEST + "y" * 9) == words("x" * LONGEST) == ["x" * LONGEST]
    assert words("ß" * LONGEST) == ["s" * LONGEST]


@given(TEXTS)
@example("ŉ ǰ ΐ ẞ ﬃ ᾳ Ω K")
def test_words_are_their_own_words(text: str) -> None:
    parts = words(text)
    assert words(" ".join(parts)) == parts
    assert all(0 < len(word) <= LONGEST for word in parts)


@given(TEXTS)
def test_composition_does_not_matter(text: str) -> None:
    spellings = {unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert {tuple(words(spelling)) for spelling in spellings} == {tuple(words(text))}


@given(st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x17F, exclude_characters="ı")))
def test_case_and_accents_do_not_matter(text: str) -> None:
    accented = "".join(letter + "\u0323\u0301" for letter in text)
    assert words(text.lower()) == words(text.title()) == words(text) == words(accented)


@given(TEXTS, TEXTS)
def test_a_blank_parts_texts(first: str, second: str) -> None:
    assert words(f"{first} {second}") == words(first) + words(second)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ('"" \'" *', []),
        ("Alma", [SearchTerm(("alma",), begins=True)]),
        ("rapid reaction", [SearchTerm(("rapid",)), SearchTerm(("reaction",), begins=True)]),
        ("rapid reaction ", [SearchTerm(("rapid",)), SearchTerm(("reaction",), begins=True)]),
        ('"Rapid Reaction"', [SearchTerm(("rapid", "reaction"))]),
        ('"rapid reaction" ', [SearchTerm(("rapid", "reaction"))]),
        (
            '"rapid reaction" taj',
            [SearchTerm(("rapid", "reaction")), SearchTerm(("taj",), begins=True)],
        ),
        ('taj "rapid"', [SearchTerm(("taj",)), SearchTerm(("rapid",))]),
        (
            'taj "rapid rea',
            [SearchTerm(("taj",)), SearchTerm(("rapid",)), SearchTerm(("rea",), begins=True)],
        ),
        ('a"b"c', [SearchTerm(("a",)), SearchTerm(("b",)), SearchTerm(("c",), begins=True)]),
        ("a a", [SearchTerm(("a",)), SearchTerm(("a",), begins=True)]),
        ("a a b", [SearchTerm(("a",)), SearchTerm(("b",), begins=True)]),
        ("co-op", [SearchTerm(("co",)), SearchTerm(("op",), begins=True)]),
        ('"x', [SearchTerm(("x",), begins=True)]),
        ("a -b", [SearchTerm(("a",)), SearchTerm(("b",), unwanted=True)]),
        (
            '-"a b" -co-op c',
            [
                SearchTerm(("a", "b"), unwanted=True),
                SearchTerm(("co", "op"), unwanted=True),
                SearchTerm(("c",), begins=True),
            ],
        ),
        ("- a", [SearchTerm(("a",), begins=True)]),
    ],
)
def test_terms_of(query: str, expected: list[SearchTerm]) -> None:
    assert search_terms(query) == expected


@given(TEXTS)
def test_an_expression_holds_words_alone(query: str) -> None:
    """No quote, sign or operator of the input gets through: words are in lower case, in quotes."""
    for term in search_terms(query):
        assert EXPRESSION.fullmatch(term.expression)
        assert term.expression == term.expression.casefold()
        assert not {"\0", "\\", "'"} & set(term.expression)
        assert words(term.expression) == list(term.words)


@given(TEXTS)
def test_terms_are_the_words_of_the_query(query: str) -> None:
    terms = search_terms(query)
    assert {word for term in terms for word in term.words} == set(words(normalise(query)))
    assert len(terms) == len(set(terms))
    assert not any(term.begins for term in terms[:-1])


@given(TEXTS.filter(lambda text: '"' not in text))
def test_the_last_word_alone_may_be_a_beginning(query: str) -> None:
    assume(" -" not in f" {normalise(query)}")
    *before, last = search_terms(query) or [SearchTerm(())]
    assert last.begins == bool(query_words := words(normalise(query)))
    assert all(len(term.words) == 1 for term in before)
    assert list(last.words) == query_words[-1:]
    assert not search_terms(f'{query} ""')[-1:] or not search_terms(f'{query} ""')[-1].begins


@given(TEXTS.filter(lambda text: '"' not in text))
def test_quotes_make_a_phrase(query: str) -> None:
    phrase = tuple(words(normalise(query)))
    assert search_terms(f'"{query}"') == ([SearchTerm(phrase)] if phrase else [])


def test_the_scan_tells_words_from_phrases_and_beginnings() -> None:
    texts = {"one": [["rapid", "reaction", "force"], ["taj"]], "two": [["reaction", "rapid"]]}
    scan = Texts(texts, {"org": [["nato"]]}, {"two": ["org"]})
    queries = (
        "rapid reac",
        "reac rapid",
        '"rapid reaction"',
        '"rapid reac"',
        "force taj",
        "rapid -taj",
        "rapid nato",
        "nato",
        "",
    )
    hits = [expected_hits(scan, query) for query in queries]
    assert hits == [["one", "two"], [], ["one"], [], ["one"], ["two"], ["two"], [], []]


def test_trigrams_know_the_ends_of_a_word() -> None:
    assert trigrams("anna") == {"  a", " an", "ann", "nna", "na "}
    assert trigrams("a") == {"  a", " a "}
    assert trigrams("aaaa") == {"  a", " aa", "aaa", "aa "}


def test_letters_in_each_others_place() -> None:
    assert swaps("csto") == {"scto", "ctso", "csot"}
    assert swaps("aab") == {"aba"}
    assert not swaps("a")


def test_words_that_are_joined() -> None:
    assert joins(["kazakh", "stan"]) == {"kazakhstan"}
    assert joins(["a", "b", "c"]) == {"ab", "bc", "abc"}
    assert joins(["x" * LONGEST, "y"]) == joins(["one"]) == joins([]) - {""} == set()
