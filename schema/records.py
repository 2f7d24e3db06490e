"""The records in the schema: organisations, states, officials, summits, events, and their spans."""

from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

from kb.query.sql import sql
from schema.as_of import (
    AS_OF,
    AT_LEAST,
    MEMBERS,
    ON,
    STATUSES,
    certainty_of_edge,
    certainty_on,
    doubt_text,
)
from schema.connections import Edge, PageInfo
from schema.enums import (
    Attendance,
    Certainty,
    Doubt,
    EventKind,
    EventRole,
    MembershipStatus,
    SummitKind,
)
from schema.fields import (
    HEADLINES_ALONE,
    column,
    column_equals,
    computed,
    is_record_disputed,
    linked_records,
    many_to_many,
    page_field,
    partial_date,
    reference,
    row_list,
    same_row,
    source_field,
)
from schema.groups import (
    EVENT_GROUPS,
    MEMBERSHIP_GROUPS,
    SUMMIT_GROUPS,
    TERM_GROUPS,
    Count,
    EventGroup,
    MembershipGroup,
    SummitGroup,
    TermGroup,
    count_field,
)
from schema.links import ORIGINS, STATE_SUCCESSORS, SUCCESSORS, attended, concerning
from schema.lists import ARTICLES, EVENTS, MEMBERSHIPS, SUMMITS, TERMS
from schema.office_rows import NAME, OFFICE, holders_of, office_of, offices_of
from schema.sources import ArticleConnection, Node, Sourced, mentions_record
from schema.time import PartialDate, Period

if TYPE_CHECKING:
    from schema.offices import Office

_OFFICES = strawberry.lazy("schema.offices")
_BY_START = ("start_order", "key")
_DISPUTED = "Articles contradict the {}: certainty does not settle that."
_HOW_SURE = "How sure that is, by the recorded dates; articles may still deny it: see `disputed`."
_SURE_OF_EDGE = (
    "How sure it is on the day of the filter, by the recorded dates: see `disputed`; null without"
    " `asOf`."
)
_HELD = "Whether it {} on a day, by the recorded dates; articles may still deny it: see `disputed`."
_CONCERNED = (
    "The {0} concerned, whatever their part, unless a source denies it; in what is written, those"
    " of whose part no source tells."
)
_HOLDERS = (
    "Who held an office on a day: CERTAIN first, then by name; empty if nobody is known to have. An"
    " office that it does not have is the error UNKNOWN_OFFICE. `office` tells a vacancy."
)
_OFFICES_TOLD = (
    "Its offices, by their names in lower case: every name that a term of it, or an event of the"
    " kind VACANCY, carries."
)
_OFFICE_TOLD = "One of its offices; null if there is none of that name."
_ALIASES = "Other spellings and names."
_SLUG = "Its permanent key."


@strawberry.type(description="One state's membership on the day asked about.")
class MemberAsOf:
    table: ClassVar = "membership"
    state: "State" = reference("state", "state_id", "Who.")
    status: MembershipStatus = column("status", "In which status.")
    certainty: Certainty = column("certainty", _HOW_SURE)
    membership: "Membership" = same_row("The membership that says so.")
    doubt: Doubt | None = column("doubt", "Which bound leaves it in doubt; null if CERTAIN.")
    because: str | None = computed(doubt_text, "The doubt in words; null if CERTAIN.")
    disputed: bool = computed(is_record_disputed, _DISPUTED.format("membership"))


@strawberry.type(description="One official's term on the day asked about.")
class HolderAsOf:
    table: ClassVar = "term"
    official: "Official" = reference("official", "official_id", "Who.")
    certainty: Certainty = column("certainty", _HOW_SURE)
    term: "Term" = same_row("The term that says so.")
    doubt: Doubt | None = column("doubt", "Which bound leaves it in doubt; null if CERTAIN.")
    because: str | None = computed(doubt_text, "The doubt in words; null if CERTAIN.")
    disputed: bool = computed(is_record_disputed, _DISPUTED.format("term"))


