"""Who follows a long feed takes turns with all others: nobody waits until it has been read."""

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from statistics import quantiles

import pytest
from strawberry.http import GraphQLRequestData

from kb.admission import controlled_delay
from kb.server.served_schema import served_schema
from kb.server.subscriptions import answers
from kb.server.turns import SLICE, Turns
from tests.support.command import serving
from tests.support.databases import (
    SHIPPED_RECORDS,
    Database,
    SqlitePlace,
    open_database,
    prepare,
    shipped_seeds,
)
from tests.support.service import free_port

FOLLOWERS = 5
ALL = "subscription { changes { revision cursor op recordId document } }"
_LENGTHEN = """with recursive n(k) as (select 1 union all select k + 1 from n where k < {times})
 insert into change (revision, commit_end, chain, op, type, key, document, at, actor)
 select c.revision + n.k * h.revision, c.commit_end + n.k * h.revision, c.chain, c.op, c.type,
 c.key, c.document, c.at, c.actor from change c cross join n cross join head h"""


def lengthen(database: Database, times: int) -> int:
    """The feed as if all of it had come so many times more; how many changes that is."""
    database.run(_LENGTHEN.format(times=times))
    database.run("update head set revision = (select max(revision) from change)")
    ((count,),) = database.rows("select count(*) from change")
    return int(str(count))


async def watch_loop(longest: list[float]) -> None:
    """How long the loop's own thread worked between two rounds."""
    before = time.thread_time()
    while True:
        await asyncio.sleep(0)
        now = time.thread_time()
        longest.append(now - before)
        before = now


def test_one_turn_at_a_time_and_all_else_between() -> None:
    async def run() -> None:
        turns, log = Turns(), list[str]()

        async def work(name: str) -> None:
            for _ in range(3):
                await turns.take()
                log.append(name)

        async def other() -> None:
            while True:
                await asyncio.sleep(0)
                log.append("-")

        beside = asyncio.create_task(other())
        await asyncio.gather(*map(work, "abc"))
        beside.cancel()
        assert "".join(log).replace("-", "") == "abcabcabc"
        assert all(before == "-" or after == "-" for before, after in pairwise(log))

    asyncio.run(run())


def test_a_turn_that_is_given_up_is_the_next_ones() -> None:
    async def run() -> None:
        turns = Turns()
        waiting = [asyncio.create_task(turns.take()) for _ in range(3)]
        await asyncio.sleep(0)
        for task in waiting[:2]:
            task.cancel()
        await asyncio.wait_for(waiting[2], 5)

    asyncio.run(run())


def test_followers_hold_up_nobody(csto: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those who take each event at once, which never lets the loop go on by itself."""
    # On a slow machine so many at once would wait too long for the database, and be refused.
    monkeypatch.setattr(controlled_delay, "PATIENCE", 60.0)

    async def follow() -> int:
        request = GraphQLRequestData(ALL, None, None, None)
        heard = 0
        async with aclosing(answers(served_schema(), request, csto.context)) as events:
            async for _ in events:
                heard += 1
                if heard == SHIPPED_RECORDS:
                    break
        return heard

    async def run() -> tuple[list[int], list[float]]:
        longest: list[float] = []
        beside = asyncio.create_task(watch_loop(longest))
        heard = await asyncio.gather(*(follow() for _ in range(20)))
        beside.cancel()
        return heard, longest

    # As `kb serve` does: to search all that the tests before have left for garbage takes a second.
    gc.collect()
    gc.freeze()
    heard, longest = csto.loop.run(run())
    gc.unfreeze()
    assert heard == [SHIPPED_RECORDS] * 20
    # To read a batch takes longer than a turn may last, by a little.
    assert max(longest) < 10 * SLICE
    assert len(longest) > 20 * 4


@pytest.fixture(scope="module")
def long_feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A service with a feed of 42,000 changes, and how many they are."""
    folder = tmp_path_factory.mktemp("long")
    with shipped_seeds() as seeds:
        settings = prepare(SqlitePlace(folder).create(), seeds)
    with open_database(settings) as database:
        count = lengthen(database, 97)
    Path(settings.database_name).rename(folder / "kb.db")
    with serving(folder, free_port()) as (address, _):
        yield address, count


@pytest.mark.long
@pytest.mark.alone
@pytest.mark.parametrize(("transport", "part"), [("follow_by_socket", 1), ("follow_by_events", 4)])
def test_all_else_is_answered_meanwhile(
    long_feed: tuple[str, int], transport: str, part: int
) -> None:
    address, count = long_feed[0], long_feed[1] // part
    script = f"""
import sys
from tests.support.followers import {transport}
events = {transport}(sys.argv[1], sys.argv[2])
print(sum(1 for _ in zip(range({count}), events)))
sys.stdout.flush()
import os; os._exit(0)
"""
    command = [sys.executable, "-c", script, address, ALL]
    followers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(FOLLOWERS)
    ]
    waits: list[float] = []
    while any(follower.poll() is None for follower in followers):
        waits.append(seconds_to_answer(address, "/livez"))
        waits.append(seconds_to_answer(address, "/graphql", '{ state(code: "UZ") { name } }'))
        time.sleep(0.01)
    assert [follower.communicate()[0] for follower in followers] == [f"{count}\n"] * FOLLOWERS
    assert len(waits) > 200
    # The very longest says more of the machine than of the service.
    assert quantiles(waits, n=200)[-1] < 0.1
    assert max(waits) < 1


def seconds_to_answer(address: str, path: str, query: str = "") -> float:
    """Seconds until a new connection is answered."""
    begun = time.perf_counter()
    connection = HTTPConnection(address.removeprefix("http://"), timeout=60)
    if query:
        headers = {"content-type": "application/json"}
        connection.request("POST", path, json.dumps({"query": query}), headers)
    else:
        connection.request("GET", path)
    response = connection.getresponse()
    assert response.status == 200
    response.read()
    connection.close()
    return time.perf_counter() - begun
