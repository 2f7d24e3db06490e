"""Many drafts as one: what a curator gives of several records, for a single commit.

In: an open transaction, and a list of inputs, each of one record or of one citation. Out: one
`Draft` of all of them, which may refer to one another, with the faults of each under its place in
the list. A citation joins the record that it bears on, whether that is in the list or stored.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kb.archive.duplicates import DuplicateIndex, Wording
from kb.citations.article_texts import read_texts
from kb.commit import merge
from kb.commit.article_checks import copy_fault
from kb.commit.cited_words import GivenTexts
from kb.commit.merge import Draft, GivenFields
from kb.commit.reading import RecordReading
from kb.commit.validate import Batch
from kb.errors import Fault
from kb.records.documents import FORMS, SOURCED, ArticleDocument, SourcedDocument
from kb.records.entries import NOWHERE, Entry, EntryCollection, Place, parse_own_key
from kb.records.form_errors import GRAPHQL
from kb.records.rows import Ref
from kb.records.types import snake_case

MOST_RECORDS = 500
"""In one list; more come by `POST /import`."""
_TYPES = {snake_case(name): name for name in (*FORMS, "Citation")}
_OF_THE_WHOLE = ("idempotencyKey", "reason")


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry of the list: what is given of a record of this type, and where."""

    type: str
    given: GivenFields
    place: Place

    @property
    def ref(self) -> Ref | None:
        """None if nobody can tell."""
        return merge.named_ref(self.type, self.given)

    @property
    def subject(self) -> Ref:
        """Of a citation: what it bears on."""
        return merge.ref_of(self.given["subject"])


@dataclass(frozen=True, slots=True)
class _Part:
    """A record to be drafted: an item, or none, and the citations of the list that join it."""

    type: str
    item: _Item | None
    cited: list[_Item] = field(default_factory=list)

    def given(self) -> GivenFields:
        """As one input."""
        given = self.item.given if self.item else {"id": self.cited[0].given["subject"]}
        if not self.cited:
            return given
        return {
            **given,
            "citations": [*_own_citations(given), *(each.given for each in self.cited)],
        }

    def locate(self, place: Place) -> Place:
        """The place in the list of a place in the input."""
        entry_citations = len(_own_citations(self.item.given)) if self.item else 0
        match place:
            case ("citations", int(number), *rest) if number >= entry_citations:
                return (*self.cited[number - entry_citations].place, *rest)
        return (*self.item.place, *place) if self.item else self.cited[0].place


def refs_of(given: GivenFields) -> list[Ref]:
    """What the list names, in its order, as far as it can be told."""
    return [ref for item in _items(given) if (ref := item.ref)]


def draft_all(reading: RecordReading, given: GivenFields) -> Draft:
    """All entries of the list, in one batch."""
    items = _items(given)
    if not 0 < len(items) <= MOST_RECORDS:
        what = f"there are {len(items):,} records"
        remedy = f"give 1 to {MOST_RECORDS}; `POST /import` takes more"
        return Draft(Ref("", ""), Batch(faults=[NOWHERE.fault(what, remedy, "records")]))
    texts = _texts(reading, items)
    reading.texts = {**_cited_texts(reading, items), **texts}
    reading.prepare(_named(items))
    faults = [*_check_items(items)]
    drafts: list[tuple[_Part, Draft]] = []
    for part in _parts(reading, items, faults):
        draft = _located(part, merge.draft_record(part.type, reading, part.given()))
        drafts.append((part, draft))
        faults += draft.batch.faults
    faults += _check_citation_keys(drafts)
    faults += _check_copies(reading, drafts)
    expected = [(item.ref, item.given.get("expectedRevision")) for item in items]
    entries = _entries(drafts)
    paragraphs = {key: text for _, draft in drafts for key, text in draft.batch.paragraphs.items()}
    batch = Batch(entries, paragraphs, faults=faults)
    known = [(ref, revision) for ref, revision in expected if ref]
    return Draft(next((ref for ref, _ in known), Ref("", "")), batch, expected=known)


