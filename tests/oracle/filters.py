"""Which rows a filter lets through: the contract's words, one test a field.

In: a world, one of its rows and a filter as a client wrote it. Out: whether the row passes. A field
that is left out asks nothing; those given must all hold.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from kb.models import (
    Article,
    Attendance,
    Citation,
    Event,
    EventOfficial,
    EventOrganisation,
    EventState,
    Membership,
    MembershipStatus,
    Mention,
    Official,
    Organisation,
    Participation,
    Party,
    State,
    Summit,
    Term,
)
from kb.normalisation import normalise
from kb.periods import Certainty
from tests.oracle.data import (
    Node,
    Spanned,
    World,
    bounds_of,
    certainty_of,
    held_in_year,
    identity,
    parse_date,
)
from tests.oracle.text_filters import (
    ArgumentValue,
    fold_key,
    key_holds,
    office_holds,
    text_holds,
    without_nulls,
)

Test = Callable[[World, Any, ArgumentValue], bool | Certainty]

_RANK = {Certainty.RULED_OUT: 0, Certainty.POSSIBLE: 1, Certainty.CERTAIN: 2}


def verdict(world: World, row: Node, wanted: Mapping[str, ArgumentValue] | None) -> Certainty:
    """Whether the row passes: all that is given must hold, each in three values."""
    given = without_nulls(wanted)
    every, some, none = given.pop("and", []), given.pop("or", None), given.pop("not", None)
    asked = [_own_verdict(world, row, given), *(verdict(world, row, inner) for inner in every)]
    if some is not None:
        asked.append(_surest(verdict(world, row, inner) for inner in some))
    if none is not None:
        asked.append(_CONTRARY[verdict(world, row, none)])
    return _least_sure(asked)


_CONTRARY = {
    Certainty.CERTAIN: Certainty.RULED_OUT,
    Certainty.POSSIBLE: Certainty.POSSIBLE,
    Certainty.RULED_OUT: Certainty.CERTAIN,
}


def _least_sure(verdicts: Iterable[Certainty]) -> Certainty:
    return min(verdicts, key=lambda each: _RANK[each], default=Certainty.CERTAIN)


def _surest(verdicts: Iterable[Certainty]) -> Certainty:
    return max(verdicts, key=lambda each: _RANK[each], default=Certainty.RULED_OUT)


def _sure(holds: bool) -> Certainty:
    return Certainty.CERTAIN if holds else Certainty.RULED_OUT


def _own_verdict(world: World, row: Node, given: dict[str, ArgumentValue]) -> Certainty:
    """Of the filter's own fields."""
    tests = _TESTS.get(type(row), {})
    if isinstance(row, Event):
        return _event_verdict(world, row, given)
    day, least = given.pop("asOf", None), given.pop("atLeast", None)
    asked = []
    if day and isinstance(row, Membership | Term):
        sure = certainty_of(row, day)
        asked.append(_sure(is_certain_enough(row, day, least)) if least else sure)
    for name, value in given.items():
        told = tests[name](world, row, value)
        asked.append(told if isinstance(told, Certainty) else _sure(told))
    return _least_sure(asked)


def _event_verdict(world: World, event: Event, given: Mapping[str, ArgumentValue]) -> Certainty:
    """Roles are those of whom the filter names; how sure it must be is told beside the days."""
    least, roles = given.get("atLeast"), given.get("role")
    tests = _TESTS[Event]
    others = given.keys() - {"atLeast", "role", "occurred", "year", *_PARTY_COLUMNS}
    named = given.keys() & {*_PARTY_COLUMNS}
    bounds = bounds_of(event)
    occurred = _date_verdict(bounds.start_earliest, bounds.end_latest, given.get("occurred"))
    holds = (
        all(tests[name](world, event, given[name]) for name in others)
        and (roles is None or _has_party(world, event, roles, {}))
        and all(
            tests[name](world, event, given[name])
            if roles is None or not without_nulls(given[name])
            else _has_party(world, event, roles, {name: given[name]})
            for name in named
        )
    )
    if least:
        occurred = _sure(_RANK[occurred] >= _RANK[Certainty[least]])
    year = [held_in_year(event, given["year"])] if "year" in given else []
    return _least_sure([_sure(holds), occurred, *year])


