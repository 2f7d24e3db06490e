"""Filters in the schema: what each list can be narrowed by.

In: nothing. Out: input types whose fields carry the test that the planner applies, so that name,
type, description and meaning stand in one place.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from kb.folding import folding_of
from kb.normalisation import normalise
from kb.query import certainty
from kb.query.fields import Arguments, DoubtfulTest, FilterTest, Test
from kb.query.filters import (
    among,
    among_names,
    code,
    days,
    disputed,
    equal,
    fold_key,
    key,
    linked_key,
    office,
    possible_days,
    same_name,
    slug,
    standing,
    text,
    truth,
)
from kb.query.sql import Row, Sql, literal, sql
from kb.query.years import in_year
from kb.records.types import snake_case, type_of_enum
from schema.enums import (
    ArticleKind,
    Attendance,
    Certainty,
    EventKind,
    EventRole,
    MembershipStatus,
    RecordTypeName,
    Stance,
    SummitKind,
)
from schema.fields import HEADLINES_ALONE, Argument
from schema.group_keys import date_days, span_days

_TEST = "test"


# A class attribute stands for a value of any annotated type, as `strawberry.field` has it.
def filter_field(description: str, test: FilterTest | None = None, name: str | None = None) -> Any:  # noqa: ANN401
    """A field of a filter; it may be left out."""
    return strawberry.field(
        default=strawberry.UNSET, description=description, name=name, metadata={_TEST: test}
    )


def tests_of(input_type: type) -> dict[str, FilterTest]:
    """The tests of an input type's fields, by their names in a query."""
    fields = vars(input_type)["__strawberry_definition__"].fields
    return {
        to_camel_case(field.python_name): test
        for field in fields
        if (test := field.metadata.get(_TEST))
    }


_BY_KEY = "By slug or code, in upper or lower case."
_AS_OF = "Those that {} on this day."
_AT_LEAST = "With `asOf`: leave out what is less certain; POSSIBLE if left out."
_YEAR = "Those that {} in this year by some reading of their dates, as groups by YEAR have them."
_DISPUTED = "Those that articles contradict, or those that none does."
_AND = "Those that all of these let through; beside what else is given here, as `or` and `not` are."
_OR = "Those that any of these lets through; an empty list lets none through."
_NOT = (
    "Those that this rules out, and those that it leaves in doubt: the contrary of what is possible"
    " is possible. `atLeast` beside the day in it leaves no doubt."
)


TYPES = Argument("types", list[RecordTypeName] | None, "Only these types.", strawberry.UNSET)


def of_types(row: Row, arguments: Arguments) -> Sql:
    """Rows of the types asked for, if any are."""
    if not arguments.given("types"):
        return Sql("true")
    return among(row["type"], (type_of_enum(name).name for name in arguments.names("types")))


@strawberry.input(
    description="A text; what is given must all hold. Upper and lower case differ, but of slugs,"
    " codes and offices. An empty list matches nothing, and null is refused."
)
class StringFilter:
    eq: str | None = filter_field("Just this.")
    in_: list[str] | None = filter_field("One of these.", name="in")
    contains: str | None = filter_field("With this in it; a blank at either end counts.")
    starts_with: str | None = filter_field("With this at its beginning; a blank at its end counts.")


@strawberry.input(
    description="A date as far as it is known: each holds if some day that it can be does."
)
class DateFilter:
    on: date | None = filter_field("It can be this day.")
    before: date | None = filter_field("It can be earlier than this day.")
    after: date | None = filter_field("It can be later than this day.")


def _by_certainty(test: Callable[[Certainty, Row, Arguments, str], Sql]) -> DoubtfulTest:
    """By how sure it must be where `atLeast` does not say."""
    return DoubtfulTest(partial(test, Certainty.POSSIBLE), partial(test, Certainty.CERTAIN))


def _has_member(row: Row, arguments: Arguments, name: str) -> Sql:
    """Ever, as a full member."""
    text_of = (
        "{} in (select m.organisation_id from membership m join state s on s.id = m.state_id"
        " where s.key = {} and m.status = 'MEMBER')"
    )
    return sql(text_of, row["id"], fold_key(arguments, name, "state"))


