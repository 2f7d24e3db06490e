"""Counts and groups in the schema: by what the rows of each list can be grouped, and what is told.

In: nothing. Out: for each list its field `groups`, and the types of its keys and of its groups.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

from kb.query.grouping import DEFAULT_GROUPS, MOST_GROUPS, MOST_KEYS, GroupsSource
from schema.enums import (
    ArticleKind,
    EventKind,
    EventRole,
    MembershipStatus,
    Stance,
    SummitKind,
    Verification,
)
from schema.fields import (
    Argument,
    Field,
    column,
    describe_enum,
    page_field,
    reference,
    same_row,
    source_field,
)
from schema.group_keys import (
    ARTICLE_KEYS,
    CITATION_KEYS,
    EVENT_KEYS,
    MEMBERSHIP_KEYS,
    SUMMIT_KEYS,
    TERM_KEYS,
)

if TYPE_CHECKING:
    from schema.records import Official, Organisation, State
    from schema.sources import Article, Publication

_RECORDS, _SOURCES = strawberry.lazy("schema.records"), strawberry.lazy("schema.sources")
OneOrganisation = Annotated["Organisation", _RECORDS]
OneState = Annotated["State", _RECORDS]
OneOfficial = Annotated["Official", _RECORDS]
OnePublication = Annotated["Publication", _SOURCES]
OneArticle = Annotated["Article", _SOURCES]


@strawberry.type(
    description="How many: `certain` ≤ the truth ≤ `possible`, whichever day each partial date"
    " turns out to be. Two tests of one date are weighed each by itself. What articles contradict"
    " counts as it is recorded: see `disputed`."
)
class Count:
    table: ClassVar = "record"
    certain: int = column("certain", "How many count under every reading of their dates.")
    possible: int = column("possible", "How many count under some reading of their dates.")


def count_field() -> Field:
    return page_field(
        "How many rows the whole list has under the filter, with how much of that is doubt about"
        " dates. `possible` is `totalCount`."
    )


def _count_of_group() -> Field:
    return same_row("How many rows are in the group, with how much of that is doubt about dates.")


_YEARS = (
    "The years in which it {}, certainly or possibly: of what has no known bound, all as far as any"
    " date of the rows reaches."
)


def _groups(source: GroupsSource, plural: str, **descriptions: str) -> Field:
    """The field, with an enum of its keys, each of which it describes."""
    name = f"{plural.title()}Grouping"
    # mypy wants to read the name; the members are those of this call.
    values: type[StrEnum] = StrEnum(name, {key: key for key in descriptions})  # type: ignore[misc]
    describe_enum(values, f"What {plural}s can be grouped by.", **descriptions)
    listed = list[values]
    return source_field(
        source,
        "The rows of the whole list, under the filter, counted in groups: the largest by `possible`"
        " first, then by key. A group has the fields that it was grouped by; what has no such value"
        " is a group, too. A row counts in each group that it can be in: sums may exceed totals.",
        Argument("by", listed, f"At most {MOST_KEYS}; if none, all rows are one group."),
        Argument("first", int | None, f"How many groups, at most {MOST_GROUPS:,}.", DEFAULT_GROUPS),
    )


_CONCERNED = "{} concerned; with ROLE, one in that role. An event counts with each."
_GROUP = "{} counted together."
_ORGANISATION_TOLD = "The organisation, if grouped by it."
_STATE_TOLD = "The state, if grouped by it."
_OFFICIAL_TOLD = "The official, if grouped by it."
_KIND_TOLD = "The kind, if grouped by it."
_YEAR_TOLD = "The year, if grouped by it; null of what has none."


@strawberry.type(description=_GROUP.format("Memberships"))
class MembershipGroup:
    table: ClassVar = "membership"
    organisation: OneOrganisation | None = reference(
        "organisation", "organisation_id", _ORGANISATION_TOLD
    )
    state: OneState | None = reference("state", "state_id", _STATE_TOLD)
    status: MembershipStatus | None = column("status", "The status, if grouped by it.")
    year: int | None = column("year", _YEAR_TOLD)
    count: Count = _count_of_group()


@strawberry.type(description=_GROUP.format("Terms"))
class TermGroup:
    table: ClassVar = "term"
    organisation: OneOrganisation | None = reference(
        "organisation", "organisation_id", _ORGANISATION_TOLD
    )
    state: OneState | None = reference("state", "state_id", _STATE_TOLD)
    office: str | None = column(
        "office", "The office, if grouped by it, as the first in the order of letters spells it."
    )
    official: OneOfficial | None = reference("official", "official_id", _OFFICIAL_TOLD)
    year: int | None = column("year", _YEAR_TOLD)
    count: Count = _count_of_group()


@strawberry.type(description=_GROUP.format("Summits"))
class SummitGroup:
    table: ClassVar = "summit"
    organisation: OneOrganisation | None = reference(
        "organisation", "organisation_id", _ORGANISATION_TOLD
    )
    host: OneState | None = reference("state", "host_id", "The host, if grouped by it.")
    city: str | None = column("city", "The city, if grouped by it.")
    kind: SummitKind | None = column("kind", _KIND_TOLD)
    year: int | None = column("year", _YEAR_TOLD)
    participant: OneOfficial | None = reference(
        "official", "official_id", "An official who attended, if grouped by that."
    )
    count: Count = _count_of_group()


@strawberry.type(description=_GROUP.format("Events"))
class EventGroup:
    table: ClassVar = "event"
    kind: EventKind | None = column("kind", _KIND_TOLD)
    organisation: OneOrganisation | None = reference(
        "organisation", "organisation_id", _ORGANISATION_TOLD
    )
    state: OneState | None = reference("state", "state_id", _STATE_TOLD)
    official: OneOfficial | None = reference("official", "official_id", _OFFICIAL_TOLD)
    role: EventRole | None = column("role", "The role of a party, if grouped by it.")
    year: int | None = column("year", _YEAR_TOLD)
    count: Count = _count_of_group()


@strawberry.type(description=_GROUP.format("Articles"))
class ArticleGroup:
    table: ClassVar = "article"
    publication: OnePublication | None = reference(
        "publication", "publication_id", "The periodical, if grouped by it."
    )
    author: str | None = column("author", "The author, if grouped by it.")
    kind: ArticleKind | None = column("kind", _KIND_TOLD)
    year: int | None = column("year", _YEAR_TOLD)
    count: Count = _count_of_group()


@strawberry.type(description=_GROUP.format("Citations"))
class CitationGroup:
    table: ClassVar = "citation"
    article: OneArticle | None = reference(
        "article", "article_id", "The article, if grouped by it."
    )
    field: str | None = column("field", "The field that they speak of, if grouped by it.")
    stance: Stance | None = column("stance", "The stance, if grouped by it.")
    verification: Verification | None = column(
        "verification", "Whether they are verified, if grouped by it."
    )
    count: Count = _count_of_group()


MEMBERSHIP_GROUPS = _groups(
    MEMBERSHIP_KEYS,
    "membership",
    ORGANISATION="Where it belonged.",
    STATE="Who belonged.",
    STATUS="In which status.",
    YEAR=_YEARS.format("held"),
)
TERM_GROUPS = _groups(
    TERM_KEYS,
    "term",
    ORGANISATION="Whose office, if it is one of an organisation.",
    STATE="Whose office, if it is one of a state.",
    OFFICE="The office, whatever its case, blanks and kinds of dash.",
    OFFICIAL="Who held it.",
    YEAR=_YEARS.format("ran"),
)
SUMMIT_GROUPS = _groups(
    SUMMIT_KEYS,
    "summit",
    ORGANISATION="Whose meeting.",
    HOST="In which state.",
    CITY="In which city.",
    KIND="Whether heads of state met.",
    YEAR=_YEARS.format("was"),
    PARTICIPANT="An official who attended; a meeting counts with each.",
)
EVENT_GROUPS = _groups(
    EVENT_KEYS,
    "event",
    KIND="What kind of event.",
    ORGANISATION=_CONCERNED.format("An organisation"),
    STATE=_CONCERNED.format("A state"),
    OFFICIAL=_CONCERNED.format("An official"),
    ROLE="A role in which anyone took part. An event counts in each.",
    YEAR=_YEARS.format("was"),
)
ARTICLE_GROUPS = _groups(
    ARTICLE_KEYS,
    "article",
    PUBLICATION="Where it appeared.",
    AUTHOR="Who signed it.",
    KIND="Whether it reports, comments, or is something else.",
    YEAR=_YEARS.format("was written by its dateline"),
)
CITATION_GROUPS = _groups(
    CITATION_KEYS,
    "citation",
    ARTICLE="Where the passage stands.",
    FIELD="The field of the record that it speaks of.",
    STANCE="Whether it supports or disputes.",
    VERIFICATION="Whether it is verified, and why if it is not.",
)
