"""Passages of articles, and the facts that rest on them.

In: records as pages' queries answer them. Out: facts with the numbers of their passages, each
passage once with all that is cited of it, and words for where it stands. Pure: no I/O.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.web.presentation import (
    NOT_FACTS,
    DisplayValue,
    Json,
    JsonObject,
    day_words,
    display,
    field_label,
    list_rows,
    record_name,
    value_at,
)


@dataclass(frozen=True)
class Fact:
    """A field and its values; `passages` are its citations: their numbers in the list, and keys."""

    label: str
    values: Sequence[DisplayValue]
    passages: Sequence[tuple[int, str]]


def facts(record: JsonObject) -> Iterator[Fact]:
    """Fields that have values; the page's heading is not repeated, unless a passage is about it.

    On an article's page stand citations of other records, each with its subject: they may name a
    field that the article has, too, and say nothing of it.
    """
    citations, heading = list_rows(record, "citations"), record_name(record)
    numbers = passage_numbers(record)
    for name, value in record.items():
        if name in NOT_FACTS:
            continue
        values = value if isinstance(value, list) else [value]
        # The first of all predecessors has citations of its own.
        fields = (name, name.removesuffix("s")) if name == "predecessors" else (name,)
        if shown := [cell for value in values if (cell := display(value, name)).text]:
            on_it = (
                citation
                for citation in citations
                if "subject" not in citation and str(citation["field"]).split(".")[0] in fields
            )
            passages = _once((numbers[key], key) for key in (str(each["key"]) for each in on_it))
            if passages or shown[0].text != heading:
                yield Fact(field_label(name), shown, passages)


def passage(citation: JsonObject, article: JsonObject) -> tuple[str, str, str] | None:
    """The paragraph that a citation stands in: before the words, the words, after them."""
    match article.get("paragraphs"):
        case list(paragraphs) if citation.get("verified"):
            texts = {each["number"]: str(each["text"]) for each in map(_mapping, paragraphs)}
            text = texts[citation["paragraph"]]
            start, end = int(str(citation["start"])), int(str(citation["end"]))
            return text[:start], text[start:end], text[end:]
    return None


_VERIFICATIONS = {
    "VERIFIED": "verified",
    "NO_TEXT": "the text has not been ingested",
    "DIFFERS": "not verified: the words of the text differ",
    "NO_WORDS": "it names no words that could be verified",
}


def citation_status(citation: JsonObject) -> str:
    """Whether the cited words were found in the article's text, in words."""
    return _VERIFICATIONS[str(citation["verification"])]


def citation_place(citation: JsonObject) -> str:
    """Where in its source a passage is, and of which day that speaks; behind the source."""
    place = f", paragraph {citation['paragraph']}" if citation["paragraph"] else ""
    if citation["locator"]:
        place = f", {citation['locator']}"
    observed = citation["observedOn"]
    return f"{place}, on {day_words(str(observed))}" if observed else place


def _mapping(value: Json) -> JsonObject:
    assert isinstance(value, Mapping)
    return value


_PLACE = ("paragraph", "start", "end", "locator", "observedOn", "verification")


def passage_groups(record: JsonObject) -> Sequence[Sequence[JsonObject]]:
    """The citations of a page, those of the same place together, in the order of the list.

    Anchors at one place may have other hashes, so that words were found by some of them alone.
    """
    groups: dict[tuple[Json, ...], list[JsonObject]] = {}
    for citation in list_rows(record, "citations"):
        place = (citation[name] for name in _PLACE)
        groups.setdefault((value_at(citation, "article.id"), *place), []).append(citation)
    return [*groups.values()]


def passage_numbers(record: JsonObject) -> Mapping[str, int]:
    """By the keys of citations the numbers of their passages on the page."""
    groups = enumerate(passage_groups(record), 1)
    return {str(citation["key"]): number for number, group in groups for citation in group}


def passages_in(record: JsonObject) -> Mapping[Json, Sequence[tuple[int, str]]]:
    """By paragraph of an article, its passages: their numbers in the list, and keys."""
    passages: dict[Json, list[tuple[int, str]]] = {}
    for number, group in enumerate(passage_groups(record), 1):
        if group[0]["paragraph"]:
            passages.setdefault(group[0]["paragraph"], []).append((number, str(group[0]["key"])))
    return passages


def _once(passages: Iterable[tuple[int, str]]) -> Sequence[tuple[int, str]]:
    """Each passage by the first of its citations."""
    firsts: dict[int, str] = {}
    for number, key in passages:
        firsts.setdefault(number, key)
    return [*firsts.items()]
