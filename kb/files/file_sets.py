"""Sets of files: which set each record came from, and what becomes of one that two sets give.

In: an open write transaction, and the names of sets. Out: records held against those that another
set owns, and marked with the set that wrote them. What came by another door, such as a mutation, is
nobody's: the first set that gives it owns it from then on.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select, update
from sqlmodel import col

from kb.commit.context import find_referring
from kb.database.in_array import in_array
from kb.errors import Fault
from kb.files.on_conflict import OnConflict
from kb.models import Record
from kb.normalisation import normalise
from kb.records.documents import SourcedDocument
from kb.records.entries import Entry
from kb.records.read import read_batch, read_refs
from kb.records.record_tables import BATCH, batches
from kb.records.rows import Ref, Rows, citation_rows, rows_of
from kb.records.to_documents import fields_of
from kb.records.types import in_words

NOBODY = ""
"""The set of a record that came by another door."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms files are taken.

    `set_name` is that of all files, else each has that of its folder. With `only_new`, records that
    are there already stay as they are; `on_conflict` is for those that another set owns.
    """

    set_name: str = ""
    only_new: bool = False
    on_conflict: OnConflict = OnConflict.REFUSE

    def set_of(self, path: Path) -> str:
        return normalise(self.set_name or path.resolve().parent.name) or path.anchor


PLAIN = Terms()


class Owned(NamedTuple):
    """A stored record's number, and the set that owns it."""

    id: int
    origin: str

    @property
    def words(self) -> str:
        return f"it is there already, of {_whose(self.origin)}"


def read_owned(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, Owned]:
    """Those that are there."""
    columns = col(Record.type), col(Record.key), col(Record.id), col(Record.origin)
    by_type: dict[str, set[str]] = {}
    for ref in refs:
        by_type.setdefault(ref.type, set()).add(ref.key)
    return {
        Ref(type_name, key): Owned(number, origin)
        for name, keys in by_type.items()
        for batch in batches(keys)
        for type_name, key, number, origin in connection.execute(
            select(*columns).where(col(Record.type) == name, in_array(col(Record.key), batch))
        )
    }


def read_set_pages(
    connection: Connection, type_name: str, sets: Collection[str]
) -> Iterator[dict[Ref, int]]:
    """The numbers of the records of a type that these sets own, a batch at a time."""
    query = select(col(Record.key), col(Record.id)).order_by(col(Record.key)).limit(BATCH)
    query = query.where(col(Record.type) == type_name, col(Record.origin).in_(sets))
    page = connection.execute(query).all()
    while page:
        yield {Ref(type_name, key): number for key, number in page}
        page = connection.execute(query.where(col(Record.key) > page[-1][0])).all()


def give_to(connection: Connection, owner: str, numbers: Collection[int]) -> None:
    """Give records that are nobody's to a set."""
    free = update(Record).where(col(Record.origin) == NOBODY).values(origin=owner)
    for batch in batches(numbers):
        connection.execute(free.where(in_array(col(Record.id), batch)))


def release(connection: Connection, numbers: Collection[int]) -> None:
    """Make records nobody's, so that the set that writes them next owns them."""
    for batch in batches(numbers):
        freed = update(Record).values(origin=NOBODY)
        connection.execute(freed.where(in_array(col(Record.id), batch)))


class Conflict(NamedTuple):
    """A part of an entry that another set gives another value."""

    ref: Ref
    owned: Owned
    place: tuple[str | int, ...]

    @property
    def words(self) -> str:
        where = ".".join(map(str, self.place))
        return f"the set `{self.owned.origin}` gives its `{where}` another value"


def find_conflicts(
    connection: Connection, entries: Iterable[Entry], foreign: Mapping[Ref, Owned]
) -> Iterator[tuple[Entry, list[Conflict]]]:
    """Entries that differ from what is stored of `foreign`, which other sets own.

    What is at fault in itself gives no other value: a stand-in is in its place.
    What follows from all citations together, such as until when a period is attested, does not
    count: a second set may well add to it.
    """
    numbers = [owned.id for owned in foreign.values()]
    stored = {
        rows.ref: rows
        for batch in batches(numbers)
        for rows in read_batch(connection, batch).values()
    }
    for entry in entries:
        conflicts = [
            Conflict(rows.ref, foreign[rows.ref], (*place, name))
            for place, rows in _records_of(entry)
            if rows.ref in stored
            for name in _differing(rows, stored[rows.ref])
            if entry.has((*place, name))
        ]
        if conflicts:
            yield entry, conflicts


def _records_of(entry: Entry) -> Iterator[tuple[tuple[str, ...], Rows]]:
    """The record, and its citations, with their places."""
    yield (), rows_of(entry.ref, entry.document, None)
    document = entry.document
    cited = document.citations if isinstance(document, SourcedDocument) else {}
    for key, citation in cited.items():
        yield ("citations", key), citation_rows(entry.ref, key, citation)


def _differing(given: Rows, stored: Rows) -> Iterator[str]:
    """The names of the fields that are not the same; of a citation, its subject too."""
    now, then = fields_of(given), fields_of(stored)
    if given.row.get("subject_id") != stored.row.get("subject_id"):
        yield "subject"
    yield from (name for name in now if now[name] != then[name])


def conflict_fault(entry: Entry, conflict: Conflict, *, by_url: bool) -> Fault:
    """`by_url` says that the terms were parameters of a URL, and no options of a command."""
    where = ".".join(map(str, (entry.key, *conflict.place)))
    origin = conflict.owned.origin
    what = f"{where}: the set `{origin}` gives it another value"
    set_is, choose = ("set=", "onConflict=") if by_url else ("--set ", "--on-conflict ")
    remedy = (
        f"load it with `{set_is}{origin}` if it is of that set, or take one of the two by"
        f" `{choose}skip` or `{choose if by_url else ''}update`"
    )
    return entry.lines.fault(what, remedy, *conflict.place)


def find_bereft(connection: Connection, file: str, removed: Collection[int]) -> Iterator[Fault]:
    """Faults of records that still point to those which were removed."""
    referring = find_referring(connection, removed)
    query = select(col(Record.id), col(Record.origin))
    origins = {
        number: origin
        for batch in batches(referring)
        for number, origin in connection.execute(query.where(in_array(col(Record.id), batch)))
    }
    for number, ref in read_refs(connection, referring).items():
        whose = _whose(origins[number])
        what = f"it lacks what the {in_words(ref.type)} `{ref.key}` of {whose} points to"
        yield Fault(file, 1, what, "add it again, or remove that one first")


def _whose(origin: str) -> str:
    return f"the set `{origin}`" if origin else "no set"
