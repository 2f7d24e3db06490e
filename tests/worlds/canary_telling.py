"""What one article of a made-up archive tells of records, all of it cited.

In: the article, and the stories of all records so far. Out: the stories go on. Of each field the
article says what its trait allows, in its own words and years: values, members of lists, records
that it may be the only one to speak of. What a field is comes from the traits, so that one that is
added is told of as well.
"""

from collections.abc import Mapping, Sequence

from kb.citations.anchors import hash_words
from kb.records.traits import DocumentField, MappingTrait, NameTrait, fields_of_document
from kb.records.types import has_codes, record_type
from tests.worlds.canary_members import (
    awaits_first,
    keys_of_parts,
    keys_without_part,
    take_from_lists,
)
from tests.worlds.canary_stories import CanaryArticle, Story, Told

SCHEME = "words"
"""Whose identifiers are made of words."""
_OF_AN_OFFICE = {"VACANCY"}
"""Kinds of events that must have an office, and somebody whose office it is."""
Stories = dict[tuple[str, str], Story]


class Teller:
    """Tells in the words of one article; `others` are the articles before it."""

    def __init__(
        self,
        article: CanaryArticle,
        stories: Stories,
        others: Sequence[CanaryArticle],
        *,
        last: bool,
    ) -> None:
        self._article, self._stories, self._others, self._last = article, stories, others, last
        self._random, self._words = article.random, article.words

    def introduce(self, type_name: str) -> None:
        """A record of which the article tells all that must be said, and some of the rest."""
        story = self._new_story(type_name)
        for field_of in _enums_last(story.fields):
            if field_of.is_identity or field_of.required or self._random.random() < 0.7:
                self._assert(story, field_of)
        for earlier in self._others:
            if story.fields.keys() & {"period", "occurred"} and self._random.random() < 0.3:
                _bound_before(earlier, story)

    def _new_story(self, type_name: str) -> Story:
        place = f"{type_name}.{record_type(type_name).key}"
        key = self._words.code() if has_codes(type_name) else self._words.word(place)
        story = Story(type_name, key, self._article.number, self._random.random() < 0.7)
        self._stories[type_name, key] = story
        return story

    def speak(self, story: Story) -> None:
        """Some fields anew, or only that something is said of it, or that it is denied."""
        if not story.citations or self._random.random() < 0.3:
            self._cite(story, None, None)
        if story.citations and self._random.random() < 0.15:
            self._cite(story, None, None)["stance"] = "DISPUTES"
        for field_of in _enums_last(story.fields):
            is_settled = field_of.is_identity or (story.named_once and field_of.name == "name")
            if not is_settled and self._random.random() < 0.4:
                self._assert(story, field_of)

    def _assert(self, story: Story, field_of: DocumentField) -> None:
        if field_of.is_span:
            self._assert_span(story, field_of)
        elif field_of.has(MappingTrait):
            self._identify(story, field_of)
        elif field_of.parts:
            self._assert_parts(story, field_of)
        elif field_of.many and field_of.reference:
            self._assert_members(story, field_of)
        elif field_of.many:
            self._assert_alias(story, field_of)
        elif field_of.is_identity:
            self._point(story, field_of)
        else:
            value = self._value(story, field_of)
            if value is not None and value not in story.values(field_of.alias):
                self._record(story, field_of.alias, value)

    def _record(self, story: Story, name: str, value: object) -> None:
        text = value if isinstance(value, str) else str(value).lower()
        story.told[name].append(Told(self._article.number, value))
        self._cite(story, name, text)

    def _value(self, story: Story, field_of: DocumentField) -> object:
        if field_of.is_date:
            day = self._words.day(19)
            return day if day.endswith("]") else day + self._random.choice(("", "", "~", "?"))
        if field_of.enum:
            names = {*field_of.enum.__members__}
            if not (story.told["office"] and story.told["organisations"]):
                names -= _OF_AN_OFFICE
            return self._random.choice(sorted(names))
        if field_of.reference:
            return self._target(field_of.reference.type, story.key)
        if field_of.plain_type is bool:
            return self._random.random() < 0.5
        offices = self._offices() if field_of.is_folded and story.type_name != "Term" else []
        if offices and self._random.random() < 0.4:
            return self._random.choice(offices)
        phrase = self._words.phrase(f"{story.type_name}.{field_of.alias}")
        return f"https://{phrase.replace(' ', '.')}" if field_of.alias == "url" else phrase

    def _offices(self) -> list[object]:
        """Those of the terms that the article itself tells of."""
        terms = [story for story in self._stories.values() if story.type_name == "Term"]
        return [
            part.value
            for story in terms
            for part in story.told["office"]
            if part.article == self._article.number
        ]

    def _target(self, type_name: str, but: str = "") -> str | None:
        """Of the records that show by now, mostly one that this article alone supports."""
        there = [
            story
            for story in self._stories.values()
            if story.type_name == type_name and story.key != but and story.told["name"]
        ]
        new = [story for story in there if story.since == self._article.number]
        chosen = new if new and self._random.random() < 0.7 else there
        return self._random.choice(chosen).key if chosen else None

    def _point(self, story: Story, field_of: DocumentField) -> None:
        """To what the record must point to, which may show by that alone for now."""
        assert field_of.reference
        if self._is_other_body(story, field_of):
            return
        key = self._target(field_of.reference.type)
        unspoken = not self._last and self._random.random() < 0.5
        if key is None or unspoken or self._is_taken(story, key):
            key = self._name_only(field_of.reference.type, cite=not unspoken)
        story.told[field_of.alias].append(Told(self._article.number, key))
        if self._random.random() < 0.5:
            self._cite(story, field_of.alias, key)

    def _is_other_body(self, story: Story, field_of: DocumentField) -> bool:
        """Whether the term is of the other of an organisation and a state."""
        if story.type_name == "Term" and field_of.name == "organisation":
            return self._random.random() < 0.4
        told = story.told["organisation"]
        return story.type_name == "Term" and field_of.name == "state" and bool(told)

    def _name_only(self, type_name: str, *, cite: bool) -> str:
        """A record of which the article gives the name; cited as its own only if told to."""
        story = self._new_story(type_name)
        if cite:
            self._assert(story, story.fields["name"])
        else:
            story.named_once = True
            name = self._words.phrase(f"{type_name}.name")
            story.told["name"].append(Told(self._article.number, name))
        return story.key

    def _is_taken(self, story: Story, key: str) -> bool:
        """Whether the state is a member of the organisation in another record."""
        pair = [*story.values("organisation"), key]
        return story.type_name == "Membership" and any(
            [*other.values("organisation"), *other.values("state")] == pair
            for other in self._stories.values()
            if other.type_name == "Membership"
        )

    def _identify(self, story: Story, field_of: DocumentField) -> None:
        """By a word of the article, which a curator gives and no citation dates."""
        word = self._words.word(f"{story.type_name}.{field_of.alias}.value")
        identifier = {"scheme": SCHEME, "value": word}
        story.told[field_of.alias].append(Told(self._article.number, identifier))

    def _assert_span(self, story: Story, field_of: DocumentField) -> None:
        """A start, an end after all starts, that it still runs, or a bound."""
        start, end = field_of.assertable
        starts, ends = story.values(start), story.values(end)
        if not starts or self._random.random() < 0.3:
            self._record(story, start, self._words.day(19))
        elif len(starts) == 1 and self._random.random() < 0.3:
            self._cite(story, start, self._words.bound(19, first=False))
        dated = [value for value in ends if value != ".."]
        if not dated and self._random.random() < 0.5:
            self._record(story, end, "..")
        elif self._random.random() < 0.6:
            self._record(story, end, self._words.day(22))
        elif len(dated) == 1 and self._random.random() < 0.5:
            self._cite(story, end, self._words.bound(22, first=False))

    def _assert_parts(self, story: Story, field_of: DocumentField) -> None:
        """Members of a list of documents that it did not have before."""
        form = field_of.plain_type
        assert isinstance(form, type)
        parts = fields_of_document(form)
        references = [part for part in parts.values() if part.reference]
        members: list[str] = []
        for _ in range(self._random.randint(1, 2)):
            reference_of = self._random.choice(references)
            assert reference_of.reference
            listed = [*keys_without_part(story, field_of, reference_of)]
            again = listed if self._random.random() < 0.4 else []
            key = again[0] if again else self._target(reference_of.reference.type)
            if key is None:
                continue
            part: dict[str, object] = {reference_of.alias: key}
            words = [key]
            for other in parts.values():
                if not other.reference and (other.required or self._random.random() < 0.7):
                    part[other.alias] = self._value(story, other)
                    words += [str(part[other.alias])] if other.enum else []
            if not take_from_lists(story, field_of, reference_of, part):
                continue
            story.told[field_of.alias].append(Told(self._article.number, part))
            # A part that is told later than who took part is cited with the role.
            told = len(words) if key in again else self._random.randint(1, len(words))
            members.append(" ".join(words[:told]))
        if members:
            self._cite(story, field_of.alias, ",".join(members))

    def _assert_members(self, story: Story, field_of: DocumentField) -> None:
        assert field_of.reference
        if awaits_first(story, field_of):
            return
        before = [str(value) for value in story.values(field_of.alias)]
        targets = {self._target(field_of.reference.type) for _ in range(2)} - {None}
        taken = {*before, *keys_of_parts(story, field_of)}
        new = [key for key in sorted(map(str, targets)) if key not in taken]
        story.told[field_of.alias] += [Told(self._article.number, key) for key in new]
        again = [key for key in before if self._random.random() < 0.5]
        if new or again:
            self._cite(story, field_of.alias, ",".join([*again, *new]))

    def _assert_alias(self, story: Story, field_of: DocumentField) -> None:
        """A new name, or a word that stands in an earlier article already."""
        alias = self._words.phrase(f"{story.type_name}.{field_of.alias}")
        if self._article.number and self._random.random() < 0.3:
            earlier = self._random.choice(self._others)
            alias = self._random.choice(earlier.phrases)
        if alias in story.values(field_of.alias) or not field_of.has(NameTrait):
            return
        story.told[field_of.alias].append(Told(self._article.number, alias))
        # An alias that is cited as the newest name would be recorded as that.
        cited_as = field_of.alias if story.recent or story.named_once else "name"
        self._cite(story, cited_as, alias)

    def _cite(self, story: Story, name: str | None, value: str | None) -> dict[str, object]:
        words = self._words
        key = words.word(f"Citation.key of {story.type_name}")
        citation: dict[str, object] = {
            "article": self._article.key,
            "field": name,
            "value": value,
            "claim": f"Says {words.phrase(f'claim about {story.type_name}.{name}')}.",
        }
        is_name = name and name in {"name", "acronym", "aliases", "officialName"}
        phrase = str(value) if is_name else words.phrase(f"text about {story.type_name}.{name}")
        if not is_name and self._random.random() < 0.15:
            citation["locator"] = phrase
        elif is_name or self._random.random() < 0.9:
            self._article.quote(citation, phrase)
        if self._random.random() < 0.15:
            citation["observedOn"] = words.whole_day(19)
        story.citations[key] = citation
        return citation


def _enums_last(fields: Mapping[str, DocumentField]) -> list[DocumentField]:
    """What a record of some kind must have is told before its kind."""
    return sorted(fields.values(), key=lambda each: each.enum is not None)


def _bound_before(earlier: CanaryArticle, story: Story) -> None:
    """An earlier article says that it had not begun by some day, which tells of no record."""
    start = "period.start" if "period" in story.fields else "occurred.start"
    value = earlier.words.bound(19, first=True)
    key = f"{earlier.key}-before-{story.key}".lower()
    claim = f"Not yet then, says {earlier.key}."
    story.citations[key] = {
        "article": earlier.key,
        "anchor": {"paragraph": 1, "start": 0, "end": 5, "sha256": hash_words(key)},
        "field": start,
        "value": value,
        "claim": claim,
    }
