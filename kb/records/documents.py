"""The form of a seed file: what a curator may write for each type of record.

In: plain values read from YAML, JSON or a mutation. Out: checked documents, one class a type, with
the names of the GraphQL fields.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from kb.models import (
    ArticleKind,
    Attendance,
    EventKind,
    EventRole,
    MembershipStatus,
    Stance,
    SummitKind,
)
from kb.records.field_types import (
    MOST_URL,
    TEXT_OR_NUMBER,
    Code,
    Count,
    Day,
    Digest,
    Edtf,
    Key,
    MaxLength,
    Name,
    Office,
    Offset,
    Paragraphs,
    Prose,
    Query,
    Reason,
    Slug,
    Span,
    StrictBool,
    Text,
    Url,
)
from kb.records.traits import (
    CitedTrait,
    FloorTrait,
    FoldedText,
    JoinedBy,
    MappingTrait,
    NameTrait,
    Parts,
    Reference,
    Searched,
    SortedLast,
    fields_of_document,
)
from kb.records.types import RECORD_TYPES

MOST_ITEMS: Final = 1_000
MOST_CITATIONS: Final = 1_000
"""Of a record: its history holds, for each day on which one was known, all those before it."""


# A default stands for a value of the annotated type, as pydantic has it.
def _list_field() -> Any:  # noqa: ANN401  # It is a field of any type.
    return Field([], max_length=MOST_ITEMS)


class _Document(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, populate_by_name=False
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        """A field without a trait would be left out of what is derived: it is refused at once."""
        fields_of_document(cls)


class AnchorDocument(_Document):
    """Where the cited words stand; `kb.citations.anchors` makes it."""

    paragraph: Count
    start: Offset
    end: Count
    sha256: Digest


class CitationDocument(_Document):
    """One passage; `field` names the field of the record that it speaks of.

    It is given by the anchor of its words, or by a locator; by neither it is the source as a whole.
    """

    article: Annotated[Slug, Reference("Article")]
    anchor: AnchorDocument | None = None
    locator: Name | None = None
    observed_on: Day | None = None
    field: Name | None = None
    value: Annotated[Name, TEXT_OR_NUMBER] | None = None
    stance: Stance = Stance.SUPPORTS
    claim: Prose


class IdentifierDocument(_Document):
    """What a record is called in a scheme of others."""

    scheme: Annotated[Slug, Reference("Scheme")]
    value: Annotated[Name, TEXT_OR_NUMBER]


class _Sourced(_Document):
    citations: Annotated[
        dict[Key, CitationDocument],
        Field(min_length=1, max_length=MOST_CITATIONS),
        CitedTrait(),
    ]
    identifiers: Annotated[
        list[IdentifierDocument], Parts("identifier", owner="record_id"), MappingTrait()
    ] = _list_field()


# How much a match counts in a search. Searched is only what is the same in every view: a city is
# found by the claims that name it.
OWN_NAME_WEIGHT, _TITLE_WEIGHT, _SUMMARY_WEIGHT = 10, 8, 3
STATUS_WEIGHT, OFFICE_WEIGHT = 5, 4
"""Of nothing else: by it a search tells memberships and terms without looking them up."""
_OwnName = Annotated[Name, NameTrait(OWN_NAME_WEIGHT)]
_Title = Annotated[Name, NameTrait(_TITLE_WEIGHT)]


class SchemeDocument(_Document):
    """`{value}` stands for the identifier in the address that `template` is."""

    name: Name
    pattern: Name | None = None
    template: Annotated[Text, MaxLength(MOST_URL)] | None = None
    telling: StrictBool = False


class ExampleDocument(_Document):
    """A query for the explorer; how its lines are broken does not matter, and comments go."""

    title: Name
    query: Query


class AboutDocument(_Document):
    """The organisation and the offices are those that the home page begins with."""

    title: Name
    description: Prose | None = None
    licence: Name | None = None
    contact: Name | None = None
    organisation: Annotated[Slug, Reference("Organisation")] | None = None
    offices: list[Office] = _list_field()
    examples: Annotated[list[ExampleDocument], Parts("example")] = _list_field()


class PublicationDocument(_Document):
    name: Name
    publisher: Name | None = None


class ArticleDocument(_Document):
    headline: _Title
    kind: ArticleKind = ArticleKind.REPORT
    publication: Annotated[Slug, Reference("Publication")]
    issue_number: Count | None = None
    issued_on: Edtf | None = None
    dated_on: Edtf
    place: Annotated[Name, Searched(_SUMMARY_WEIGHT)] | None = None
    author: Name | None = None
    attribution: Name | None = None
    summary: Annotated[Prose, Searched(_SUMMARY_WEIGHT)] | None = None
    url: Url | None = None
    year_inferred: StrictBool = False


class OrganisationDocument(_Sourced):
    name: _OwnName
    acronym: _OwnName | None = None
    aliases: list[_OwnName] = _list_field()
    founded: Annotated[Edtf, FloorTrait()] | None = None
    dissolved: Edtf | None = None
    predecessor: Annotated[Slug, Reference("Organisation")] | None = None
    predecessors: list[Annotated[Slug, Reference("Organisation")]] = _list_field()
    parent: Annotated[Slug, Reference("Organisation")] | None = None
    url: Url | None = None


class StateDocument(_Sourced):
    name: _OwnName
    official_name: _OwnName | None = None
    aliases: list[_OwnName] = _list_field()
    existence: Annotated[Span, FloorTrait()] | None = None
    predecessors: list[Annotated[Code, Reference("State")]] = _list_field()


class OfficialDocument(_Sourced):
    name: _OwnName
    aliases: list[_OwnName] = _list_field()
    nationality: Annotated[Code, Reference("State")] | None = None


class MembershipDocument(_Sourced):
    organisation: Annotated[
        Slug, Reference("Organisation", identity=True, name_column="organisation_name")
    ]
    state: Annotated[Code, Reference("State", identity=True, name_column="state_name")]
    status: Annotated[MembershipStatus, Searched(STATUS_WEIGHT)]
    status_note: Name | None = None
    period: Span


class TermDocument(_Sourced):
    official: Annotated[Slug, Reference("Official", identity=True, name_column="holder_name")]
    office: Annotated[Office, FoldedText(), Searched(OFFICE_WEIGHT)]
    organisation: Annotated[Slug, Reference("Organisation", identity=True)] | None = None
    state: Annotated[Code, Reference("State", identity=True)] | None = None
    capacity: Name | None = None
    period: Span
    planned_end: Edtf | None = None
    end_reason: Prose | None = None


class ParticipantDocument(_Document):
    official: Annotated[Slug, Reference("Official")] | None = None
    state: Annotated[Code, Reference("State")] | None = None
    attendance: Attendance
    note: Prose | None = None


class SummitDocument(_Sourced):
    name: _Title
    kind: SummitKind = SummitKind.MEETING
    organisation: Annotated[Slug, Reference("Organisation", identity=True)]
    held_on: Edtf
    city: Annotated[Name, SortedLast()] | None = None
    host: Annotated[Code, Reference("State")] | None = None
    participants: Annotated[list[ParticipantDocument], Parts("participation")] = _list_field()
    participants_complete: StrictBool = False


class PartyDocument(_Document):
    """One organisation, state or official."""

    organisation: Annotated[Slug, Reference("Organisation")] | None = None
    state: Annotated[Code, Reference("State")] | None = None
    official: Annotated[Slug, Reference("Official")] | None = None
    role: EventRole
    note: Prose | None = None


_BY_PARTIES = JoinedBy("parties", "role", EventRole.DENIED.name)


class EventDocument(_Sourced):
    """The lists of records name those of whose part no source tells; no party is among them."""

    kind: EventKind
    title: _Title
    occurred: Span
    place: Name | None = None
    office: Annotated[Office, FoldedText()] | None = None
    summit: Annotated[Slug, Reference("Summit")] | None = None
    parties: Annotated[list[PartyDocument], Parts("party")] = _list_field()
    organisations: Annotated[list[Annotated[Slug, Reference("Organisation")]], _BY_PARTIES] = (
        _list_field()
    )
    states: Annotated[list[Annotated[Code, Reference("State")]], _BY_PARTIES] = _list_field()
    officials: Annotated[list[Annotated[Slug, Reference("Official")]], _BY_PARTIES] = _list_field()


class RequestDocument(_Document):
    """What a mutation says of itself."""

    idempotency_key: Name | None = None
    reason: Reason | None = None


class TextDocument(_Document):
    """The text of an article, beside its document."""

    paragraphs: Paragraphs | None = None


Document = (
    SchemeDocument
    | AboutDocument
    | PublicationDocument
    | ArticleDocument
    | OrganisationDocument
    | StateDocument
    | OfficialDocument
    | MembershipDocument
    | TermDocument
    | SummitDocument
    | EventDocument
)
SourcedDocument = _Sourced

FORMS: Final[Mapping[str, type[Document]]] = {
    form.__name__.removesuffix("Document"): form for form in get_args(Document)
}
"""The form of each type of records that has a file."""
FILES: Final[Mapping[str, tuple[str, type[Document]]]] = {
    each.plural: (each.name, FORMS[each.name]) for each in RECORD_TYPES if each.name != "Citation"
}
"""A file's name, without `.yaml`, to the type of its records and their form."""
assert len(FILES) == len(FORMS)
SOURCED: Final[Mapping[str, type[SourcedDocument]]] = {
    name: form for name, form in FILES.values() if issubclass(form, SourcedDocument)
}
"""The types of records that have citations, and their forms."""
