"""Reconciliation of names with records, by version 0.2 of its API."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.server.import_body import NDJSON
from kb.tokenizer import words
from kb.web.candidates import candidates
from kb.web.reconcile_pages import MOST_QUERIES
from tests.support.curated import CITATION, token
from tests.support.databases import Database

ROOT = "https://kb.example.org/data"
Names = Mapping[str, set[str]]
FOREIGN = (
    *("Turkmenistan SSR", "Iran", "Republic of Korea", "Kurdistan", "Uzbek", "Niger", "Georgia"),
    *("Collective Security", "Collective Treaty", "Zas", "Vladimir", "Nikolai", "Putin Vladimir"),
    *("Shanghai Cooperation", "Treaty Organisation", "President", "Mongolia", "-Russia", '"', "*"),
)
"""What is called otherwise than any record, though some come near."""


@pytest.fixture(scope="module")
def client(csto: Database) -> Iterator[TestClient]:
    shown = csto.settings.model_copy(update={"public_url": ROOT})
    with TestClient(create_app(shown), base_url=ROOT) as client:
        yield client


@pytest.fixture(scope="module")
def names(csto: Database) -> Names:
    """Of each record, as the tables have them."""
    queries = (
        "select 'State:' || key, name, official_name, aliases from state",
        "select 'Organisation:' || key, name, acronym, aliases from organisation",
        "select 'Official:' || key, name, null, aliases from official",
    )
    return {
        str(row[0]): {str(name) for name in (*row[1:3], *json.loads(str(row[3]))) if name}
        for query in queries
        for row in csto.rows(query)
    }


def found(client: TestClient, queries: Mapping[str, object]) -> dict[str, list[dict[str, Any]]]:
    response = client.post("reconcile", data={"queries": json.dumps(queries)})
    assert response.status_code == 200, response.text
    return {name: each["result"] for name, each in response.json().items()}


def misspelt(name: str) -> list[str]:
    """A letter left out, doubled, changed, and two in each other's place."""
    at = len(name) // 2
    return [
        name[:at] + name[at + 1 :],
        name[:at] + name[at] + name[at:],
        f"{name[:at]}q{name[at + 1 :]}",
        name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :],
    ]


