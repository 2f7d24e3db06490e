"""What is taken down leaves the past: the change feed, and what was recorded at each revision.

In: an open write transaction whose commit has just removed it from the present, and what it was.
Out: nothing; older documents are without it, with the hashes that prove what they were, and
`erasure` tells of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update
from sqlmodel import col

from kb.commit.erase_recorded import (
    Stay,
    erase_knowledge,
    erase_rows,
    erase_texts,
    find_texts,
    read_stays,
)
from kb.commit.feed import read_head
from kb.commit.hashes import digests
from kb.database.dialects import dialect_of_engine
from kb.models import Change, Erased, Erasure, Table
from kb.records.canonical import without_text
from kb.records.rows import Ref

_NEW = ("document", "sha256", "textless_sha256")


@contextmanager
def erasing(connection: Connection, taken_down: Mapping[Ref, Erased]) -> Iterator[None]:
    """Around the commit; the change that it makes of each tells that it was taken down."""
    dialect = dialect_of_engine(connection)
    for statement in dialect.begin_erasing if taken_down else ():
        connection.exec_driver_sql(statement)
    begun = read_head(connection) + 1
    yield
    _erase_knowledge(connection, taken_down, begun)
    for ref, erased in taken_down.items():
        _erase(connection, ref, erased, begun)
    for statement in dialect.end_erasing if taken_down else ():
        connection.exec_driver_sql(statement)


def _erase_knowledge(connection: Connection, taken_down: Mapping[Ref, Erased], begun: int) -> None:
    """What citations that are taken down had made known of records that stay."""
    for citation in (ref for ref in taken_down if ref.type == "Citation"):
        told = _newest_change(connection, citation)
        for subject, stays in erase_knowledge(connection, citation, taken_down, begun).items():
            _tell(connection, subject, Erased.KNOWLEDGE, told, stays)


def _erase(connection: Connection, ref: Ref, erased: Erased, begun: int) -> None:
    told, stays = _newest_change(connection, ref), read_stays(connection, ref, begun)
    if erased is Erased.TEXT:
        stays = erase_texts(connection, stays)
    else:
        erase_rows(connection, ref, stays, begun)
    _tell(connection, ref, erased, told, stays or [Stay(0, told, told)])
    _erase_documents(connection, ref, erased, told)


def has_text(connection: Connection, article: Ref) -> bool:
    """Whether anything has one of its texts: the present, what was recorded, or a document."""
    stays = read_stays(connection, article, read_head(connection) + 1)
    if any(True for _ in find_texts(connection, stays)):
        return True
    told = select(col(Change.document)).where(*_is_of(article), col(Change.document).is_not(None))
    documents = connection.execute(told).scalars()
    return any(without_text(str(each)) != each for each in documents)


def _newest_change(connection: Connection, ref: Ref) -> int:
    newest = select(func.max(col(Change.revision))).where(*_is_of(ref))
    return int(connection.execute(newest).scalar_one())


def _is_of(ref: Ref) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Change.type) == ref.type, col(Change.key) == ref.key


def _tell(
    connection: Connection, ref: Ref, erased: Erased, told: int, stays: Iterable[Stay]
) -> None:
    common = {**ref._asdict(), "erased": erased.name, "revision": told}
    times: dict[int, int] = {}
    for stay in stays:
        times[stay.since] = max(stay.until, times.get(stay.since, 0))
    rows = [{**common, "shown_from": since, "shown_to": until} for since, until in times.items()]
    connection.execute(insert(Erasure), rows)


def _erase_documents(connection: Connection, ref: Ref, erased: Erased, told: int) -> None:
    """Of earlier changes; what is proven of each by its hash stays so."""
    change = Table.metadata.tables["change"].c
    query = select(change.revision, *(change[name] for name in _NEW)).where(
        *_is_of(ref), change.revision < told, change.document.is_not(None)
    )
    rows = []
    for revision, document, *kept in connection.execute(query).all():
        hashes = kept if all(kept) else digests(document)
        left = without_text(document) if erased is Erased.TEXT else None
        if left != document:
            values = zip(_NEW, (left, *hashes), strict=True)
            rows.append({"number": revision, **{f"new_{name}": new for name, new in values}})
    if rows:
        rewrite = update(change.revision.table).where(change.revision == bindparam("number"))
        new: dict[str, object] = {name: bindparam(f"new_{name}") for name in _NEW}
        connection.execute(rewrite.values(new), rows)
