"""The picture of one record: its memberships, terms, summits and events, on a page and as a file.

In: a state, organisation or official as its page's query answers it, and the part of the time that
is wanted. Out: rows of bars under headings, and marks, on one scale. Pure: no I/O.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain

from kb.web.bars import TimelineRow, bar_rows, count_outside, office_rows, reach_of
from kb.web.marks import Happening, happenings, place_marks
from kb.web.picture import PAGES_OF_ORGANISATION, Picture, Section, drawn_lists
from kb.web.presentation import JsonObject, display, list_rows
from kb.web.scale import Scale, scale_of
from kb.web.zoom import Zoom

_SUMMITS = ("summits", "hostedSummits")
_PAGES = {
    "Organisation": PAGES_OF_ORGANISATION,
    "State": {
        "memberships": ("/memberships", "state.eq"),
        "terms": ("/terms", "state.eq"),
        "hostedSummits": ("/summits", "host.eq"),
        "events": ("/events", "state.eq"),
    },
    "Official": {
        "terms": ("/terms", "official.eq"),
        "summits": ("/summits", "attendedBy"),
        "events": ("/events", "official.eq"),
    },
}
"""By type its lists that are drawn: the pages of all, and what narrows these to the record."""


def is_pictured(record_type: str) -> bool:
    """Whether records of that type have a picture, if there is anything to be drawn."""
    return record_type in _PAGES


def pictured_lists(record: JsonObject) -> Sequence[str]:
    """Which of its lists are drawn."""
    return [*_PAGES.get(_type_of(record), {})]


def _type_of(record: JsonObject) -> str:
    return str(record["id"]).partition(":")[0]


def record_picture(record: JsonObject, zoom: Zoom) -> Picture | None:
    """None where there is nothing to be drawn."""
    record_type, _, key = str(record["id"]).partition(":")
    happened = [*_happenings(record)] if record_type in _PAGES else []
    spans = [*list_rows(record, "memberships"), *list_rows(record, "terms")]
    if not spans and not any(each.left for each in happened):
        return None
    reaches = chain(map(reach_of, spans), (each.reach for each in happened))
    whole = scale_of(reaches, date.today())
    scale = zoom.within(whole)
    marks = place_marks(happened, scale)
    lists = [*drawn_lists(record, _PAGES[record_type], key)]
    section = Section(display(record), _parts(record_type, record, scale), marks, lists)
    return Picture(scale, whole, [section], count_outside(spans, scale) + marks.outside)


def _happenings(record: JsonObject) -> Iterator[Happening]:
    for name in _SUMMITS:
        yield from happenings(list_rows(record, name), "heldOn", "summit")
    yield from happenings(list_rows(record, "events"), "occurred", "event")


def _parts(
    record_type: str, record: JsonObject, scale: Scale
) -> Mapping[str, Sequence[TimelineRow]]:
    memberships, terms = list_rows(record, "memberships"), list_rows(record, "terms")
    of = "state" if record_type == "Organisation" else "organisation"
    parts: dict[str, Sequence[TimelineRow]] = {"Memberships": bar_rows(memberships, of, scale)}
    if record_type == "Official":
        parts |= {"Terms of office": bar_rows(map(_with_body, terms), "body", scale)}
    else:
        parts |= office_rows(terms, scale)
    return {heading: rows for heading, rows in parts.items() if rows}


def _with_body(term: JsonObject) -> JsonObject:
    return {**term, "body": term["organisation"] or term["state"]}
