"""What a client types into a search, as values that are bound to its statement.

In: the text of a search and its place in the operation. Out: expressions for the engines' indexes,
the trigrams of its words, and what may have been meant by them. What is more than the limits is
refused, and so is what looks for nothing.
"""

import json
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache, partial

from kb.errors import LimitError, QueryError
from kb.query.fields import Arguments
from kb.query.sql import HOLE, Param, Path, Scalar, Sql
from kb.tokenizer import SearchTerm, joins, search_terms, swaps, trigrams

MOST_LETTERS = 500
"""Of a search, as it came and of its words: a single character may be spelled out as many."""
MOST_WORDS, MOST_TOGETHER = 20, 100
"""Words and phrases of a search, and words of all its phrases."""
_MATCHES_NOTHING = '""'
"""An expression that matches no text."""
_SHORTEST = 3
"""Letters of a word for which near ones are looked for; what has digits is no name misspelt."""


@lru_cache(16)
def _split(query: str) -> tuple[list[SearchTerm], int, int]:
    """The terms, the number of their words, and that of the words' letters.

    Cached, because each term is a bound value of its own.
    """
    terms = search_terms(query)
    words = [word for term in terms for word in term.words]
    return terms, len(words), sum(map(len, words))


def _terms(query: object, path: Path, *, unwanted: bool = False) -> list[SearchTerm]:
    text = str(query)
    _check_limit(len(text), MOST_LETTERS, "characters", path)
    terms, count, letters = _split(text)
    _check_limit(letters, MOST_LETTERS, "letters once its signs are spelled out", path)
    _check_limit(len(terms), MOST_WORDS, "words or phrases", path)
    _check_limit(count, MOST_TOGETHER, "words in phrases", path)
    if terms and all(term.unwanted for term in terms):
        what = "a search that only leaves words out looks for none"
        raise QueryError(what, "give a word that is to be found, too", path)
    return [term for term in terms if term.unwanted == unwanted]


def _check_limit(count: int, most: int, what: str, path: Path) -> None:
    if count > most:
        raise LimitError(f"a search for {count:,} {what}", f"give at most {most}", path)


def _any_of(terms: list[SearchTerm]) -> str:
    return " OR ".join(term.expression for term in terms) or _MATCHES_NOTHING


def _term(place: int, path: Path, query: object) -> Scalar:
    terms = _terms(query, path)
    return terms[place].expression if place < len(terms) else _MATCHES_NOTHING


def _count(path: Path, query: object) -> Scalar:
    return len(_terms(query, path))


def _any_wanted(path: Path, query: object) -> Scalar:
    return _any_of(_terms(query, path))


def _any_unwanted(path: Path, query: object) -> Scalar:
    return _any_of(_terms(query, path, unwanted=True))


def _trigrams(path: Path, query: object) -> Scalar:
    return list_trigrams({word for term in _terms(query, path) for word in term.words})


def _respellings(path: Path, query: object) -> Scalar:
    return list_respellings([word for term in _terms(query, path) for word in term.words])


def list_trigrams(words: Collection[str]) -> str:
    """The names of an object: each a trigram, how many its word has in two digits, and the word."""
    return json.dumps(
        {
            f"{gram}{len(grams):02}{word}": 0
            for word in sorted(words)
            if _may_be_misspelt(word)
            for grams in [trigrams(word)]
            for gram in sorted(grams)
        }
    )


def list_respellings(words: Sequence[str]) -> str:
    """The names of an object: each another word, its letters counted in two digits before it, and
    behind it the word in the place of which it may be meant, if it is only one."""
    together = ((word, "") for word in joins(words))
    swapped = ((other, word) for word in {*words} for other in swaps(word))
    return json.dumps(
        {
            f"{len(other):02}{other}{word}": 0
            for other, word in sorted((*together, *swapped))
            if _may_be_misspelt(other)
        }
    )


def _may_be_misspelt(word: str) -> bool:
    return len(word) >= _SHORTEST and word.isalpha()


def term_expression(arguments: Arguments, place: int) -> Sql:
    """Of the term at this place; it matches nothing where there are fewer."""
    return _bind(arguments, partial(_term, place, arguments.path))


def term_count(arguments: Arguments) -> Sql:
    return _bind(arguments, partial(_count, arguments.path))


def any_wanted(arguments: Arguments) -> Sql:
    return _bind(arguments, partial(_any_wanted, arguments.path))


def any_unwanted(arguments: Arguments) -> Sql:
    return _bind(arguments, partial(_any_unwanted, arguments.path))


def word_trigrams(arguments: Arguments) -> Sql:
    return _bind(arguments, partial(_trigrams, arguments.path))


def word_respellings(arguments: Arguments) -> Sql:
    return _bind(arguments, partial(_respellings, arguments.path))


def _bind(arguments: Arguments, fit: Callable[[object], Scalar]) -> Sql:
    return Sql(HOLE, (Param(arguments.values["query"], fit, arguments.path),))