@strawberry.input(description="Which organisations to list.")
class OrganisationFilter:
    slug: StringFilter | None = filter_field("By its permanent key, in upper or lower case.", slug)
    name: StringFilter | None = filter_field("By its full name.", text("name"))
    has_member: str | None = filter_field(
        "Those of which this state, by its code, was a full member, whenever.", _has_member
    )
    and_: list["OrganisationFilter"] | None = filter_field(_AND, name="and")
    or_: list["OrganisationFilter"] | None = filter_field(_OR, name="or")
    not_: "OrganisationFilter | None" = filter_field(_NOT, name="not")


@strawberry.input(description="States that belonged to an organisation; without `asOf`, ever.")
class MemberOfFilter:
    organisation: str = strawberry.field(description="The organisation's slug.")
    as_of: date | None = filter_field(_AS_OF.format("belonged"))
    status: list[MembershipStatus] | None = filter_field("In one of these; MEMBER if left out.")
    at_least: Certainty | None = filter_field(_AT_LEAST)


def _member_of(default: Certainty, row: Row, arguments: Arguments, name: str) -> Sql:
    wanted, member = arguments.inner(name), Row("m", "membership")
    given = wanted.names("status") if wanted.given("status") else [MembershipStatus.MEMBER.name]
    statuses = among(member["status"], given)
    day = Sql("true")
    if wanted.given("asOf"):
        day = certainty.at_least(member, wanted.bind("asOf"), wanted, default)
    text_of = (
        "{} in (select m.state_id from membership m where m.organisation_id ="
        " (select o.id from organisation o where o.key = {}) and {} and {})"
    )
    return sql(
        text_of,
        row["id"],
        fold_key(wanted, "organisation", "organisation"),
        statuses,
        day,
    )


@strawberry.input(description="Which states to list.")
class StateFilter:
    code: StringFilter | None = filter_field("By its code, in upper or lower case.", code)
    name: StringFilter | None = filter_field("By its usual name.", text("name"))
    member_of: MemberOfFilter | None = filter_field(
        "By where it belonged.", _by_certainty(_member_of)
    )
    and_: list["StateFilter"] | None = filter_field(_AND, name="and")
    or_: list["StateFilter"] | None = filter_field(_OR, name="or")
    not_: "StateFilter | None" = filter_field(_NOT, name="not")


_STARTS_ON = days("start_earliest", "start_latest", "start_fork")
_ENDS_ON = days("end_earliest", "end_latest", "end_fork")


@strawberry.input(description="Which memberships to list.")
class MembershipFilter:
    organisation: StringFilter | None = filter_field(
        _BY_KEY, key("organisation_id", "organisation")
    )
    state: StringFilter | None = filter_field(_BY_KEY, key("state_id", "state"))
    status: list[MembershipStatus] | None = filter_field("In one of these.", among_names("status"))
    as_of: date | None = filter_field(_AS_OF.format("held"), certainty.as_of)
    at_least: Certainty | None = filter_field(_AT_LEAST)
    starts_on: DateFilter | None = filter_field("By its start.", _STARTS_ON)
    ends_on: DateFilter | None = filter_field("By its end.", _ENDS_ON)
    year: int | None = filter_field(_YEAR.format("held"), in_year(span_days))
    disputed: bool | None = filter_field(_DISPUTED, disputed)
    and_: list["MembershipFilter"] | None = filter_field(_AND, name="and")
    or_: list["MembershipFilter"] | None = filter_field(_OR, name="or")
    not_: "MembershipFilter | None" = filter_field(_NOT, name="not")


@strawberry.input(description="Which officials to list.")
class OfficialFilter:
    slug: StringFilter | None = filter_field("By the permanent key, in upper or lower case.", slug)
    name: StringFilter | None = filter_field("By the name.", text("name"))
    nationality: StringFilter | None = filter_field(_BY_KEY, key("nationality_id", "state"))
    and_: list["OfficialFilter"] | None = filter_field(_AND, name="and")
    or_: list["OfficialFilter"] | None = filter_field(_OR, name="or")
    not_: "OfficialFilter | None" = filter_field(_NOT, name="not")


