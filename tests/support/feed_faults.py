"""Faults of what is kept beside sound records: what makes each, and the findings that name it.

In: nothing. Out: parameters of a test, as `tests.support.faults` has them.
"""

from dataclasses import dataclass

import pytest

from tests.support.databases import SHIPPED, SHIPPED_RECORDS

_COMMIT = f"Commit 1 to {SHIPPED_RECORDS}: its"
_UZ = "(select id from record where type = 'State' and key = 'UZ')"
_STATES = dict(SHIPPED)["State"]
_LAST = "its last change says something else"
_SNAPSHOT = "State UZ: the snapshot has not what it says"


@dataclass(frozen=True)
class FeedFault:
    """SQL for the tables, and all findings, without their remedy."""

    script: str
    findings: tuple[str, ...]


def _fault(name: str, script: str, *findings: str) -> object:
    return pytest.param(FeedFault(script, findings), id=name)


FEED = [
    _fault(
        "document of a change",
        "update change set document = '{}' where key = 'UZ'",
        f"{_COMMIT} changes are not what its hash says",
    ),
    _fault(
        "key of a change",
        "update change set key = 'XX' where key = 'UZ'",
        f"{_COMMIT} changes are not what its hash says",
    ),
    _fault(
        "a change is missing",
        "delete from change where revision = 5",
        f"{_COMMIT} change 5 is missing",
    ),
    _fault(
        "the last changes are missing",
        "delete from change where revision > 420",
        f"{_COMMIT} changes from 421 on are missing",
    ),
    _fault(
        "no changes",
        "delete from change",
        f"Head: it counts {SHIPPED_RECORDS} revisions, and the newest change is 0",
    ),
    _fault(
        "nothing of the feed",
        "delete from change; delete from tally",
        f"Head: it counts {SHIPPED_RECORDS} revisions, and the newest change is 0",
        *(
            f"Tally {record_type}: it is not that of the {count} in the snapshot"
            for record_type, count in SHIPPED
        ),
    ),
    _fault(
        "operation of a change",
        "update change set op = 'DELETE' where revision = 20",
        f"{_COMMIT} change 20 has a document and removes, or has none and does not",
    ),
    _fault(
        "hash of a change",
        "update change set chain = 'x' where revision = 7",
        f"{_COMMIT} change 7 has another hash",
    ),
    _fault(
        "hash of a commit",
        "update change set chain = 'x'",
        f"{_COMMIT} changes are not what its hash says",
        "Head: its hash is not that of the newest commit",
    ),
    _fault(
        "end of a commit",
        f"update change set commit_end = 500 where revision = {SHIPPED_RECORDS}",
        f"{_COMMIT} changes from {SHIPPED_RECORDS} on are missing",
        f"Commit {SHIPPED_RECORDS + 1} to 500: its change {SHIPPED_RECORDS + 1} is missing",
        f"Head: it counts {SHIPPED_RECORDS} revisions, and the newest change is 500",
    ),
    _fault(
        "newest revision",
        f"update head set revision = {SHIPPED_RECORDS + 1}",
        f"Head: it counts {SHIPPED_RECORDS + 1} revisions,"
        f" and the newest change is {SHIPPED_RECORDS}",
    ),
    _fault(
        "newest hash",
        "update head set chain = 'x'",
        "Head: its hash is not that of the newest commit",
    ),
    _fault(
        "stream",
        "update head set stream = 'x'",
        f"{_COMMIT} changes are not what its hash says",
    ),
    _fault(
        "a change of an earlier stream",
        f"update head set stream = 'x', renamed = {SHIPPED_RECORDS};"
        "update change set document = '{}' where key = 'UZ' and type = 'State'",
        f"State UZ: {_LAST}",
    ),
    _fault(
        "revisions of records",
        "update record set revision = 61 - revision where revision in (25, 36)",
        f"State AM: {_LAST}",
        f"State UZ: {_LAST}",
    ),
    _fault("document", "update snapshot set document = '{}' where key = 'UZ'", _SNAPSHOT),
    _fault("digest", "update snapshot set sha256 = upper(sha256) where key = 'UZ'", _SNAPSHOT),
    _fault(
        "no digest",
        "update snapshot set textless_sha256 = '' where key = 'UZ'",
        _SNAPSHOT,
        f"Tally State: it is not that of the {_STATES} in the snapshot",
    ),
    _fault(
        "not in the snapshot",
        "delete from snapshot where key = 'UZ'",
        _SNAPSHOT,
        f"Tally State: it is not that of the {_STATES - 1} in the snapshot",
    ),
    _fault(
        "only in the snapshot",
        "insert into snapshot select type, 'XX', document, sha256, textless_sha256 from snapshot"
        " where key = 'UZ'",
        "State XX: the snapshot has it, and there is no such record",
        f"Tally State: it is not that of the {_STATES + 1} in the snapshot",
    ),
    _fault(
        "count",
        f"update tally set count = {_STATES + 1} where type = 'State'",
        f"Tally State: it is not that of the {_STATES} in the snapshot",
    ),
    _fault(
        "checksum",
        "update tally set checksum = upper(checksum) where type = 'State'",
        f"Tally State: it is not that of the {_STATES} in the snapshot",
    ),
    _fault(
        "a tally of nothing",
        "insert into tally select 'Planet', count, checksum, textless_checksum from tally"
        " where type = 'State'",
        "Tally Planet: it is not that of the 0 in the snapshot",
    ),
]
_HISTORY = "its history is not what its sources give"
_TEXTS = "State UZ: its search texts is not what its sources give"
_INDEX = "Search: its index has not the words of the texts"
DERIVED = [
    _fault(
        "no versions",
        "delete from official_version where key = 'nikolai-bordyuzha'",
        f"Official nikolai-bordyuzha: {_HISTORY}",
    ),
    _fault(
        "no disagreement",
        "delete from disagreement where key = 'Organisation:csto#founded'",
        f"Organisation csto: {_HISTORY}",
        "assertion: 3 of its rows have a `disagreement_id` that no disagreement has",
    ),
    _fault(
        "version of another type",
        f"update official_version set id = {_UZ} where key = 'nikolai-bordyuzha'",
        f"Official nikolai-bordyuzha: {_HISTORY}",
        "official_version: 1 of its rows have a `id` that no official has",
    ),
    _fault(
        "disagreement of nothing",
        "update disagreement set subject_id = 9999 where key = 'Organisation:csto#founded'",
        f"Organisation csto: {_HISTORY}",
        "disagreement: 1 of its rows have a `subject_id` that no record has",
    ),
    _fault(
        "text of nothing",
        "update passage set source_id = 9999 where text = 'Uzbekistan'",
        _TEXTS,
        "passage: 1 of its rows have a `source_id` that no record has",
    ),
    _fault(
        "another count",
        "update membership_tally set count = count + 1 where status = 'SUSPENDED'"
        " and grouped_by = 'YEAR'",
        "Membership: the count of memberships by YEAR 1999200619992006, SUSPENDED,"
        " is not that of the memberships",
    ),
    _fault(
        "no text",
        "delete from passage where text = 'Uzbekistan'",
        _TEXTS,
    ),
]
INDEX = [
    _fault("no index", "insert into search_index (search_index) values ('delete-all')", _INDEX),
    _fault(
        "one text",
        "insert into search_index (search_index, rowid, text)"
        " select 'delete', id, words from passage where text = 'Uzbekistan'",
        _INDEX,
    ),
    _fault(
        "another word",
        "insert into search_index (rowid, text)"
        " select id, 'planet' from passage where text = 'Uzbekistan'",
        _INDEX,
    ),
]
"""Of SQLite, whose index is a table."""
