"""The commits of the change feed, each with its stored hash and the hash computed from its changes.

In: an open transaction. Out: the commits that the feed still has, in order, and what is wrong with
each. Memory does not grow with the number of changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, select, update

from kb.commit.hashes import Chain, digest, digests
from kb.models import ChangeOp, Head, Table

_TABLES = Table.metadata.tables
_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class CommitHashes:
    """The hash of a commit: `chain` as it is stored, `computed` as its changes give it.

    Those of older versions are over documents with their texts.

    `fault` says if changes are missing, or are not of one commit.
    """

    first: int
    last: int
    chain: str
    computed: str
    fault: str


def read_commits(connection: Connection) -> Iterator[CommitHashes]:
    head = connection.execute(select(_TABLES["head"])).one()
    change = _TABLES["change"]
    before, first = head.dropped_chain, head.dropped + 1
    query = select(change).order_by(change.c.revision).execution_options(yield_per=_ROWS)
    with connection.execute(query) as rows:
        for last, group in groupby(rows, attrgetter("commit_end")):
            chains = Chain(before, head.stream), Chain(before, head.stream)
            commit = _read_commit(group, *chains, first, last)
            yield commit
            before, first = commit.chain, commit.last + 1


def store_rename(connection: Connection) -> None:
    """Store up to which revision hashes were computed under another name of the stream."""
    earlier = [
        commit.last for commit in read_commits(connection) if commit.computed != commit.chain
    ]
    connection.execute(update(Head).values(renamed=max(earlier, default=0)))


def _read_commit(
    rows: Iterator[Row[Any]], chain: Chain, with_texts: Chain, first: int, last: int
) -> CommitHashes:
    stored, fault, expected = None, "", first
    for row in rows:
        stored = row.chain if stored is None else stored
        fault = fault or _change_fault(row, expected, stored)
        whole, textless = _digests(row)
        chain.add(row.type, row.key, textless)
        with_texts.add(row.type, row.key, whole)
        expected = row.revision + 1
    if not fault and expected != last + 1:
        fault = f"its changes from {expected} on are missing"
    computed, of_older_version = chain.end(), with_texts.end()
    if stored == of_older_version:
        computed = of_older_version
    return CommitHashes(first, last, stored or "", computed, fault)


def _digests(row: Row[Any]) -> tuple[str, str]:
    """Of its document as it was committed; none if it removed the record."""
    if row.sha256 is not None and row.textless_sha256 is not None:
        return row.sha256, row.textless_sha256
    return ("", "") if row.document is None else digests(row.document)


def _change_fault(row: Row[Any], expected: int, chain: str) -> str:
    if row.revision != expected:
        return f"its change {expected} is missing"
    if row.chain != chain:
        return f"its change {expected} has another hash"
    is_erased = row.textless_sha256 is not None
    if (row.op == ChangeOp.DELETE) != (row.document is None and not is_erased):
        return f"its change {expected} has a document and removes, or has none and does not"
    if is_erased and row.document is not None and digest(row.document) != row.textless_sha256:
        return f"its change {expected} has not the document that was left of it"
    return ""
