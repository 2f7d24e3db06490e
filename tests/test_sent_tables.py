"""Tables with a mapping sent to `POST /import`: what `kb import` does, over HTTP."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from kb.app import create_app
from kb.server import import_body
from tests.support.curated import all_rows, token
from tests.support.databases import Database
from tests.support.imports import SOURCE

MAPPING = (
    SOURCE
    + """tables:
  people*:
    records: [{type: Official, key: "{id}", fields: {name: "{name}"}}]
"""
)
PEOPLE = "id,name\n7,Ada\n8,Al\n"
Parts = Sequence[tuple[str, tuple[str, str]]]
"""Of a form: the name of each, then its file's name and content."""


def parts_of(
    tables: Mapping[str, str], mapping: str = MAPPING
) -> list[tuple[str, tuple[str, str]]]:
    return [("map", ("map.yaml", mapping)), *(("file", table) for table in tables.items())]


@dataclass
class Sender:
    """Whoever sends forms to a database."""

    of: Database
    client: TestClient
    token: str

    def send(self, parts: Parts, query: str = "", **headers: str) -> Response:
        sent = {"Authorization": f"Bearer {self.token}"}
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        files = [(name, (file, io.BytesIO(text.encode()))) for name, (file, text) in parts]
        return self.client.post(f"/import{query}", files=files, headers=sent | headers)


@pytest.fixture
def sender(empty: Database) -> Iterator[Sender]:
    with TestClient(create_app(empty.settings)) as client:
        yield Sender(empty, client, token(empty))


def names(database: Database) -> list[str]:
    return [str(name) for (name,) in database.rows("select name from official order by name")]


def test_rows_become_records(sender: Sender) -> None:
    more = {"people.csv": PEOPLE, "people-of-1950.tsv": "id\tname\n9\tEve\n"}
    told = sender.send(parts_of(more), Idempotency_Key="one").json()
    assert names(sender.of) == ["Ada", "Al", "Eve"]
    assert told["added"] == len(sender.of.rows("select id from record"))
    sets = sender.of.rows("select distinct origin from record")
    assert sets == [("cow",)]
    again = sender.send(parts_of(more), Idempotency_Key="one").json()
    assert again == {"revision": told["revision"], "again": True}
    other = sender.send(parts_of({"people.csv": PEOPLE}), Idempotency_Key="one")
    assert other.status_code == 409


def test_what_another_set_owns_is_told_by_the_parameters_of_the_url(sender: Sender) -> None:
    assert sender.send(parts_of({"people.csv": PEOPLE}), "?set=first").status_code == 200
    other = PEOPLE.replace("Ada", "Countess")
    told = sender.send(parts_of({"people.csv": other}), "?set=second").json()["faults"]
    assert {fault["message"].partition(": ")[2] for fault in told} == {
        "the set `first` gives it another value (column `name`)"
    }
    assert all("`onConflict=skip`" in fault["remedy"] for fault in told)


def test_a_dry_run_shows_the_first_records(sender: Sender) -> None:
    before = all_rows(sender.of)
    told = sender.send(parts_of({"people.csv": PEOPLE}), "?dryRun=true").json()
    assert told["revision"] is None
    shown = {record["id"]: record for record in told["shown"]}
    assert shown["Official:cow-7"]["name"] == "Ada"
    assert len(shown) <= told["added"]
    assert all_rows(sender.of) == before


@pytest.mark.parametrize(
    ("table", "mapping", "where", "told"),
    [
        ("id,name\n7,Ada\n,Al\n", MAPPING, "people.csv, line 3", "key"),
        ("id,nom\n7,Ada\n", MAPPING, "people.csv, line 1", "name"),
        (PEOPLE, "set: x\n", "map.yaml, line 1", "tables"),
        (PEOPLE, "set: &a x\n", "map.yaml, line 1", "&a"),
        (PEOPLE, MAPPING.replace("name:", "nom:"), "map.yaml, line", "no such field"),
    ],
)
def test_every_fault_names_its_place(
    sender: Sender, table: str, mapping: str, where: str, told: str
) -> None:
    before = all_rows(sender.of)
    response = sender.send(parts_of({"people.csv": table}, mapping))
    assert response.status_code == 422, response.text
    (fault, *_) = response.json()["faults"]
    assert fault["place"].startswith(where)
    assert told in fault["message"]
    assert fault["remedy"]
    assert "/tmp" not in response.text
    assert all_rows(sender.of) == before


@pytest.mark.parametrize(
    "parts",
    [
        parts_of({}),
        parts_of({"people.csv": PEOPLE})[1:],
        [*parts_of({"people.csv": PEOPLE}), ("map", ("map.yaml", MAPPING))],
        [*parts_of({"people.csv": PEOPLE}), ("file", ("people.csv", PEOPLE))],
        [*parts_of({"people.csv": PEOPLE}), ("extra", ("people.csv", PEOPLE))],
        parts_of({"../people.csv": PEOPLE}),
        parts_of({"/tmp/people.csv": PEOPLE}),
        parts_of({"..": PEOPLE}),
        parts_of({"people": PEOPLE}),
        parts_of({"people.xlsx": PEOPLE}),
        parts_of({f"{'x' * 300}.csv": PEOPLE}),
        parts_of({"people.csv": PEOPLE}, "x" * (import_body.MOST_MAPPING + 1)),
        parts_of({f"people{number}.csv": PEOPLE for number in range(101)}),
    ],
)
def test_what_is_no_such_form_is_refused(sender: Sender, parts: Parts) -> None:
    before = all_rows(sender.of)
    response = sender.send(parts)
    assert response.status_code in (400, 413, 415)
    assert response.json().keys() == {"code", "message", "remedy"}
    assert all_rows(sender.of) == before


def raw_form(parts: Parts) -> bytes:
    begun = "--line\r\ncontent-disposition: form-data"
    pieces = [
        f'{begun}; name="{name}"; filename="{file}"\r\n\r\n{text}\r\n'
        for name, (file, text) in parts
    ]
    return "".join([*pieces, "--line--\r\n"]).encode()


def test_a_form_that_was_cut_off_is_not_taken(sender: Sender) -> None:
    """Wherever it was cut: without its last table, too, all before would be a form."""
    before = all_rows(sender.of)
    whole = raw_form(parts_of({"people.csv": PEOPLE, "people2.csv": "id,name\n9,Eve\n"}))
    headers = {
        "Authorization": f"Bearer {sender.token}",
        "Content-Type": "multipart/form-data; boundary=line",
    }
    ends = [0, *range(7, len(whole) - 4, 23), *range(len(whole) - 40, len(whole) - 4)]
    for end in ends:
        response = sender.client.post("/import", content=whole[:end], headers=headers)
        assert response.status_code == 400, whole[:end]
        assert response.json()["code"] == "BAD_REQUEST"
    assert all_rows(sender.of) == before
    assert sender.client.post("/import", content=whole, headers=headers).json()["added"] >= 3
    for media in ("multipart/form-data", "multipart/form-data; boundary=other"):
        refused = sender.client.post(
            "/import", content=whole, headers={**headers, "Content-Type": media}
        )
        assert refused.status_code == 400


def test_a_form_is_bounded(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_body, "MOST_BYTES", 100)
    headers = {
        "Authorization": f"Bearer {sender.token}",
        "Content-Type": "multipart/form-data; boundary=line",
    }
    pieces = iter([raw_form(parts_of({"people.csv": PEOPLE}))])
    assert sender.client.post("/import", content=pieces, headers=headers).status_code == 413