@strawberry.input(description="Which terms to list.")
class TermFilter:
    organisation: StringFilter | None = filter_field(
        _BY_KEY, key("organisation_id", "organisation")
    )
    state: StringFilter | None = filter_field(_BY_KEY, key("state_id", "state"))
    official: StringFilter | None = filter_field(_BY_KEY, key("official_id", "official"))
    office: StringFilter | None = filter_field(
        "By the office's name, whatever its case, blanks and kinds of dash.", office
    )
    as_of: date | None = filter_field(_AS_OF.format("ran"), certainty.as_of)
    at_least: Certainty | None = filter_field(_AT_LEAST)
    starts_on: DateFilter | None = filter_field("By its start.", _STARTS_ON)
    ends_on: DateFilter | None = filter_field("By its end.", _ENDS_ON)
    year: int | None = filter_field(_YEAR.format("ran"), in_year(span_days))
    disputed: bool | None = filter_field(_DISPUTED, disputed)
    and_: list["TermFilter"] | None = filter_field(_AND, name="and")
    or_: list["TermFilter"] | None = filter_field(_OR, name="or")
    not_: "TermFilter | None" = filter_field(_NOT, name="not")


def _participation(attendance: Attendance) -> Test:
    """Of the official of this slug, or the state of this code."""

    def test(row: Row, arguments: Arguments, name: str) -> Sql:
        text_of = (
            "{} in (select p.summit_id from participation p where p.attendance = {} and"
            " (p.official_id in (select o.id from official o where o.key = {})"
            " or p.state_id in (select s.id from state s where s.key = {})))"
        )
        official, state = (fold_key(arguments, name, table) for table in ("official", "state"))
        return sql(text_of, row["id"], literal(attendance.name), official, state)

    return test


@strawberry.input(description="Which summits to list.")
class SummitFilter:
    organisation: StringFilter | None = filter_field(
        _BY_KEY, key("organisation_id", "organisation")
    )
    host: StringFilter | None = filter_field(_BY_KEY, key("host_id", "state"))
    city: StringFilter | None = filter_field("By the city.", text("city"))
    kind: list[SummitKind] | None = filter_field("One of these kinds.", among_names("kind"))
    held_on: DateFilter | None = filter_field("By its date.", possible_days("held_on"))
    year: int | None = filter_field(_YEAR.format("were"), in_year(date_days("held")))
    attended_by: str | None = filter_field(
        "Those to which a source says that this official (slug) or state (code) came; to be the"
        " host alone is not to come.",
        _participation(Attendance.ATTENDED),
    )
    missed_by: str | None = filter_field(
        "Those from which this official (slug) or state (code) stayed away.",
        _participation(Attendance.ABSENT),
    )
    and_: list["SummitFilter"] | None = filter_field(_AND, name="and")
    or_: list["SummitFilter"] | None = filter_field(_OR, name="or")
    not_: "SummitFilter | None" = filter_field(_NOT, name="not")


def _concerned(table: str) -> Test:
    """By a record concerned; with `role`, by one that is a party in one of the roles."""
    concerned = linked_key(f"event_{table}", "event_id", f"{table}_id", table)
    parties = linked_key("party", "event_id", f"{table}_id", table, "role")

    def test(row: Row, arguments: Arguments, name: str) -> Sql:
        return (parties if arguments.given("role") else concerned)(row, arguments, name)

    return test


def _in_role(row: Row, arguments: Arguments, name: str) -> Sql:
    roles = among(Row("p", "party")["role"], arguments.names(name))
    return sql("{} in (select p.event_id from party p where {})", row["id"], roles)


_OCCURRED = days("start_earliest", "end_latest", "span_fork")


def _occurred(default: Certainty, row: Row, arguments: Arguments, name: str) -> Sql:
    least = arguments.name("atLeast") if arguments.given("atLeast") else default
    if least == Certainty.RULED_OUT:
        return Sql("true")
    test = _OCCURRED.certain if least == Certainty.CERTAIN else _OCCURRED.possible
    return test(row, arguments, name)