def _items(given: GivenFields) -> list[_Item]:
    listed = given["records"]
    assert isinstance(listed, list)
    items = []
    for position, each in enumerate(listed):
        ((name, fields),) = each.items()
        items.append(_Item(_TYPES[name], fields, ("records", position, name)))
    return items


def _own_citations(given: GivenFields) -> Sequence[object]:
    return _list(given.get("citations"))


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _texts(reading: RecordReading, items: Iterable[_Item]) -> GivenTexts:
    """The texts that articles of the list will have, but for those that keep what is stored."""
    articles = {
        item.ref: item
        for item in items
        if item.type == "Article" and item.ref and _is_key(item.ref)
    }
    stored = reading.numbers(articles)
    texts: dict[str, Sequence[str] | None] = {}
    for ref, item in articles.items():
        if "paragraphs" in item.given:
            read = EntryCollection()
            read.add_text(ref.key, [*_list(item.given["paragraphs"])], NOWHERE, GRAPHQL)
            texts[ref.key] = read.paragraphs.get(ref.key)
        elif ref not in stored:
            texts[ref.key] = ()
    return texts


def _cited_texts(reading: RecordReading, items: Iterable[_Item]) -> dict[str, Sequence[str] | None]:
    """The stored texts of the articles of which words are cited."""
    keys = (
        parse_own_key("Article", each["article"], NOWHERE, GRAPHQL)
        for item in items
        for each in ([item.given] if item.type == "Citation" else _own_citations(item.given))
        if isinstance(each, Mapping) and (each.get("quote") or each.get("anchor"))
    )
    numbers = reading.numbers(Ref("Article", key) for key in keys if isinstance(key, str))
    texts = read_texts(reading.connection, numbers.values())
    return {ref.key: texts[number] for ref, number in numbers.items()}


def _named(items: Iterable[_Item]) -> Iterator[Ref]:
    """The records that are meant, and those that citations bear on."""
    for item in items:
        ref = item.subject if item.type == "Citation" else item.ref
        if ref and _is_key(ref):
            yield ref


def _is_key(ref: Ref) -> bool:
    return not isinstance(parse_own_key(ref.type, ref.key, NOWHERE, GRAPHQL), Fault)


def _check_items(items: Iterable[_Item]) -> Iterator[Fault]:
    """Faults of the list as such; of citations that are there twice their record tells."""
    first: dict[Ref, _Item] = {}
    for item in items:
        for name in _OF_THE_WHOLE:
            if item.given.get(name) is not None:
                what = f"`{name}` is of the whole request"
                yield NOWHERE.fault(what, "give it beside `records`", *item.place, name)
        if item.type == "Citation" or not item.ref:
            continue
        if first.setdefault(item.ref, item) is not item:
            what = f"`{item.ref.key}` is there twice, first as number {first[item.ref].place[1]}"
            yield NOWHERE.fault(what, "give each record once", *item.place)


def _parts(reading: RecordReading, items: Sequence[_Item], faults: list[Fault]) -> list[_Part]:
    """The records to be drafted; what citations of no record have wrong is added to the faults."""
    parts = [_Part(item.type, item) for item in items if item.type != "Citation"]
    by_ref: dict[Ref, _Part] = {}
    for part in parts:
        if part.item and part.item.ref and part.type in SOURCED:
            by_ref.setdefault(part.item.ref, part)
    cited = [item for item in items if item.type == "Citation"]
    subjects = {item.subject for item in cited if item.subject.type in SOURCED}
    stored = reading.numbers(filter(_is_key, subjects))
    for item in cited:
        subject = item.subject
        if subject in stored and subject not in by_ref:
            parts.append(by_ref.setdefault(subject, _Part(subject.type, None)))
        if subject in by_ref:
            by_ref[subject].cited.append(item)
        else:
            draft = merge.draft_citation(reading, item.given)
            relocated = merge.relocate_faults(draft.batch.faults, draft.places)
            faults += [replace(fault, place=(*item.place, *fault.place)) for fault in relocated]
    return parts


