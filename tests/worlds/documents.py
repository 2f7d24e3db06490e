"""Documents made up: what a curator may write for each type, however odd.

In: nothing. Out: Hypothesis strategies of checked documents, by the name of the seed file.
"""

from collections.abc import Mapping
from datetime import date

from hypothesis import strategies as st

from kb.models import Attendance, EventKind, MembershipStatus, Stance
from kb.normalisation import normalise
from kb.records.documents import FILES, MOST_NAME, MOST_OFFICE, MOST_WHOLE, Document
from tests.worlds.dates import partial_dates
from tests.worlds.periods import periods

Field = st.SearchStrategy[object]
KEYS = st.from_regex(r"[a-z0-9]{1,3}(-[a-z0-9]{1,3})?", fullmatch=True)
CODES = st.from_regex("[A-Z]{2}", fullmatch=True)
# Words that YAML could read as something else, long texts, and characters of every kind.
ODD = ["null", "~", "NO", "1e3", "2002", "0x1F", "- a", "a: b", "a #b", "'", '"', "[x]", "*a", "&a"]
TEXTS = st.one_of(
    st.sampled_from(ODD),
    # All but what no text may hold, and no encoding has.
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=MOST_NAME),
    st.lists(st.text("ab:#-'\"", min_size=1, max_size=20), min_size=1, max_size=23).map(" ".join),
).filter(lambda text: 0 < len(normalise(text)) <= MOST_NAME)
DATES = partial_dates()
SPANS = periods() | st.dates().map(date.isoformat).map(lambda day: f"{day}/{day}")


def optional(field: Field) -> Field:
    return st.none() | field


ANCHORS = st.fixed_dictionaries(
    {
        "paragraph": st.integers(1, 99),
        "start": st.integers(0, 999),
        "end": st.integers(1, 999),
        "sha256": st.from_regex("[0-9a-f]{64}", fullmatch=True),
    }
)
CITATIONS = st.fixed_dictionaries(
    {
        "article": KEYS,
        "anchor": ANCHORS,
        "field": optional(TEXTS),
        "value": optional(TEXTS | DATES),
        "stance": st.sampled_from(Stance),
        "claim": TEXTS,
    }
)
CITED: Field = st.dictionaries(KEYS, CITATIONS, min_size=1, max_size=3)
PARTICIPANTS = st.fixed_dictionaries(
    {
        "official": optional(KEYS),
        "state": optional(CODES),
        "attendance": st.sampled_from(Attendance),
        "note": optional(TEXTS),
    }
)


def several(field: Field) -> Field:
    return st.lists(field, max_size=3)


FIELDS: Mapping[str, Mapping[str, Field]] = {
    "publications": {"name": TEXTS},
    "articles": {
        "headline": TEXTS,
        "publication": KEYS,
        "issueNumber": optional(st.integers(1, 9999) | st.just(MOST_WHOLE)),
        "issuedOn": optional(DATES),
        "datedOn": DATES,
        "place": optional(TEXTS),
        "author": optional(TEXTS),
        "summary": optional(TEXTS),
        "url": optional(TEXTS),
        "yearInferred": st.booleans(),
    },
    "organisations": {
        "name": TEXTS,
        "acronym": optional(TEXTS),
        "aliases": several(TEXTS),
        "founded": optional(DATES),
        "predecessor": optional(KEYS),
        "citations": CITED,
    },
    "states": {
        "name": TEXTS,
        "officialName": optional(TEXTS),
        "aliases": several(TEXTS),
        "citations": CITED,
    },
    "officials": {
        "name": TEXTS,
        "aliases": several(TEXTS),
        "nationality": optional(CODES),
        "citations": CITED,
    },
    "memberships": {
        "organisation": KEYS,
        "state": CODES,
        "status": st.sampled_from(MembershipStatus),
        "period": SPANS,
        "citations": CITED,
    },
    "terms": {
        "official": KEYS,
        "office": TEXTS.map(lambda text: normalise(text)[:MOST_OFFICE]),
        "organisation": optional(KEYS),
        "state": optional(CODES),
        "period": SPANS,
        "plannedEnd": optional(DATES),
        "endReason": optional(TEXTS),
        "citations": CITED,
    },
    "summits": {
        "name": TEXTS,
        "organisation": KEYS,
        "heldOn": DATES,
        "city": optional(TEXTS),
        "host": optional(CODES),
        "participants": several(PARTICIPANTS),
        "citations": CITED,
    },
    "events": {
        "kind": st.sampled_from(EventKind),
        "title": TEXTS,
        "occurred": SPANS,
        "place": optional(TEXTS),
        "summit": optional(KEYS),
        "organisations": several(KEYS),
        "states": several(CODES),
        "officials": several(KEYS),
        "citations": CITED,
    },
}


def documents(name: str) -> st.SearchStrategy[Document]:
    """What the file of that name may hold under a key."""
    _, form = FILES[name]
    return st.fixed_dictionaries(dict(FIELDS[name])).map(form.model_validate)
