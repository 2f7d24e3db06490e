"""The history of a record, as it is answered, and as its changes in the feed make it.

In: a database and a record; or a record's changes, in order. Out: entries of `history`, the newest
first.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from tests.support.databases import Database
from tests.support.record_states import Fields, fields_of

_ENTRY = "comparedWith change { revision commitEnd op } fields { field before after }"
_HISTORY = f"""query ($id: ID!, $first: Int, $after: String) {{ node(id: $id) {{
  ... on Sourced {{ history(first: $first, after: $after) {{ ...Page }} }}
  ... on Article {{ history(first: $first, after: $after) {{ ...Page }} }}
}} }}
fragment Page on HistoryConnection {{
  totalCount nodes {{ {_ENTRY} }} pageInfo {{ hasNextPage endCursor }}
}}"""
History = list[dict[str, object]]


def history_of(of: Database, record: object, first: int = 100) -> History:
    """All of it, page by page."""
    entries: History = []
    after, more = None, True
    while more:
        node = of.ask(_HISTORY, id=record, first=first, after=after)["node"]
        assert isinstance(node, dict)
        page = node["history"]
        entries += page["nodes"]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert page["totalCount"] == len(entries)
    return entries


def naive_history(changes: Sequence[Mapping[str, object]]) -> History:
    """Of one record's changes, all that there are."""
    versions: Sequence[Mapping[str, object] | None] = [None, *changes]
    return [_entry(change, earlier) for earlier, change in pairwise(versions) if change][::-1]


def _entry(change: Mapping[str, object], earlier: Mapping[str, object] | None) -> dict[str, object]:
    was, now = _fields_after(earlier), _fields_after(change)
    both = {name: (was.get(name), now.get(name)) for name in {*was, *now}}
    return {
        "comparedWith": "VERSION" if was else "NOTHING",
        # Of its commit it is the last one that is asked for.
        "change": {"revision": change["revision"], "commitEnd": True, "op": change["op"]},
        "fields": [
            {"field": name, "before": before, "after": after}
            for name, (before, after) in sorted(both.items(), key=str)
            if before != after
        ],
    }


def _fields_after(change: Mapping[str, object] | None) -> Fields:
    document = change["document"] if change else None
    return fields_of(document) if document else {}