@strawberry.type(description="One membership of a page.")
class MembershipEdge:
    node: "Membership" = same_row("The membership.")
    cursor: str = page_field("Its place in the list; give it as `after` or `before`.")
    certainty: Certainty | None = computed(certainty_of_edge, _SURE_OF_EDGE)
    disputed: bool = computed(is_record_disputed, _DISPUTED.format("membership"))


@strawberry.type(description="A page of memberships.")
class MembershipConnection:
    edges: list[MembershipEdge] = page_field("The rows of the page, each with its cursor.")
    nodes: list["Membership"] = page_field("The rows of the page.")
    page_info: PageInfo = page_field("Whether there is more, and where.")
    total_count: int = page_field("How many rows the whole list has under the filter.")
    count: Count = count_field()
    groups: list[MembershipGroup] = MEMBERSHIP_GROUPS


@strawberry.type(description="One term of a page.")
class TermEdge:
    node: "Term" = same_row("The term.")
    cursor: str = page_field("Its place in the list; give it as `after` or `before`.")
    certainty: Certainty | None = computed(certainty_of_edge, _SURE_OF_EDGE)
    disputed: bool = computed(is_record_disputed, _DISPUTED.format("term"))


@strawberry.type(description="A page of terms.")
class TermConnection:
    edges: list[TermEdge] = page_field("The rows of the page, each with its cursor.")
    nodes: list["Term"] = page_field("The rows of the page.")
    page_info: PageInfo = page_field("Whether there is more, and where.")
    total_count: int = page_field("How many rows the whole list has under the filter.")
    count: Count = count_field()
    groups: list[TermGroup] = TERM_GROUPS


@strawberry.type(description="A page of summits.")
class SummitConnection:
    edges: list[Edge["Summit"]] = page_field("The rows of the page, each with its cursor.")
    nodes: list["Summit"] = page_field("The rows of the page.")
    page_info: PageInfo = page_field("Whether there is more, and where.")
    total_count: int = page_field("How many rows the whole list has under the filter.")
    count: Count = count_field()
    groups: list[SummitGroup] = SUMMIT_GROUPS


@strawberry.type(description="A page of events.")
class EventConnection:
    edges: list[Edge["Event"]] = page_field("The rows of the page, each with its cursor.")
    nodes: list["Event"] = page_field("The rows of the page.")
    page_info: PageInfo = page_field("Whether there is more, and where.")
    total_count: int = page_field("How many rows the whole list has under the filter.")
    count: Count = count_field()
    groups: list[EventGroup] = EVENT_GROUPS


@strawberry.type(description="A body that acts: an alliance, a grouping, a party.")
class Organisation(Sourced, Node):
    table: ClassVar = "organisation"
    slug: str = column("key", _SLUG)
    name: str = column("name", "Its full name.")
    acronym: str | None = column("acronym", "Its short form.")
    aliases: list[str] = column("aliases", _ALIASES)
    founded: PartialDate | None = partial_date("founded", "When it was founded.")
    dissolved: PartialDate | None = partial_date("dissolved", "When it was dissolved.")
    predecessor: "Organisation | None" = reference(
        "organisation", "predecessor_id", "What it grew out of."
    )
    predecessors: list["Organisation"] = source_field(
        ORIGINS,
        "All that it grew out of; `predecessor` is the first. In what is written, those besides"
        " it.",
    )
    successors: list["Organisation"] = source_field(SUCCESSORS, "What grew out of it, by key.")
    parent: "Organisation | None" = reference("organisation", "parent_id", "What it is a part of.")
    url: str | None = column("url", "Where it stands on the web.")
    memberships: MembershipConnection = MEMBERSHIPS.field(
        "Who belonged, by the latest start, then by key.", column_equals("organisation_id")
    )
    members: list[MemberAsOf] = source_field(
        MEMBERS,
        "The states that belonged on a day, one row a state and status: CERTAIN first, then by"
        " the state's name.",
        AS_OF,
        STATUSES,
        AT_LEAST,
    )
    terms: TermConnection = TERMS.field(
        "Who held its offices, by the latest start, then by key.",
        column_equals("organisation_id"),
    )
    holders: list[HolderAsOf] = source_field(
        holders_of("organisation"),
        _HOLDERS,
        OFFICE,
        AS_OF,
        AT_LEAST,
    )
    offices: list[Annotated["Office", _OFFICES]] = source_field(
        offices_of("organisation"), _OFFICES_TOLD
    )
    office: Annotated["Office", _OFFICES] | None = source_field(
        office_of("organisation"), _OFFICE_TOLD, NAME
    )
    summits: "SummitConnection" = SUMMITS.field(
        "Its meetings, oldest first.", column_equals("organisation_id")
    )
    events: "EventConnection" = EVENTS.field(
        "What it was concerned in, oldest first.", concerning("organisation")
    )