def spellings(names: Names) -> list[str]:
    """Two hundred and more: as they are, in capitals, misspelt, and of others."""
    every = sorted(name for each in names.values() for name in each)
    made = [spelt for name in every if len(name) > 2 for spelt in (name.upper(), *misspelt(name))]
    return [*FOREIGN, *made[:: max(1, len(made) // 200)], *every]


@pytest.mark.long
def test_no_name_is_matched_wrongly(client: TestClient, names: Names) -> None:
    asked = spellings(names)
    assert len(asked) >= 200
    matched = 0
    for start in range(0, len(asked), MOST_QUERIES):
        part = asked[start : start + MOST_QUERIES]
        results = found(client, {str(n): {"query": text} for n, text in enumerate(part)})
        for number, text in enumerate(part):
            called = {
                key for key, own in names.items() if words(text) in [words(each) for each in own]
            }
            sure = [each["id"] for each in results[str(number)] if each["match"]]
            assert sure == ([*called] if len(called) == 1 else []), text
            matched += len(sure)
    assert matched > 50


def test_what_is_misspelt_has_candidates(client: TestClient) -> None:
    results = found(client, {"a": {"query": "Bordyuja"}, "b": {"query": "Kirgizstan", "limit": 1}})
    assert results["a"][0]["id"] == "Official:nikolai-bordyuzha"
    assert [(each["id"], each["match"]) for each in results["b"]] == [("State:KG", False)]


def test_types_narrow(client: TestClient) -> None:
    results = found(
        client,
        {
            "state": {"query": "Uzbekistan", "type": "State"},
            "official": {"query": "Uzbekistan", "type": ["Official"]},
            "any case": {"query": "Uzbekistan", "type": "state"},
        },
    )
    assert [each["id"] for each in results["state"]] == ["State:UZ"]
    assert results["state"][0]["type"] == [{"id": "State", "name": "States"}]
    assert results["any case"] == results["state"]
    assert results["official"] == []
    asked = json.dumps({"a": {"query": "Uzbekistan", "type": ["State", "River"]}})
    refused = client.get("/reconcile", params={"queries": asked})
    assert refused.status_code == 400
    assert 'there is no type "River"' in refused.text


def test_two_of_one_name_are_no_match() -> None:
    called = [{"id": f"Official:{n}", "name": "Ann Lee", "aliases": []} for n in "ab"]
    assert [each["match"] for each in candidates("ann lee", called, 9, is_whole=True)] == [
        False
    ] * 2
    assert candidates("Ann Lee", called[:1], 9, is_whole=True)[0]["match"] is True
    assert candidates("Ann Lee", called[:1], 9, is_whole=False)[0]["match"] is False


def test_the_manifest_and_what_it_leads_to(client: TestClient) -> None:
    told = client.get("reconcile").json()
    assert told["versions"] == ["0.2"]
    assert {"name", "identifierSpace", "schemaSpace", "view", "defaultTypes"} <= told.keys()
    view = told["view"]["url"].replace("{{id}}", "State%3AUZ")
    led = client.get(view, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, "/data/states/UZ")
    assert client.get(f"{ROOT}/reconcile/view/nothing").status_code == 404
    for kind, prefix, first in (("entity", "Uzbek", "State:UZ"), ("type", "sta", "State")):
        service = told["suggest"][kind]
        url = service["service_url"] + service["service_path"]
        assert client.get(url, params={"prefix": prefix}).json()["result"][0]["id"] == first
    by_url = client.get("reconcile", params={"queries": '{"q": {"query": "UZBEKISTAN"}}'})
    assert by_url.json()["q"]["result"][0]["match"] is True


@pytest.mark.parametrize(
    ("queries", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ('{"a": 1}', 400),
        ('{"a": {"query": "\\ud800"}}', 400),
        (json.dumps({str(n): {} for n in range(MOST_QUERIES + 1)}), 413),
        ('{"a": {"query": "' + "a" * 1_000_000 + '"}}', 413),
    ],
)
def test_what_is_no_batch_is_refused(client: TestClient, queries: str, status: int) -> None:
    assert client.post("reconcile", data={"queries": queries}).status_code == status


def test_a_form_of_many_fields_is_refused(client: TestClient) -> None:
    assert client.post("reconcile", content="a=1&" * 20).status_code == 400


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("/reconcile?foo=1", 'no parameter is called "foo"; this URL takes `queries`'),
        ("/reconcile?queries=", "`queries` is empty"),
        *(
            (f'/reconcile?queries={{"a":{{"query":"Armenia","limit":{limit}}}}}', "`limit` is")
            for limit in ("0", "-1", '"3"', "true", "1.5")
        ),
    ],
)
def test_what_a_query_does_not_take_is_refused(client: TestClient, url: str, told: str) -> None:
    refused = client.get(url)
    assert refused.status_code == 400
    assert told in refused.text


def test_a_form_and_its_url_take_nothing_else(client: TestClient) -> None:
    form = {"queries": "{}"}
    assert client.post("reconcile", data=form).status_code == 200
    assert client.post("reconcile", data={**form, "foo": "1"}).status_code == 400
    assert client.post("reconcile?foo=1", data=form).status_code == 400


def test_a_name_is_matched_with_which_many_others_begin(filled: Database) -> None:
    """Others are so many that a search has them on several pages; two of one name are no match."""
    names = [*(f"Ann Lee {number}" for number in range(220)), "Ann Lee"]
    names += [*(f"Bob Ray {number}" for number in range(220)), "Bob Ray", "BOB RAY"]
    with TestClient(create_app(filled.settings)) as client:
        headers = {"Authorization": f"Bearer {token(filled)}", "Content-Type": NDJSON}
        taken = client.post("/import", content=_officials(names), headers=headers)
        assert taken.status_code == 200, taken.text
        results = found(client, {"a": {"query": "ann lee"}, "b": {"query": "Bob Ray"}})
    assert [each["name"] for each in results["a"] if each["match"]] == ["Ann Lee"]
    assert results["a"][0]["score"] == 100
    assert [each["score"] for each in results["b"][:2]] == [100, 100]
    assert not any(each["match"] for each in results["b"])


def _officials(names: list[str]) -> str:
    """Lines of an import, each with the citation that it needs."""
    documents = (
        [
            {"id": f"Official:o{number}", "name": name},
            {**CITATION, "id": f"Citation:o{number}", "key": f"o{number}"}
            | {"subject": f"Official:o{number}"},
        ]
        for number, name in enumerate(names)
    )
    return "".join(f"{json.dumps(line)}\n" for pair in documents for line in pair)


def test_an_empty_query_finds_nothing(client: TestClient) -> None:
    queries: list[object] = [{}, {"query": ""}, {"query": "a " * 30}]
    results = found(client, {str(number): query for number, query in enumerate(queries)})
    assert results == {str(number): [] for number in range(len(queries))}


def test_a_batch_counts_as_many_requests(csto: Database) -> None:
    """And whoever asks for more than it may in one batch is told when to come again."""
    shown = csto.settings.model_copy(update={"public_url": ROOT, "most_requests": 1})
    with TestClient(create_app(shown), base_url=ROOT, client=("192.0.2.1", 5000)) as client:
        batch = {f"q{number}": {"query": "Armenia"} for number in range(6)}
        form = {"queries": json.dumps(batch)}
        assert client.post("reconcile", data=form).status_code == 200
        refused = client.post("reconcile", data=form)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0


def test_a_name_as_long_as_no_name_finds_nothing(client: TestClient) -> None:
    """It is not compared with any."""
    assert found(client, {"q0": {"query": "Armenia " * 30}})["q0"] == []
