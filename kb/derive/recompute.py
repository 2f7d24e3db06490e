"""What could be known when, kept beside the records: since when each shows, its history, and the
texts by which it is found.

In: an open write transaction, and the numbers of the records written or removed, with those that
citations written or removed speak of; and those that are at hand as they were written. Out:
nothing; all that depends on those records is worked out anew, and written where it differs.
`differing` tells the same to `kb check`, and writes nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from sqlalchemy import (
    Connection,
    Select,
    String,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    update,
)
from sqlmodel import col

from kb.database.in_array import in_array
from kb.derive import search_texts, versions
from kb.derive.versions import FREE, POINTING
from kb.models import Citation, Record, Table
from kb.models.base import BEFORE_ALL
from kb.records.id_set import IdSet
from kb.records.record_tables import RECORD_TABLES, batches
from kb.records.rows import Rows
from kb.records.write import drop_dates

_TABLES = Table.metadata.tables
_RECORD, _ARTICLE, _CITATION = (_TABLES[name] for name in ("record", "article", "citation"))


def derive_all(connection: Connection) -> None:
    derive(connection, IdSet(connection.execute(select(col(Record.id))).scalars()), {})


def derive(connection: Connection, touched: Collection[int], written: Mapping[int, Rows]) -> None:
    """Everything that follows from these records, and is kept beside them.

    A history is worked out of what is stored, even for a record that is at hand: it rests on all
    citations of the record, their articles and what it points to, of which a write has few, and is
    stored in the form of its table, with numbers and the names that are kept beside them.
    """
    dates = set[str]()
    for batch in batches(touched):
        dates |= versions.forget(connection, _gone(connection, batch))
        _show(connection, _articles(batch))
        _show(connection, _publications(batch))
    subjects = _subjects(connection, touched)
    for kind in FREE:
        dates |= _renew(connection, kind, subjects[kind])
    for kind, columns in POINTING.items():
        free = (subjects[one] for one in FREE)
        subjects[kind].update(_pointing(connection, kind, columns, free))
        dates |= _renew(connection, kind, subjects[kind])
    sources = IdSet(chain(touched, *subjects.values()))
    citations = _citations(connection, sources)
    for batch in batches(citations):
        _show(connection, _shown_citations(batch))
    sources.update(citations)
    search_texts.renew(connection, sources, written)
    if dates:
        drop_dates(connection)


def differing(connection: Connection) -> Iterator[tuple[int, str]]:
    """Records of which something else is stored than what follows from the others, and what."""
    every = connection.execute(select(col(Record.id))).scalars().all()
    for batch in batches(every):
        found: dict[int, str] = {}
        for kind in (*FREE, *POINTING):
            wanted = versions.work_out(connection, kind, batch)
            stored = versions.read(connection, kind, wanted)
            found |= {one: "history" for one in wanted if wanted[one] != stored[one]}
        for shown in (_articles(batch), _publications(batch), _shown_citations(batch)):
            found |= {one.id: "first day" for one in connection.execute(_moved(shown))}
        # The texts are known from the same day: one finding is enough.
        yield from (
            dict.fromkeys(search_texts.differing(connection, batch), "search texts") | found
        ).items()


def _gone(connection: Connection, batch: Sequence[int]) -> set[int]:
    asked = select(col(Record.id)).where(in_array(col(Record.id), batch))
    return {*batch} - {*connection.execute(asked).scalars()}


def _renew(connection: Connection, kind: str, ids: Collection[int]) -> set[str]:
    """Write the histories that differ; the partial dates that those replaced had carried."""
    dates = set[str]()
    for batch in batches(ids):
        wanted = versions.work_out(connection, kind, batch)
        stored = versions.read(connection, kind, wanted)
        changed = {one: wanted[one] for one in wanted if wanted[one] != stored[one]}
        dates |= versions.forget(
            connection, [one for one in changed if stored[one].versions or stored[one].told]
        )
        versions.write(connection, kind, changed)
    return dates


Shown = Select[int, str]
"""Numbers of records, with the day from which each shows."""


def _show(connection: Connection, shown: Shown) -> None:
    moved = [{"own": number, "since": since} for number, since in connection.execute(_moved(shown))]
    if moved:
        connection.execute(_NOTED, moved)
        connection.execute(_SHOWN, moved)


_NOTED = (
    update(_RECORD).where(_RECORD.c.id == bindparam("own")).values(known_from=bindparam("since"))
)
_SHOWN = (
    update(_CITATION)
    .where(_CITATION.c.id == bindparam("own"))
    .values(visible_from=bindparam("since"))
)


def _moved(shown: Shown) -> Shown:
    """Those for which another day is stored."""
    wanted = shown.subquery()
    stored = func.coalesce(_CITATION.c.visible_from, _RECORD.c.known_from)
    return (
        select(wanted.c.id, wanted.c.since)
        .join(_RECORD, _RECORD.c.id == wanted.c.id)
        .outerjoin(_CITATION, _CITATION.c.id == wanted.c.id)
        .where(or_(stored != wanted.c.since, _RECORD.c.known_from != wanted.c.since))
    )


def _articles(batch: Sequence[int]) -> Shown:
    since = cast(_ARTICLE.c.known_from, String)
    return select(_ARTICLE.c.id, since.label("since")).where(in_array(_ARTICLE.c.id, batch))


def _publications(batch: Sequence[int]) -> Shown:
    """From their first article on; these, and those of these articles."""
    publication = _TABLES["publication"]
    first = select(func.min(cast(_ARTICLE.c.known_from, String)))
    first = first.where(_ARTICLE.c.publication_id == publication.c.id)
    since = func.coalesce(first.scalar_subquery(), BEFORE_ALL)
    appeared = select(_ARTICLE.c.publication_id).where(in_array(_ARTICLE.c.id, batch))
    concerned = or_(in_array(publication.c.id, batch), publication.c.id.in_(appeared))
    return select(publication.c.id, since.label("since")).where(concerned)


def _shown_citations(batch: Sequence[int]) -> Shown:
    """Once both the article and the subject show."""
    article, subject = _RECORD.alias(), _RECORD.alias()
    later = article.c.known_from > subject.c.known_from
    since = case((later, article.c.known_from), else_=subject.c.known_from)
    return (
        select(_CITATION.c.id, since.label("since"))
        .join(article, article.c.id == _CITATION.c.article_id)
        .join(subject, subject.c.id == _CITATION.c.subject_id)
        .where(in_array(_CITATION.c.id, batch))
    )


def _subjects(connection: Connection, touched: Collection[int]) -> defaultdict[str, IdSet]:
    """By type: those of the records that are sourced, and those that their citations speak of."""
    found: defaultdict[str, IdSet] = defaultdict(IdSet)
    sourced = select(col(Record.type), col(Record.id))
    sourced = sourced.where(col(Record.type).in_((*FREE, *POINTING)))
    for batch in batches(touched):
        cited = or_(in_array(col(Citation.id), batch), in_array(col(Citation.article_id), batch))
        spoken_of = col(Record.id).in_(select(col(Citation.subject_id)).where(cited))
        for mine in (in_array(col(Record.id), batch), spoken_of):
            for kind, number in connection.execute(sourced.where(mine)).all():
                found[kind].add(number)
    return found


def _pointing(
    connection: Connection, kind: str, columns: Collection[str], free: Iterable[IdSet]
) -> Iterator[int]:
    """Those of a type that show only once these do."""
    table = _TABLES[RECORD_TABLES[kind]]
    for numbers in free:
        for batch in batches(numbers):
            wanted = or_(*(in_array(table.c[name], batch) for name in columns))
            yield from connection.execute(select(table.c.id).where(wanted)).scalars()


def _citations(connection: Connection, ids: Collection[int]) -> IdSet:
    """Those that are, speak of, or stand in one of these records."""
    found = IdSet()
    own = col(Citation.id), col(Citation.subject_id), col(Citation.article_id)
    for batch in batches(ids):
        asked = select(col(Citation.id)).where(or_(*(in_array(column, batch) for column in own)))
        found.update(connection.execute(asked).scalars().all())
    return found
