"""Identifiers of a batch held against their schemes, and against those of all other records.

In: an open transaction, the entries of a batch, and what else its commit writes and removes. Out:
every fault, with its place. An identifier is of one record of a type alone: two that share one are
the same thing, or one of them has another's.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, Select, select

from kb.commit.scheme_rules import matches
from kb.database.in_array import in_array
from kb.errors import Fault
from kb.models import Table
from kb.records.documents import SchemeDocument, SourcedDocument
from kb.records.entries import Entry
from kb.records.form_errors import quote_shortened
from kb.records.record_tables import batches
from kb.records.rows import Ref

_IDENTIFIER, _SCHEME, _RECORD = (
    Table.metadata.tables[name] for name in ("identifier", "scheme", "record")
)


class IdentifierKey(NamedTuple):
    """That a record of this type has this identifier."""

    type: str
    scheme: str
    value: str


class Given(NamedTuple):
    """An identifier of an entry, and which of its list it is."""

    identifier: IdentifierKey
    entry: Entry
    position: int


class WrittenElsewhere(Protocol):
    """Tells of the rest of a commit."""

    def numbers(self, refs: Iterable[Ref]) -> dict[Ref, int]: ...

    def later(self, refs: Iterable[Ref]) -> set[Ref]: ...


def check_identifiers(
    connection: Connection,
    entries: Sequence[Entry],
    removed: Collection[Ref],
    contents: WrittenElsewhere,
) -> Iterator[Fault]:
    patterns = {
        entry.key: entry.document.pattern
        for entry in entries
        if isinstance(entry.document, SchemeDocument) and entry.has(("pattern",))
    }
    given = [*_given(entries)]
    written = {entry.ref for entry in entries}
    if patterns:
        yield from _check_patterns(connection, entries, patterns, written, contents)
    if given:
        stored = _read_patterns(connection, {each.identifier.scheme for each in given})
        yield from _check_values(given, {**stored, **patterns})
        owners = [*_read_owners(connection, given)]
        moved = contents.later(ref for _, ref in owners) | written | {*removed}
        yield from _check_shared(given, {key: ref for key, ref in owners if ref not in moved})


def _given(entries: Iterable[Entry]) -> Iterator[Given]:
    for entry in entries:
        document = entry.document
        for position, each in enumerate(
            document.identifiers if isinstance(document, SourcedDocument) else ()
        ):
            if entry.has(("identifiers", position)):
                yield Given(IdentifierKey(entry.type, each.scheme, each.value), entry, position)


def _check_values(given: Iterable[Given], patterns: Mapping[str, str | None]) -> Iterator[Fault]:
    for (_, scheme, value), entry, position in given:
        pattern = patterns.get(scheme)
        if not matches(pattern, value):
            what = f"{entry.key}: {quote_shortened(value)} is no identifier of `{scheme}`"
            remedy = f"write one that matches `{pattern}`"
            yield entry.lines.fault(what, remedy, "identifiers", position, "value")


def _check_shared(given: Iterable[Given], others: Mapping[IdentifierKey, Ref]) -> Iterator[Fault]:
    seen: dict[IdentifierKey, Entry] = {}
    for identifier, entry, position in given:
        before = seen.setdefault(identifier, entry)
        other = before.ref if before is not entry else others.get(identifier)
        if other is None or other == entry.ref:
            continue
        where = _where(before) if before is not entry else ""
        called = f"`{identifier.scheme}` {quote_shortened(identifier.value)}"
        what = f"{entry.key}: {called} is also that of `{other.key}`{where}"
        remedy = "give it to one of the two, or make them one record"
        yield entry.lines.fault(what, remedy, "identifiers", position)


def _where(entry: Entry) -> str:
    """The place of a record in its file."""
    line, _ = entry.lines.find(("identifiers",))
    return f" ({entry.lines.file}:{line})" if entry.lines.file else ""


def _check_patterns(
    connection: Connection,
    entries: Iterable[Entry],
    patterns: Mapping[str, str | None],
    written: Collection[Ref],
    contents: WrittenElsewhere,
) -> Iterator[Fault]:
    """Identifiers that are there already, and that the pattern of their scheme leaves out."""
    for entry in entries:
        pattern = patterns.get(entry.key) if entry.type == "Scheme" else None
        if pattern is None:
            continue
        query = _select_identifiers().where(_SCHEME.c.key == entry.key)
        lost = {
            ref: identifier.value
            for identifier, ref in _read(connection, query)
            if ref not in written and not matches(pattern, identifier.value)
        }
        anew = contents.numbers(lost)
        for ref in sorted(lost.keys() - anew.keys())[:1]:
            what = f"{entry.key}: {quote_shortened(lost[ref])} of `{ref.key}` does not match"
            yield entry.lines.fault(what, "write a pattern that it matches", "pattern")


def _read_patterns(connection: Connection, schemes: Collection[str]) -> dict[str, str | None]:
    query = select(_SCHEME.c.key, _SCHEME.c.pattern)
    return {
        key: pattern
        for batch in batches(schemes)
        for key, pattern in connection.execute(query.where(in_array(_SCHEME.c.key, batch)))
    }


def _read_owners(
    connection: Connection, given: Iterable[Given]
) -> Iterator[tuple[IdentifierKey, Ref]]:
    """Who has these identifiers by now: within a load also those that are about to lose them."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    for (_, scheme, value), _, _ in given:
        values[scheme].add(value)
    for scheme, wanted in values.items():
        of_scheme = _select_identifiers().where(_SCHEME.c.key == scheme)
        for batch in batches(wanted):
            yield from _read(connection, of_scheme.where(in_array(_IDENTIFIER.c.value, batch)))


def _select_identifiers() -> Select[Any]:
    return (
        select(
            *(_RECORD.c.type, _RECORD.c.key.label("own")),
            *(_SCHEME.c.key.label("scheme"), _IDENTIFIER.c.value),
        )
        .join(_SCHEME, _SCHEME.c.id == _IDENTIFIER.c.scheme_id)
        .join(_RECORD, _RECORD.c.id == _IDENTIFIER.c.record_id)
    )


def _read(connection: Connection, query: Select[Any]) -> Iterator[tuple[IdentifierKey, Ref]]:
    for row in connection.execute(query).all():
        yield IdentifierKey(row.type, row.scheme, row.value), Ref(row.type, row.own)


def read_shared(connection: Connection) -> Iterator[tuple[IdentifierKey, list[str]]]:
    """The identifiers that several records of a type have, and the keys of these."""
    keys: defaultdict[IdentifierKey, list[str]] = defaultdict(list)
    other = _IDENTIFIER.alias()
    twice = select(other.c.record_id).where(
        other.c.scheme_id == _IDENTIFIER.c.scheme_id,
        other.c.value == _IDENTIFIER.c.value,
        other.c.record_id != _IDENTIFIER.c.record_id,
    )
    for identifier, ref in _read(connection, _select_identifiers().where(twice.exists())):
        keys[identifier].append(ref.key)
    yield from ((each, sorted(names)) for each, names in keys.items() if len(names) > 1)


def read_unmatched(connection: Connection) -> Iterator[tuple[IdentifierKey, Ref]]:
    """The identifiers that are none by the pattern of their scheme, and whose they are."""
    rows = connection.execute(select(_SCHEME.c.key, _SCHEME.c.pattern)).all()
    patterns: Mapping[str, str | None] = {row.key: row.pattern for row in rows}
    for identifier, ref in _read(connection, _select_identifiers()):
        if not matches(patterns[identifier.scheme], identifier.value):
            yield identifier, ref
