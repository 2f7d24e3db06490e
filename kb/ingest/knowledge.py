"""What could be known when, kept beside the records: since when each shows, its history, and the
texts by which it is found.

In: an open write transaction, and the numbers of the records written or removed, with those that
citations written or removed speak of. Out: nothing; all that depends on those records is worked out
anew, and written where it differs. `differing` tells the same to `kb check`, and writes nothing.
"""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, Select, String, case, cast, func, or_, select, update
from sqlmodel import col

from kb.ingest import histories, passages
from kb.ingest.histories import POINTING
from kb.ingest.store import drop_dates
from kb.ingest.tables import batches
from kb.models import Citation, Record, Table
from kb.models.base import BEFORE_ALL

_TABLES = Table.metadata.tables
_FREE = ("Organisation", "State", "Official", "Event")
"""What shows whatever else does."""
_RECORD, _ARTICLE, _CITATION = (_TABLES[name] for name in ("record", "article", "citation"))


def derive_all(connection: Connection) -> None:
    derive(connection, connection.execute(select(col(Record.id))).scalars().all())


def derive(connection: Connection, touched: Collection[int]) -> None:
    """Everything that follows from these records, and is kept beside them."""
    dates = histories.forget(connection, _gone(connection, touched))
    for batch in batches(touched):
        _show(connection, _articles(batch))
        _show(connection, _publications(batch))
    subjects = _subjects(connection, touched)
    dates |= _renew(connection, _FREE, subjects)
    pointing = _pointing(connection, subjects)
    dates |= _renew(connection, POINTING, subjects | pointing)
    citations = _citations(connection, {*touched, *subjects, *pointing})
    for batch in batches(citations):
        _show(connection, _shown_citations(batch))
    passages.renew(connection, {*touched, *subjects, *pointing, *citations})
    if dates:
        drop_dates(connection)


def differing(connection: Connection) -> Iterator[tuple[int, str]]:
    """Records of which something else is stored than what follows from the others, and what."""
    every = connection.execute(select(col(Record.id))).scalars().all()
    for batch in batches(every):
        found: dict[int, str] = {}
        for kind in (*_FREE, *POINTING):
            wanted = histories.work_out(connection, kind, batch)
            stored = histories.read(connection, kind, wanted)
            found |= {one: "history" for one in wanted if wanted[one] != stored[one]}
        for shown in (_articles(batch), _publications(batch), _shown_citations(batch)):
            found |= {one.id: "first day" for one in connection.execute(_moved(shown))}
        # The texts are known from the same day: one finding is enough.
        yield from (
            dict.fromkeys(passages.differing(connection, batch), "search texts") | found
        ).items()


def _gone(connection: Connection, touched: Collection[int]) -> set[int]:
    there: set[int] = set()
    for batch in batches(touched):
        asked = select(col(Record.id)).where(col(Record.id).in_(batch))
        there.update(connection.execute(asked).scalars())
    return {*touched} - there


def _renew(connection: Connection, kinds: Collection[str], ids: Collection[int]) -> set[str]:
    """Write the histories that differ; the partial dates that those replaced had carried."""
    dates: set[str] = set()
    for kind in kinds:
        for batch in batches(ids):
            wanted = histories.work_out(connection, kind, batch)
            stored = histories.read(connection, kind, wanted)
            changed = {one: wanted[one] for one in wanted if wanted[one] != stored[one]}
            dates |= histories.forget(connection, changed)
            histories.write(connection, kind, changed)
    return dates


Shown = Select[int, str]
"""Numbers of records, with the day from which each shows."""


def _show(connection: Connection, shown: Shown) -> None:
    for number, since in connection.execute(_moved(shown)).all():
        noted = update(_RECORD).where(_RECORD.c.id == number)
        connection.execute(noted.values(known_from=since))
        cited = update(_CITATION).where(_CITATION.c.id == number)
        connection.execute(cited.values(visible_from=since))


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
    return select(_ARTICLE.c.id, since.label("since")).where(_ARTICLE.c.id.in_(batch))


def _publications(batch: Sequence[int]) -> Shown:
    """From their first article on; these, and those of these articles."""
    publication = _TABLES["publication"]
    first = select(func.min(cast(_ARTICLE.c.known_from, String)))
    first = first.where(_ARTICLE.c.publication_id == publication.c.id)
    since = func.coalesce(first.scalar_subquery(), BEFORE_ALL)
    appeared = select(_ARTICLE.c.publication_id).where(_ARTICLE.c.id.in_(batch))
    concerned = or_(publication.c.id.in_(batch), publication.c.id.in_(appeared))
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
        .where(_CITATION.c.id.in_(batch))
    )


def _subjects(connection: Connection, touched: Collection[int]) -> set[int]:
    """Those of the records that are sourced, and those that their citations speak of."""
    found: set[int] = set()
    sourced = col(Record.type).in_((*_FREE, *POINTING))
    for batch in batches(touched):
        own = select(col(Record.id)).where(sourced, col(Record.id).in_(batch))
        cited = or_(col(Citation.id).in_(batch), col(Citation.article_id).in_(batch))
        for asked in (own, select(col(Citation.subject_id)).where(cited)):
            found.update(connection.execute(asked).scalars())
    return found


def _pointing(connection: Connection, ids: Collection[int]) -> set[int]:
    """Those that show only once these do."""
    found: set[int] = set()
    for kind, columns in POINTING.items():
        table = _TABLES[kind.lower()]
        for batch in batches(ids):
            wanted = or_(*(table.c[name].in_(batch) for name in columns))
            found.update(connection.execute(select(table.c.id).where(wanted)).scalars())
    return found


def _citations(connection: Connection, ids: Collection[int]) -> set[int]:
    """Those that are, speak of, or stand in one of these records."""
    found: set[int] = set()
    own = col(Citation.id), col(Citation.subject_id), col(Citation.article_id)
    for batch in batches(ids):
        asked = select(col(Citation.id)).where(or_(*(column.in_(batch) for column in own)))
        found.update(connection.execute(asked).scalars())
    return found
