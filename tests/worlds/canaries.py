"""Archives made up in which every value of every article carries a word that no other article has.

In: for each article what its part is drawn from, so that archives may agree up to some article and
differ from there on. Out: a `CanaryArchive`: documents as seed files have them, texts of articles,
and since when each word could be known. Articles come one after the other: each says something of
records that there are, and brings some of each type. All that is recorded is cited, lists member
by member, and is what the articles say: the first or the newest of values that differ.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel

from kb.dates import PartialDate
from kb.records.documents import FILES, FORMS, SOURCED
from kb.records.traits import fields_of_document
from kb.records.types import record_type
from tests.worlds.canary_stories import CanaryArticle, document_of
from tests.worlds.canary_telling import SCHEME, Stories, Teller
from tests.worlds.canary_words import article_of, issue_number, known_days, words_in
from tests.worlds.known_archives import Documents

ARTICLES = 8
_PUBLICATIONS = (0, 0, 2, 2, 2, 5, 5, 0)
"""For each article the first of those in its publication."""
_ISSUES = (0, 1, 2, 3, 3, 5, 5, 7)
"""For each article the first of those in its issue."""
_ISSUED = (0, 2, 5, 7)
"""Articles of which it is known when their issue appeared."""
_WITHOUT_TEXT = 6


@dataclass(frozen=True)
class CanaryArchive:
    """`days` are those from which each article could be known, in their order."""

    documents: Documents
    paragraphs: Mapping[str, Sequence[str]]
    days: Sequence[date]
    places: Mapping[str, str]
    known: Mapping[str, date]

    def known_from(self, word: str) -> date | None:
        """Since when a word could be known, if it is one of some article."""
        number = article_of(word)
        return self.known.get(word) if number is None else self.days[number]

    def years_on(self, day: date) -> range:
        """From the first to the last that could be known: what holds so long holds in each."""
        known = [int(word) for word, since in self.known.items() if since <= day and word.isdigit()]
        years = [number for number in known if number < issue_number(0)]
        return range(min(years), max(years) + 1) if years else range(0)


def make_canary_archive(seeds: Sequence[object]) -> CanaryArchive:
    """One seed for each article: those that begin alike make archives that begin alike."""
    archive = _Archive(seeds)
    for article in archive.articles:
        archive.tell(article)
    return archive.finish()


class _Archive:
    def __init__(self, seeds: Sequence[object]) -> None:
        self.articles = [CanaryArticle(number, seed) for number, seed in enumerate(seeds)]
        self._stories: Stories = {}
        self._publications: dict[int, tuple[str, dict[str, object]]] = {}

    def tell(self, article: CanaryArticle) -> None:
        first, words = _PUBLICATIONS[article.number], article.words
        if first not in self._publications:
            key = words.word("Publication.slug")
            self._publications[first] = key, dict(_own_fields(article, "Publication"))
        last, earlier = article is self.articles[-1], [*self._stories.values()]
        before = self.articles[: article.number]
        teller = Teller(article, self._stories, before, last=last)
        for type_name in SOURCED:
            teller.introduce(type_name)
        for story in earlier:
            if article.random.random() < 0.4 or (last and not story.citations):
                teller.speak(story)

    def finish(self) -> CanaryArchive:
        paragraphs = {article.key: article.text() for article in self.articles}
        del paragraphs[self.articles[_WITHOUT_TEXT].key]
        documents: Documents = {
            "schemes": {SCHEME: {"name": "Words", "telling": True}},
            "about": {"about": _about(self.articles[-1])},
            "publications": dict(self._publications.values()),
            "articles": {article.key: self._article_document(article) for article in self.articles},
        }
        for type_name, form in SOURCED.items():
            file = record_type(type_name).plural
            documents[file] = {
                story.key: dict(document_of(story))
                for story in self._stories.values()
                if story.type_name == type_name
            }
            assert FILES[file][1] is form
        days = [*self._days()]
        places = {
            word: f"{place} (article {article.number})"
            for article in self.articles
            for word, place in article.words.places.items()
        }
        known = {**known_days(days, _ISSUES)}
        for digest, day in self._hashes(days):
            known[digest] = min(day, known.get(digest, day))
        return CanaryArchive(documents, paragraphs, days, places, known)

    def _hashes(self, days: Sequence[date]) -> Iterator[tuple[str, date]]:
        """Of the words of each citation: known when its article is."""
        numbers = {article.key: article.number for article in self.articles}
        for story in self._stories.values():
            for citation in story.citations.values():
                match citation:
                    case {"article": str(key), "anchor": {"sha256": str(digest)}}:
                        yield digest, days[numbers[key]]

    def _article_document(self, article: CanaryArticle) -> dict[str, object]:
        number = article.number
        key, _ = self._publications[_PUBLICATIONS[number]]
        return {
            **dict(_own_fields(article, "Article")),
            "publication": key,
            "issueNumber": issue_number(_ISSUES[number]),
            "datedOn": _dated_on(number),
            "issuedOn": _issued_on(number),
        }

    def _days(self) -> Iterator[date]:
        """By the contract: of the issue, or of the newest dateline in it."""
        for article in self.articles:
            number = article.number
            same = [each for each, issue in enumerate(_ISSUES) if issue == _ISSUES[number]]
            issued = _issued_on(number)
            written = [issued] if issued else [_dated_on(each) for each in same]
            days = [PartialDate.parse(text).latest for text in written]
            yield max(day for day in days if day)


def _about(article: CanaryArticle) -> dict[str, object]:
    """What a curator tells who knows all: of that, a view has the title alone."""
    words = article.words
    return {
        "title": "An archive",
        "description": words.phrase("About.description"),
        "offices": [words.phrase("About.offices")],
        "examples": [{"title": words.phrase("About.examples.title"), "query": "{ revision }"}],
    }


def _own_fields(article: CanaryArticle, type_name: str) -> Iterator[tuple[str, object]]:
    """What only the article itself can tell of; of a few values, any."""
    for each in fields_of_document(FORMS[type_name]).values():
        if each.enum:
            yield each.alias, article.random.choice([*each.enum.__members__])
        elif each.plain_type is bool:
            yield each.alias, article.random.random() < 0.5
        elif not (each.reference or each.is_date or each.plain_type is int):
            phrase = article.words.phrase(f"{type_name}.{each.alias}")
            is_url = each.alias == "url"
            yield each.alias, f"https://{phrase.replace(' ', '.')}" if is_url else phrase


def _dated_on(number: int) -> str:
    year = 2030 + 2 * number
    return (f"{year}-03-05", f"[{year}-04-01..{year}-04-20]", f"{year}-06")[number % 3]


def _issued_on(number: int) -> str | None:
    year = 2031 + 2 * number
    return (f"{year}-02-11", f"{year}-01")[number % 2] if number in _ISSUED else None


def planted_fields(seeds: Sequence[object]) -> Iterator[str]:
    """The fields in whose values an archive has words or dates of articles, as `State.name`.

    Values of a few words, such as kinds, count where articles differ in them.
    """
    for file, records in make_canary_archive(seeds).documents.items():
        type_name, form = FILES[file]
        yield from _planted(type_name, form, [*records.values()])


def _planted(
    place: str, form: type[BaseModel], documents: Sequence[Mapping[str, object]]
) -> Iterator[str]:
    for each in fields_of_document(form).values():
        values = [fields[each.alias] for fields in documents if each.alias in fields]
        text = json.dumps(values, ensure_ascii=False)
        few = each.enum is not None or each.plain_type is bool
        if len({*map(str, values)}) > 1 if few else any(words_in(text)):
            yield f"{place}.{each.alias}"
        if each.parts and isinstance(each.plain_type, type):
            parts = [part for value in values if isinstance(value, list) for part in value]
            yield from _planted(f"{place}.{each.alias}", each.plain_type, parts)
