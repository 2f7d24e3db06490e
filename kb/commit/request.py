"""A curator's request carried out: records recorded or retracted, citations added or removed.

In: an open write transaction, a request and who sent it. Out: an `Outcome`; on anything but a
`Receipt` nothing is written. A request with an idempotency key is carried out once: when it is sent
again, it is answered as before.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, func, insert, select
from sqlmodel import col

from kb.commit import merge
from kb.commit.commit import commit
from kb.commit.feed import Origin, later_instant, read_head
from kb.commit.merge import Draft, GivenFields
from kb.commit.reading import RecordReading
from kb.errors import Fault, SeedError
from kb.models import Record, Request
from kb.models.base import instant
from kb.records.documents import RequestDocument
from kb.records.entries import NOWHERE, Place, check_form
from kb.records.form_errors import GRAPHQL
from kb.records.read import find_ids
from kb.records.rows import Ref
from kb.tokens import Bearer

KEY_LIFETIME = timedelta(days=30)
"""How long a request's key is remembered, at least."""
KEYS_KEPT = 10_000
"""Keys that are remembered however old they seem."""
Drafter = Callable[[RecordReading, GivenFields], Draft]
Lister = Callable[[GivenFields], Sequence[Ref]]
"""The records that an input without faults lists, in its order."""


def lists_none(given: GivenFields) -> Sequence[Ref]:
    """Of a request for one record."""
    del given
    return ()


@dataclass(frozen=True, slots=True)
class CuratorRequest:
    """What a curator sent: a field of `Mutation`, and its input."""

    name: str
    draft: Drafter
    given: GivenFields
    lists: Lister = lists_none


@dataclass(frozen=True, slots=True)
class Receipt:
    """Done: the record, and a revision that has it so; no number if it is not there any more.

    `listed` are the numbers of all records of a request for several; its first one stands for it.
    """

    ref: Ref
    revision: int
    number: int | None
    listed: Sequence[int | None] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """The input is invalid: every fault, with its place in the input."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class RevisionConflict:
    """Not as expected: the record's number and revision; None and 0 if it is not there."""

    number: int | None
    revision: int


Outcome = Receipt | Rejection | RevisionConflict


def carry_out(
    connection: Connection, request: CuratorRequest, bearer: Bearer, origin: Origin
) -> Outcome:
    """Whoever opened the transaction may commit it, whatever the outcome."""
    said, faulty = _read_request(request)
    earlier = faulty or find_receipt(connection, request.name, request.given, bearer)
    if isinstance(earlier, Receipt):
        return _with_listed(connection, request, earlier)
    reading = RecordReading(connection)
    draft = request.draft(reading, request.given)
    faults = [*earlier, *draft.batch.faults]
    if not faults and (conflict := _find_conflict(connection, request, draft)):
        return conflict
    try:
        because = replace(origin, reason=said.reason if said else None)
        commit(reading, replace(draft.batch, faults=faults), because)
    except SeedError as error:
        relocated = merge.relocate_faults(error.faults, draft.places)
        return Rejection(tuple(sorted(relocated, key=lambda fault: _order(fault.place))))
    receipt = Receipt(draft.ref, read_head(connection), _number(connection, draft.ref))
    store_receipt(connection, request.name, request.given, bearer, receipt)
    return _with_listed(connection, request, receipt)


def _with_listed(connection: Connection, request: CuratorRequest, receipt: Receipt) -> Receipt:
    refs = request.lists(request.given)
    numbers = find_ids(connection, refs)
    return replace(receipt, listed=[numbers.get(ref) for ref in refs])


def _order(place: Place) -> list[tuple[bool, str | int]]:
    """A sort key of names and numbers, which do not compare with each other."""
    return [(isinstance(step, str), step) for step in place]


def _find_conflict(
    connection: Connection, request: CuratorRequest, draft: Draft
) -> RevisionConflict | None:
    """The first record that is of another revision than expected."""
    for ref, expected in ((draft.ref, request.given.get("expectedRevision")), *draft.expected):
        if expected is None:
            continue
        number = _number(connection, ref)
        query = select(col(Record.revision)).where(col(Record.id) == number)
        revision = connection.execute(query).scalar() or 0
        if str(revision) != expected:
            return RevisionConflict(number, revision)
    return None


def _number(connection: Connection, ref: Ref) -> int | None:
    return find_ids(connection, [ref]).get(ref)


def _read_request(request: CuratorRequest) -> tuple[RequestDocument | None, Sequence[Fault]]:
    """What the request says of itself, and the faults of that."""
    said = {name: request.given.get(name) for name in ("idempotencyKey", "reason")}
    checked = check_form(RequestDocument, "", said, NOWHERE, GRAPHQL)
    return checked.document, checked.faults


def find_receipt(
    connection: Connection, name: str, given: GivenFields, bearer: Bearer
) -> Receipt | Sequence[Fault]:
    """The receipt of the same request, if it was carried out before; a fault of its key."""
    key = given.get("idempotencyKey")
    if not key:
        return ()
    columns = (
        col(Request.sha256),
        col(Request.record_type),
        col(Request.record_key),
        col(Request.revision),
    )
    same_key = col(Request.token_id) == bearer.id, col(Request.key) == key
    row = connection.execute(select(*columns).where(*same_key)).one_or_none()
    if row is None:
        return ()
    digest, type_name, record_key, revision = row
    if digest != _digest(name, given):
        what, remedy = "another request had this key", "give each request a key of its own"
        return (NOWHERE.fault(what, remedy, "idempotencyKey"),)
    ref = Ref(type_name, record_key)
    return Receipt(ref, revision, _number(connection, ref))


def store_receipt(
    connection: Connection, name: str, given: GivenFields, bearer: Bearer, receipt: Receipt
) -> None:
    """Under the key of the request."""
    if (key := given.get("idempotencyKey")) is None:
        return
    _forget_receipts(connection)
    row = {
        "token_id": bearer.id,
        "key": key,
        "sha256": _digest(name, given),
        "record_type": receipt.ref.type,
        "record_key": receipt.ref.key,
        "revision": receipt.revision,
        "at": later_instant(connection),
    }
    connection.execute(insert(Request).values(row))


def _forget_receipts(connection: Connection) -> None:
    """Those that are too old, but for the newest: a clock that is wrong makes all seem old."""
    oldest = instant(datetime.now(UTC) - KEY_LIFETIME)
    if (connection.execute(select(func.min(col(Request.at)))).scalar() or oldest) >= oldest:
        return
    newest = select(col(Request.at)).order_by(col(Request.at).desc()).offset(KEYS_KEPT - 1).limit(1)
    if last := connection.execute(newest).scalar():
        connection.execute(delete(Request).where(col(Request.at) < min(last, oldest)))


def _digest(name: str, given: GivenFields) -> str:
    fields = {field: value for field, value in given.items() if field != "idempotencyKey"}
    text = json.dumps([name, fields], sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()
