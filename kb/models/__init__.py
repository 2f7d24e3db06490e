"""The tables, one module a noun; importing this package makes all of them known to the metadata."""

from kb.models.articles import Article, Citation, Mention, Paragraph, Publication, Stance
from kb.models.base import DateRow, Head, Record, Table
from kb.models.events import Event, EventKind, EventOfficial, EventOrganisation, EventState
from kb.models.officials import Official, Term
from kb.models.states import Membership, MembershipStatus, Organisation, State
from kb.models.summits import Attendance, Participation, Summit

__all__ = [
    "Article",
    "Attendance",
    "Citation",
    "DateRow",
    "Event",
    "EventKind",
    "EventOfficial",
    "EventOrganisation",
    "EventState",
    "Head",
    "Membership",
    "MembershipStatus",
    "Mention",
    "Official",
    "Organisation",
    "Paragraph",
    "Participation",
    "Publication",
    "Record",
    "Stance",
    "State",
    "Summit",
    "Table",
    "Term",
]
