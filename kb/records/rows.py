"""Documents turned into rows: which tables a record fills, and with what.

In: the entries of seed files. Out: `Rows`, with references still as (type, key) pairs; numbers are
given when they are written. Pure: no I/O.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from kb.dates import UNKNOWN_DATE, PartialDate, fork
from kb.folding import fold_office
from kb.models.base import AFTER_ALL, BEFORE_ALL, LAST_TEXT
from kb.periods import Bounds, Period
from kb.records.documents import (
    ArticleDocument,
    CitationDocument,
    Document,
    EventDocument,
    MembershipDocument,
    OfficialDocument,
    OrganisationDocument,
    StateDocument,
    SummitDocument,
    TermDocument,
)


class Ref(NamedTuple):
    """Another record, by type and permanent key."""

    type: str
    key: str


Value = str | int | bool | date | Ref | None
Row = dict[str, Value]

LISTS = {
    "participation": "participants",
    "event_organisation": "organisations",
    "event_state": "states",
    "event_official": "officials",
}
"""The tables of rows that belong to another, and the field of the document that each comes from."""


@dataclass(frozen=True)
class Rows:
    """What one record is in the tables: its own row, and the rows that belong to it alone."""

    ref: Ref
    own: Row
    parts: Mapping[str, tuple[Row, ...]]
    disputed: bool = False


def refs_in(rows: Rows) -> Iterator[Ref]:
    """The records that a record points to, by itself or by a part."""
    parts = (part for each in rows.parts.values() for part in each)
    for row in (rows.own, *parts):
        yield from (value for value in row.values() if isinstance(value, Ref))


def rows_of(ref: Ref, document: Document, attested_until: date | None) -> Rows:
    """The rows of one document; its citations are records of their own."""
    own: Row = {"key": ref.key}
    parts: dict[str, tuple[Row, ...]] = {}
    match document:
        case ArticleDocument():
            own |= _article(document)
        case OrganisationDocument():
            own |= {
                "name": document.name,
                "acronym": document.acronym,
                "aliases": _json(document.aliases),
                **founded_columns(document.founded),
                "predecessor_id": _ref("Organisation", document.predecessor),
            }
        case StateDocument():
            own |= {
                "name": document.name,
                "official_name": document.official_name,
                "aliases": _json(document.aliases),
            }
        case OfficialDocument():
            own |= {
                "name": document.name,
                "aliases": _json(document.aliases),
                "nationality_id": _ref("State", document.nationality),
            }
        case MembershipDocument():
            own |= {
                "organisation_id": Ref("Organisation", document.organisation),
                "state_id": Ref("State", document.state),
                "status": document.status.name,
                **period_columns(Period.parse(document.period), attested_until),
            }
        case TermDocument():
            own |= _term(document, attested_until)
        case SummitDocument():
            own |= _summit(document)
            parts["participation"] = _participants(document)
        case EventDocument():
            own |= _event(document, attested_until)
            parts |= _concerned(document)
        case _:
            own["name"] = document.name
    return Rows(ref, own, parts)


def citation_rows(subject: Ref, key: str, document: CitationDocument) -> Rows:
    own: Row = {
        "key": key,
        "subject_id": subject,
        "field": document.field,
        "value": document.value,
        "stance": document.stance.name,
        "article_id": Ref("Article", document.article),
        "paragraph": document.anchor.paragraph,
        "start_at": document.anchor.start,
        "end_at": document.anchor.end,
        "sha256": document.anchor.sha256,
        "claim": document.claim,
    }
    return Rows(Ref("Citation", key), own, {})


def date_row(edtf: str) -> Row:
    """The row of a partial date."""
    parsed = UNKNOWN_DATE if edtf == UNKNOWN_DATE.edtf else PartialDate.parse(edtf)
    row = {name: getattr(parsed, name) for name in PartialDate.__slots__}
    return row | {"precision": parsed.precision.name}


def known_from(issued_on: str | None, dated_on: str) -> date | None:
    """The latest day of the issue's date, else of the dateline."""
    return PartialDate.parse(issued_on or dated_on).latest


def day_columns(name: str, edtf: str) -> Row:
    """The date, and what lists sort and filter by: the bounds, with unknown ones last."""
    parsed = UNKNOWN_DATE if edtf == UNKNOWN_DATE.edtf else PartialDate.parse(edtf)
    return {
        f"{name}_on": edtf,
        f"{name}_order": _day(parsed.earliest, AFTER_ALL),
        f"{name}_earliest": _day(parsed.earliest, BEFORE_ALL),
        f"{name}_latest": _day(parsed.latest, AFTER_ALL),
        f"{name}_fork": fork(parsed.earliest, parsed.latest),
    }


