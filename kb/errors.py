"""Every error that this project raises on purpose, as one tree.

    KBError
    ├── SettingsError     BAD_SETTINGS    options and the environment, all faults at once
    ├── AddressError      BAD_ADDRESS     an address that cannot be served on
    ├── DateError         BAD_DATE        a partial date or period that is not understood
    ├── InputError        BAD_INPUT       files at fault, all faults at once
    │   ├── SeedError     BAD_SEEDS       seeds that cannot be loaded; nothing was written
    │   ├── MappingError  BAD_MAPPING     a mapping of tables to records that is not understood
    │   ├── SiteError     BAD_SITE        a description of a site that is not understood
    │   ├── ManifestError BAD_DOCUMENTS   documents of clients that cannot be listed
    │   └── PageError     BAD_PAGES       archive pages that are not understood throughout
    ├── CitationError     BAD_CITATION    words that cannot be cited
    ├── TokenError        BAD_TOKEN       a token that is not there
    ├── SigningKeyError   BAD_SIGNING_KEY   a key that is not there, or a name that none can have
    ├── DatabaseMissing   NO_DATABASE     a database that is absent or of another version
    ├── Unavailable       UNAVAILABLE     a database that does not answer just now
    │   ├── Overloaded    OVERLOADED      more at once than can be answered
    │   ├── DatabaseLost  DATABASE_LOST   a database that is damaged, or whose file was removed or
    │   │                                 replaced: it does not come back by itself
    │   └── StorageError  STORAGE_FAILED  a disk that is full, fails or is guarded; nothing was
    │                                     written
    ├── TooSlow           TOO_SLOW        an operation that the database took too long for
    ├── RequestError      BAD_REQUEST     an HTTP request that is no GraphQL request
    │   ├── Unauthenticated   UNAUTHENTICATED   a request whose token is missing or does not hold
    │   ├── RoleRefused   FORBIDDEN       what the role of a token does not allow
    │   ├── UnknownFile   NOT_FOUND       a file that is not to be had
    │   ├── KeyReused     KEY_REUSED      an `Idempotency-Key` that another request had
    │   ├── LargeRequest  TOO_LARGE       a request beyond a stated limit
    │   ├── TooManyRequests   TOO_MANY_REQUESTS   more of one client than it may ask for
    │   ├── HeadUnsigned  HEAD_UNSIGNED   the head of a feed that no key signs, or that is empty
    │   ├── AnswerError                   an answer and its permanent link
    │   │   ├── NotKept           NOT_KEPT          what cannot be kept, or not by whom
    │   │   ├── UnknownAnswer     UNKNOWN_ANSWER    an id that no answer has
    │   │   ├── AnswerWithheld    ANSWER_WITHHELD   one that tells what is not shown to who asks
    │   │   ├── AnswerChanged     ANSWER_CHANGED    one that comes out otherwise by now
    │   │   └── AnswerGone        ANSWER_GONE       one that cannot be given again
    │   └── DocumentError                 a document that is not there, or may not be asked for
    │       ├── UnknownHash       PERSISTED_QUERY_NOT_FOUND      a hash that came without its text
    │       ├── HashingDisabled   PERSISTED_QUERY_NOT_SUPPORTED  the same, where no text is taken
    │       ├── HashMismatch      PERSISTED_QUERY_MISMATCH       a hash that is not its text's
    │       ├── UnknownDocument   UNKNOWN_DOCUMENT               an id that no manifest has
    │       └── UnlistedDocument  UNLISTED_DOCUMENT              a text that is in no manifest
    └── QueryError        BAD_ARGUMENT    an operation that cannot be answered
        ├── CursorError   BAD_CURSOR      a cursor that this list did not give out
        ├── HistoryError                  a cursor or revision that holds no longer
        │   ├── StaleError    CURSOR_STALE     from before a write, of a list that is ranked
        │   ├── ForkedError   CURSOR_FORKED    of another history of changes
        │   ├── ExpiredError  CURSOR_EXPIRED   of changes that are no longer kept
        │   ├── RevisionExpired   REVISION_EXPIRED   what was recorded is no longer kept
        │   └── RevisionUnknown   REVISION_UNKNOWN   a revision that is still to come
        ├── ViewError     NOT_IN_VIEW     what tells of records, not of what readers could know
        ├── UnknownOffice UNKNOWN_OFFICE  an office that an organisation or a state does not have
        ├── UnknownScheme UNKNOWN_SCHEME  a scheme of identifiers that is not recorded
        ├── TextWithheld  TEXT_WITHHELD   words looked for in texts that are not shown to who asks
        ├── TextErased    TEXT_ERASED     a text that was there at a revision, and was taken down
        ├── RecordErased  RECORD_ERASED   a record of which the same holds
        └── LimitError    TOO_LARGE       an operation beyond a stated limit

The GraphQL library's own errors, and what nobody foresaw, get codes in `kb.server.error_codes`:

    GRAPHQL_PARSE_FAILED         a document that is no GraphQL
    GRAPHQL_VALIDATION_FAILED    a document that asks for what the schema does not have
    UNKNOWN_OPERATION            no operation, or none of that name, or several and no name
    BAD_VARIABLES                variables that do not fit their types
    INTERNAL                     a failure of ours, told without details and logged with them

A code is permanent: clients may switch on it, so one is never reused or renamed. Each message says
what is wrong; `remedy` says what to do about it. Words of a driver or a system are notes of an
error: they are for who runs the service, as is a message that names its files or hosts.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

_LOGGER = logging.getLogger(__name__)


class KBError(Exception):
    """The root: `str(error)` is the message with its remedy."""

    code: ClassVar[str] = "KB_ERROR"
    public: ClassVar[str] = ""
    """The message for clients, where the error's own is for who runs the service."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}; {remedy}" if remedy else message)
        self.message = message
        self.remedy = remedy

    def with_note(self, note: object) -> Self:
        self.add_note(" ".join(str(note).split()))
        return self

    def whole(self) -> str:
        """The message with all its notes, for who runs the service."""
        return "\n".join([str(self), *getattr(self, "__notes__", ())])


