"""The change feed: every write enters it whole and in order, and a copy proves itself complete."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kb.commit.feed import Origin
from kb.config import Settings
from kb.files.load import load
from tests.support.curated import as_bearer, token
from tests.support.databases import SHIPPED_RECORDS, Database, open_database
from tests.support.feeds import CHANGES_QUERY, FEED, counts, feed, follow, replay
from tests.support.seed_texts import ARTICLES, write_seed_texts


def stored_ids(db: Database) -> set[object]:
    return {f"{record_type}:{key}" for record_type, key in db.rows("select type, key from record")}


@pytest.mark.parametrize("first", [1, 2, 7, 1000])
def test_replaying_it_gives_the_present(four_commits: Database, first: int) -> None:
    changes = list(follow(four_commits, first=first))
    assert [change["revision"] for change in changes] == [
        str(number) for number in range(1, len(changes) + 1)
    ]
    copy = replay(iter(changes))
    assert copy.keys() == stored_ids(four_commits)
    assert counts(copy) == feed(four_commits)["counts"]
    assert changes[-1]["revision"] == feed(four_commits)["head"]
    assert changes[-1]["cursor"] == feed(four_commits)["headCursor"]
    assert list(follow(four_commits, str(changes[-1]["cursor"]))) == []


def test_a_copy_goes_on_from_any_cursor(four_commits: Database) -> None:
    changes = list(follow(four_commits, first=1000))
    for place, change in enumerate(changes):
        assert list(follow(four_commits, str(change["cursor"]), first=1000)) == changes[place + 1 :]


def test_each_type_alone_is_whole(four_commits: Database) -> None:
    changes = list(follow(four_commits, first=1000))
    for record_type in {str(change["type"]) for change in changes}:
        mine = list(follow(four_commits, first=3, types=[record_type]))
        assert [change["revision"] for change in mine] == [
            change["revision"] for change in changes if change["type"] == record_type
        ]
        assert counts(replay(iter(mine))) == [
            counted
            for counted in feed(four_commits)["counts"]  # type: ignore[attr-defined]  # It is a list.
            if counted["type"] == record_type
        ]


@pytest.mark.parametrize("types", [None, ["CITATION"], ["ARTICLE", "MEMBERSHIP"]])
def test_the_last_of_a_commit_says_so(four_commits: Database, types: list[str] | None) -> None:
    last: dict[int, int] = {}
    query = "select revision, type, commit_end from change order by revision"
    for revision, record_type, end in four_commits.rows(query):
        if types is None or str(record_type).upper() in types:
            last[int(str(end))] = int(str(revision))
    ends = [
        change["revision"] for change in follow(four_commits, types=types) if change["commitEnd"]
    ]
    assert ends == [str(revision) for revision in sorted(last.values())]


def test_documents_are_canonical(csto: Database) -> None:
    for change in follow(csto, first=1000):
        document = json.loads(str(change["document"]))
        again = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert again == change["document"]
        assert document["id"] == change["recordId"]
        assert "revision" not in document


def test_a_removed_record_is_a_tombstone(four_commits: Database) -> None:
    gone = [change for change in follow(four_commits) if change["op"] == "DELETE"]
    assert gone
    assert all(change["document"] is None and change["record"] is None for change in gone)


def test_what_changes_nothing_writes_nothing(four_commits: Database, tmp_path: Path) -> None:
    before = feed(four_commits)
    four_commits.load(write_seed_texts(tmp_path))
    assert feed(four_commits) == before


def test_in_a_view_it_tells_where_it_stands_and_no_change(csto: Database) -> None:
    """Changes have the words of later articles."""
    view = f'{{ view(knownAt: "2016-01-01") {{ {FEED[2:-2]} }} }}'
    assert csto.ask(view)["view"] == csto.ask(f"{{ {FEED[2:-2]} }}")
    changes = "changes(first: 5) { nodes { document } }"
    for selection in (changes, f'at(revision: "400") {{ {changes} }}'):
        query = f'{{ view(knownAt: "2016-01-01") {{ {selection} }} }}'
        assert {code for _, _, code in csto.refused(query)} == {"NOT_IN_VIEW"}


def test_a_cursor_of_another_history_is_refused(empty: Database, tmp_path: Path) -> None:
    """A backup is restored: what it lost is not replaced in silence by what came after."""
    if not empty.is_sqlite:
        pytest.skip("a copy of a file restores a backup here; the statement is the same")
    empty.load(write_seed_texts(tmp_path, memberships=""))
    path = empty.settings.database_name
    shutil.copy(path, tmp_path / "backup.db")
    empty.load(write_seed_texts(tmp_path))
    lost = str(feed(empty)["headCursor"])
    restored = Settings(database_url=f"sqlite:///{tmp_path}/backup.db")
    with open_database(restored) as other:
        ((_, at, code),) = other.refused(CHANGES_QUERY, after=lost)
        assert (at, code) == (["changes"], "CURSOR_FORKED")
        other.load(
            write_seed_texts(tmp_path, articles=ARTICLES.replace("1950-05-09", "1951-05-09"))
        )
        assert int(str(feed(other)["head"])) >= int(str(feed(empty)["head"])) - 1
        ((_, _, code),) = other.refused(CHANGES_QUERY, after=lost)
        assert code == "CURSOR_FORKED"


def test_a_cursor_of_another_stream_is_refused(four_commits: Database) -> None:
    cursor = str(feed(four_commits)["headCursor"])
    four_commits.run("update head set stream = 'another'")
    ((_, _, code),) = four_commits.refused(CHANGES_QUERY, after=cursor)
    assert code == "CURSOR_FORKED"


def test_what_is_no_longer_kept_is_not_skipped(empty: Database, tmp_path: Path) -> None:
    empty.load(write_seed_texts(tmp_path))
    cursors = [str(change["cursor"]) for change in follow(empty)]
    dated = ARTICLES.replace("1950-05-09", "1951-05-09")
    load(empty.engine, [write_seed_texts(tmp_path, articles=dated)], origin=Origin("test", kept=1))
    assert feed(empty)["earliest"] == str(len(cursors) + 1)
    for after in (None, *cursors[:-1]):
        ((_, at, code),) = empty.refused(CHANGES_QUERY, after=after)
        assert (at, code) == (["changes"], "CURSOR_EXPIRED")
    ((_, _, code),) = empty.refused(SINCE, since=str(len(cursors) - 1))
    assert code == "CURSOR_EXPIRED"
    assert empty.ask(SINCE, since=str(len(cursors)))["changes"]
    bearer = as_bearer(empty, token(empty))
    assert {change["actor"] for change in follow(bearer, cursors[-1])} == {"test"}


@pytest.mark.parametrize("record", ["Nope:x", "x", "", ":AM"])
def test_an_id_of_no_type_is_refused(csto: Database, record: str) -> None:
    """It had no changes, as a record that is still to come has none."""
    ((message, at, code),) = csto.refused(SINCE, record=record)
    assert (at, code) == (["changes"], "BAD_ARGUMENT")
    assert message.startswith("`record` names no type of records: ")
    assert "; give an id: `Scheme`, `Publication`" in message


SINCE = """query ($since: String, $record: ID, $after: String, $types: [RecordType!]) {
  changes(since: $since, record: $record, after: $after, types: $types, first: 1000) {
    totalCount nodes { revision position recordId commitEnd }
  }
}"""


def test_since_a_position(four_commits: Database) -> None:
    every = list(follow(four_commits, first=1000))
    head = int(str(feed(four_commits)["head"]))
    for number in (0, 1, head - 1, head):
        answers = [
            four_commits.ask(SINCE, since=since)["changes"]
            for since in (str(number), f"{number:020}")
        ]
        assert answers[0] == answers[1]
        assert isinstance(answers[0], dict)
        changes = answers[0]["nodes"]
        assert [change["revision"] for change in changes] == [
            change["revision"] for change in every[number:]
        ]
        assert all(change["position"] == f"{int(change['revision']):020}" for change in changes)
    for since, after, code in (
        (str(head + 1), None, "CURSOR_FORKED"),
        ("9" * 18, None, "CURSOR_FORKED"),
        ("", None, "BAD_ARGUMENT"),
        ("-1", None, "BAD_ARGUMENT"),
        ("1.0", None, "BAD_ARGUMENT"),
        ("١", None, "BAD_ARGUMENT"),
        ("9" * 20, None, "BAD_ARGUMENT"),
        ("1", feed(four_commits)["headCursor"], "BAD_ARGUMENT"),
    ):
        ((_, at, told),) = four_commits.refused(SINCE, since=since, after=after)
        assert (at, told) == (["changes"], code)


def test_changes_of_one_record(four_commits: Database) -> None:
    every = list(follow(four_commits, first=1000))
    for record in {str(change["recordId"]) for change in every}:
        page = four_commits.ask(SINCE, record=record)["changes"]
        assert isinstance(page, dict)
        mine = [change["revision"] for change in every if change["recordId"] == record]
        assert [change["revision"] for change in page["nodes"]] == mine
        assert page["totalCount"] == len(mine)
        assert all(change["commitEnd"] for change in page["nodes"])
    assert four_commits.ask(SINCE, record="State:", types=["STATE"])["changes"] == {
        "totalCount": 0,
        "nodes": [],
    }


def test_malformed_cursors(csto: Database) -> None:
    page = csto.ask("{ states(first: 1) { pageInfo { endCursor } } }")["states"]
    assert isinstance(page, dict)
    for after in ("", "00", "zz", page["pageInfo"]["endCursor"]):
        ((_, _, code),) = csto.refused(CHANGES_QUERY, after=after)
        assert code == "BAD_CURSOR"
    for revision in ("x", "-1", "9" * 30, "١"):
        forged = json.dumps(["change,revision", "mark", revision]).encode().hex()
        ((_, _, code),) = csto.refused(CHANGES_QUERY, after=forged)
        assert code == "BAD_CURSOR"


def test_pages_have_a_size(csto: Database) -> None:
    assert len(list(follow(csto, first=1000))) == SHIPPED_RECORDS
    ((_, _, code),) = csto.refused(CHANGES_QUERY, first=1001)
    assert code == "BAD_ARGUMENT"


async def await_commit(news: AsyncIterator[None]) -> None:
    await anext(news)


def test_a_commit_is_news(empty: Database, tmp_path: Path) -> None:
    async def wait() -> list[int]:
        news = empty.reader.watch_commits()
        await anext(news)  # It listens from here on.
        quiet = asyncio.create_task(await_commit(news))
        await asyncio.sleep(0.3)
        assert not quiet.done()
        heads = []
        for date in ("1951-05-09", "1952-05-09"):
            seeds = write_seed_texts(tmp_path, articles=ARTICLES.replace("1950-05-09", date))
            await asyncio.to_thread(empty.load, seeds)
            await asyncio.wait_for(quiet, 5)
            ((head,),) = empty.rows("select revision from head")
            heads.append(int(str(head)))
            quiet = asyncio.create_task(await_commit(news))
            await asyncio.sleep(0.1)
        quiet.cancel()
        return heads

    first, second = empty.loop.run(wait())
    assert second > first > 0