def _article(document: ArticleDocument) -> Row:
    return {
        "headline": document.headline,
        "publication_id": Ref("Publication", document.publication),
        "issue_number": document.issue_number,
        "issued_on": document.issued_on,
        **day_columns("dated", document.dated_on),
        "place": document.place,
        "author": document.author,
        "summary": document.summary,
        "url": document.url,
        "year_inferred": document.year_inferred,
        "known_from": known_from(document.issued_on, document.dated_on),
    }


def founded_columns(edtf: str | None) -> Row:
    """The founding, and its earliest day to sort by."""
    earliest = PartialDate.parse(edtf).earliest if edtf else None
    return {
        "founded": edtf,
        "founded_order": _day(earliest, AFTER_ALL),
        "founded_earliest": _day(earliest, BEFORE_ALL),
    }


def city_columns(city: str | None) -> Row:
    """The city, and a text that puts an unknown one last in each direction."""
    return {"city": city, "city_rising": city or LAST_TEXT, "city_falling": city or ""}


def office_columns(office: str) -> Row:
    """The name of the office, and the form in which it is looked for."""
    return {"office": office, "office_key": fold_office(office)}


def _term(document: TermDocument, attested_until: date | None) -> Row:
    return {
        "official_id": Ref("Official", document.official),
        **office_columns(document.office),
        "organisation_id": _ref("Organisation", document.organisation),
        "state_id": _ref("State", document.state),
        "planned_end": document.planned_end,
        "end_reason": document.end_reason,
        **period_columns(Period.parse(document.period), attested_until),
    }


def _summit(document: SummitDocument) -> Row:
    return {
        "name": document.name,
        "organisation_id": Ref("Organisation", document.organisation),
        **day_columns("held", document.held_on),
        **city_columns(document.city),
        "host_id": _ref("State", document.host),
    }


def _participants(document: SummitDocument) -> tuple[Row, ...]:
    return tuple(
        {
            "position": position,
            "official_id": _ref("Official", participant.official),
            "state_id": _ref("State", participant.state),
            "attendance": participant.attendance.name,
            "note": participant.note,
        }
        for position, participant in enumerate(document.participants)
    )


def _event(document: EventDocument, attested_until: date | None) -> Row:
    return {
        "kind": document.kind.name,
        "title": document.title,
        "place": document.place,
        "summit_id": _ref("Summit", document.summit),
        **period_columns(Period.parse(document.occurred), attested_until),
    }


def _concerned(document: EventDocument) -> dict[str, tuple[Row, ...]]:
    groups: dict[str, Iterable[str]] = {
        "Organisation": document.organisations,
        "State": document.states,
        "Official": document.officials,
    }
    return {
        f"event_{kind.lower()}": tuple(
            {f"{kind.lower()}_id": Ref(kind, key), "position": position}
            for position, key in enumerate(keys)
        )
        for kind, keys in groups.items()
    }


def period_columns(period: Period, attested_until: date | None) -> Row:
    """What a period fills in; `attested_until` counts for an ongoing one."""
    bounds = period.bounds(attested_until)
    return {
        "period_start": period.start.edtf if period.start else None,
        "period_end": period.end.edtf if period.end else None,
        "end_kind": period.end_kind.name,
        "attested_until": attested_until,
        **bound_columns(bounds),
        "start_order": _day(bounds.start_earliest, AFTER_ALL),
        "end_order": _day(bounds.end_latest, BEFORE_ALL),
        "start_fork": fork(bounds.start_earliest, bounds.start_latest),
        "end_fork": fork(bounds.end_earliest, bounds.end_latest),
        "span_fork": fork(bounds.start_earliest, bounds.end_latest),
        "period_text": period.text,
        "start_doubt": period.start_doubt(),
        "end_doubt": period.end_doubt(attested_until),
    }


def bound_columns(bounds: Bounds) -> Row:
    """An absent bound becomes the sentinel that rules nothing out, or makes nothing certain."""
    return {
        "start_earliest": _day(bounds.start_earliest, BEFORE_ALL),
        "start_latest": _day(bounds.start_latest, AFTER_ALL),
        "end_earliest": _day(bounds.end_earliest, BEFORE_ALL),
        "end_latest": _day(bounds.end_latest, AFTER_ALL),
    }


def _day(day: date | None, absent: str) -> str:
    return day.isoformat() if day else absent


def _ref(kind: str, key: str | None) -> Ref | None:
    return Ref(kind, key) if key else None


def _json(values: list[str]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
