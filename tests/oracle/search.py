"""Search by reading every text: which records have all the words, and what the planner made of it.

In: a world and the arguments of a search. Out: a `Page`. Which hits there are is found here. Their
order is the planner's own: it is asked for all of them once, page by page, held against what must
be true of any order, and followed from then on.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any
from unicodedata import combining, normalize

from anyascii import anyascii

from kb.models import (
    Article,
    Citation,
    Event,
    Membership,
    Official,
    Organisation,
    Paragraph,
    State,
    Summit,
    Term,
)
from tests.oracle.data import CursorPlace, Node, Order, World, identity
from tests.oracle.lists import Arguments, Edge, Page, cursor_text, cut_page
from tests.oracle.text_filters import without_nulls

MOST_TERMS = 20
HIT_TYPES = frozenset(
    {"ORGANISATION", "STATE", "OFFICIAL", "MEMBERSHIP", "TERM", "SUMMIT", "EVENT", "ARTICLE"}
)
RANK_ORDER: Order = (("RANK", True),)
_LONGEST, _SHORTEST = 60, 3
_ENOUGH, _LEAST, _APART, _MOST_SPELLINGS = 3, Fraction(1, 4), 20, 5
_SIZES = (100, 3, 7)
_HITS = """search(query: $text, types: $types, first: $first, after: $after) {
  edges { cursor snippet rank node { ... on Node { id } } }
  pageInfo { hasNextPage endCursor }
  totalCount
}"""
_VARIABLES = "$text: String!, $types: [RecordType!], $first: Int, $after: String"
_PRESENT_QUERY = f"query ({_VARIABLES}) {{ {_HITS} }}"
_VIEW_QUERY = f"query ({_VARIABLES}, $day: Date!) {{ view(knownAt: $day) {{ {_HITS} }} }}"
Hits = list[tuple[CursorPlace, Edge]]


@dataclass(frozen=True)
class Phrase:
    """Words in a row, wanted or not; of the last one perhaps only the beginning."""

    words: tuple[str, ...]
    begins: bool = False
    unwanted: bool = False

    def is_in(self, words: Sequence[str]) -> bool:
        size = len(self.words)
        return any(self._matches(words[at : at + size]) for at in range(len(words) - size + 1))

    def _matches(self, words: Sequence[str]) -> bool:
        if self.begins:
            words = [*words[:-1], words[-1][: len(self.words[-1])]]
        return tuple(words) == self.words


def spelt_words(text: str) -> list[tuple[str, str]]:
    """Each as it is written and in Latin lower case; what is no letter or digit parts them."""
    plain = "".join(letter for letter in normalize("NFKC", text) if not combining(letter))
    written = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return [(word[:_LONGEST], _fold(word)) for word in written]


def words_of(text: str) -> list[str]:
    return [word for _, word in spelt_words(text)]


def _fold(word: str) -> str:
    latin = anyascii(word.casefold()).casefold()
    kept = "".join(letter for letter in latin if letter.isalnum())
    plain = normalize("NFKC", word.casefold())
    return (kept or "".join(letter for letter in plain if not combining(letter)))[:_LONGEST]


def phrases_of(query: str) -> list[Phrase]:
    """Phrases in quotes, and words by themselves; a quote that is not closed makes no phrase."""
    phrases: list[Phrase] = []
    for text, closed, minus in _parts(query):
        words = words_of(text)
        if words and (closed or minus):
            phrases.append(Phrase(tuple(words), unwanted=minus))
        else:
            phrases += [Phrase((word,)) for word in words]
    if phrases and not phrases[-1].unwanted and not query.rstrip().endswith('"'):
        phrases[-1] = Phrase(phrases[-1].words, begins=True)
    return list(dict.fromkeys(phrases))


def _parts(query: str) -> Iterator[tuple[str, bool, bool]]:
    """What stands between blanks and quotes, whether in quotes, and whether behind a minus."""
    at = 0
    while at < len(query):
        after_blank = not query[at - 1 : at].strip()
        minus = after_blank and query[at] == "-" and bool(query[at + 1 : at + 2].strip())
        start = at + minus
        if query[start] == '"':
            end = query.find('"', start + 1)
            yield query[start + 1 : end if end >= 0 else len(query)], end >= 0, minus
            at = end + 1 if end >= 0 else len(query)
        else:
            end = start
            while end < len(query) and query[end] != '"' and query[end].strip():
                end += 1
            yield query[start:end], False, minus
            at = max(end, start + 1)


def search(world: World, _: object, arguments: Arguments) -> Page:
    given = without_nulls(arguments)
    query, types = given["query"], given.get("types")
    key = query, None if types is None else tuple(types), world.day
    hits: dict[object, Hits] = world.shared.hits
    if key not in hits:
        hits[key] = _hits(world, query, types)
    page = cut_page(world, hits[key], given)
    return replace(page, suggestions=tuple(near_spellings(world, query)))


def near_spellings(world: World, query: str) -> list[str]:
    """The nearest words of names, unless the search finds enough."""
    if len(matching_ids(world, query, None)) >= _ENOUGH:
        return []
    spelt: dict[str, str] = {}
    for written, word in sorted(_name_words(world)):
        spelt.setdefault(word, written)
    asked = [word for phrase in phrases_of(query) if not phrase.unwanted for word in phrase.words]
    misspelt = {word for word in asked if _is_name(word) and word not in spelt}
    joined = {"".join(asked), *(f"{one}{other}" for one, other in pairwise(asked))} - {*asked}
    near = []
    for word in spelt:
        marks = [mark for one in misspelt if (mark := _nearness(word, one)) is not None]
        if _is_name(word) and word in joined:
            marks.append(Fraction(1))
        near += [(-max(marks), word)] if marks else []
    return [spelt[word] for _, word in sorted(near)[:_MOST_SPELLINGS]]


def _is_name(word: str) -> bool:
    return len(word) >= _SHORTEST and word.isalpha()


def _nearness(word: str, asked: str) -> Fraction | None:
    """How near a word is to what was asked for; none if it is not."""
    differing = [at for at, pair in enumerate(zip(word, asked, strict=False)) if len({*pair}) > 1]
    if len(word) == len(asked) and len(differing) == 2 and differing[1] - differing[0] == 1:
        first, second = differing
        if word[first] == asked[second] and word[second] == asked[first]:
            return Fraction(1)
    likeness, apart = _likeness(word, asked)
    less = Fraction(apart, _APART) if apart > 1 else 0
    return likeness - less if likeness >= _LEAST else None


def _name_words(world: World) -> Iterator[tuple[str, str]]:
    for node in world.nodes.values():
        for then in _as_known_before(world, node):
            names = [then.headline] if isinstance(then, Article) else _record_texts(then)
            if not isinstance(then, Membership | Term):
                yield from (pair for name in names if name for pair in spelt_words(name))


def _likeness(word: str, other: str) -> tuple[Fraction, int]:
    """How many of the three letters in a row that either has both have; how many more one has."""
    mine, theirs = (
        {text[at : at + 3] for at in range(len(text) - 2)} for text in (f"  {word} ", f"  {other} ")
    )
    return Fraction(len(mine & theirs), len(mine | theirs)), abs(len(mine) - len(theirs))


def matching_ids(world: World, query: str, types: Sequence[str] | None) -> set[str]:
    """The ids of all records that have, in some text each, all that is wanted.

    A span has one of the words itself, and the others perhaps in names of what it is of.
    """
    phrases = phrases_of(query)
    wanted = [phrase for phrase in phrases if not phrase.unwanted]
    unwanted = [phrase for phrase in phrases if phrase.unwanted]
    return {
        record_id
        for record_id, texts in _texts(world).items()
        if any(_has(texts, phrase) for phrase in wanted)
        if all(_has([*texts, *_names_of(world, record_id)], phrase) for phrase in wanted)
        if not any(_has(texts, phrase) for phrase in unwanted)
        if types is None or record_id.partition(":")[0].upper() in types
    }


def _has(texts: Sequence[Sequence[str]], phrase: Phrase) -> bool:
    return any(phrase.is_in(words) for words in texts)


def _names_of(world: World, record_id: str) -> Iterator[list[str]]:
    """The words of each name, today's or an earlier one, of what a span is of."""
    span = world.identified[record_id]
    if isinstance(span, Membership | Term):
        for column in ("official_id", "organisation_id", "state_id"):
            if named := world.nodes.get(getattr(span, column, None) or 0):
                for then in _as_known_before(world, named):
                    yield from (words_of(name) for name in _record_texts(then) if name)


