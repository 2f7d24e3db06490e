"""`POST /import`: many records in one request and one transaction, or every fault of them."""

import json
import time
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from threading import Event

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from kb.app import App, create_app
from kb.errors import Overloaded
from kb.files.json_reader import MOST_MEMBERS
from kb.files.load import MOST_FAULTS
from kb.records.entries import MOST_OF_RECORD
from kb.roles import Role
from kb.server import import_body, mutations
from kb.server.mutations import Writer
from tests.support.curated import (
    ADA,
    CITATION,
    Answer,
    all_rows,
    curator,
    expect_payload,
    mutation_text,
    token,
)
from tests.support.databases import Database
from tests.support.documentation import blocks_in

MANY = 100
TAKEN = {"added": 2, "changed": 0, "left": 0, "skipped": 0}


def official(slug: str, **fields: object) -> list[Answer]:
    """An official and its citation, as lines of a snapshot have them."""
    key = f"{slug}-named"
    return [
        {"id": f"Official:{slug}", "name": slug.title(), **fields},
        {**CITATION, "id": f"Citation:{key}", "key": key, "subject": f"Official:{slug}"},
    ]


def lines(records: Sequence[Answer]) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


@dataclass
class Importer:
    """Whoever sends records in bulk to a database."""

    of: Database
    client: TestClient
    token: str

    def send(self, records: Sequence[Answer], query: str = "", **headers: str) -> Response:
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/x-ndjson"}
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/import{query}", content=lines(records), headers=sent | headers)

    def take(self, records: Sequence[Answer], query: str = "", **headers: str) -> Answer:
        response = self.send(records, query, **headers)
        assert response.status_code == 200, response.text
        told: Answer = response.json()
        assert response.headers.get("x-kb-revision") == told["revision"]
        return told


@pytest.fixture
def importer(filled: Database) -> Iterator[Importer]:
    with TestClient(create_app(filled.settings)) as client:
        yield Importer(filled, client, token(filled))


def test_records_are_taken_in_one_commit(importer: Importer) -> None:
    told = importer.take(official("ada"), "?reason=All%20of%20them")
    head = importer.of.rows("select revision from head")
    assert told == {"revision": str(head[0][0]), "again": False, **TAKEN}
    written = importer.of.rows("select actor, reason from change where key like 'ada%'")
    assert written == [("Ada", "All of them")] * 2
    assert importer.take(official("ada")) == told | {"added": 0, "left": 2}


def test_the_lines_of_the_guide_are_taken(importer: Importer) -> None:
    (block,) = blocks_in("docs/curating.md", "ndjson")
    records = [json.loads(line) for line in block.splitlines()]
    assert importer.take(records)["added"] == len(records)


def test_a_dry_run_tells_the_same_and_writes_nothing(importer: Importer) -> None:
    before = all_rows(importer.of)
    told = importer.take(official("ada"), "?dryRun=true", Idempotency_Key="one")
    assert told == {"revision": None, "again": False, **TAKEN}
    assert all_rows(importer.of) == before
    assert importer.take(official("ada"), Idempotency_Key="one")["added"] == 2


def test_a_request_is_carried_out_once(importer: Importer) -> None:
    first = importer.take(official("ada"), Idempotency_Key="one")
    before = all_rows(importer.of)
    again = importer.take(official("ada"), Idempotency_Key="one")
    assert again == {"revision": first["revision"], "again": True}
    for records, query in ((official("eve"), ""), (official("ada"), "?onlyNew=true")):
        response = importer.send(records, query, Idempotency_Key="one")
        assert (response.status_code, response.json()["code"]) == (409, "KEY_REUSED")
        assert "another request had this key" in response.text
    assert all_rows(importer.of) == before


def test_every_fault_is_told_and_nothing_is_written(importer: Importer) -> None:
    before = all_rows(importer.of)
    wrong: list[Answer] = [{"id": "Nothing:x"}, *official("eve", nationality="XX", born=1)]
    response = importer.send([*official("ada"), *wrong])
    assert response.status_code == 422
    faults = response.json()["faults"]
    assert {fault["code"] for fault in faults} == {"BAD_SEEDS"}
    assert [fault["place"].partition(",")[0] for fault in faults] == ["line 3", "line 4"]
    assert all(fault["message"] and fault["remedy"] for fault in faults)
    assert all_rows(importer.of) == before


def test_what_another_set_owns(importer: Importer) -> None:
    importer.take(official("ada"), "?set=first")
    other = official("ada", name="Countess")
    (fault,) = importer.send(other, "?set=second").json()["faults"]
    assert fault["message"] == "ada.name: the set `first` gives it another value"
    assert fault["remedy"] == (
        "load it with `set=first` if it is of that set, or take one of the two by"
        " `onConflict=skip` or `onConflict=update`"
    )
    assert importer.take(other, "?set=second&onConflict=skip")["skipped"] == 2
    assert importer.take(other, "?set=second&onlyNew=true")["skipped"] == 2
    stored = "select name from official o join record r using (id) where r.key = 'ada'"
    assert importer.of.rows(stored) == [("Ada",)]
    assert importer.take(other, "?set=second&onConflict=update")["changed"] == 1


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("", {"Authorization": ""}, 401),
        ("?dryRun=yes", {}, 400),
        ("?onConflict=win", {}, 400),
        ("?prune=true", {}, 400),
        (f"?set={'x' * 201}", {}, 400),
        ("?set=a/b", {}, 400),
        ("?set=a%0a", {}, 400),
        ("?set=%20", {}, 400),
        (f"?reason={'x' * 1_001}", {}, 400),
        ("", {"Content-Type": "application/json"}, 415),
        ("", {"Content-Encoding": "gzip"}, 415),
        ("", {"Idempotency-Key": ""}, 400),
    ],
)
def test_what_is_no_import_is_refused(
    importer: Importer, query: str, headers: dict[str, str], status: int
) -> None:
    response = importer.send(official("ada"), query, **headers)
    assert response.status_code == status
    assert response.json().keys() == {"code", "message", "remedy"}