def for_client(error: KBError) -> str:
    """The message for a client; what is for who runs the service goes to the log."""
    if error.public or hasattr(error, "__notes__") or isinstance(error, DatabaseLost):
        _LOGGER.warning("%s", error.whole())
    return error.public or str(error)


def alternatives(names: Iterable[str]) -> str:
    """What may be written instead, as a message tells it: `a`, `b` or `c`."""
    *others, last = (f"`{name}`" for name in names)
    return f"{', '.join(others)} or {last}" if others else last


class SettingsError(KBError):
    code = "BAD_SETTINGS"


class AddressError(KBError):
    code = "BAD_ADDRESS"


class DateError(KBError):
    code = "BAD_DATE"


class DatabaseMissing(KBError):
    code = "NO_DATABASE"
    public = "the database is not there, or cannot be read; try again later, or tell the operator"


class Unavailable(KBError):
    code = "UNAVAILABLE"


class Overloaded(Unavailable):
    code = "OVERLOADED"


class DatabaseLost(Unavailable):
    code = "DATABASE_LOST"


class StorageError(Unavailable):
    code = "STORAGE_FAILED"


class TooSlow(KBError):
    code = "TOO_SLOW"


class RequestError(KBError):
    """A request that is refused before it becomes an operation, with its HTTP `status`."""

    code = "BAD_REQUEST"
    usual_status: ClassVar[int] = 400

    def __init__(self, message: str, remedy: str, status: int | None = None) -> None:
        super().__init__(message, remedy)
        self.status = status or self.usual_status


class MalformedJson(RequestError):
    """What is no JSON at all; a protocol may have a code of its own for it."""


class Unauthenticated(RequestError):
    code = "UNAUTHENTICATED"
    usual_status = 401


class RoleRefused(RequestError):
    code = "FORBIDDEN"
    usual_status = 403


class UnknownFile(RequestError):
    code = "NOT_FOUND"
    usual_status = 404


class KeyReused(RequestError):
    code = "KEY_REUSED"
    usual_status = 409


class LargeRequest(RequestError):
    code = "TOO_LARGE"


class TooManyRequests(RequestError):
    """`seconds` is when the client may come again."""

    code = "TOO_MANY_REQUESTS"

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message, f"come again in {seconds} s", 429)
        self.seconds = seconds


