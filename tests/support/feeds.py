"""The change feed as a consumer reads it, and what a copy holds and counts after it.

In: a database. Out: its changes page by page, the state of its feed, and copies replayed from them.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator

from tests.support.databases import Database

CHANGE = "revision cursor commitEnd op type recordId document record { id } actor"
CHANGES_QUERY = f"""query ($after: String, $types: [RecordType!], $first: Int) {{
  changes(after: $after, types: $types, first: $first) {{
    totalCount nodes {{ {CHANGE} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
FEED = "{ feed { stream head headCursor earliest counts { type count checksum } } }"
COUNTS = "{ feed { counts { type count checksum } } }"
FeedFields = dict[str, object]


def follow(db: Database, after: str | None = None, **variables: object) -> Iterator[FeedFields]:
    """All changes after a cursor, page by page."""
    more = True
    while more:
        page = db.ask(CHANGES_QUERY, after=after, **variables)["changes"]
        assert isinstance(page, dict)
        yield from page["nodes"]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"] or after


def feed(db: Database) -> FeedFields:
    state = db.ask(FEED)["feed"]
    assert isinstance(state, dict)
    return state


def replay(changes: Iterator[FeedFields]) -> dict[object, object]:
    """What a copy holds after them."""
    copy = {change["recordId"]: change["document"] for change in changes}
    return {record: document for record, document in copy.items() if document is not None}


def counts(copy: dict[object, object]) -> list[dict[str, object]]:
    """As the service gives them, worked out from a copy alone."""
    totals: defaultdict[str, list[int]] = defaultdict(list)
    for record, document in copy.items():
        digest = hashlib.sha256(str(document).encode()).hexdigest()
        totals[str(record).partition(":")[0]].append(int(digest, 16))
    return [
        {
            "type": record_type.upper(),
            "count": len(digests),
            "checksum": f"{sum(digests) % 2**256:064x}",
        }
        for record_type, digests in sorted(totals.items())
    ]