_PARTY_COLUMNS = {
    "organisation": "organisation_id",
    "state": "state_id",
    "official": "official_id",
}


def _has_party(
    world: World, event: Event, roles: Sequence[str], wanted: Mapping[str, ArgumentValue]
) -> bool:
    """One party has one of the roles, and is what is wanted."""
    return any(
        party.event_id == event.id
        and party.role in roles
        and all(
            key_holds(world.key(getattr(party, _PARTY_COLUMNS[name])), text)
            for name, text in wanted.items()
        )
        for party in world.all(Party)
    )


def is_certain_enough(row: Spanned, day: date, least: str | None) -> bool:
    wanted = Certainty[least or Certainty.POSSIBLE.name]
    return _RANK[certainty_of(row, day)] >= _RANK[wanted]


def _date_verdict(
    first: date | None, last: date | None, wanted: Mapping[str, ArgumentValue] | None
) -> Certainty:
    """A DateFilter on the days from `first` to `last`; None is no bound."""
    low, high = first or date.min, last or date.max
    tests: Mapping[str, Callable[[date], tuple[bool, bool]]] = {
        "on": lambda day: (low <= day <= high, first == last == day),
        "before": lambda day: (first is None or low < day, last is not None and high < day),
        "after": lambda day: (last is None or high > day, first is not None and low > day),
    }
    return _least_sure(
        Certainty.CERTAIN if all(tests[name](day)) else _possibly(any(tests[name](day)))
        for name, day in without_nulls(wanted).items()
    )


def _possibly(holds: bool) -> Certainty:
    return Certainty.POSSIBLE if holds else Certainty.RULED_OUT


def can_be(edtf: str | None, wanted: Mapping[str, ArgumentValue]) -> Certainty:
    """A DateFilter on a partial date; one that is not there passes only what asks nothing."""
    if edtf is None:
        return _sure(not without_nulls(wanted))
    return _date_verdict(parse_date(edtf).earliest, parse_date(edtf).latest, wanted)


def _starts_on(_: World, row: Spanned, wanted: ArgumentValue) -> Certainty:
    bounds = bounds_of(row)
    return _date_verdict(bounds.start_earliest, bounds.start_latest, wanted)


def _ends_on(_: World, row: Spanned, wanted: ArgumentValue) -> Certainty:
    bounds = bounds_of(row)
    return _date_verdict(bounds.end_earliest, bounds.end_latest, wanted)


def _in_year(_: World, row: Node, wanted: int) -> Certainty:
    return held_in_year(row, wanted)


def _disputed(world: World, row: Node, wanted: bool) -> bool:
    return world.records[row.id].disputed == wanted


def _member_of(world: World, state: State, wanted: ArgumentValue) -> Certainty:
    given = without_nulls(wanted)
    statuses = given.get("status", [MembershipStatus.MEMBER.name])
    day, least = given.get("asOf"), given.get("atLeast")
    fitting = [
        membership
        for membership in world.all(Membership)
        if membership.state_id == state.id
        and membership.status in statuses
        and _same_key(world, membership.organisation_id, given["organisation"])
    ]
    if day is None:
        return _sure(bool(fitting))
    if least:
        return _sure(any(is_certain_enough(each, day, least) for each in fitting))
    return _surest(certainty_of(each, day) for each in fitting)


def _has_member(world: World, organisation: Organisation, code: str) -> bool:
    """Ever, as a full member, as `memberOf` has it without `asOf` and `status`."""
    return any(
        membership.organisation_id == organisation.id
        and membership.status == MembershipStatus.MEMBER
        and _same_key(world, membership.state_id, code)
        for membership in world.all(Membership)
    )


def _same_key(world: World, number: int | None, key: str) -> bool:
    record_key = world.key(number)
    return record_key is not None and record_key.casefold() == fold_key(normalise(key))


def _participation(attendance: Attendance) -> Test:
    """Of an official or a state: whether it came, or whether it stayed away."""
    return lambda world, summit, key: any(
        participation.summit_id == summit.id
        and participation.attendance == attendance
        and (
            _same_key(world, participation.official_id, key)
            or _same_key(world, participation.state_id, key)
        )
        for participation in world.all(Participation)
    )


