"""Manifests: what the compilers of clients write is taken, and each fault has its place."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kb.config import Settings
from kb.errors import ManifestError, SettingsError
from kb.server import manifests
from kb.server.manifests import read_manifests
from schema.build import build_schema
from tests.support.databases import SqlitePlace, prepare
from tests.support.manifests import listing_service, write_apollo, write_pairs
from tests.support.transports import TRANSPORTS, Ask, by_get, by_post, only_error

RELAY = {"0123456789abcdef0123456789abcdef": "query A { revision }"}
CODEGEN = {"90f7d3b7f0f47d3f8b4e7ab0ab5e0ae3ac0c4f57": "query B { __typename }"}
APOLLO = {"c": "query C($n: Int) { states(first: $n) { totalCount } }"}
ANSWERS = {
    "query A { revision }": {"data": {"revision": "0"}},
    "query B { __typename }": {"data": {"__typename": "Query"}},
    "query C($n: Int) { states(first: $n) { totalCount } }": {
        "data": {"states": {"totalCount": 0}}
    },
}
LISTED = {**RELAY, **CODEGEN, **APOLLO}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return prepare(SqlitePlace(tmp_path_factory.mktemp("listing")).create())


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("documents")
    write_pairs(folder / "relay.json", RELAY)
    write_pairs(folder / "persisted-documents.json", CODEGEN)
    write_apollo(folder / "manifest.json", APOLLO)
    (folder / "README.md").write_text("Of the build of today.", encoding="utf-8")
    with listing_service(settings, folder) as client:
        yield client


@pytest.mark.parametrize("ask", TRANSPORTS.values(), ids=TRANSPORTS)
@pytest.mark.parametrize("id_", LISTED)
def test_a_listed_document_has_every_name(client: TestClient, ask: Ask, id_: str) -> None:
    """Its id, in either place, and the hash of its text."""
    text = LISTED[id_]
    hash_ = sha256(text.encode()).hexdigest()
    for name in (
        {"documentId": id_},
        {"documentId": f"sha256:{hash_}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": id_}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_}}},
        {"query": text, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": id_}}},
    ):
        assert ask(client, name) == ANSWERS[text]


def test_variables_go_with_an_id(client: TestClient) -> None:
    body = {"documentId": "c", "variables": {"n": "many"}}
    for ask in (by_post, by_get):
        assert only_error(ask(client, body))[1] == "BAD_VARIABLES"


def test_other_texts_are_answered_too(client: TestClient) -> None:
    """Without KB_PROFILE=locked."""
    assert by_post(client, {"query": "{ a: revision }"}) == {"data": {"a": "0"}}


FAULTS = [
    ("{", "m.json:1:2: it is not JSON"),
    ('{\n "a": "{ revision }",\n "a": "{ revision }"\n}', 'm.json:2: "a" is there twice'),
    ("[]", "m.json:1: it is no object of documents by their ids"),
    ('{\n "a": 1\n}', 'm.json:2: what is listed as "a" is no text with an id'),
    ('{\n "": "{ revision }"\n}', 'm.json:2: what is listed as "" is no text with an id'),
    ('{\n "a": ""\n}', "m.json:2: the document `a` is not valid, mend it or leave it out: Syntax"),
    ('{"\\ud800": "{ revision }"}', 'm.json:1: what is listed as "\\ud800" is no text with an id'),
    ('{"a": ' + "1" * 5_000 + "}", "m.json:1: it has a number of thousands of digits"),
    ('{"format": "x", "version": 1, "operations": []}', "m.json:1: it is no `apollo-persisted-"),
    (
        '{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}',
        "m.json:1: it is no `apollo-persisted-query-manifest` of version 1",
    ),
    (
        '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a"}]}',
        'm.json:1: what is listed as "None" is no text with an id',
    ),
    (
        '{\n\n "a": "{ states { nodes { nme } } }"\n}',
        "m.json:3: the document `a` is not valid, mend it or leave it out: Cannot query",
    ),
    (
        '{\n "a": "{"\n}',
        "m.json:2: the document `a` is not valid, mend it or leave it out: Syntax Error: ",
    ),
    (
        '{"a": "fragment F on Query { revision }"}',
        "m.json:1: the document `a` is not valid, mend it or leave it out: Fragment",
    ),
    ("[" * 100_000, "m.json:1: it nests too deeply"),
]


@pytest.mark.parametrize(("text", "told"), FAULTS)
def test_a_fault_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "m.json").write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError) as raised:
        read_manifests(tmp_path, build_schema().core, locked=False)
    assert str(raised.value).startswith(f"{tmp_path}/{told}")


def test_every_fault_of_every_file_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"a": "\xff"}')
    write_pairs(tmp_path / "b.json", {"b": "{ nme }", "c": "{ revision }"})
    write_pairs(tmp_path / "c.json", {"b": "{ revision }", "c": "{ revision }"})
    with pytest.raises(ManifestError) as raised:
        read_manifests(tmp_path, build_schema().core, locked=False)
    told = [str(fault).removeprefix(f"{tmp_path}/") for fault in raised.value.faults]
    assert told == [
        "a.json:1: it is not UTF-8, have it written anew by relay-compiler, Apollo's generator or"
        " GraphQL Code Generator",
        "b.json:2: the document `b` is not valid, mend it or leave it out: Cannot query field"
        " 'nme' on type 'Query'. Did you mean 'node'?",
        f"c.json:2: the document `b` is another one in {tmp_path}/b.json, leave one of them out",
    ]


def test_documents_keep_the_limits(tmp_path: Path) -> None:
    write_pairs(tmp_path / "m.json", {"a": "{" + "a: revision " * 600 + "}"})
    with pytest.raises(ManifestError, match="600 aliases with its fragments spread out, more than"):
        read_manifests(tmp_path, build_schema().core, locked=False)


def test_the_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.json", "b.json"):
        write_pairs(tmp_path / name, {"a": "{ revision }"})
    assert read_manifests(tmp_path, build_schema().core, locked=False) == {"a": "{ revision }"}
    monkeypatch.setattr(manifests, "MOST_BYTES", (tmp_path / "a.json").stat().st_size * 2 - 1)
    with pytest.raises(SettingsError, match="bytes together; remove those that no client"):
        read_manifests(tmp_path, build_schema().core, locked=False)


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_a_folder_without_manifests(tmp_path: Path, folder: str) -> None:
    with pytest.raises(SettingsError, match="KB_DOCUMENTS: there is no manifest; name a folder"):
        read_manifests(tmp_path / folder, build_schema().core, locked=False)