@strawberry.input(description="Which events to list.")
class EventFilter:
    kind: list[EventKind] | None = filter_field("One of these kinds.", among_names("kind"))
    role: list[EventRole] | None = filter_field(
        "Those with a party in one of these roles; of a filter by an organisation, state or"
        " official beside it, the one that it names.",
        _in_role,
    )
    organisation: StringFilter | None = filter_field(
        "By an organisation concerned; with `role`, by one in that role.",
        _concerned("organisation"),
    )
    state: StringFilter | None = filter_field(
        "By a state concerned; with `role`, by one in that role.", _concerned("state")
    )
    official: StringFilter | None = filter_field(
        "By an official concerned; with `role`, by one in that role.", _concerned("official")
    )
    place: StringFilter | None = filter_field("By the place.", text("place"))
    summit: StringFilter | None = filter_field(
        "By the slug of the meeting that it came from, in upper or lower case.",
        key("summit_id", "summit"),
    )
    occurred: DateFilter | None = filter_field("By when.", _by_certainty(_occurred))
    at_least: Certainty | None = filter_field(
        "With `occurred`: CERTAIN keeps those of which every possible day fits, RULED_OUT all;"
        " POSSIBLE if left out, those of which some day does."
    )
    year: int | None = filter_field(_YEAR.format("were"), in_year(span_days))
    and_: list["EventFilter"] | None = filter_field(_AND, name="and")
    or_: list["EventFilter"] | None = filter_field(_OR, name="or")
    not_: "EventFilter | None" = filter_field(_NOT, name="not")


@strawberry.input(description="Which citations to list.")
class CitationFilter:
    field: StringFilter | None = filter_field("By the field that it speaks of.", text("field"))
    stance: Stance | None = filter_field(
        "Those that support, or those that dispute.", same_name("stance")
    )
    article: StringFilter | None = filter_field(_BY_KEY, key("article_id", "article"))
    verified: bool | None = filter_field(
        "Those whose words were found in an ingested text, or the others.", truth("verified")
    )
    and_: list["CitationFilter"] | None = filter_field(_AND, name="and")
    or_: list["CitationFilter"] | None = filter_field(_OR, name="or")
    not_: "CitationFilter | None" = filter_field(_NOT, name="not")


def _mentions(row: Row, arguments: Arguments, name: str) -> Sql:
    """Codes are upper, slugs lower."""
    text_of = (
        "{} in (select m.article_id from mention m join record r on r.id = m.subject_id"
        " where r.key in ({},{}) and {})"
    )
    slug, code = (fold_key(arguments, name, table) for table in ("official", "state"))
    return sql(text_of, row["id"], slug, code, standing(Row("m", "mention")))


def _cites(row: Row, arguments: Arguments, name: str) -> Sql:
    text_of = (
        "{} in (select c.article_id from citation c join record r on r.id = c.subject_id"
        " where r.type = {} and r.key = {})"
    )
    type_name, record_key = (arguments.bind(name, part) for part in (type_in_id, key_in_id))
    return sql(text_of, row["id"], type_name, record_key)


def type_in_id(value: object) -> str:
    return normalise(str(value)).partition(":")[0]


def key_in_id(value: object) -> str:
    type_name, _, record_key = normalise(str(value)).partition(":")
    return folding_of(snake_case(type_name))(record_key)


@strawberry.input(description="Which articles to list.")
class ArticleFilter:
    publication: StringFilter | None = filter_field(_BY_KEY, key("publication_id", "publication"))
    headline: StringFilter | None = filter_field("By the headline.", text("headline"))
    kind: list[ArticleKind] | None = filter_field("One of these kinds.", among_names("kind"))
    author: StringFilter | None = filter_field("By who signed it.", text("author"))
    attribution: StringFilter | None = filter_field(
        "By whom it names as its source.", text("attribution")
    )
    issue_number: int | None = filter_field("Those of this issue.", equal("issue_number"))
    dated_on: DateFilter | None = filter_field("By the dateline.", possible_days("dated_on"))
    year: int | None = filter_field(_YEAR.format("were written"), in_year(date_days("dated")))
    mentions: str | None = filter_field(
        f"Those that name this record, by slug or code. {HEADLINES_ALONE}", _mentions
    )
    cites: strawberry.ID | None = filter_field(
        "Those that are cited for the record of this id.", _cites
    )
    and_: list["ArticleFilter"] | None = filter_field(_AND, name="and")
    or_: list["ArticleFilter"] | None = filter_field(_OR, name="or")
    not_: "ArticleFilter | None" = filter_field(_NOT, name="not")
