"""A record put back to what it was at a revision, by its document in the change feed.

In: an open transaction, an id and a revision. Out: a `Draft` of the record as its document was
then, which is held against all rules as what a curator gives. A record that was removed comes back
with the citations that it had; of one that is there they stay as they are, since each is put back
by its own id. Raises RevisionExpired where the feed does not go back as far.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, func, select
from sqlmodel import col

from kb.commit import merge
from kb.commit.commit import commit_named
from kb.commit.feed import Origin, read_head
from kb.commit.merge import Draft, GivenFields, Places
from kb.commit.reading import RecordReading
from kb.commit.validate import Batch
from kb.errors import RevisionExpired
from kb.models import Change, ChangeOp, Erased, Erasure, Head
from kb.records.documents import FORMS, SOURCED
from kb.records.entries import NOWHERE
from kb.records.read import find_ids
from kb.records.rows import Ref
from kb.records.traits import fields_of_document
from kb.records.types import record_type

_PLACES: Places = {
    (): ("revision",),
    ("idempotencyKey",): ("idempotencyKey",),
    ("reason",): ("reason",),
}
"""What is wrong with the document is wrong with the revision that was chosen."""
_NOT_THERE = "there was no such record at this revision"
_GONE = "give one at which it was there, or retract the record"
_TAKEN_DOWN = "what it was at this revision was taken down since"
_TEXTLESS = "the text that it had at this revision was taken down since"


def draft_revert(reading: RecordReading, given: GivenFields) -> Draft:
    """The record as its document was at the revision."""
    connection = reading.connection
    ref, revision = merge.ref_of(given["id"]), int(str(given["revision"]))
    if ref.type not in {*FORMS, "Citation"} or not ref.key:
        return _refused(ref, "this is no id of a record", "give one such as `State:UZ`", "id")
    if revision > read_head(connection):
        return _refused(ref, "there is no such revision yet", "give one of its history")
    document = _document_at(connection, ref, revision)
    if document is None:
        return _refused(ref, _NOT_THERE, _GONE)
    if not document:
        return _refused(ref, _TAKEN_DOWN, "record it anew, if it is to be there again")
    if _lacks_text(connection, ref, revision):
        return _refused(ref, _TEXTLESS, "give one at which it had none, or record it anew")
    if ref.type == "Citation" and not find_ids(connection, [merge.ref_of(document["subject"])]):
        what = f"what it bears on, `{document['subject']}`, is not there any more"
        return _refused(ref, what, "bring that back first, and it with that")
    if ref.type == "Citation":
        draft = merge.draft_citation(reading, document | {"key": ref.key})
    else:
        fields = _fields(connection, ref, document, revision)
        allowed = {"replace": given.get("replace"), "new": True}
        draft = merge.draft_record(ref.type, reading, fields | allowed)
    return replace(draft, places=_PLACES)


def revert(connection: Connection, given: GivenFields, origin: Origin) -> None:
    """The same as a command; faults name the record and the revision as their place."""
    reading = RecordReading(connection)
    draft = draft_revert(reading, given)
    file, line = str(given["id"]), int(str(given["revision"]))
    commit_named(reading, draft.batch, origin, file, line)


def _refused(ref: Ref, what: str, remedy: str, place: str = "revision") -> Draft:
    return Draft(ref, Batch(faults=[NOWHERE.fault(what, remedy, place)]))


def _document_at(connection: Connection, ref: Ref, revision: int) -> dict[str, object] | None:
    """None if it was not there, empty if it was taken down since; raises RevisionExpired if nobody
    can tell."""
    dropped, begun = connection.execute(select(col(Head.dropped), col(Head.begun))).one()
    of_record = col(Change.type) == ref.type, col(Change.key) == ref.key
    query = select(col(Change.op), col(Change.document)).where(
        *of_record, col(Change.revision) <= revision
    )
    row = connection.execute(query.order_by(col(Change.revision).desc()).limit(1)).one_or_none()
    if revision < dropped or (row is None and dropped > begun):
        raise RevisionExpired
    if row is None or row.op == ChangeOp.DELETE.name:
        return None
    document: dict[str, object] = json.loads(row.document or "{}")
    return document


def _lacks_text(connection: Connection, ref: Ref, revision: int) -> bool:
    """Whether it had one then that nobody can bring back."""
    query = select(col(Erasure.key)).where(
        *(col(Erasure.type) == ref.type, col(Erasure.key) == ref.key),
        *(col(Erasure.shown_from) <= revision, col(Erasure.shown_to) > revision),
        col(Erasure.erased) == Erased.TEXT.name,
    )
    return connection.execute(query.limit(1)).first() is not None


def _fields(
    connection: Connection, ref: Ref, document: Mapping[str, object], revision: int
) -> dict[str, object]:
    """All that its form has, null where the document has nothing."""
    names = [field.alias for field in fields_of_document(FORMS[ref.type]).values()]
    fields = {name: document.get(name) for name in names}
    fields[record_type(ref.type).key] = ref.key
    if ref.type == "Article":
        fields["paragraphs"] = document.get("paragraphs")
    if ref.type in SOURCED and not find_ids(connection, [ref]):
        fields["citations"] = _citations_at(connection, ref, revision)
    return fields


def _citations_at(connection: Connection, ref: Ref, revision: int) -> list[dict[str, object]]:
    """Those that the record had; what was left out of a citation stays out."""
    newest = (
        select(func.max(col(Change.revision)))
        .where(col(Change.type) == "Citation", col(Change.revision) <= revision)
        .group_by(col(Change.key))
    )
    subject = f'"subject":"{ref.type}:{ref.key}"'
    query = (
        select(col(Change.document))
        .where(
            col(Change.revision).in_(newest),
            col(Change.document).contains(subject, autoescape=True),
        )
        .order_by(col(Change.key))
    )
    cited = [json.loads(str(text)) for text in connection.execute(query).scalars()]
    return [{name: value for name, value in each.items() if value is not None} for each in cited]