def _texts(world: World) -> Mapping[str, list[list[str]]]:
    """The words of each text by the record that it hits; worked out once for a world."""
    if not world.texts:
        for node, text in _all_texts(world):
            world.texts.setdefault(identity(node), []).append(words_of(text))
    return world.texts


def _all_texts(world: World) -> Iterator[tuple[Node, str]]:
    for node in world.nodes.values():
        for text in {
            text: None for then in _as_known_before(world, node) for text in _record_texts(then)
        }:
            if text:
                yield node, text
    for paragraph in world.all(Paragraph):
        yield world.nodes[paragraph.article_id], paragraph.text
    for citation in world.all(Citation):
        subject = world.nodes[citation.subject_id]
        if isinstance(subject, Membership):
            subject = world.nodes[subject.state_id]
        elif isinstance(subject, Term):
            subject = world.nodes[subject.official_id]
        yield subject, citation.claim


def _as_known_before(world: World, node: Node) -> Iterator[Node]:
    """The record as it is in this world, and as it was on each day before."""
    yield node
    for day in world.shared.days:
        earlier = world.shared.on(day).nodes.get(node.id)
        if earlier and (world.day is None or day <= world.day):
            yield earlier


def _record_texts(node: Node) -> list[str | None]:
    match node:
        case Organisation():
            return [node.name, node.acronym, *json.loads(node.aliases)]
        case State():
            return [node.name, node.official_name, *json.loads(node.aliases)]
        case Official():
            return [node.name, *json.loads(node.aliases)]
        case Summit():
            return [node.name]
        case Event():
            return [node.title]
        case Membership():
            return [node.status.lower()]
        case Term():
            return [node.office]
        case Article():
            return [node.headline, node.summary, node.place]
        case _:
            return []


