"""Which records a name may mean: candidates for whoever reconciles a table with the records.

In: a name as somebody wrote it, and the records that a search of it found. Out: candidates by
score, of which at most one is a match: the only one that is called so. Pure: no I/O.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from kb.errors import RequestError, alternatives
from kb.server.strict_json import show_text
from kb.tokenizer import words
from kb.web.presentation import Json, JsonObject

TYPES: Final[Mapping[str, str]] = {
    "Organisation": "Organisations",
    "State": "States",
    "Official": "Officials",
    "Summit": "Summits",
}
"""Of what there are names to be looked for, and what each is called."""
_NAMES: Final = ("name", "acronym", "officialName")
_WHOLE: Final = 100
_LEAST: Final = 40.0
"""The score of a candidate: below it is what is found by words of claims and texts alone."""


def candidates(
    query: str, records: Sequence[JsonObject], limit: int, *, is_whole: bool
) -> list[JsonObject]:
    """`is_whole` says whether these are all that a search found: else none is certain."""
    distinct = {str(each["id"]): each for each in records}.values()
    called = [each for each in distinct if is_called(query, each)]
    only = called[0]["id"] if is_whole and len(called) == 1 else None
    scored = [_candidate(query, each, match=each["id"] == only) for each in distinct]
    near = [each for each in scored if _score(each) >= _LEAST]
    return sorted(near, key=lambda each: (-_score(each), str(each["id"])))[:limit]


def is_called(query: str, record: JsonObject) -> bool:
    """In whatever case, and with or without accents."""
    return _folded(query) in map(_folded, _names(record))


def type_told(record: JsonObject) -> JsonObject:
    name = str(record["id"]).partition(":")[0]
    return {"id": name, "name": TYPES[name]}


def _candidate(query: str, record: JsonObject, *, match: bool) -> JsonObject:
    likeness = max(_likeness(query, name) for name in _names(record))
    return {
        "id": record["id"],
        "name": record["name"],
        "type": [type_told(record)],
        "score": round(_WHOLE * likeness, 1),
        "match": match,
    }


def _score(candidate: JsonObject) -> float:
    score = candidate["score"]
    assert isinstance(score, float)
    return score


def _names(record: JsonObject) -> Iterator[str]:
    aliases = record.get("aliases")
    yield from (str(record[name]) for name in _NAMES if record.get(name))
    yield from map(str, aliases if isinstance(aliases, Sequence) else ())


def _folded(name: str) -> Sequence[str]:
    """As a search takes it: in one case, without accents, in plain letters."""
    return words(name)


def _likeness(query: str, name: str) -> float:
    first, second = (" ".join(_folded(each)) for each in (query, name))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def asked_types(given: Json) -> list[str]:
    """Those of the query, in any case; all that there are if it names none.

    Raises RequestError for one that there is not: no candidate would look like no such record.
    """
    named = [given] if isinstance(given, str) else given if isinstance(given, Sequence) else []
    by_name = {name.casefold(): name for name in TYPES}
    for name in map(str, named):
        if name.casefold() not in by_name:
            what = f"there is no type {show_text(name)}"
            raise RequestError(what, f"ask for {alternatives(TYPES)}")
    return [by_name[str(name).casefold()] for name in named] or [*TYPES]


def asked_limit(given: Json, most: int) -> int:
    """How many candidates the query asks for, of as many as there may be.

    Raises RequestError for what is no number of them.
    """
    if given is None:
        return most
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        what = f"`limit` is {show_text(str(given))}"
        raise RequestError(what, f"give a whole number from 1 to {most}, or leave it out")
    return min(given, most)