@strawberry.type(description="A state.")
class State(Sourced, Node):
    table: ClassVar = "state"
    code: str = column(
        "key",
        "ISO 3166-1 alpha-2, such as `KZ`; of a former state its four letters in ISO 3166-3, such"
        " as `SUHH`; of one that never had any, `X-` and letters, digits or hyphens of the data's"
        " own.",
    )
    name: str = column("name", "Its usual name.")
    official_name: str | None = column("official_name", "Its full name, where an article has it.")
    aliases: list[str] = column("aliases", _ALIASES)
    existence: Period | None = same_row(
        "When it was a state, where a source says.",
        lambda row: sql("{} is not null", row["end_kind"]),
    )
    predecessors: list["State"] = linked_records(
        "state", "state_predecessor", "predecessor", "The states that it came out of."
    )
    successors: list["State"] = source_field(
        STATE_SUCCESSORS, "The states that came out of it, by code."
    )
    memberships: MembershipConnection = MEMBERSHIPS.field(
        "Where it belonged, by the latest start, then by key.", column_equals("state_id")
    )
    terms: TermConnection = TERMS.field(
        "Who held its offices, by the latest start, then by key.", column_equals("state_id")
    )
    holders: list[HolderAsOf] = source_field(
        holders_of("state"),
        _HOLDERS,
        OFFICE,
        AS_OF,
        AT_LEAST,
    )
    offices: list[Annotated["Office", _OFFICES]] = source_field(offices_of("state"), _OFFICES_TOLD)
    office: Annotated["Office", _OFFICES] | None = source_field(
        office_of("state"), _OFFICE_TOLD, NAME
    )
    hosted_summits: "SummitConnection" = SUMMITS.field(
        "The meetings that it hosted, oldest first.",
        column_equals("host_id"),
        filtered=False,
        ordered=False,
    )
    events: "EventConnection" = EVENTS.field(
        "What it was concerned in, oldest first.", concerning("state")
    )
    mentioned_in: ArticleConnection = ARTICLES.field(
        f"Articles that name it, newest first. {HEADLINES_ALONE}",
        mentions_record,
        filtered=False,
        ordered=False,
    )


@strawberry.type(description="That a state belonged to an organisation, from when to when.")
class Membership(Sourced, Node):
    table: ClassVar = "membership"
    key: str = column("key", _SLUG)
    organisation: Organisation = reference("organisation", "organisation_id", "Where it belonged.")
    state: State = reference("state", "state_id", "Who belonged.")
    status: MembershipStatus = column("status", "In which status.")
    status_note: str | None = column(
        "status_note", "The status as the source calls it, where it is finer than `status`."
    )
    period: Period = same_row("From when to when.")
    certainty: Certainty = computed(certainty_on, _HELD.format("held"), ON)


@strawberry.type(description="A person who held an office or took part.")
class Official(Sourced, Node):
    table: ClassVar = "official"
    slug: str = column("key", _SLUG)
    name: str = column("name", "The name in its usual spelling.")
    aliases: list[str] = column("aliases", _ALIASES)
    nationality: State | None = reference(
        "state", "nationality_id", "Whose national, where an article says so."
    )
    terms: TermConnection = TERMS.field(
        "The offices held, by the latest start, then by key.", column_equals("official_id")
    )
    summits: "SummitConnection" = SUMMITS.field(
        "The meetings attended, oldest first.", attended, filtered=False, ordered=False
    )
    events: "EventConnection" = EVENTS.field(
        "What the official was concerned in, oldest first.", concerning("official")
    )
    mentioned_in: ArticleConnection = ARTICLES.field(
        f"Articles that name the official, newest first. {HEADLINES_ALONE}",
        mentions_record,
        filtered=False,
        ordered=False,
    )


