"""Searches as a client asks them, with what they answer.

In: a database, and what is searched for. Out: `SearchResult`, whose parts agree with one another.
"""

from typing import NamedTuple

import pytest

from tests.support.databases import Database

MOST_WORDS = 20
"""How many words a search may have."""
SEARCH = """
query ($q: String!, $types: [RecordType!], $first: Int = 100, $after: String) {
  search(query: $q, types: $types, first: $first, after: $after) {
    totalCount
    edges { cursor rank snippet node { __typename ... on Node { id } } }
    nodes { ... on Node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


class Hit(NamedTuple):
    id: str
    cursor: str
    rank: float
    snippet: str


class SearchResult(NamedTuple):
    total: int
    hits: list[Hit]
    more: bool

    @property
    def ids(self) -> list[str]:
        return [hit.id for hit in self.hits]


def search(database: Database, query: str, **arguments: object) -> SearchResult:
    match database.ask(SEARCH, q=query, **arguments)["search"]:
        case {
            "totalCount": int(total),
            "edges": list(edges),
            "nodes": list(nodes),
            "pageInfo": {"hasNextPage": bool(more), "startCursor": start, "endCursor": end},
        }:
            hits = [
                Hit(edge["node"]["id"], edge["cursor"], edge["rank"], edge["snippet"])
                for edge in edges
            ]
            assert [node["id"] for node in nodes] == [hit.id for hit in hits]
            assert [hit.cursor for hit in (*hits[:1], *hits[-1:])] == [
                cursor for cursor in (start, end) if cursor
            ]
            return SearchResult(total, hits, more)
        case other:
            pytest.fail(f"{other}")
