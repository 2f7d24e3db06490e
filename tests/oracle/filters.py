"""Which rows a filter lets through: the contract's words, one test a field.

In: a world, one of its rows and a filter as a client wrote it. Out: whether the row passes. A field
that is left out asks nothing; those given must all hold.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from unicodedata import category

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
from kb.normalisation import normalise, normalise_part, normalise_start
from kb.periods import Certainty
from tests.oracle.data import Node, Spanned, World, bounds_of, certainty_of, identity, parse_date

# What a client wrote, whose shape the schema has checked.
ArgumentValue = Any
Test = Callable[[World, Any, ArgumentValue], bool]

_RANK = {Certainty.RULED_OUT: 0, Certainty.POSSIBLE: 1, Certainty.CERTAIN: 2}


def passes(world: World, row: Node, wanted: Mapping[str, ArgumentValue] | None) -> bool:
    tests = _TESTS.get(type(row), {})
    given = without_nulls(wanted)
    if isinstance(row, Event):
        return _passes_event(world, row, given)
    day, least = given.pop("asOf", None), given.pop("atLeast", None)
    if day and isinstance(row, Membership | Term) and not is_certain_enough(row, day, least):
        return False
    return all(tests[name](world, row, value) for name, value in given.items())


def _passes_event(world: World, event: Event, given: Mapping[str, ArgumentValue]) -> bool:
    """Roles are those of whom the filter names; how sure it must be is told beside the days."""
    least, roles = given.get("atLeast", "POSSIBLE"), given.get("role")
    tests = _TESTS[Event]
    others = given.keys() - {"atLeast", "role", "occurred", *_PARTY_COLUMNS}
    named = given.keys() & {*_PARTY_COLUMNS}
    return (
        all(tests[name](world, event, given[name]) for name in others)
        and _occurred_by(event, given.get("occurred"), least)
        and (roles is None or _has_party(world, event, roles, {}))
        and all(
            tests[name](world, event, given[name])
            if roles is None or not without_nulls(given[name])
            else _has_party(world, event, roles, {name: given[name]})
            for name in named
        )
    )


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
            _key(world.key(getattr(party, _PARTY_COLUMNS[name])), text)
            for name, text in wanted.items()
        )
        for party in world.all(Party)
    )


def _occurred_by(event: Event, wanted: ArgumentValue, least: str) -> bool:
    first, last = bounds_of(event).start_earliest, bounds_of(event).end_latest
    if least == "RULED_OUT":
        return True
    if least == "POSSIBLE":
        return _date(first, last, wanted)
    tests: Mapping[str, Callable[[date], bool]] = {
        "on": lambda day: first == last == day,
        "before": lambda day: last is not None and last < day,
        "after": lambda day: first is not None and first > day,
    }
    return all(tests[name](day) for name, day in without_nulls(wanted).items())


def without_nulls(wanted: Mapping[str, ArgumentValue] | None) -> dict[str, ArgumentValue]:
    """What is given; null is the same as left out."""
    return {name: value for name, value in (wanted or {}).items() if value is not None}


def is_certain_enough(row: Spanned, day: date, least: str | None) -> bool:
    wanted = Certainty[least or Certainty.POSSIBLE.name]
    return _RANK[certainty_of(row, day)] >= _RANK[wanted]


def _text(
    value: str | None, wanted: Mapping[str, ArgumentValue], fold: Callable[[str], str] = str
) -> bool:
    """A StringFilter on a text; a text that is not there matches nothing that is asked of it."""
    given = {name: _comparand(text, name, fold) for name, text in without_nulls(wanted).items()}
    if not given:
        return True
    if value is None:
        return False
    return all(_TEXT_TESTS[name](value, comparand) for name, comparand in given.items())


_TEXT_TESTS: Mapping[str, Callable[[str, ArgumentValue], bool]] = {
    "eq": lambda value, text: bool(value == text),
    "in": lambda value, texts: value in texts,
    "contains": lambda value, text: text in value,
    "startsWith": lambda value, text: value.startswith(text),
}


def _key(key: str | None, wanted: Mapping[str, ArgumentValue]) -> bool:
    """A StringFilter named after a record: on its slug or code, in upper or lower case."""
    return _text(key and key.casefold(), wanted, fold_key)


def _office(office: str, wanted: Mapping[str, ArgumentValue]) -> bool:
    return _text(fold_office(office), wanted, fold_office)


_NORMAL = {"contains": normalise_part, "startsWith": normalise_start}


def _comparand(wanted: ArgumentValue, name: str, fold: Callable[[str], str]) -> ArgumentValue:
    """What is compared with, in its normal form."""
    if isinstance(wanted, list):
        return [_comparand(item, name, fold) for item in wanted]
    return fold(_NORMAL.get(name, normalise)(wanted))


def fold_key(key: str) -> str:
    """In one case, with one kind of dash."""
    dashed = (
        "-" if category(letter) == "Pd" or letter in "⁃−" else letter for letter in key.casefold()
    )
    return "".join(dashed)


def fold_office(office: str) -> str:
    """Its words, as blanks and dashes part them; what begins or ends with one keeps that."""
    words = fold_key(office).replace("-", " ")
    inner = "-".join(words.split())
    return f"{'-' * words[:1].isspace()}{inner}{'-' * (words[-1:].isspace() and bool(inner))}"


def _date(
    first: date | None, last: date | None, wanted: Mapping[str, ArgumentValue] | None
) -> bool:
    """A DateFilter on the days from `first` to `last`; None is no bound."""
    tests = {
        "on": lambda day: (not first or first <= day) and (not last or day <= last),
        "before": lambda day: not first or first < day,
        "after": lambda day: not last or last > day,
    }
    return all(tests[name](day) for name, day in without_nulls(wanted).items())


def can_be(edtf: str | None, wanted: Mapping[str, ArgumentValue]) -> bool:
    """A DateFilter on a partial date; one that is not there passes only what asks nothing."""
    if edtf is None:
        return not without_nulls(wanted)
    return _date(parse_date(edtf).earliest, parse_date(edtf).latest, wanted)


def _starts_on(_: World, row: Spanned, wanted: ArgumentValue) -> bool:
    bounds = bounds_of(row)
    return _date(bounds.start_earliest, bounds.start_latest, wanted)


def _ends_on(_: World, row: Spanned, wanted: ArgumentValue) -> bool:
    bounds = bounds_of(row)
    return _date(bounds.end_earliest, bounds.end_latest, wanted)


def _disputed(world: World, row: Node, wanted: bool) -> bool:
    return world.records[row.id].disputed == wanted


def _member_of(world: World, state: State, wanted: ArgumentValue) -> bool:
    given = without_nulls(wanted)
    statuses = given.get("status", [MembershipStatus.MEMBER.name])
    return any(
        membership.state_id == state.id
        and membership.status in statuses
        and _same_key(world, membership.organisation_id, given["organisation"])
        and (
            "asOf" not in given
            or is_certain_enough(membership, given["asOf"], given.get("atLeast"))
        )
        for membership in world.all(Membership)
    )


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
    return _key(row.key, wanted)


def _column(name: str) -> Test:
    """A StringFilter on a column of the row."""
    return lambda _, row, wanted: _text(getattr(row, name), wanted)


def _reference(name: str) -> Test:
    """A StringFilter on the slug or code of the row that the column refers to."""
    return lambda world, row, wanted: _key(world.key(getattr(row, name)), wanted)


def _equal(name: str) -> Test:
    return lambda _, row, wanted: bool(getattr(row, name) == wanted)


def _in_list(name: str) -> Test:
    return lambda _, row, wanted: getattr(row, name) in wanted


def _any_of(links: type[EventOrganisation | EventState | EventOfficial], name: str) -> Test:
    """A StringFilter that one of the linked records matches by itself."""
    return lambda world, event, wanted: (
        not without_nulls(wanted)
        or any(
            link.event_id == event.id and _key(world.key(getattr(link, name)), wanted)
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
        "disputed": _disputed,
    },
    Term: {
        "organisation": _reference("organisation_id"),
        "state": _reference("state_id"),
        "official": _reference("official_id"),
        "office": lambda _, row, wanted: _office(row.office, wanted),
        "disputed": _disputed,
    },
    Summit: {
        "organisation": _reference("organisation_id"),
        "host": _reference("host_id"),
        "city": _column("city"),
        "heldOn": lambda _, row, wanted: can_be(row.held_on, wanted),
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
        "mentions": _mentions,
        "cites": _cites,
    },
}
