"""Offices in the schema: of organisations and states, who held them, and whether nobody did.

In: nothing. Out: the GraphQL types, each field with its description and its source.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

from schema.as_of import AS_OF, AT_LEAST, doubt_text
from schema.enums import Certainty, Doubt
from schema.fields import (
    column,
    computed,
    describe_enum,
    is_record_disputed,
    reference,
    same_row,
    source_field,
)
from schema.lists import TERMS
from schema.office_rows import same_office
from schema.tenure_rows import (
    OFFICE_HOLDERS,
    TENURE,
    TENURE_HOLDERS,
    TENURE_VACANCIES,
    because,
    verdict,
    verdict_certainty,
)

if TYPE_CHECKING:
    from schema.records import Event, HolderAsOf, Organisation, State, TermConnection

_RECORDS = strawberry.lazy("schema.records")
_HOLDERS = "CERTAIN first, then by name."


class TenureVerdict(StrEnum):
    HELD = "HELD"
    VACANT = "VACANT"
    UNKNOWN = "UNKNOWN"


describe_enum(
    TenureVerdict,
    "Whether an office was held on a day.",
    HELD="Somebody held it.",
    VACANT="The sources say that nobody did.",
    UNKNOWN="No source speaks of that day.",
)


@strawberry.type(description="An event of kind VACANCY on the day asked about.")
class VacancyAsOf:
    table: ClassVar = "event"
    event: Annotated["Event", _RECORDS] = same_row("The event that says so.")
    certainty: Certainty = column(
        "certainty",
        "How sure that is, by the recorded dates; articles may still deny it: see `disputed`.",
    )
    doubt: Doubt | None = column("doubt", "Which bound leaves it in doubt; null if CERTAIN.")
    because: str | None = computed(doubt_text, "The doubt in words; null if CERTAIN.")
    disputed: bool = computed(
        is_record_disputed, "Articles contradict the event: certainty does not settle that."
    )


@strawberry.type(
    description="Whether an office was held on a day: never an empty list that could mean three"
    " things."
)
class Tenure:
    table: ClassVar = "term"
    verdict: TenureVerdict = computed(
        verdict,
        "Where holding and vacancy are both possible, the more certain of them, HELD if alike.",
    )
    certainty: Certainty | None = computed(
        verdict_certainty, "Of the verdict, by the recorded dates; null if UNKNOWN."
    )
    because: str = computed(
        because,
        "All that speaks for the verdict and then what speaks against it, in words: who held it,"
        " which event tells that nobody did, what leaves doubt, what is disputed.",
    )
    holders: list[Annotated["HolderAsOf", _RECORDS]] = source_field(
        TENURE_HOLDERS, f"Who held it, or may have: {_HOLDERS}"
    )
    vacancies: list[VacancyAsOf] = source_field(
        TENURE_VACANCIES,
        "Events that tell that nobody held it, or may not have: CERTAIN first, then by the earliest"
        " start.",
    )


@strawberry.type(
    description="An office of an organisation or a state, such as Secretary-General: every name"
    " that a term or a vacancy of it carries. Names are matched without regard to case, blanks and"
    " the kind of dash; an unknown one gives null in `office(name:)` and the error UNKNOWN_OFFICE"
    " in `holders`, with those that there are."
)
class Office:
    table: ClassVar = "term"
    name: str = column(
        "office",
        "As the first of its terms by key spells it; if it has none, the first of its vacancies.",
    )
    organisation: Annotated["Organisation", _RECORDS] | None = reference(
        "organisation", "organisation_id", "Whose office."
    )
    state: Annotated["State", _RECORDS] | None = reference("state", "state_id", "Whose office.")
    holders: list[Annotated["HolderAsOf", _RECORDS]] = source_field(
        OFFICE_HOLDERS, f"Who held it on a day: {_HOLDERS}", AS_OF, AT_LEAST
    )
    tenure: Tenure = source_field(TENURE, "Whether it was held on a day.", AS_OF)
    terms: Annotated["TermConnection", _RECORDS] = TERMS.field(
        "Who held it, by the latest start, then by key.", same_office
    )
