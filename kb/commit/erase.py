"""What is taken down leaves the past: the change feed, and what was recorded at each revision.

In: an open write transaction, and the articles whose texts a commit takes out of the present. Out:
nothing; older documents are without them, with the hashes that prove what they were, and `erasure`
tells of it.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, text, update
from sqlmodel import col

from kb.commit.hashes import digests
from kb.database.dialects import dialect_of_engine
from kb.models import Change, Erasure, Table
from kb.records.canonical import without_text
from kb.records.rows import Ref

_MEETING = "x.article_id = :number and x.recorded_from < :until and :since < x.recorded_to"
_FIND = (
    f"select x.recorded_from, x.recorded_to from recorded_paragraph x where {_MEETING}"
    " and x.number = 1"
)
_DROP = f"delete from recorded_paragraph as x where {_MEETING}"
_NEW = ("document", "sha256", "textless_sha256")


class _Time(NamedTuple):
    """From a revision until before another, for which an article had a number."""

    number: int
    since: int
    until: int


@contextmanager
def erasing(connection: Connection, articles: Collection[Ref]) -> Iterator[None]:
    """Around the commit; the change that it makes of each article tells that it was taken down."""
    dialect = dialect_of_engine(connection)
    for statement in dialect.begin_erasing if articles else ():
        connection.exec_driver_sql(statement)
    yield
    for article in articles:
        newest = select(func.max(col(Change.revision))).where(*_is_of(article))
        told = int(connection.execute(newest).scalar_one())
        _tell(connection, article, told, _drop_recorded(connection, article))
        _rewrite_documents(connection, article, told)
    for statement in dialect.end_erasing if articles else ():
        connection.exec_driver_sql(statement)


def _is_of(ref: Ref) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Change.type) == ref.type, col(Change.key) == ref.key


def _drop_recorded(connection: Connection, article: Ref) -> dict[int, int]:
    """The revisions from which there was a text, each with that until before which."""
    query = text(
        "select id, recorded_from, recorded_to from recorded_record"
        " where type = :type and key = :key"
    )
    shown: dict[int, int] = {}
    times = [_Time(*row) for row in connection.execute(query, article._asdict())]
    for time in times:
        shown |= {row[0]: row[1] for row in connection.execute(text(_FIND), time._asdict())}
    for time in times:
        connection.execute(text(_DROP), time._asdict())
    return shown


def _tell(connection: Connection, article: Ref, told: int, shown: dict[int, int]) -> None:
    common = {**article._asdict(), "revision": told}
    times = (shown or {told: told}).items()
    rows = [{**common, "shown_from": since, "shown_to": until} for since, until in times]
    connection.execute(insert(Erasure), rows)


def _rewrite_documents(connection: Connection, article: Ref, told: int) -> None:
    """Of earlier changes; those that had no text stay as they are."""
    change = Table.metadata.tables["change"]
    query = select(change.c.revision, change.c.document).where(
        *_is_of(article), change.c.revision < told, change.c.document.is_not(None)
    )
    rows = []
    for revision, document in connection.execute(query).all():
        textless = without_text(document)
        if textless != document:
            values = zip(_NEW, (textless, *digests(document)), strict=True)
            rows.append({"number": revision, **{f"new_{name}": new for name, new in values}})
    if rows:
        new: dict[str, object] = {name: bindparam(f"new_{name}") for name in _NEW}
        rewrite = update(change).where(change.c.revision == bindparam("number")).values(new)
        connection.execute(rewrite, rows)
