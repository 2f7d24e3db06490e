"""The file of a served database removed, replaced or spoilt: told at every door, and mended."""

import asyncio
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pysqlite3
import pytest
from starlette.testclient import TestClient
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from kb import database, tokens
from kb.app import create_app
from kb.backup import backup
from kb.database.commit_watch import CommitWatch
from kb.files.load import load
from kb.roles import Role
from tests.chaos.writer import official
from tests.support.databases import prepare, settings_of
from tests.support.seed_texts import write_seed_texts

pytestmark = pytest.mark.slow

KEPT = {"query": "{ revision }"}
MUTATION = "mutation($i: RecordOfficialInput!) { recordOfficial(input: $i) { __typename } }"
RECORDED = {"data": {"recordOfficial": {"__typename": "RecordOfficialPayload"}}}
NUMBERS = count()
BESIDE = ("kb.db-wal", "kb.db-shm")


@dataclass(frozen=True)
class Service:
    folder: Path
    client: TestClient
    token: str

    @property
    def file(self) -> Path:
        return self.folder / "kb.db"

    def post(self, query: str) -> tuple[int, dict[str, object]]:
        headers = {"authorization": f"Bearer {self.token}"}
        variables = {"i": official("curator", next(NUMBERS))} if query == MUTATION else {}
        body = {"query": query, "variables": variables}
        answer = self.client.post("/graphql", json=body, headers=headers)
        return answer.status_code, answer.json()

    def revision(self) -> int:
        status, told = self.post("{ revision }")
        assert status == 200, told
        data = told["data"]
        assert isinstance(data, dict)
        return int(data["revision"])

    def change(self) -> None:
        """What is committed beside the service."""
        seeds = self.folder / "seeds" / "publications.yaml"
        seeds.write_text(f"goats-{next(NUMBERS)}: {{name: Goats}}\n", encoding="utf-8")
        engine = database.open_engine(settings_of(self.file))
        load(engine, [seeds])
        engine.dispose()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A file, and the token that it takes."""
    folder = tmp_path_factory.mktemp("template")
    settings = prepare(settings_of(folder / "kb.db"), write_seed_texts(folder))
    engine = database.open_engine(settings)
    with database.write_transaction(engine) as connection:
        token = tokens.issue_token(connection, "curator", Role.CURATOR)
    engine.dispose()
    return folder / "kb.db", token


@pytest.fixture
def service(tmp_path: Path, template: tuple[Path, str]) -> Iterator[Service]:
    folder, (file, token) = tmp_path / "served", template
    folder.mkdir()
    (folder / "seeds").mkdir()
    shutil.copy(file, folder / "kb.db")
    settings = settings_of(folder / "kb.db")
    with TestClient(create_app(settings)) as client:
        running = Service(folder, client, token)
        for _ in range(3):  # So that the answer is kept.
            client.post("/graphql", json=KEPT)
        assert running.post(MUTATION)[1] == RECORDED  # So that the writer has it open.
        running.change()  # So that something stands in the log.
        running.revision()
        yield running


def error_codes(answer: dict[str, object]) -> list[str]:
    errors = answer["errors"]
    assert isinstance(errors, list)
    return [error["extensions"]["code"] for error in errors]


def assert_lost(service: Service, what: str) -> None:
    """Every door says so, and none gives what was kept."""
    time.sleep(0.02)
    for _ in range(2):
        for query in (KEPT["query"], '{ state(code: "FR") { name } }', MUTATION):
            status, told = service.post(query)
            assert (query, status, error_codes(told)) == (query, 503, ["DATABASE_LOST"])
            assert what in json.dumps(told)
            assert str(service.folder) not in json.dumps(told)
        got = service.client.get("/graphql", params=KEPT)
        assert (got.status_code, error_codes(got.json())) == (503, ["DATABASE_LOST"])
        for path in ("/readyz", "/export", "/export/states.csv", "/", "/states/FR"):
            answer = service.client.get(path)
            assert (path, answer.status_code) == (path, 503)
            assert answer.headers["retry-after"] == "1"
    assert service.client.get("/livez").status_code == 200
    events = {"accept": "text/event-stream"}
    body = {"query": "subscription { changes { revision } }"}
    assert "DATABASE_LOST" in service.client.post("/graphql", json=body, headers=events).text
    with service.client.websocket_connect("/graphql", [GRAPHQL_TRANSPORT_WS_PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json()["type"] == "connection_ack"
        for query in (body["query"], KEPT["query"]):  # The first ends with its error.
            socket.send_json({"type": "subscribe", "id": query, "payload": {"query": query}})
            assert "DATABASE_LOST" in json.dumps(socket.receive_json())


def create_other(service: Service) -> Path:
    path = service.folder.parent / "other.db"
    prepare(settings_of(path), write_seed_texts(service.folder / "seeds"))
    return path


def save_backup(service: Service) -> Path:
    path = service.folder.parent / "saved.db"
    backup(settings_of(service.file), path)
    return path


def move_beside(service: Service) -> None:
    for name in BESIDE:
        (service.folder / name).rename(service.folder / f"former-{name}")


def create_foreign(path: Path) -> Path:
    with closing(pysqlite3.connect(path)) as connection:
        connection.executescript("create table mine (x); insert into mine values (1)")
    return path


def remove(service: Service) -> None:
    service.file.unlink()


def move_away(service: Service) -> None:
    service.file.rename(service.folder / "elsewhere.db")


def move_folder(service: Service) -> None:
    service.folder.rename(service.folder.with_name("elsewhere"))


def replace_by_nothing(service: Service) -> None:
    service.file.unlink()
    service.file.touch()


def replace_by_rubbish(service: Service) -> None:
    new = service.folder / "new.db"
    new.write_bytes(b"rubbish " * 10_000)
    move_beside(service)
    new.replace(service.file)


def replace_by_foreign(service: Service) -> None:
    new = create_foreign(service.folder / "new.db")
    move_beside(service)
    new.replace(service.file)


def replace_by_another(service: Service) -> None:
    new = create_other(service)
    move_beside(service)
    new.replace(service.file)


def replace_by_a_backup(service: Service) -> None:
    new = save_backup(service)
    move_beside(service)
    new.replace(service.file)


def replace_beside_the_log(service: Service) -> None:
    save_backup(service).replace(service.file)


def truncate_half(service: Service) -> None:
    with service.file.open("r+b") as file:
        file.truncate(service.file.stat().st_size // 2)


def truncate_all(service: Service) -> None:
    with service.file.open("r+b") as file:
        file.truncate(0)


def overwrite_the_head(service: Service) -> None:
    with service.file.open("r+b") as file:
        file.write(b"\xff" * 200)


def overwrite_all(service: Service) -> None:
    size = service.file.stat().st_size
    with service.file.open("r+b") as file:
        file.write(b"\xff" * size)


def copy_a_backup_over_it(service: Service) -> None:
    new = save_backup(service)
    with service.file.open("r+b") as file:
        file.write(new.read_bytes())


def remove_the_log(service: Service) -> None:
    (service.folder / "kb.db-wal").unlink()


def remove_the_index_of_the_log(service: Service) -> None:
    (service.folder / "kb.db-shm").unlink()


GONE = (remove, move_away, move_folder)
REPLACED = (
    replace_by_nothing,
    replace_by_rubbish,
    replace_by_foreign,
    replace_by_another,
    replace_by_a_backup,
    replace_beside_the_log,
)
SPOILT = (truncate_half, truncate_all, overwrite_the_head, overwrite_all, copy_a_backup_over_it)
BARE = (remove_the_log, remove_the_index_of_the_log)
TOLD: dict[Callable[[Service], None], str] = {
    **dict.fromkeys(GONE, "the database is gone"),
    **dict.fromkeys(REPLACED, "another file is in the place of the database"),
    **dict.fromkeys(SPOILT, "the database was overwritten"),
    **dict.fromkeys((truncate_half, truncate_all), "the database was cut off"),
    **dict.fromkeys(BARE, "that belongs to the database was removed or replaced"),
}


ORDINARY = {remove, replace_by_another, truncate_half, overwrite_all, remove_the_log}


@pytest.mark.parametrize(
    "harm",
    [harm if harm in ORDINARY else pytest.param(harm, marks=pytest.mark.long) for harm in TOLD],
    ids=lambda harm: harm.__name__,
)
def test_every_door_says_that_it_is_lost(service: Service, harm: Callable[[Service], None]) -> None:
    harm(service)
    time.sleep(0.25)  # Files beside are looked at ten times a second.
    assert_lost(service, TOLD[harm])


def test_what_comes_back_is_served_again(service: Service) -> None:
    before = service.revision()
    for away in (service.folder / "elsewhere.db", service.folder.parent / "other.db"):
        service.file.rename(away)
        assert_lost(service, "the database is gone")
        away.rename(service.file)
        assert service.revision() == before
    service.folder.rename(service.folder.with_name("elsewhere"))
    assert_lost(service, "the database is gone")
    service.folder.with_name("elsewhere").rename(service.folder)
    assert service.client.get("/readyz").text == "ready\n"
    service.change()
    assert service.revision() > before


def test_a_copy_of_the_same_history_is_gone_on_with(service: Service) -> None:
    """By whoever reads and whoever writes, once nothing of the former is beside it."""
    before = service.revision()
    copy = service.folder.parent / "copy.db"
    with (
        closing(pysqlite3.connect(service.file)) as source,
        closing(pysqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    older = Path(shutil.copy(copy, service.folder.parent / "older.db"))
    service.file.unlink()
    move_beside(service)
    copy.rename(service.file)
    time.sleep(0.25)
    assert service.revision() == before
    service.change()
    after = service.revision()
    assert after > before
    assert service.post(MUTATION)[1] == RECORDED
    assert pysqlite3.connect(service.file).execute("select count(*) from token").fetchone() == (1,)
    # What it was before is not what is served.
    service.file.unlink()
    move_beside(service)
    older.rename(service.file)
    time.sleep(0.25)
    assert_lost(service, "no later state of it")


def test_a_write_goes_to_no_other_file(service: Service) -> None:
    service.file.unlink()
    assert error_codes(service.post(MUTATION)[1]) == ["DATABASE_LOST"]
    assert not service.file.exists()


def test_who_listens_hears_what_came_after_it_was_back(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """And the log tells once that it is lost, and once that it is back."""
    reader = database.open_reader(settings_of(service.file))
    news, away = CommitWatch(reader), service.folder / "elsewhere.db"

    async def listen() -> None:
        async with news.running():
            await news.wait_beyond(0)
            service.file.rename(away)
            waiting = asyncio.create_task(news.wait_beyond(news.count))
            await asyncio.sleep(2)
            assert not waiting.done()
            away.rename(service.file)
            await asyncio.to_thread(service.change)
            await asyncio.wait_for(waiting, 10)
        await reader.close()

    asyncio.run(listen())
    assert [record.message for record in caplog.records if record.exc_info] == []
    told = [record.message.splitlines()[0] for record in caplog.records]
    assert told.count("the database is gone; put it back, or restart the service with another") == 1


def test_a_database_that_may_not_be_written_to_is_still_read(template: tuple[Path, str]) -> None:
    file, token = template
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(file, folder / "kb.db")
        settings = settings_of(folder / "kb.db")
        with TestClient(create_app(settings)) as client, another_user(folder):
            service = Service(folder, client, token)
            assert service.revision() > 0
            status, told = service.post(MUTATION)
            assert (status, error_codes(told)) == (507, ["STORAGE_FAILED"])
            assert "may not be written to" in json.dumps(told)


@contextmanager
def another_user(folder: Path) -> Iterator[None]:
    """One who may read what is in it: nothing keeps the system's own from writing."""
    me = os.geteuid()
    for path in (folder, *folder.iterdir()):
        path.chmod(0o555)
    if me == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(me)
        folder.chmod(0o700)
