"""Records as articles tell them one after the other, and articles whose texts are what is cited.

In: the number of an article and what it is drawn from. Out: a `CanaryArticle`, which makes words
and quotes, and for each record a `Story`, of which `document_of` makes what a seed file would have.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from kb.citations.anchors import hash_words
from kb.records.documents import FORMS
from kb.records.traits import DocumentField, fields_of_document
from tests.worlds.canary_words import Words

_PER_PARAGRAPH = 12


@dataclass
class Told:
    """What an article says of a field, which is of the record from then on."""

    article: int
    value: object


@dataclass
class Story:
    """A record as articles tell it; `recent` fields are recorded in their newest form.

    One that is `named_once` is pointed to before an article speaks of it: its name is not cited.
    """

    type_name: str
    key: str
    since: int
    recent: bool
    named_once: bool = False
    told: defaultdict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    citations: dict[str, dict[str, object]] = field(default_factory=dict)

    @property
    def fields(self) -> Mapping[str, DocumentField]:
        return fields_of_document(FORMS[self.type_name])

    def values(self, name: str) -> list[object]:
        return [part.value for part in self.told[name]]

    def current(self, name: str) -> object:
        """The value as it is recorded; None for nothing said."""
        values = self.values(name)
        return values[-1 if self.recent else 0] if values else None


class CanaryArticle:
    """One article: what it is drawn from, its words, and the phrases of its text."""

    def __init__(self, number: int, seed: object) -> None:
        self.number, self.random = number, Random(f"{number} {seed}")
        self.words = Words(number, self.random)
        self.key = self.words.word("Article.slug")
        self.phrases: list[str] = []
        self.anchors: list[tuple[dict[str, object], str]] = []

    def quote(self, citation: dict[str, object], phrase: str) -> None:
        """Have the phrase stand in the text, and the citation point to it."""
        self.phrases.append(phrase)
        self.anchors.append((citation, phrase))

    def text(self) -> list[str]:
        """The paragraphs, of which the anchors of all citations now tell."""
        groups = [
            self.phrases[start : start + _PER_PARAGRAPH]
            for start in range(0, len(self.phrases), _PER_PARAGRAPH)
        ]
        paragraphs = [". ".join(group) for group in groups]
        for place, (citation, phrase) in enumerate(self.anchors):
            number = self.phrases.index(phrase) // _PER_PARAGRAPH
            start = paragraphs[number].index(phrase)
            hashed = phrase if place % 9 else f"other than {phrase}"
            citation["anchor"] = {
                "paragraph": number + 1,
                "start": start,
                "end": start + len(phrase),
                "sha256": hash_words(hashed),
            }
        return paragraphs


def document_of(story: Story) -> Iterator[tuple[str, object]]:
    for each in story.fields.values():
        if each.is_span:
            if story.values(each.assertable[0]):
                yield each.alias, _span(story, each)
        elif each.many:
            yield each.alias, _members(story, each)
        elif (value := story.current(each.alias)) is not None:
            yield each.alias, value
    yield "citations", story.citations


def _members(story: Story, each: DocumentField) -> list[object]:
    """Of predecessors those besides the first, where a first is told."""
    values = story.values(each.alias)
    if each.alias != "predecessors" or "predecessor" not in story.fields:
        return values
    first = story.current("predecessor")
    return [value for value in values if first not in (None, value)]


def _span(story: Story, each: DocumentField) -> str:
    start, end = each.assertable
    dated = [value for value in story.values(end) if value != ".."]
    if dated:
        return f"{story.current(start)}/{dated[-1 if story.recent else 0]}"
    return f"{story.current(start)}/{'..' if story.values(end) else ''}"
