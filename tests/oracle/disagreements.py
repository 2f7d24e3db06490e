"""Where citations disagree about a record, by the contract's words.

In: a world, one of its records and its dated citations. Out: its disagreements, the whole record
first, then by field.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, permutations

from kb.models import Citation, Stance
from kb.records.documents import SOURCED
from tests.oracle.data import (
    AssertedValue,
    Disagreement,
    Sourced,
    World,
    identity,
    parse_date,
)
from tests.oracle.spans import RUNNING, DatedCitation, days_of, fold_word
from tests.worlds.date_fields import date_fields

NEVER_DISPUTED = {
    *("name", "officialName", "acronym", "aliases", "title", "office"),
    *("participants", "parties", "organisations", "states", "officials", "predecessors"),
}
DATES = {field.alias: field.name for name in SOURCED for field in date_fields(name)}
"""Fields that are partial dates, with their columns."""
_BOUNDS = {
    f"{span}.{bound}": f"period_{bound}"
    for span in ("period", "occurred", "existence")
    for bound in ("start", "end")
}


def disagreements_of(
    world: World, subject: Sourced, citations: Sequence[DatedCitation]
) -> list[Disagreement]:
    by_key = sorted(citations, key=lambda citation: citation.row.key)
    return [*_denials(world, subject, by_key), *_field_disagreements(world, subject, by_key)]


def _denials(
    world: World, subject: Sourced, citations: Sequence[DatedCitation]
) -> Iterator[Disagreement]:
    denials = [
        citation
        for citation in citations
        if citation.field is None and citation.row.stance == Stance.DISPUTES
    ]
    if denials:
        values = _group_values(world, denials, lambda citation: citation.row.claim, str)
        yield Disagreement(identity(subject), subject, None, "CONFLICT", None, values)


def _field_disagreements(
    world: World, subject: Sourced, citations: Sequence[DatedCitation]
) -> Iterator[Disagreement]:
    fields = {
        citation.field for citation in citations if citation.field and citation.value
    } - NEVER_DISPUTED
    for field in sorted(str(field) for field in fields):
        asserting = [
            citation for citation in citations if citation.field == field and citation.value
        ]
        recorded = recorded_value(world, subject, field)
        dates = field in DATES or field in _BOUNDS
        disagreement_kind = (
            _compare_dates(recorded, asserting) if dates else _compare_words(recorded, asserting)
        )
        if disagreement_kind:
            values = _group_values(
                world, asserting, lambda citation: citation.value, str if dates else fold_word
            )
            key = f"{identity(subject)}#{field}"
            yield Disagreement(key, subject, field, disagreement_kind, recorded, values)


def recorded_value(world: World, subject: Sourced, field: str) -> str | None:
    """What the record carries, as a citation would put it."""
    if field in _BOUNDS:
        if _BOUNDS[field] == "period_end" and getattr(subject, "end_kind", "") == "ONGOING":
            return RUNNING
        bound: str | None = getattr(subject, _BOUNDS[field])
        return bound
    column = re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", field)
    if hasattr(subject, f"{column}_id"):
        return world.shared.keys.get(getattr(subject, f"{column}_id"))
    value: str | bool | None = getattr(subject, column)
    return str(value).lower() if isinstance(value, bool) else value


def _group_values(
    world: World,
    citations: Sequence[DatedCitation],
    value_of: Callable[[DatedCitation], str],
    fold: Callable[[str], str],
) -> list[AssertedValue]:
    """Each value once, in the form that its first citation has, by code point."""
    groups: dict[str, list[DatedCitation]] = {}
    for citation in citations:
        groups.setdefault(fold(value_of(citation)), []).append(citation)
    values = [
        AssertedValue(value, _text(group[0], value), _citations(world, group))
        for group in groups.values()
        for value in (value_of(group[0]),)
    ]
    return sorted(
        values, key=lambda asserted: (asserted.value, [each.key for each in asserted.citations])
    )


def _text(citation: DatedCitation, value: str) -> str:
    if citation.field in DATES or citation.field in _BOUNDS:
        return "still running" if value == RUNNING else parse_date(value).text
    return value


def _citations(world: World, citations: Sequence[DatedCitation]) -> list[Citation]:
    rows = [world.row_of(Citation, citation.row.id) for citation in citations]
    return [row for row in rows if row]


def _compare_words(recorded: str | None, citations: Sequence[DatedCitation]) -> str | None:
    words = {fold_word(citation.value) for citation in citations} | {
        fold_word(word) for word in (recorded,) if word
    }
    return "CONFLICT" if len(words) > 1 else None


def _compare_dates(recorded: str | None, citations: Sequence[DatedCitation]) -> str | None:
    """The recorded date counts where nobody asserts it, and only as excluded or excluding."""
    told = [citation.days for citation in citations]
    values = {citation.value for citation in citations} | {RUNNING}
    compared = told + [days_of(edtf) for edtf in (recorded,) if edtf and edtf not in values]
    if any(days[1] < other[0] or other[1] < days[0] for days, other in combinations(compared, 2)):
        return "CONFLICT"
    if any(_refines(citation, other) for citation, other in permutations(citations, 2)):
        return "REFINEMENT"
    return None


def _refines(citation: DatedCitation, other: DatedCitation) -> bool:
    """Says more than one that has both ends: what has not is a bound, refined by nothing."""
    whole = None if other.value == RUNNING else parse_date(other.value)
    if whole is None or whole.earliest is None or whole.latest is None:
        return False
    first, last = citation.days
    within = whole.earliest <= first and last <= whole.latest
    return within and (first, last) != (whole.earliest, whole.latest)
