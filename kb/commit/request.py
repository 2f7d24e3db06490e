"""A curator's request carried out: one record recorded or retracted, one citation added or removed.

In: an open write transaction, what is asked and who asks. Out: an `Outcome`; on anything but `Done`
nothing is written. A request with a key of its own is carried out once: the same again is answered
as before.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import col

from kb.commit import merge
from kb.commit.commit import commit
from kb.commit.context import find
from kb.commit.feed import Source, read_head
from kb.commit.merge import Draft, Given
from kb.errors import Fault, SeedError
from kb.models import Record, Request
from kb.models.base import now
from kb.records.documents import RequestDocument
from kb.records.entries import NOWHERE, Place, check_form
from kb.records.form_errors import GRAPHQL
from kb.records.rows import Ref
from kb.tokens import Bearer

KEPT = timedelta(days=30)
"""How long a request's key is remembered."""
Drafting = Callable[[Connection, Given], Draft]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a curator asks for: by which field of the schema, with which input."""

    name: str
    draft: Drafting
    given: Given


@dataclass(frozen=True, slots=True)
class Done:
    """Of which record, and a revision that has it so; no number if it is not there any more."""

    ref: Ref
    revision: int
    number: int | None


@dataclass(frozen=True, slots=True)
class Invalid:
    """Every fault; its place is where the input is at fault."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Stale:
    """The record's number and revision as they are; none and 0 if it is not there."""

    number: int | None
    revision: int


Outcome = Done | Invalid | Stale


def carry_out(connection: Connection, asked: Asked, bearer: Bearer, source: Source) -> Outcome:
    """Whoever opened the transaction may commit it, whatever the outcome."""
    repeated = _repeated(connection, asked, bearer)
    if isinstance(repeated, Done):
        return repeated
    draft = asked.draft(connection, asked.given)
    faults = [*repeated, *draft.batch.faults]
    if not faults and (stale := _stale(connection, asked, draft.ref)):
        return stale
    try:
        commit(connection, replace(draft.batch, faults=faults), source)
    except SeedError as error:
        found = merge.moved(error.faults, draft.places)
        return Invalid(tuple(sorted(found, key=lambda fault: _order(fault.place))))
    done = Done(draft.ref, read_head(connection), _number(connection, draft.ref))
    _remember(connection, asked, bearer, done)
    return done


def _order(place: Place) -> list[tuple[bool, str | int]]:
    """Of names and numbers, which do not compare."""
    return [(isinstance(step, str), step) for step in place]


def _stale(connection: Connection, asked: Asked, ref: Ref) -> Stale | None:
    expected = asked.given.get("expectedRevision")
    if expected is None:
        return None
    number = _number(connection, ref)
    revision = select(col(Record.revision)).where(col(Record.id) == number)
    found = connection.execute(revision).scalar() or 0
    return None if str(found) == expected else Stale(number, found)


def _number(connection: Connection, ref: Ref) -> int | None:
    return find(connection, [ref]).get(ref)


def _repeated(connection: Connection, asked: Asked, bearer: Bearer) -> Done | Sequence[Fault]:
    """What the same request was answered before; the faults of its key, if another had it."""
    key = asked.given.get("idempotencyKey")
    given = {"idempotencyKey": key}
    if faults := check_form(RequestDocument, "", given, NOWHERE, GRAPHQL).faults:
        return faults
    columns = (
        col(Request.sha256),
        col(Request.record_type),
        col(Request.record_key),
        col(Request.revision),
    )
    own = col(Request.token_id) == bearer.id, col(Request.key) == key
    row = connection.execute(select(*columns).where(*own)).one_or_none() if key else None
    if row is None:
        return ()
    digest, kind, record_key, revision = row
    if digest != _digest(asked):
        what, remedy = "another request had this key", "give each request a key of its own"
        return (NOWHERE.fault(what, remedy, "idempotencyKey"),)
    ref = Ref(kind, record_key)
    return Done(ref, revision, _number(connection, ref))


def _remember(connection: Connection, asked: Asked, bearer: Bearer, done: Done) -> None:
    """With the answer; what is older than it needs to be is forgotten."""
    if (key := asked.given.get("idempotencyKey")) is None:
        return
    oldest = (datetime.now(UTC) - KEPT).isoformat()
    connection.execute(delete(Request).where(col(Request.at) < oldest))
    row = {
        "token_id": bearer.id,
        "key": key,
        "sha256": _digest(asked),
        "record_type": done.ref.type,
        "record_key": done.ref.key,
        "revision": done.revision,
        "at": now(),
    }
    connection.execute(insert(Request).values(row))


def _digest(asked: Asked) -> str:
    said: Mapping[str, object] = {
        name: value for name, value in asked.given.items() if name != "idempotencyKey"
    }
    text = json.dumps([asked.name, said], sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()