def _hits(world: World, query: str, types: Sequence[str] | None) -> Hits:
    """All of them in the planner's order, which holds whatever the size of its pages."""
    description = f"{query!r} of {types} on {world.day}"
    expected = matching_ids(world, query, types)
    size = _SIZES[len(query) % len(_SIZES)]
    hits: Hits = []
    names: list[str] = []
    after: object = None
    while True:
        page = _ask(world, text=query, types=types, first=size, after=after)
        hits += [_hit(world, edge) for edge in page["edges"]]
        names += [edge["node"]["id"] for edge in page["edges"]]
        if len(hits) > len(expected) or not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert sorted(names) == sorted(expected), f"{description}: {names} for {expected}"
    assert page["totalCount"] == len(expected), description
    ranked = [(-edge.rank, place.key) for place, edge in hits]
    assert ranked == sorted(ranked), f"{description}: {ranked}"
    return hits


def _ask(world: World, **variables: object) -> dict[str, Any]:
    if world.day is None:
        page: dict[str, Any] = world.shared.ask(_PRESENT_QUERY, **variables)["search"]
        return page
    viewed = world.shared.ask(_VIEW_QUERY, **variables, day=world.day.isoformat())
    viewed_page: dict[str, Any] = viewed["view"]["search"]
    return viewed_page


def _hit(world: World, edge: Mapping[str, Any]) -> tuple[CursorPlace, Edge]:
    node = world.identified[edge["node"]["id"]]
    place = CursorPlace("Search", RANK_ORDER, (edge["rank"],), edge["node"]["id"], world.head)
    world.shared.cursors[edge["cursor"]] = place
    assert isinstance(edge["snippet"], str)
    assert edge["snippet"]
    hit = Edge(node, cursor_text(place, node), snippet=edge["snippet"], rank=edge["rank"])
    return place, hit
