"""The commits of the change feed, each with the hash that its changes give.

In: an open transaction. Out: the commits that are kept, in their order, and what is wrong with
each. Memory does not grow with the number of changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, select, update

from kb.commit.hashes import Chain, digest
from kb.models import ChangeOp, Head, Table

_TABLES = Table.metadata.tables
_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Commit:
    """`chain` as it is stored, and `hashed` as its changes give it; `fault` if these are not all
    there, or not of one commit.
    """

    first: int
    last: int
    chain: str
    hashed: str
    fault: str


def commits(connection: Connection) -> Iterator[Commit]:
    head = connection.execute(select(_TABLES["head"])).one()
    change = _TABLES["change"]
    before, first = head.dropped_chain, head.dropped + 1
    asked = select(change).order_by(change.c.revision).execution_options(yield_per=_ROWS)
    with connection.execute(asked) as rows:
        for last, group in groupby(rows, attrgetter("commit_end")):
            commit = _read(group, Chain(before, head.stream), first, last)
            yield commit
            before, first = commit.chain, commit.last + 1


def find_renamed(connection: Connection) -> None:
    """Up to which commit hashes do not rest on the stream's present name."""
    other = [one.last for one in commits(connection) if one.hashed != one.chain]
    connection.execute(update(Head).values(renamed=max(other, default=0)))


def _read(rows: Iterator[Row[Any]], chain: Chain, first: int, last: int) -> Commit:
    stored, fault, wanted = None, "", first
    for row in rows:
        stored = row.chain if stored is None else stored
        fault = fault or _fault(row, wanted, stored)
        chain.add(row.type, row.key, "" if row.document is None else digest(row.document))
        wanted = row.revision + 1
    if not fault and wanted != last + 1:
        fault = f"its changes from {wanted} on are missing"
    return Commit(first, last, stored or "", chain.end(), fault)


def _fault(row: Row[Any], wanted: int, chain: str) -> str:
    if row.revision != wanted:
        return f"its change {wanted} is missing"
    if row.chain != chain:
        return f"its change {wanted} has another hash"
    if (row.op == ChangeOp.DELETE) != (row.document is None):
        return f"its change {wanted} has a document and removes, or has none and does not"
    return ""