def _located(part: _Part, draft: Draft) -> Draft:
    """With all its faults, those still to be found too, under their places in the list."""

    def locate(place: Place) -> Place:
        return part.locate(merge.relocate(place, draft.places))

    entries = [_located_entry(entry, locate) for entry in draft.batch.entries]
    faults = [replace(fault, place=locate(fault.place)) for fault in draft.batch.faults]
    return replace(draft, batch=replace(draft.batch, entries=entries, faults=faults))


def _located_entry(entry: Entry, locate: Callable[[Place], Place]) -> Entry:
    """What stands in for a fault is known by either place."""
    within = entry.lines.locate
    lines = replace(entry.lines, locate=lambda place: locate(within(place)))
    return replace(entry, lines=lines, faulty=entry.faulty | {*map(locate, entry.faulty)})


def _entries(drafts: Iterable[tuple[_Part, Draft]]) -> list[Entry]:
    """One of each record: those given, then those that only have to be written with them.

    A record that nobody can tell gets a key that none has, so that it stands beside others.
    """
    given: dict[Ref, Entry] = {}
    others: dict[Ref, Entry] = {}
    for number, (part, draft) in enumerate(drafts):
        for position, entry in enumerate(draft.batch.entries):
            is_known = part.item is None or draft.ref == part.item.ref
            named = entry if is_known else replace(entry, key=f"{entry.key}#{number}")
            (others if position else given).setdefault(named.ref, named)
    return [*(others | given).values()]


def _check_citation_keys(drafts: Sequence[tuple[_Part, Draft]]) -> Iterator[Fault]:
    """Keys of citations that two records have, of which one at least is given one by the list."""
    holders: defaultdict[str, list[tuple[Entry, Draft]]] = defaultdict(list)
    for _, draft in drafts:
        for entry in draft.batch.entries[:1]:
            if isinstance(entry.document, SourcedDocument):
                for key in entry.document.citations:
                    holders[key].append((entry, draft))
    for key, held in holders.items():
        if len({entry.ref for entry, _ in held}) < 2:
            continue
        given = [entry for entry, draft in held if ("citations", key) in draft.places]
        if len(given) == len(held):
            yield from _repeated(key, given)
            continue
        for entry in given:
            what = f"{key}: another record has a citation of this key"
            yield entry.lines.fault(what, "give another key", "citations", key)


def _repeated(key: str, entries: Sequence[Entry]) -> Iterator[Fault]:
    """A new key that several records of the list give, told of all but the first."""
    place = "citations", key, "[key]"
    numbered = sorted((int(entry.lines.locate(place)[1]), entry.ref, entry) for entry in entries)
    for _, _, entry in numbered[1:]:
        what = f"`{key}` is there twice, first as number {numbered[0][0]}"
        yield entry.lines.fault(what, "give each a key of its own", *place)


def _check_copies(reading: RecordReading, drafts: Sequence[tuple[_Part, Draft]]) -> Iterator[Fault]:
    """New articles that are likely copies of others of the list."""
    articles = [(part, draft) for part, draft in drafts if part.type == "Article" and part.item]
    stored = reading.numbers(draft.ref for _, draft in articles)
    indexes: defaultdict[tuple[str, int], DuplicateIndex] = defaultdict(DuplicateIndex)
    for part, draft in articles:
        document = draft.batch.entries[0].document if draft.batch.entries else None
        if draft.ref in stored or not isinstance(document, ArticleDocument):
            continue
        if document.issue_number is None:
            continue
        text = draft.batch.paragraphs.get(draft.ref.key, ())
        wording = Wording(draft.ref.key, document.dated_on, document.headline, text)
        index = indexes[document.publication, document.issue_number]
        same = None if part.given().get("new") else index.find(wording)
        if same:
            fault = copy_fault(draft.ref.key, same)
            yield replace(fault, place=part.locate(fault.place))
        index.add(wording)
