"""The fields of a record as some of its citations have them.

In: a row, and what is said of its record, of which some is known. Out: the columns that differ from
those of the row.

A field whose citations are all known is as recorded. Of one of which some are known yet, those
decide: it is as recorded if one of them, or all together, say just that; else the days that they
share, or the word of the newest. A field of which nothing is known yet is unknown. A field that no
citation speaks of is known with the first that supports the record as a whole, or if there is none
by then with the last of all.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from kb.models import (
    Event,
    EventKind,
    Membership,
    MembershipStatus,
    State,
    Summit,
    SummitKind,
    Term,
)
from tests.oracle.data import UNKNOWN_DAY, Sourced, Spanned, World, parse_date
from tests.oracle.disagreements import DATES
from tests.oracle.spans import DatedCitation, attested_days, known_bounds, known_date, span_text

_NAMES = {"acronym": "acronym", "officialName": "official_name"}
"""What a record may be called too; and what it must be called."""
_CALLED = {"name": "name", "title": "title"}
_ALL_NAMES = {*_NAMES, *_CALLED, "aliases"}
_WORDS = {
    **{name: name for name in ("city", "place", "url", "capacity")},
    **{"endReason": "end_reason", "statusNote": "status_note"},
}
_NEEDED = {"status": MembershipStatus, "kind": EventKind, "office": None}
"""What a record cannot be without, and the words that there are for it; an event has no need of an
office."""
_REFERENCES = {
    "predecessor": "Organisation",
    "parent": "Organisation",
    "nationality": "State",
    "host": "State",
    "summit": "Summit",
}
_COLUMNS = {
    **DATES,
    **_NAMES,
    **_CALLED,
    **_WORDS,
    **{name: name for name in _NEEDED},
    **{name: f"{name}_id" for name in _REFERENCES},
    "participantsComplete": "participants_complete",
}


class Said:
    """The citations of a record, and those of them that are known; oldest first."""

    def __init__(self, citations: Sequence[DatedCitation], known: Sequence[DatedCitation]) -> None:
        self.citations, self.known = citations, known

    def all_of(self, *names: str) -> list[DatedCitation]:
        return [each for each in self.citations if each.field in names and each.value]

    def known_of(self, *names: str) -> list[DatedCitation]:
        return [each for each in self.known if each.field in names and each.value]

    def is_open(self, *names: str) -> bool:
        """Whether not all is known yet."""
        if self.all_of(*names):
            return self.all_of(*names) != self.known_of(*names)
        as_a_whole = [each for each in self.known if each.field is None and each.is_support]
        return not as_a_whole and len(self.known) < len(self.citations)

    def contains(self, name: str) -> bool:
        """Whether the words of a name, which are none of mere signs, stand side by side in one."""
        wanted = _words(name)
        return bool(wanted) and any(
            _words(citation.value)[place : place + len(wanted)] == wanted
            for citation in self.known_of(*_ALL_NAMES)
            for place in range(len(_words(citation.value)) + 1)
        )


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def field_values(row: Any, said: Said, rows: World) -> dict[str, object]:  # noqa: ANN401  Of any table.
    """The columns of its fields that differ from those stored; `rows` are all there are."""
    values: dict[str, object] = {}
    for name, column in _COLUMNS.items():
        by = _ALL_NAMES if name in _NAMES and not said.all_of(name) else {name}
        if hasattr(row, column) and said.is_open(*by):
            values |= _value(row, name, said, rows)
    if hasattr(row, "aliases") and said.is_open(*_ALL_NAMES):
        names = [name for name in json.loads(row.aliases) if said.contains(name)]
        values["aliases"] = json.dumps(names, ensure_ascii=False, separators=(",", ":"))
    if isinstance(row, Membership | Term | Event | State):
        values |= _period(row, said)
    return values


def _value(row: Sourced, name: str, said: Said, rows: World) -> Mapping[str, object]:
    """One field as those known of its citations have it; periods are not its affair."""
    column, known = _COLUMNS[name], said.known_of(name)
    newest = known[-1].value if known else None
    if name in DATES:
        known_value = known_date(getattr(row, column), known)
        return {column: known_value or (UNKNOWN_DAY if name == "heldOn" else None)}
    if name in _REFERENCES:
        return {column: _reference(row, name, known, rows)}
    if isinstance(row, Summit) and name in ("kind", "participantsComplete"):
        return _of_meeting(row, name, known)
    if _states(known, getattr(row, column)):
        return {}
    is_needed = name in _NEEDED and not (isinstance(row, Event) and name == "office")
    if is_needed or name in _CALLED:
        words = _NEEDED.get(name)
        if words and newest:
            newest = newest.upper() if newest.upper() in words.__members__ else None
        return {column: newest} if newest else {}
    if name in _NAMES and not said.all_of(name) and said.contains(getattr(row, column) or ""):
        return {}
    return {column: newest}


def _reference(row: Sourced, name: str, known: Sequence[DatedCitation], rows: World) -> int | None:
    number: int | None = getattr(row, f"{name}_id")
    if not known or _states(known, rows.key(number)):
        return number if known else None
    wanted = f"{_REFERENCES[name]}:{known[-1].value}".casefold()
    for record_id, node in rows.identified.items():
        if record_id.casefold() == wanted:
            return node.id
    return None


def _of_meeting(summit: Summit, name: str, known: Sequence[DatedCitation]) -> Mapping[str, object]:
    """Until it is told, nobody says who met, and not all participants are known."""
    newest = (known[-1].value or "").upper() if known else ""
    if name == "kind":
        told = newest if newest in SummitKind.__members__ else "MEETING"
        return {} if _states(known, summit.kind) else {"kind": told}
    recorded = "true" if summit.participants_complete else "false"
    return {} if _states(known, recorded) else {"participants_complete": newest == "TRUE"}


def _states(citations: Sequence[DatedCitation], recorded: str | None) -> bool:
    return recorded is not None and any(citation.says(recorded) for citation in citations)


class _Period(NamedTuple):
    period_start: str | None
    period_end: str | None
    end_kind: str
    attested_until: date | None


def _period(row: Spanned, said: Said) -> dict[str, object]:
    """The columns of a period; as recorded if its citations are all known."""
    name = {Event: "occurred", State: "existence"}.get(type(row), "period")
    if isinstance(row, State):
        told = said.known_of(f"{name}.start", f"{name}.end")
        if not told and (not row.end_kind or said.is_open(f"{name}.start", f"{name}.end")):
            return {**dict.fromkeys(_Period._fields), "period_text": None}
        if not (said.is_open(f"{name}.start") or said.is_open(f"{name}.end")):
            return {}
    running = attested_days(said.known)
    until = max(running) if running and row.end_kind == "ONGOING" else None
    recorded = _Period(row.period_start, row.period_end, row.end_kind or "UNKNOWN", until)
    open_start, open_end = said.is_open(f"{name}.start"), said.is_open(f"{name}.end")
    starts, ends = said.known_of(f"{name}.start"), said.known_of(f"{name}.end")
    one_date = bool(row.period_start) and row.period_start == row.period_end
    one_date &= not said.all_of(f"{name}.end")
    if not (open_start or (open_end and not one_date)):
        return recorded._asdict()
    if one_date:
        return _one_date(known_date(row.period_start, starts, flagged=False))
    start, end, end_kind = known_bounds(
        recorded[:3], starts if open_start else None, ends if open_end else None, running
    )
    as_known = _Period(start, end, end_kind, max(running) if end_kind == "ONGOING" else None)
    values: dict[str, object] = as_known._asdict()
    if as_known[:3] != recorded[:3] or row.end_kind is None:
        values["period_text"] = span_text(*as_known[:3])
    return values


def _one_date(when: str | None) -> dict[str, object]:
    """What happened on some day of a date of which only the start is cited."""
    parsed = parse_date(when) if when else None
    end_kind = "DATED" if parsed and parsed.latest else "UNKNOWN"
    words = parsed.text if parsed else span_text(None, None, end_kind)
    return {**_Period(when, when, end_kind, None)._asdict(), "period_text": words}