@strawberry.type(description="That someone held an office, of an organisation or of a state.")
class Term(Sourced, Node):
    table: ClassVar = "term"
    key: str = column("key", _SLUG)
    official: Official = reference("official", "official_id", "Who held it.")
    office: str = column("office", "The office: `Secretary-General`, `President`.")
    organisation: Organisation | None = reference(
        "organisation", "organisation_id", "Whose office."
    )
    state: State | None = reference("state", "state_id", "Whose office.")
    capacity: str | None = column(
        "capacity", "Acting, on leave, ad interim: as the source says it; null if it says none."
    )
    period: Period = same_row("From when to when.")
    planned_end: PartialDate | None = partial_date(
        "planned_end", "When it was to end, where that differs from how it ended."
    )
    end_reason: str | None = column("end_reason", "Why it ended.")
    certainty: Certainty = computed(certainty_on, _HELD.format("ran"), ON)


@strawberry.type(description="That someone came to a summit, or stayed away.")
class Participation:
    table: ClassVar = "participation"
    official: Official | None = reference(
        "official", "official_id", "The official, if one is named."
    )
    state: State | None = reference("state", "state_id", "The state, if one is named.")
    attendance: Attendance = column("attendance", "Whether they came.")
    note: str | None = column("note", "Why, or in what role.")


@strawberry.type(
    description="A meeting of an organisation: a summit, or one of which no source says who met."
)
class Summit(Sourced, Node):
    table: ClassVar = "summit"
    slug: str = column("key", _SLUG)
    name: str = column("name", "What we call it.")
    kind: SummitKind = column("kind", "Whether heads of state met, as far as a source tells.")
    organisation: Organisation = reference("organisation", "organisation_id", "Whose meeting.")
    held_on: PartialDate = partial_date("held_on", "When.")
    city: str | None = column("city", "In which city, if an article says.")
    host: State | None = reference("state", "host_id", "In which state, if an article says.")
    participants: list[Participation] = row_list(
        "participation", column_equals("summit_id"), ("position",), "Who came, and who stayed away."
    )
    participants_complete: bool = column(
        "participants_complete",
        "Whether the list of participants is told to be whole; if not, it is a lower bound.",
    )
    outcomes: list["Event"] = row_list(
        "event",
        column_equals("summit_id"),
        _BY_START,
        "What it decided or signed, and what was said there, oldest first.",
    )


@strawberry.type(description="An organisation, state or official that took part in an event.")
class Party:
    table: ClassVar = "party"
    organisation: Organisation | None = reference(
        "organisation", "organisation_id", "The organisation, if it is one."
    )
    state: State | None = reference("state", "state_id", "The state, if it is one.")
    official: Official | None = reference("official", "official_id", "The official, if it is one.")
    role: EventRole = column("role", "In which part.")
    note: str | None = column("note", "What that was, in our own words.")


@strawberry.type(description="Anything else that articles date: a law, an arrest, a conflict.")
class Event(Sourced, Node):
    table: ClassVar = "event"
    slug: str = column("key", _SLUG)
    kind: EventKind = column("kind", "What kind it is.")
    title: str = column("title", "What happened, in our own words.")
    occurred: Period = same_row("When: a day, or from when to when.")
    place: str | None = column("place", "Where, if an article says.")
    office: str | None = column("office", "The office of an appointment or a vacancy.")
    summit: Summit | None = reference("summit", "summit_id", "The meeting that it came from.")
    parties: list[Party] = row_list(
        "party", column_equals("event_id"), ("position",), "What took part, and how."
    )
    organisations: list[Organisation] = many_to_many(
        "organisation", "event_organisation", _CONCERNED.format("organisations")
    )
    states: list[State] = many_to_many("state", "event_state", _CONCERNED.format("states"))
    officials: list[Official] = many_to_many(
        "official", "event_official", _CONCERNED.format("officials")
    )