def _mentions(world: World, article: Article, key: str) -> bool:
    return any(
        mention.article_id == article.id and _same_key(world, mention.subject_id, key)
        for mention in world.all(Mention)
    )


def _cites(world: World, article: Article, wanted: str) -> bool:
    return any(
        citation.article_id == article.id
        and identity(world.nodes[citation.subject_id]) == fold_id(wanted)
        for citation in world.all(Citation)
    )


def fold_id(record_id: str) -> str:
    """An id with its key as it is written."""
    record_type, colon, key = normalise(record_id).partition(":")
    folded = fold_key(key)
    is_code = record_type == "State" and folded.isascii()
    return f"{record_type}{colon}{folded.upper() if is_code else folded}"


def _own_key(_: World, row: Organisation | State | Official, wanted: ArgumentValue) -> bool:
    return key_holds(row.key, wanted)


def _column(name: str) -> Test:
    """A StringFilter on a column of the row."""
    return lambda _, row, wanted: text_holds(getattr(row, name), wanted)


def _reference(name: str) -> Test:
    """A StringFilter on the slug or code of the row that the column refers to."""
    return lambda world, row, wanted: key_holds(world.key(getattr(row, name)), wanted)


def _equal(name: str) -> Test:
    return lambda _, row, wanted: bool(getattr(row, name) == wanted)


def _in_list(name: str) -> Test:
    return lambda _, row, wanted: getattr(row, name) in wanted


def _any_of(links: type[EventOrganisation | EventState | EventOfficial], name: str) -> Test:
    """A StringFilter that one of the linked records matches by itself."""
    return lambda world, event, wanted: (
        not without_nulls(wanted)
        or any(
            link.event_id == event.id and key_holds(world.key(getattr(link, name)), wanted)
            for link in world.all(links)
        )
    )


_TESTS: Mapping[type, Mapping[str, Test]] = {
    Organisation: {"slug": _own_key, "name": _column("name"), "hasMember": _has_member},
    State: {"code": _own_key, "name": _column("name"), "memberOf": _member_of},
    Official: {
        "slug": _own_key,
        "name": _column("name"),
        "nationality": _reference("nationality_id"),
    },
    Membership: {
        "organisation": _reference("organisation_id"),
        "state": _reference("state_id"),
        "status": _in_list("status"),
        "startsOn": _starts_on,
        "endsOn": _ends_on,
        "year": _in_year,
        "disputed": _disputed,
    },
    Term: {
        "organisation": _reference("organisation_id"),
        "state": _reference("state_id"),
        "official": _reference("official_id"),
        "office": lambda _, row, wanted: office_holds(row.office, wanted),
        "startsOn": _starts_on,
        "endsOn": _ends_on,
        "year": _in_year,
        "disputed": _disputed,
    },
    Summit: {
        "organisation": _reference("organisation_id"),
        "host": _reference("host_id"),
        "city": _column("city"),
        "heldOn": lambda _, row, wanted: can_be(row.held_on, wanted),
        "year": _in_year,
        "kind": _in_list("kind"),
        "attendedBy": _participation(Attendance.ATTENDED),
        "missedBy": _participation(Attendance.ABSENT),
    },
    Event: {
        "kind": _in_list("kind"),
        "organisation": _any_of(EventOrganisation, "organisation_id"),
        "state": _any_of(EventState, "state_id"),
        "official": _any_of(EventOfficial, "official_id"),
        "place": _column("place"),
        "summit": _reference("summit_id"),
    },
    Citation: {
        "field": _column("field"),
        "stance": _equal("stance"),
        "article": _reference("article_id"),
        "verified": _equal("verified"),
    },
    Article: {
        "publication": _reference("publication_id"),
        "headline": _column("headline"),
        "kind": _in_list("kind"),
        "author": _column("author"),
        "attribution": _column("attribution"),
        "issueNumber": _equal("issue_number"),
        "datedOn": lambda _, row, wanted: can_be(row.dated_on, wanted),
        "year": _in_year,
        "mentions": _mentions,
        "cites": _cites,
    },
}
