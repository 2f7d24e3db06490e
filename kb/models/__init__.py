"""The tables, one module a noun; importing this package makes all of them known to the metadata."""

from kb.models.about import About, Example
from kb.models.answers import KeptAnswer, Withheld
from kb.models.articles import (
    Article,
    ArticleKind,
    Citation,
    Mention,
    Paragraph,
    Publication,
    Stance,
)
from kb.models.base import DateRow, Head, Record, Table
from kb.models.changes import Change, ChangeOp, Erased, Erasure, Snapshot, Tally
from kb.models.disagreements import (
    Assertion,
    AssertionCitation,
    Disagreement,
    DisagreementKind,
)
from kb.models.events import (
    Event,
    EventKind,
    EventOfficial,
    EventOrganisation,
    EventRole,
    EventState,
    Party,
)
from kb.models.identifiers import Identifier, Scheme
from kb.models.officials import Official, Term
from kb.models.passages import NameTrigram, NameWord, Passage
from kb.models.states import (
    Membership,
    MembershipStatus,
    MembershipTally,
    Organisation,
    OrganisationPredecessor,
    State,
    StatePredecessor,
)
from kb.models.summits import Attendance, Participation, Summit, SummitKind
from kb.models.tokens import Request, Token
from kb.models.versions import MEMBER_DAYS, RECORDED, STILL_RECORDED, VERSIONS

__all__ = [
    "MEMBER_DAYS",
    "RECORDED",
    "STILL_RECORDED",
    "VERSIONS",
    "About",
    "Article",
    "ArticleKind",
    "Assertion",
    "AssertionCitation",
    "Attendance",
    "Change",
    "ChangeOp",
    "Citation",
    "DateRow",
    "Disagreement",
    "DisagreementKind",
    "Erased",
    "Erasure",
    "Event",
    "EventKind",
    "EventOfficial",
    "EventOrganisation",
    "EventRole",
    "EventState",
    "Example",
    "Head",
    "Identifier",
    "KeptAnswer",
    "Membership",
    "MembershipStatus",
    "MembershipTally",
    "Mention",
    "NameTrigram",
    "NameWord",
    "Official",
    "Organisation",
    "OrganisationPredecessor",
    "Paragraph",
    "Participation",
    "Party",
    "Passage",
    "Publication",
    "Record",
    "Request",
    "Scheme",
    "Snapshot",
    "Stance",
    "State",
    "StatePredecessor",
    "Summit",
    "SummitKind",
    "Table",
    "Tally",
    "Term",
    "Token",
    "Withheld",
]
