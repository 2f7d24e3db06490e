"""The enums of the schema, each value described for a reader in GraphiQL.

In: the enums of the tables and of time. Out: the same, known to Strawberry; import them from here.
"""

from enum import StrEnum

from kb.dates import DatePrecision
from kb.models import (
    ArticleKind,
    Attendance,
    ChangeOp,
    DisagreementKind,
    EventKind,
    EventRole,
    MembershipStatus,
    Stance,
    SummitKind,
)
from kb.periods import Certainty, Doubt, EndKind
from schema.fields import describe_enum

__all__ = [
    "ArticleKind",
    "Attendance",
    "Certainty",
    "ChangeOp",
    "DatePrecision",
    "DisagreementKind",
    "Doubt",
    "EndKind",
    "EventKind",
    "EventRole",
    "MembershipStatus",
    "RecordTypeName",
    "Stance",
    "SubjectType",
    "SummitKind",
    "Verification",
]


class SubjectType(StrEnum):
    ORGANISATION = "ORGANISATION"
    STATE = "STATE"
    MEMBERSHIP = "MEMBERSHIP"
    OFFICIAL = "OFFICIAL"
    TERM = "TERM"
    SUMMIT = "SUMMIT"
    EVENT = "EVENT"


class Verification(StrEnum):
    VERIFIED = "VERIFIED"
    NO_TEXT = "NO_TEXT"
    DIFFERS = "DIFFERS"
    NO_WORDS = "NO_WORDS"


class RecordTypeName(StrEnum):
    PUBLICATION = "PUBLICATION"
    ARTICLE = "ARTICLE"
    ORGANISATION = "ORGANISATION"
    STATE = "STATE"
    MEMBERSHIP = "MEMBERSHIP"
    OFFICIAL = "OFFICIAL"
    TERM = "TERM"
    SUMMIT = "SUMMIT"
    EVENT = "EVENT"
    CITATION = "CITATION"
    SCHEME = "SCHEME"
    ABOUT = "ABOUT"


describe_enum(
    RecordTypeName,
    "The types of records: the sourced ones, and what they rest on.",
    name="RecordType",
    PUBLICATION="A periodical.",
    ARTICLE="An article.",
    ORGANISATION="An organisation.",
    STATE="A state.",
    MEMBERSHIP="A membership.",
    OFFICIAL="An official.",
    TERM="A term of office.",
    SUMMIT="A summit.",
    EVENT="An event.",
    CITATION="A citation.",
    SCHEME="A list of identifiers that others keep.",
    ABOUT="What the knowledge base is about.",
)
describe_enum(
    ChangeOp,
    "What a change did.",
    UPSERT="The record is there, new or changed.",
    DELETE="The record is gone.",
)
describe_enum(
    DisagreementKind,
    "How the values differ that articles assert.",
    CONFLICT="They cannot all be true.",
    REFINEMENT="One is a more precise form of another.",
)
describe_enum(
    SubjectType,
    "The types of what articles support.",
    ORGANISATION="An organisation.",
    STATE="A state.",
    MEMBERSHIP="A membership.",
    OFFICIAL="An official.",
    TERM="A term of office.",
    SUMMIT="A summit.",
    EVENT="An event.",
)
describe_enum(
    Stance,
    "What a passage does to the record that it is cited for.",
    SUPPORTS="It says so.",
    DISPUTES="It says otherwise.",
)
describe_enum(
    ArticleKind,
    "What kind of piece an article is.",
    REPORT="News: what happened, and who says so.",
    OPINION="A comment: what its author makes of it.",
    DATASET="A table or a collection of data.",
    DOCUMENT="A paper of those concerned, such as a treaty or a statement.",
)
describe_enum(
    Verification,
    "Whether the words that a citation names stand where it says.",
    VERIFIED="The words stand there.",
    NO_TEXT="The text of the article has not been ingested.",
    DIFFERS="The text is there, and its words are other ones.",
    NO_WORDS="The citation names no words.",
)
describe_enum(
    MembershipStatus,
    "How a state stands to an organisation.",
    MEMBER="A full member.",
    SUSPENDED="A member whose membership was suspended.",
    OBSERVER="An observer.",
    ASSOCIATE="An associate: more than an observer, and no full member.",
)
describe_enum(
    Attendance,
    "Whether someone came to a summit.",
    ATTENDED="An article says that they came.",
    ABSENT="An article says that they stayed away.",
)
describe_enum(
    SummitKind,
    "What kind of meeting it is.",
    SUMMIT="A meeting of heads of state that a source calls one, or that heads of state attended.",
    MEETING="A meeting of which no source says who met.",
)
describe_enum(
    EventKind,
    "What kind of event it is.",
    AGREEMENT="Parties agreed or signed something.",
    DECISION="A body decided something.",
    APPOINTMENT="Someone was given an office.",
    ARREST="Someone was arrested, tried or persecuted.",
    CONFLICT="Fighting, an attack or unrest.",
    DEPLOYMENT="Forces or helpers were sent, or exercised.",
    LEGISLATION="A law was passed.",
    STATEMENT="Someone said something that mattered.",
    VACANCY="An office stood empty.",
    EXERCISE="Forces exercised.",
    TRIAL="Someone was tried.",
    OTHER="Anything else.",
)
describe_enum(
    EventRole,
    "How someone took part in an event.",
    ACTOR="Did it.",
    AFFECTED="It was done to them, or happened there.",
    BYSTANDER="Could have acted and did not.",
    DENIED="A source denies the part.",
)
describe_enum(
    DatePrecision,
    "How far the sources go in giving a date.",
    DAY="One day.",
    MONTH="Some day of a month.",
    YEAR="Some day of a year.",
    DECADE="Some day of ten years, such as `201X`.",
    CENTURY="Some day of a hundred years, such as `19XX`.",
    RANGE="One of several days, such as `[2017-07-03..2017-07-05]` or `[..2015-06-10]`.",
    UNKNOWN="No source narrows it down.",
)
describe_enum(
    EndKind,
    "What the sources say of the end of a period.",
    DATED="It ended on the date in `end`.",
    ONGOING="It was still running when last attested.",
    UNKNOWN="No source says whether, or when, it ended.",
)
describe_enum(
    Certainty,
    "Whether something held on a day, by the recorded dates. Articles that contradict it do not"
    " change this: see `disputed`.",
    CERTAIN="It held by every reading of the recorded dates; articles may still deny it.",
    POSSIBLE="It held by some readings of the recorded dates, and not by others.",
    RULED_OUT="It held by no reading of the recorded dates.",
)
describe_enum(
    Doubt,
    "Which bound of a period leaves a day in doubt.",
    START="It may not have begun yet.",
    END="It may have ended already.",
    NOT_ATTESTED="It was running when last attested, and that was earlier.",
)