def test_a_reader_may_not(importer: Importer) -> None:
    importer.token = token(importer.of, Role.READER)
    refused = importer.send(official("ada"))
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")


def test_a_body_is_bounded(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether its length is told beforehand, or found out."""
    monkeypatch.setattr(import_body, "MOST_BYTES", 100)
    assert importer.send(official("ada")).status_code == 413
    sent = {"Authorization": f"Bearer {importer.token}", "Content-Type": "application/x-ndjson"}
    pieces = iter([lines(official("ada"))])
    assert importer.client.post("/import", content=pieces, headers=sent).status_code == 413


def test_a_body_that_does_not_come_whole_is_not_taken(importer: Importer) -> None:
    """All that came of it are whole lines."""
    before, (app, portal) = all_rows(importer.of), (importer.client.app, importer.client.portal)
    assert isinstance(app, App)
    assert portal
    came: list[Answer] = [
        {"type": "http.disconnect"},
        {"type": "http.request", "body": lines(official("ada")), "more_body": True},
    ]
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return came.pop()

    async def send(message: MutableMapping[str, object]) -> None:
        sent.append(message.get("status"))

    headers = {
        "host": "testserver",
        "authorization": f"Bearer {importer.token}",
        "content-type": "application/x-ndjson",
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/import", "query_string": b""}
    scope |= {"headers": raw, "client": ("127.0.0.1", 1), "scheme": "http", "http_version": "1.1"}
    portal.call(app, scope, receive, send)
    assert sent[0] == 400
    assert all_rows(importer.of) == before


class Waiting:
    """Something long that is written until it is told to end."""

    def __init__(self) -> None:
        self.begun, self.ended = Event(), Event()

    def execute(self, writer: Writer, until: float) -> None:
        del until
        with writer.telling() as told:
            told("Records", 3_000, 10_000)
            self.begun.set()
            self.ended.wait(60)


def test_who_waits_in_vain_is_told_for_what(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutations, "PATIENCE", 0.2)
    app, long = importer.client.app, Waiting()
    assert isinstance(app, App)
    assert importer.client.portal
    running = importer.client.portal.start_task_soon(app.context.writer.run, long)
    assert long.begun.wait(60)
    asked = {"query": mutation_text("recordOfficial", "revision"), "variables": {"input": ADA}}
    headers = {"Authorization": f"Bearer {importer.token}"}
    (error,) = importer.client.post("/graphql", json=asked, headers=headers).json()["errors"]
    refused = importer.send(official("ada"))
    long.ended.set()
    running.result()
    for message in (error["message"], refused.text):
        assert "an import is written since" in message
        assert "records: 3,000 of 10,000" in message
    assert (error["extensions"]["code"], refused.status_code) == (Overloaded.code, 503)


@pytest.mark.long
def test_many_are_written_twenty_times_as_fast_as_one_by_one(importer: Importer) -> None:
    """By processor time: others may work on the machine."""
    by_hand = curator(importer.of)
    begun = time.process_time()
    for number in range(MANY):
        cited = {**CITATION, "key": f"one-{number}"}
        one = by_hand.record("Official", slug=f"ada-{number}", name="Ada", citations=[cited])
        expect_payload(one)
    singly = time.process_time() - begun
    records = [line for number in range(10 * MANY) for line in official(f"eve-{number}")]
    begun = time.process_time()
    assert importer.take(records)["added"] == len(records)
    at_once = (time.process_time() - begun) / 10
    assert singly / at_once >= 20


def test_nothing_at_all_is_a_fault(importer: Importer) -> None:
    """It would look like success to whoever sends the wrong file."""
    headers = {
        "Authorization": f"Bearer {importer.token}",
        "Content-Type": "application/x-ndjson",
    }
    for body in (b"", b"\n\n"):
        response = importer.client.post("/import", content=body, headers=headers)
        assert response.status_code == 422
        assert response.json()["faults"][0]["message"] == "it has no record"


def test_so_many_faults_are_told(importer: Importer) -> None:
    """Each is looked for in its line: what one sends must not take the square of its length."""
    before = all_rows(importer.of)
    many: Answer = {f"k{number}": 1 for number in range(9_000)}
    begun = time.process_time()
    faults = importer.send([{"id": "Official:ada", **many}]).json()["faults"]
    assert time.process_time() - begun < 5
    assert len(faults) == MOST_OF_RECORD + 1
    (more,) = {told for each in faults if "more faults" in (told := each["message"])}
    assert more == "ada: there are 8,902 more faults in it"
    wide: Answer = {f"k{number}": 1 for number in range(MOST_MEMBERS + 1)}
    (fault,) = importer.send([{"id": "Official:ada", **wide}]).json()["faults"]
    assert "members, more than 10,000" in fault["message"]
    answer = importer.send([{"id": f"Nothing:{number}"} for number in range(3_000)]).json()
    assert (len(answer["faults"]), answer["more"]) == (MOST_FAULTS, True)
    nameless: list[Answer] = [{"id": f"Official:o{number}"} for number in range(1_100)]
    answer = importer.send(nameless).json()
    assert (len(answer["faults"]) >= MOST_FAULTS, answer["more"]) == (True, True)
    assert all_rows(importer.of) == before