class HeadUnsigned(RequestError):
    code = "HEAD_UNSIGNED"
    usual_status = 404


class DocumentError(RequestError):
    """A request whose document is not there, or may not be asked for."""


class UnknownHash(DocumentError):
    code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        # Apollo's clients send the text on this very message, and some of them only by 200.
        super().__init__("PersistedQueryNotFound", "", 200)


class HashingDisabled(DocumentError):
    code = "PERSISTED_QUERY_NOT_SUPPORTED"

    def __init__(self) -> None:
        # The same: they send no more hashes.
        super().__init__("PersistedQueryNotSupported", "", 200)


class HashMismatch(DocumentError):
    code = "PERSISTED_QUERY_MISMATCH"


class UnknownDocument(DocumentError):
    code = "UNKNOWN_DOCUMENT"


class UnlistedDocument(DocumentError):
    code = "UNLISTED_DOCUMENT"


class AnswerError(RequestError):
    """What is wrong with an answer that is to be kept, or that was kept."""


class NotKept(AnswerError):
    code = "NOT_KEPT"


class UnknownAnswer(AnswerError):
    code = "UNKNOWN_ANSWER"

    def __init__(self) -> None:
        super().__init__("no answer has this id", "take the whole link, as it was given", 404)


class AnswerWithheld(AnswerError):
    code = "ANSWER_WITHHELD"

    def __init__(self) -> None:
        what = "the answer tells what is not shown to all"
        super().__init__(what, "send a token as `Authorization: Bearer …`", 403)


class AnswerChanged(AnswerError):
    code = "ANSWER_CHANGED"

    def __init__(self, why: str) -> None:
        what = "the answer comes out otherwise than it was kept, and so is not given"
        super().__init__(what, why, 409)


class AnswerGone(AnswerError):
    code = "ANSWER_GONE"

    def __init__(self, why: str) -> None:
        super().__init__("the answer cannot be given again", why, 410)


class QueryError(KBError):
    """A fault in the caller's operation; `path` is the GraphQL path of the field at fault."""

    code = "BAD_ARGUMENT"

    def __init__(self, message: str, remedy: str = "", path: Sequence[str | int] = ()) -> None:
        super().__init__(message, remedy)
        self.path = tuple(path)


class CursorError(QueryError):
    code = "BAD_CURSOR"


class HistoryError(QueryError):
    """A cursor or revision that holds no longer, or not in this history of changes."""

    what, remedy_of_all = "", ""

    def __init__(self, path: Sequence[str | int] = ()) -> None:
        super().__init__(self.what, self.remedy_of_all, path)


class StaleError(HistoryError):
    code = "CURSOR_STALE"
    what = "the cursor is of a ranked list from before a write"
    remedy_of_all = "begin anew"


class ForkedError(HistoryError):
    code = "CURSOR_FORKED"
    what = "the cursor is of another history of changes, as after a restored backup"
    remedy_of_all = "take a new snapshot and go on from its cursor"


class ExpiredError(HistoryError):
    code = "CURSOR_EXPIRED"
    what = "the feed does not go back as far: its older changes are no longer kept"
    remedy_of_all = "take a new snapshot and go on from its cursor"


class RevisionExpired(HistoryError):
    code = "REVISION_EXPIRED"
    what = "what was recorded at this revision is no longer kept"
    remedy_of_all = "give a later one; `feed.earliest` is the oldest change kept"


class RevisionUnknown(HistoryError):
    code = "REVISION_UNKNOWN"
    what = "there is no such revision yet"
    remedy_of_all = "ask as of one up to the newest, which `{ revision }` tells"


HISTORIES: dict[str, type[HistoryError]] = {
    error_type.code: error_type
    for error_type in (StaleError, ForkedError, ExpiredError, RevisionExpired, RevisionUnknown)
}


class ViewError(QueryError):
    """What was recorded, asked for within a view, which shows what readers could know."""

    code = "NOT_IN_VIEW"

    def __init__(self, path: Sequence[str | int]) -> None:
        super().__init__("a view has no history of records", "ask for it outside of views", path)


