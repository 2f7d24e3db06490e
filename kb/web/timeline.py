"""The picture of who belonged when: what is drawn of each organisation, on one scale.

In: the answer to the home page's query, and today. Out: for each organisation its rows of bars, and
marks, and the offices of states. Pure: no I/O.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from kb.web.bars import (
    Featured,
    TimelineRow,
    bar_rows,
    count_outside,
    office_rows,
    reach_of,
)
from kb.web.marks import Happening, Marks, happenings, place_marks
from kb.web.presentation import (
    DisplayValue,
    JsonObject,
    display,
    founding_dispute,
    list_rows,
)
from kb.web.scale import Reach, Scale, scale_of
from kb.web.zoom import Zoom

_ALL_TIME = Zoom()


@dataclass(frozen=True)
class Group:
    """An organisation's part of the picture; `dispute` says what of itself articles dispute."""

    node: JsonObject
    name: DisplayValue
    dispute: str
    members: Sequence[TimelineRow]
    offices: Mapping[str, Sequence[TimelineRow]]
    marks: Marks


@dataclass(frozen=True)
class Timeline:
    """The whole picture; `whole` is the scale of all that there is, `others` are organisations of
    which neither members nor offices are recorded.
    """

    scale: Scale
    whole: Scale
    groups: Sequence[Group]
    others: Sequence[DisplayValue]
    states: Mapping[str, Sequence[TimelineRow]]
    outside: int


def build_timeline(
    data: JsonObject, today: date, featured: Featured, zoom: Zoom = _ALL_TIME
) -> Timeline:
    """The picture; behind what is featured, organisations with more rows and marks come first."""
    organisations = list_rows(data, "organisations")
    drawn = [each for each in organisations if _has_spans(each)]
    state_terms = list_rows(data, "stateTerms")
    reaches = [*chain(*map(_reaches, drawn), map(reach_of, state_terms))]
    whole = scale_of(reaches, today)
    scale = zoom.within(whole)
    groups = [_group(organisation, scale, featured) for organisation in drawn]
    groups.sort(key=lambda group: -len(group.members) - len(group.marks.drawn))
    groups.sort(key=lambda group: group.node["slug"] != featured.slug)
    others = [display(each) for each in organisations if each not in drawn]
    states = office_rows(state_terms, scale, featured)
    outside = count_outside((*chain(*map(_spans, drawn)), *state_terms), scale)
    outside += sum(group.marks.outside for group in groups)
    return Timeline(scale, whole, groups, others, states, outside)


def _has_spans(organisation: JsonObject) -> bool:
    return bool(_spans(organisation))


def _spans(organisation: JsonObject) -> Sequence[JsonObject]:
    return [*list_rows(organisation, "memberships"), *list_rows(organisation, "terms")]


def _reaches(organisation: JsonObject) -> Iterator[Reach]:
    yield from map(reach_of, _spans(organisation))
    yield from (happening.reach for happening in _happenings(organisation))


def _happenings(organisation: JsonObject) -> Iterator[Happening]:
    yield from happenings(list_rows(organisation, "summits"), "heldOn", "summit")
    yield from happenings(list_rows(organisation, "events"), "occurred", "event")


def _group(organisation: JsonObject, scale: Scale, featured: Featured) -> Group:
    return Group(
        organisation,
        display(organisation),
        founding_dispute(organisation),
        bar_rows(list_rows(organisation, "memberships"), "state", scale),
        office_rows(list_rows(organisation, "terms"), scale, featured),
        place_marks([*_happenings(organisation)], scale),
    )
