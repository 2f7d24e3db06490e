"""KB_PROFILE=locked: listed documents run, and nothing tells what else there is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kb.config import Keepers, Profile, Settings
from kb.errors import ManifestError
from kb.server.manifests import read_manifests
from kb.web.page_queries import script_documents
from schema.build import build_schema
from tests.support.command import run
from tests.support.databases import SqlitePlace, prepare, shipped_seeds
from tests.support.documentation import ROOT, blocks_in
from tests.support.manifests import listing_service, write_pairs
from tests.support.service import GRAPHQL, JSON
from tests.support.transports import TRANSPORTS, Ask, by_post, only_error, url_query

LISTED = {
    "name": "query Name($code: String!) { state(code: $code) { name } }",
    "first": "query First($by: [StateOrder!]) { states(first: 1, orderBy: $by) { totalCount } }",
    "nothing": "mutation Nothing { __typename }",
}
UNLISTED = '{ state(code: "UZ") { name } }'


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    with shipped_seeds() as seeds:
        return prepare(SqlitePlace(tmp_path_factory.mktemp("locked")).create(), seeds)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("documents")
    write_pairs(folder / "persisted.json", LISTED)
    keeping = settings.model_copy(update={"answers": Keepers.PUBLIC})
    with listing_service(keeping, folder, Profile.LOCKED) as client:
        yield client


def test_answers_of_listed_documents_alone_get_links(client: TestClient) -> None:
    assert client.post("/answers", json={"query": UNLISTED}).status_code == 403
    asked = {"documentId": "name", "variables": {"code": "UZ"}}
    told = client.post("/answers", json=asked).json()
    assert client.get(f"{told['url']}.json").json() == {"data": {"state": {"name": "Uzbekistan"}}}


@pytest.mark.parametrize("ask", TRANSPORTS.values(), ids=TRANSPORTS)
def test_only_listed_documents_run(client: TestClient, ask: Ask) -> None:
    """By their id or as they are written; a text is the same document."""
    variables = {"code": "UZ"}
    answer = {"data": {"state": {"name": "Uzbekistan"}}}
    assert ask(client, {"documentId": "name", "variables": variables}) == answer
    assert ask(client, {"query": LISTED["name"], "variables": variables}) == answer
    for text in (UNLISTED, "{", "{ __typename }", "{ __schema { types { name } } }"):
        assert only_error(ask(client, {"query": text})) == (
            "this service answers only the documents that are listed in its manifests; have this"
            " one added, or ask a listed one",
            "UNLISTED_DOCUMENT",
        )


def test_mutations_are_listed_too(client: TestClient) -> None:
    assert by_post(client, {"documentId": "nothing"}) == {"data": {"__typename": "Mutation"}}
    refused = by_post(client, {"query": "mutation { __typename }"})
    assert only_error(refused)[1] == "UNLISTED_DOCUMENT"


@pytest.mark.parametrize("ask", TRANSPORTS.values(), ids=TRANSPORTS)
def test_no_text_is_taken_by_its_hash(client: TestClient, ask: Ask) -> None:
    hash_ = "8a5e0bb0b3ba2aa9b8a2f1b2bcd2a2b3"
    persisted = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_}}}
    assert only_error(ask(client, persisted)) == (
        "PersistedQueryNotSupported",
        "PERSISTED_QUERY_NOT_SUPPORTED",
    )
    assert only_error(ask(client, {"query": UNLISTED, **persisted}))[1] == "UNLISTED_DOCUMENT"


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
def test_statuses(client: TestClient, accept: str) -> None:
    headers = {"accept": accept}
    for body, status in (
        ({"query": UNLISTED}, 403),
        ({"documentId": "other"}, 404),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "a"}}}, 200),
    ):
        assert client.post("/graphql", json=body, headers=headers).status_code == status
        assert client.get(f"/graphql?{url_query(body)}", headers=headers).status_code == status


def test_variables_bring_no_suggestions(client: TestClient) -> None:
    """`NAM` is near to `NAME`, `direktion` to `direction`."""
    for order in ({"field": "NAM", "direction": "ASC"}, {"field": "NAME", "direktion": "ASC"}):
        told = json.dumps(by_post(client, {"documentId": "first", "variables": {"by": order}}))
        assert "BAD_VARIABLES" in told
        assert "Did you mean" not in told


def test_neither_explorer_nor_schema(client: TestClient) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = client.get("/graphql", headers=browser)
    assert (answer.status_code, "GraphiQL" in answer.text) == (400, False)
    assert client.get("/schema.graphql").status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/states/UZ", "/states/XX", "/search?q=zas", "/states/UZ?known=2018-01-01"]
)
def test_pages_work_and_lead_to_neither(client: TestClient, path: str) -> None:
    page = client.get(path, headers={"accept": "text/html"})
    assert page.status_code == (404 if "XX" in path else 200)
    for other in ("GraphiQL", "/schema.graphql", 'href="/graphql'):
        assert other not in page.text


@pytest.mark.parametrize("id_", script_documents())
def test_what_scripts_ask_is_listed(client: TestClient, id_: str) -> None:
    variables = {"query": "zas", "known": "2030-01-01"}
    data = by_post(client, {"documentId": id_, "variables": variables})["data"]
    assert "Stanislav Zas" in json.dumps(data)


def test_scripts_ask_by_those_ids() -> None:
    script = (ROOT / "kb" / "web" / "client" / "site.js").read_text(encoding="utf-8")
    assert {*re.findall(r'"(x-kb-[a-z-]+)"', script)} == {*script_documents()}


def test_no_listed_document_asks_for_the_schema(tmp_path: Path) -> None:
    texts = {"a": "{ __schema { types { name } } }", "b": '{ t: __type(name: "State") { name } }'}
    write_pairs(tmp_path / "m.json", texts)
    schema = build_schema().core
    assert read_manifests(tmp_path, schema, locked=False) == texts
    with pytest.raises(ManifestError) as raised:
        read_manifests(tmp_path, schema, locked=True)
    told = str(raised.value)
    assert {id_ for id_ in texts if f"the document `{id_}` is not valid" in told} == {"a", "b"}
    assert "GraphQL introspection has been disabled" in told


def test_it_does_not_start_without_documents(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", KB_PORT="0", KB_PROFILE="locked")
    told = "KB_PROFILE: `locked` needs KB_DOCUMENTS, a folder with what may be asked\n"
    assert (done.returncode, done.stderr) == (1, told)
    assert not (tmp_path / "kb.db").exists()


def test_the_service_does_not_start_with_a_fault(tmp_path: Path, settings: Settings) -> None:
    write_pairs(tmp_path / "documents" / "m.json", {"a": "{ nme }"})
    done = run(
        tmp_path,
        "serve",
        KB_PORT="0",
        KB_DOCUMENTS="documents",
        KB_DATABASE_URL=settings.database_url,
    )
    assert (done.returncode, done.stderr) == (
        1,
        "documents/m.json:2: the document `a` is not valid, mend it or leave it out: Cannot query"
        " field 'nme' on type 'Query'. Did you mean 'node'?\n",
    )


def test_the_guide_gives_its_answers(tmp_path: Path, settings: Settings) -> None:
    """Requests and their answers by turns, the manifest among them; the last ones are locked."""
    *by_hash, manifest, id_, named, refused, told = blocks_in("docs/documents.md", "json")
    unknown, unknown_told, both, answer = map(json.loads, by_hash)
    write_pairs(tmp_path / "m.json", json.loads(manifest))
    with listing_service(settings, tmp_path) as client:
        assert by_post(client, unknown) == unknown_told
        assert by_post(client, both) == by_post(client, unknown) == answer
        assert by_post(client, json.loads(id_)) == json.loads(named)
    with listing_service(settings, tmp_path, Profile.LOCKED) as client:
        assert by_post(client, json.loads(refused)) == json.loads(told)


ATTACKS = {
    "aliases": "query cop { " + " ".join(f"alias{i}: __typename" for i in range(101)) + " }",
    "circular introspection": "query cop { __schema { types { fields { type { fields { type {"
    " fields { type { name } } } } } } } } }",
    "directives": f"query cop {{ __typename {'@aa' * 10} }}",
    "fields": f"query cop {{ {'__typename ' * 500} }}",
    "introspection": "query cop { __schema { types { name fields { name } } } }",
    "suggestions": "query cop { __schema { directive } }",
    "unhandled errors": "qwerty cop { abc }",
    "mutation": "mutation cop { __typename }",
    "any": "query cop { __typename }",
}
"""What graphql-cop sends, by what it looks for."""


@pytest.mark.parametrize("name", ATTACKS)
def test_scanners_find_nothing(client: TestClient, name: str) -> None:
    """No data, one error, nothing of the schema, no tracing: by POST, GET, a form and a batch."""
    text, headers = ATTACKS[name], {"accept": JSON}
    answers = [
        client.post("/graphql", json={"query": text}, headers=headers),
        client.get("/graphql", params={"query": text}, headers=headers),
        client.post("/graphql", data={"query": text}, headers=headers),
        client.post("/graphql", json=[{"query": text}] * 10, headers=headers),
    ]
    codes = [only_error(answer.json())[1] for answer in answers]
    assert codes == ["UNLISTED_DOCUMENT", "UNLISTED_DOCUMENT", "BAD_REQUEST", "BAD_REQUEST"]
    for answer in answers:
        (error,) = answer.json()["errors"]
        assert (400 <= answer.status_code < 500, error.keys()) == (
            True,
            {"message", "extensions"},
        )
        assert error["extensions"].keys() == {"code"}
        assert "Did you mean" not in answer.text