class UnknownOffice(QueryError):
    """`details` are the office asked for, of whom, and the offices that there are, some of many."""

    code = "UNKNOWN_OFFICE"
    most: ClassVar = 10
    """That are named."""

    def __init__(self, path: Sequence[str | int], details: Mapping[str, object]) -> None:
        offices, cut = details["offices"], str(details["office"])
        assert isinstance(offices, list)
        named = ", ".join(f"`{_cut(office)}`" for office in offices[: self.most])
        more = ", and others" if len(offices) > self.most else ""
        remedy = f"it has {named}{more}" if offices else "it has none at all"
        what = f"`{details['of']}` has no office `{_cut(cut)}`"
        super().__init__(what, f"{remedy}; `office(name:)` is null instead", path)


_MOST_QUOTED = 100


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_QUOTED else f"{text[:_MOST_QUOTED]}..."


class UnknownScheme(QueryError):
    """`details` are the scheme asked for, and all that there are."""

    code = "UNKNOWN_SCHEME"

    def __init__(self, path: Sequence[str | int], details: Mapping[str, object]) -> None:
        schemes, cut = details["schemes"], _cut(str(details["scheme"]))
        assert isinstance(schemes, list)
        named = ", ".join(f"`{scheme}`" for scheme in schemes)
        remedy = f"there are {named}" if schemes else "record it first: there are none"
        super().__init__(f"there is no scheme `{cut}`", remedy, path)


class TextWithheld(QueryError):
    """Whatever the words and the text: the answer tells nothing of either."""

    code = "TEXT_WITHHELD"

    def __init__(self, path: Sequence[str | int], _: Mapping[str, object]) -> None:
        what, remedy = "the text of articles is not public here", "send a token"
        super().__init__(what, remedy, path)


class TextErased(QueryError):
    code = "TEXT_ERASED"

    def __init__(self, path: Sequence[str | int], _: Mapping[str, object]) -> None:
        what = "the text that was there at this revision was taken down since"
        super().__init__(what, "ask for the article without it", path)


class RecordErased(QueryError):
    code = "RECORD_ERASED"

    def __init__(self, path: Sequence[str | int], _: Mapping[str, object]) -> None:
        what = "what was recorded here at this revision was taken down since"
        super().__init__(what, "leave it out, or ask for what there is now", path)


REFUSALS: dict[
    str, type[UnknownOffice | UnknownScheme | TextWithheld | TextErased | RecordErased]
] = {
    refusal_type.code: refusal_type
    for refusal_type in (UnknownOffice, UnknownScheme, TextWithheld, TextErased, RecordErased)
}


class LimitError(QueryError):
    code = "TOO_LARGE"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in one place of one file; `line` and `column` count from 1.

    `place` is the part of the record at fault, by the names of its fields and keys. A column of 0
    is not known.
    """

    file: str
    line: int
    what: str
    remedy: str
    place: tuple[str | int, ...] = ()
    column: int = 0

    def __str__(self) -> str:
        where = f"{self.line}:{self.column}" if self.column else f"{self.line}"
        return f"{self.file}:{where}: {self.what}, {self.remedy}"

    def __lt__(self, other: "Fault") -> bool:
        return self._order() < other._order()

    def _order(self) -> tuple[str, int, int, str, str]:
        return self.file, self.line, self.column, self.what, self.remedy


class InputError(KBError):
    """Everything wrong with the files given; or the first of very much, if there may be `more`."""

    code = "BAD_INPUT"

    def __init__(self, faults: Sequence[Fault], more: bool = False) -> None:
        self.faults, self.more = tuple(sorted(set(faults))), more
        lines = [*map(str, self.faults)]
        if more:
            lines.append(f"after {len(lines):,} faults it was given up: there may be more")
        super().__init__("\n".join(lines))


class SeedError(InputError):
    code = "BAD_SEEDS"


class MappingError(InputError):
    code = "BAD_MAPPING"


class SiteError(InputError):
    code = "BAD_SITE"


class ManifestError(InputError):
    code = "BAD_DOCUMENTS"


class PageError(InputError):
    code = "BAD_PAGES"


class CitationError(KBError):
    code = "BAD_CITATION"


class TokenError(KBError):
    code = "BAD_TOKEN"


class SigningKeyError(KBError):
    code = "BAD_SIGNING_KEY"
