"""Through PgBouncer in transaction mode: the same answers, limits and news; nothing stays there."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest
from starlette.testclient import TestClient

from kb import database
from kb.app import create_app
from kb.config import Settings
from kb.database import server_connection
from kb.errors import TooSlow
from tests.chaos import writer
from tests.chaos.curated import CuratedDatabase, prepare_curated
from tests.support.databases import PostgresqlPlace
from tests.support.pooler import pooled

pytestmark = pytest.mark.long

SESSIONS = 4
MUTATION = "mutation($i: RecordOfficialInput!) { recordOfficial(input: $i) { __typename } }"
RECORDED = {"data": {"recordOfficial": {"__typename": "RecordOfficialPayload"}}}


@pytest.fixture(scope="module")
def curated(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CuratedDatabase]:
    """By the pooler's URL."""
    made = prepare_curated(PostgresqlPlace(postgresql).create(), tmp_path_factory.mktemp("seeds"))
    with pooled(made.settings.database_url, SESSIONS) as url:
        yield CuratedDatabase(Settings(database_url=url), made.token)


def record(client: TestClient, token: str, number: int) -> object:
    body = {"query": MUTATION, "variables": {"i": writer.official("w", number)}}
    headers = {"authorization": f"Bearer {token}"}
    return client.post("/graphql", json=body, headers=headers).json()


def test_reads_writes_and_downloads(curated: CuratedDatabase) -> None:
    """More often than a driver asks before it prepares a statement in its session."""
    with TestClient(create_app(curated.settings)) as client:
        assert client.get("/readyz").text == "ready\n"
        for number in range(4 * SESSIONS):
            assert record(client, curated.token, number) == RECORDED
            # Not one that is kept, which may be a second old.
            query = f"{{ n{number}: officials {{ totalCount }} }}"
            answer = client.post("/graphql", json={"query": query})
            assert answer.json() == {"data": {f"n{number}": {"totalCount": number + 1}}}
        exported = client.get("/export").text.splitlines()
        assert len(exported) > 4 * SESSIONS * writer.CITATIONS


def test_a_prepared_database_is_found_by_commands_too(curated: CuratedDatabase) -> None:
    engine = database.open_engine(curated.settings)
    for _ in range(4 * SESSIONS):
        with database.write_transaction(engine) as connection:
            assert connection.exec_driver_sql("select count(*) from head").scalar() == 1
    engine.dispose()


def test_readers_are_limited_and_nobody_else_is(
    curated: CuratedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_connection, "DEADLINE", 1)
    reader = database.open_reader(curated.settings)
    delete = ("delete from head returning revision",)
    asked = ("select current_setting('jit') || current_setting('statement_timeout')",)

    async def read() -> None:
        await reader.open()
        for _ in range(2 * SESSIONS):
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                await reader.fetch(delete, ())
            assert await reader.fetch(asked, ()) == ("off1s",)
        with pytest.raises(TooSlow):
            await reader.fetch(("select 1 from pg_sleep(5)",), ())
        slow = [reader.fetch(("select 7 from pg_sleep(0.1)",), ()) for _ in range(3 * SESSIONS)]
        assert await asyncio.gather(*slow) == [(7,)] * (3 * SESSIONS)
        await reader.close()

    asyncio.run(read())
    with psycopg.connect(curated.settings.database_url, autocommit=True) as connection:
        for _ in range(2 * SESSIONS):
            for name, value in (("default_transaction_read_only", "off"), ("jit", "on")):
                told = connection.execute(f"show {name}".encode()).fetchone()
                assert told == (value,)


def test_news_come_by_asking(curated: CuratedDatabase) -> None:
    reader = database.open_reader(curated.settings)

    async def follow() -> None:
        await reader.open()
        await asyncio.sleep(1)
        news = reader.watch_commits()
        await anext(news)
        state = await reader.state()
        assert state is not None
        with TestClient(create_app(curated.settings)) as client:
            for number in range(3):
                told = await asyncio.to_thread(record, client, curated.token, 100 + number)
                assert told == RECORDED
                await asyncio.wait_for(anext(news), 2)
        changed = await reader.state()
        assert changed is not None
        assert changed > state
        await reader.close()

    asyncio.run(follow())
