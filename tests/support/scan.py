"""All words of a database that can be found, read from the records and never from an index.

In: a database, on a day or not, and a search as it is typed. Out: the ids of what it must find.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.records.types import RECORD_TYPES
from kb.tokenizer import SearchTerm, search_terms, words
from tests.support.databases import Database

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Organisation": ("name", "acronym"),
    "State": ("name", "official_name"),
    "Official": ("name",),
    "Summit": ("name",),
    "Event": ("title",),
    "Membership": ("lower(status)",),
    "Term": ("office",),
    "Article": ("headline", "summary", "place"),
}
_MENTIONED_TYPES = tuple(each.name for each in RECORD_TYPES if each.mentioned)
_CLAIMS = """
select coalesce('State:' || s.key, 'Official:' || o.key, r.type || ':' || r.key),
  'Citation:' || c.key, c.claim
from citation c join record r on r.id = c.subject_id
left join membership m on m.id = r.id left join state s on s.id = m.state_id
left join term t on t.id = r.id left join official o on o.id = t.official_id
"""
_PARAGRAPHS = """
select 'Article:' || a.key, 'Article:' || a.key, p.text
from paragraph p join article a on a.id = p.article_id
"""
_NAMED_TYPES = ("Organisation", "State", "Official")
_SPANS = """
select 'Term:' || x.key, 'Official:' || o.key, 'Organisation:' || g.key, 'State:' || s.key
from term_version x left join official o on o.id = x.official_id
left join organisation g on g.id = x.organisation_id left join state s on s.id = x.state_id
where x.known_from <= '{day}' and x.known_to > '{day}'
union all
select 'Membership:' || x.key, 'Organisation:' || g.key, 'State:' || s.key, null
from membership_version x left join organisation g on g.id = x.organisation_id
left join state s on s.id = x.state_id
where x.known_from <= '{day}' and x.known_to > '{day}'
"""
_LAST_DAY = "9999-12-31"


@dataclass(frozen=True)
class Texts:
    """By the id of the record that they hit, as words; those of them that are `names`, and what
    each of the `spans` is of."""

    texts: Mapping[str, list[list[str]]]
    names: Mapping[str, list[list[str]]]
    spans: Mapping[str, Sequence[str]]

    def values(self) -> Iterator[list[list[str]]]:
        return iter(self.texts.values())

    def __getitem__(self, identity: str) -> list[list[str]]:
        return self.texts[identity]


def scan_texts(opened: Database, days: Mapping[str, str] | None = None, day: str = "") -> Texts:
    """All texts, or those whose sources show on a day and had them by then."""
    texts: defaultdict[str, list[list[str]]] = defaultdict(list)
    names: defaultdict[str, list[list[str]]] = defaultdict(list)
    for identity, source, text, *since in _texts(opened):
        if text and (days is None or max(days[str(source)], *map(str, since), "") <= day):
            texts[str(identity)].append(words(str(text)))
            if identity == source and str(identity).startswith(_NAMED_TYPES):
                names[str(identity)].append(words(str(text)))
    spans = opened.rows(_SPANS.format(day=day or _LAST_DAY))
    return Texts(texts, names, {str(key): [*map(str, named)] for key, *named in spans})


def _texts(opened: Database) -> Iterator[Sequence[object]]:
    for record_type, columns in _COLUMNS.items():
        is_versioned = record_type != "Article"
        table, since = ("_version", ", known_from") if is_versioned else ("", "")
        for column in columns:
            yield from opened.rows(
                f"select '{record_type}:' || key, '{record_type}:' || key, {column}{since}"
                f" from {record_type}{table}"
            )
    for record_type in _MENTIONED_TYPES:
        for identity, aliases, first in opened.rows(
            f"select '{record_type}:' || key, aliases, known_from from {record_type}_version"
        ):
            yield from ((identity, identity, alias, first) for alias in json.loads(str(aliases)))
    yield from opened.rows(_CLAIMS)
    yield from opened.rows(_PARAGRAPHS)


def contains_term(text: list[str], term: SearchTerm) -> bool:
    """The term's words stand next to each other; the last may be the beginning of one."""
    *before, last = term.words
    for start in range(len(text) - len(before)):
        *fore, final = text[start : start + len(term.words)]
        if fore == before and (final.startswith(last) if term.begins else final == last):
            return True
    return False


def expected_hits(scan: Texts, query: str) -> list[str]:
    """Records with all that is wanted; a span needs one of the words itself, and may have the
    others in the names of what it is of."""
    wanted = [term for term in search_terms(query) if not term.unwanted]
    unwanted = [term for term in search_terms(query) if term.unwanted]

    def has(texts: list[list[str]], term: SearchTerm) -> bool:
        return any(contains_term(text, term) for text in texts)

    def is_hit(identity: str, its: list[list[str]]) -> bool:
        named = [name for of in scan.spans.get(identity, ()) for name in scan.names.get(of, ())]
        return (
            any(has(its, term) for term in wanted)
            and all(has([*its, *named], term) for term in wanted)
            and not any(has(its, term) for term in unwanted)
        )

    return sorted(identity for identity, its in scan.texts.items() if is_hit(identity, its))
