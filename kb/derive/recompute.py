"""What could be known when, kept beside the records: since when each shows, its history, and the
texts by which it is found.

In: an open write transaction, and the numbers of the records written or removed, with those that
citations written or removed speak of; and those that are at hand as they were written. Out:
nothing; all that depends on those records is worked out anew, and written where it differs.
`find_stale_records` tells `kb check` where it would differ, and writes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain

from sqlalchemy import Connection, Select, or_, select
from sqlmodel import col

from kb.database.in_array import in_bound
from kb.database.prepared import fetch_rows, fetch_values
from kb.derive import search_texts, stored_histories, support, versions
from kb.derive.first_days import (
    ARTICLE_DAYS,
    CITATION_DAYS,
    PUBLICATION_DAYS,
    update_first_days,
)
from kb.derive.history import changed_targets
from kb.derive.history_sources import read_parts
from kb.derive.inherited import HERITAGES, changed_steps
from kb.derive.mention_days import (
    MentionDays,
    NameChanges,
    find_stale_mentions,
    update_mention_days,
)
from kb.derive.support import DEPENDENTS_FIRST, Target
from kb.models import Record, Table
from kb.progress import Told, counted, tell_nobody
from kb.records.documents import SOURCED
from kb.records.id_set import IdSet
from kb.records.read import read_refs
from kb.records.record_tables import BATCH, RECORD_TABLES, batches
from kb.records.rows import Ref, Rows
from kb.records.types import in_words

_TABLES = Table.metadata.tables
_CITATION = _TABLES["citation"]
_PRINTED = ("Article", "Publication")


def derive_all(connection: Connection, told: Told = tell_nobody) -> None:
    every = IdSet(connection.execute(select(col(Record.id))).scalars())
    derive(connection, every, {}, told=told)


def derive(
    connection: Connection,
    touched: Collection[int],
    written: Mapping[int, Rows],
    searched: Collection[int] = (),
    told: Told = tell_nobody,
) -> None:
    """Everything that follows from these records, and is kept beside them; `searched` are articles
    that were looked through for names, besides those touched.

    A history is worked out of what is stored, even for a record that is at hand: it rests on all
    citations of the record, their articles, what it points to and what must point to it, of which a
    write has few, and is stored in the form of its table, with numbers and the names that are kept
    beside them.
    """
    subjects: Subjects = defaultdict(IdSet)
    names = NameChanges()
    for batch in counted(told, "First days", batches(touched), len(touched)):
        refs = read_refs(connection, batch)
        missing = [number for number in batch if number not in refs]
        names.note_removed(connection, missing)
        _add_targets(subjects, support.targets_of_removed(connection, missing))
        stored_histories.delete_histories(connection, missing)
        _add_targets(subjects, _sourced(connection, batch, refs))
        if printed := [number for number, ref in refs.items() if ref.type in _PRINTED]:
            update_first_days(connection, ARTICLE_DAYS, printed)
            update_first_days(connection, PUBLICATION_DAYS, printed)
    renamed: Subjects = defaultdict(IdSet)
    sources = IdSet(touched)
    for type_name in DEPENDENTS_FIRST:
        sources.update(_update_histories(connection, type_name, subjects, renamed, names, told))
    spans_due = _spans_of(connection, renamed)
    for type_name in HERITAGES:
        sources.update(_update_histories(connection, type_name, spans_due, renamed, names, told))
    update_mention_days(connection, chain(touched, searched), names, told)
    citations = _citations(connection, sources)
    for batch in counted(told, "First days of citations", batches(citations), len(citations)):
        update_first_days(connection, CITATION_DAYS, batch)
    sources.update(citations)
    search_texts.update_texts(connection, sources, written, told)


def find_stale_records(
    connection: Connection, told: Callable[[int, int], None]
) -> Iterator[tuple[int, str]]:
    """Records of which something else is stored than what follows from the others, and what.

    `told` is called on the way: how many were looked at, and how many there are.
    """
    every = IdSet(connection.execute(select(col(Record.id))).scalars())
    mentions, total = MentionDays(connection), len(every)
    for number, batch in enumerate(batches(every)):
        told(number * BATCH, total)
        problems: dict[int, str] = {}
        for type_name in DEPENDENTS_FIRST:
            parts = read_parts(connection, type_name, batch)
            wanted = versions.derive_histories(connection, type_name, batch, parts)
            stored = stored_histories.read_histories(connection, type_name, wanted, parts)
            problems |= {number: "history" for number in wanted if wanted[number] != stored[number]}
        for first_days in (ARTICLE_DAYS, PUBLICATION_DAYS, CITATION_DAYS):
            changed = fetch_rows(connection, first_days, ids=batch)
            problems |= {row.id: "first day" for row in changed}
        stale = find_stale_mentions(connection, mentions, batch)
        problems |= dict.fromkeys(stale, "count of mentions by day")
        # The texts are known from the same day: one finding is enough.
        yield from (
            dict.fromkeys(search_texts.find_stale_texts(connection, batch), "search texts")
            | problems
        ).items()


Subjects = defaultdict[str, IdSet]
"""By type, the records whose histories are due."""


def _update_histories(
    connection: Connection,
    type_name: str,
    subjects: Subjects,
    renamed: Subjects,
    names: NameChanges,
    told: Told,
) -> IdSet:
    """Write the histories of a type that differ; the records whose histories these are.

    What must be pointed to is due as well where that changes since when it is supported; `renamed`
    are then those of which spans take over something else, and `names` has whose names changed.
    """
    due, written = subjects[type_name], IdSet()
    for batch in counted(told, f"Histories: {in_words(type_name)}", batches(due), len(due)):
        parts = read_parts(connection, type_name, batch)
        wanted = versions.derive_histories(connection, type_name, batch, parts)
        stored = stored_histories.read_histories(connection, type_name, wanted, parts)
        changed = {number: wanted[number] for number in wanted if wanted[number] != stored[number]}
        _add_targets(
            subjects,
            (
                target
                for number, history in changed.items()
                for target in changed_targets(type_name, stored[number], history)
            ),
        )
        for number, history in changed.items():
            if changed_steps(stored[number].versions, history.versions):
                renamed[type_name].add(number)
            names.note(type_name, number, stored[number].versions, history.versions)
        replaced = [number for number in changed if not stored[number].is_bare]
        stored_histories.delete_histories(connection, replaced, (type_name,))
        stored_histories.write_histories(connection, type_name, changed)
        written.update(changed)
    return written


def _spans_of(connection: Connection, renamed: Subjects) -> Subjects:
    """What is of these records and takes over something of them."""
    spans: Subjects = defaultdict(IdSet)
    for type_name, heritages in HERITAGES.items():
        for heritage in heritages:
            query = _ids_by(RECORD_TABLES[type_name], heritage.reference)
            for batch in batches(renamed[heritage.type_name]):
                spans[type_name].update(fetch_values(connection, query, ids=batch))
    return spans


@cache
def _ids_by(name: str, reference: str) -> Select[int]:
    table = _TABLES[name]
    return select(table.c.id).where(in_bound(table.c[reference]))


def _add_targets(subjects: Subjects, targets: Iterable[Target]) -> None:
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for target in targets:
        numbers[target.type_name].append(target.number)
    for type_name, of_type in numbers.items():
        subjects[type_name].update(of_type)


def _sourced(
    connection: Connection, batch: Sequence[int], refs: Mapping[int, Ref]
) -> Iterator[Target]:
    """Those of the records that are sourced, and those that their citations speak of."""
    # By number alone: told the types as well, SQLite would look through all records of these.
    spoken_of = {*fetch_values(connection, _SPOKEN_OF, ids=batch)} - refs.keys()
    for number, ref in {**refs, **read_refs(connection, spoken_of)}.items():
        if ref.type in SOURCED:
            yield Target(ref.type, number)


_SPOKEN_OF = select(_CITATION.c.subject_id).where(
    or_(in_bound(_CITATION.c.id), in_bound(_CITATION.c.article_id))
)


def _citations(connection: Connection, ids: Collection[int]) -> IdSet:
    """Those that are, speak of, or stand in one of these records."""
    citations = IdSet()
    for batch in batches(ids):
        citations.update(fetch_values(connection, _CITATIONS_OF, ids=batch))
    return citations


_CITATIONS_OF = select(_CITATION.c.id).where(
    or_(*(in_bound(_CITATION.c[name]) for name in ("id", "subject_id", "article_id")))
)
