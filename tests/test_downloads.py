"""`/export` over HTTP: the files of `kb export`, with true headers, and clear refusals."""

import csv
import json
import subprocess
import tarfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from urllib.parse import urlencode
from zipfile import ZipFile

import pytest
import zstandard
from starlette.testclient import TestClient

from kb import database
from kb.app import create_app
from kb.tables.whole_tables import DESCRIPTIONS, export_tables
from schema.flat import flat_tables
from tests.support.databases import SHIPPED_RECORDS, Database
from tests.support.seed_texts import write_seed_texts
from tests.support.tools import tool

pytestmark = pytest.mark.sweep

MEDIA = {
    "csv": "text/csv; charset=utf-8; header=present",
    "parquet": "application/vnd.apache.parquet",
}


@pytest.fixture(scope="module")
def client(csto: Database) -> Iterator[TestClient]:
    with TestClient(create_app(csto.settings)) as client:
        yield client


@pytest.mark.parametrize("form", MEDIA)
def test_a_download_is_what_the_command_writes(
    client: TestClient, csto: Database, tmp_path: Path, form: str
) -> None:
    with database.read_transaction(csto.engine) as connection:
        export_tables(connection, tmp_path, [*flat_tables().values()], form)
    for name in flat_tables():
        file = f"{name}.{form}"
        response = client.get(f"/export/{file}")
        assert response.status_code == 200
        assert response.content == (tmp_path / file).read_bytes()
        assert response.headers["content-type"] == MEDIA[form]
        assert response.headers["content-disposition"] == f'attachment; filename="{file}"'


@pytest.mark.parametrize("path", ["/export", "/export/states.csv", "/export/states.parquet"])
def test_head_has_the_headers_and_no_body(client: TestClient, path: str) -> None:
    head, whole = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    del head.headers["x-request-id"], whole.headers["x-request-id"]
    assert head.headers == whole.headers


def refused(client: TestClient, path: str, status: int, **params: str) -> tuple[str, str]:
    """What is wrong and what to do, as the feed tells it."""
    response = client.get(path, params=params)
    code = {400: "BAD_REQUEST", 404: "NOT_FOUND"}[status]
    assert (response.status_code, response.json()["code"]) == (status, code)
    return response.json()["message"], response.json()["remedy"]


@pytest.mark.parametrize("file", ["wars.csv", "states", "states.xml", "states.csv.csv", ".csv"])
def test_what_there_is_not_is_refused_with_what_there_is(client: TestClient, file: str) -> None:
    told = refused(client, f"/export/{file}", 404)
    assert told[0] == f'there is no table "{file}"'
    assert told[1].startswith("ask for one of schemes, publications, articles, organisations, ")
    assert told[1].endswith(
        ", with `.csv` or `.parquet` behind it, or for all: `tables.zip` or `tables.tar.zst`"
    )


def test_what_it_does_not_heed_is_refused(client: TestClient) -> None:
    """Whoever takes it for a page's table would get what was known later, too."""
    takes = "this download takes `revision`, `organisation`, `state` or `since`"
    for path, remedy in {
        "/export": "this download takes none",
        "/export/memberships.csv": takes,
        "/export/states.csv": "this download takes `revision` or `since`",
        "/export/tables.zip": "this download takes `format`, `revision`, `organisation`, `state`,"
        " `type` or `since`",
    }.items():
        told = refused(client, path, 400, known="2018-01-01")
        assert told == ('no parameter is called "known"', remedy)
    assert refused(client, "/export", 400, organisation="csto")[1] == "this download takes none"


@pytest.mark.parametrize(
    ("file", "name", "value", "message", "remedy"),
    [
        ("states", "state", "UZ", "the table `states` has no `state`", "`revision` or `since`"),
        ("terms", "type", "TERM", "the table `terms` has no `type`", "`organisation`, `state` or"),
        ("citations", "type", "State", 'there is no type of records "State"', "`SCHEME`, "),
        ("terms", "state", "XX", "there is no state `XX`", "give the key of one"),
        ("terms", "state", "", "`state` is empty", "give a value, or leave it out"),
        ("terms", "since", "", "`since` is empty", "give a value, or leave it out"),
        ("terms", "revision", "", "`revision` is empty", "give a value, or leave it out"),
        ("terms", "organisation", "o' or 1", "there is no organisation `o' or 1`", "give the key"),
        ("terms", "organisation", "\0", "`organisation` is ", "give the key of a record"),
        ("terms", "since", "-1", '`since` is "-1"', "give a revision"),
        ("terms", "revision", "9" * 19, "`revision` is ", "give a revision"),
    ],
)
def test_no_filter_is_guessed_at(
    client: TestClient, file: str, name: str, value: str, message: str, remedy: str
) -> None:
    told = refused(client, f"/export/{file}.csv", 400, **{name: value})
    assert told[0].startswith(message)
    assert remedy in told[1]


def test_keys_are_taken_in_any_case(client: TestClient) -> None:
    """As by queries; a manifest tells them as they are stored."""
    for given, stored in (("state=uz", "state=UZ"), ("organisation=CSTO", "organisation=csto")):
        rows = rows_of(client, f"/export/memberships.csv?{given}")
        assert rows
        assert rows == rows_of(client, f"/export/memberships.csv?{stored}")
    assert client.get("/export/tables.zip?state=uz").status_code == 200


def rows_of(client: TestClient, path: str) -> list[dict[str, str]]:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return [*csv.DictReader(StringIO(response.text, newline=""))]


def test_a_filter_gives_the_rows_that_have_it(client: TestClient) -> None:
    every = rows_of(client, "/export/memberships.csv")
    for wanted in (
        {"state": "UZ"},
        {"organisation": "csto"},
        {"state": "UZ", "organisation": "csto"},
    ):
        found = rows_of(client, f"/export/memberships.csv?{urlencode(wanted)}")
        assert found == [row for row in every if row.items() >= wanted.items()] != []
    middle = int(every[len(every) // 2]["revision"])
    for since in (f"{middle}", f"{middle:020}"):
        found = rows_of(client, f"/export/memberships.csv?since={since}")
        assert found == [row for row in every if int(row["revision"]) > middle] != []
    citations = rows_of(client, "/export/citations.csv")
    found = rows_of(client, "/export/citations.csv?type=TERM")
    assert found == [row for row in citations if row["subject"].startswith("Term:")] != []


def test_an_earlier_revision_is_what_it_was(filled: Database, tmp_path: Path) -> None:
    """To the letter, whatever was written since; the newest is the same by its number."""
    path, at = "/export/memberships", f"revision={SHIPPED_RECORDS}"
    with TestClient(create_app(filled.settings)) as client:
        before = {form: client.get(f"{path}.{form}") for form in MEDIA}
        for form, first in before.items():
            assert first.headers["x-kb-revision"] == str(SHIPPED_RECORDS)
            assert first.headers["x-kb-form"] == "kb-tables-1"
            assert client.get(f"{path}.{form}?{at}").content == first.content
        filled.load(write_seed_texts(tmp_path))
        assert client.get(f"{path}.csv").content != before["csv"].content
        for form, first in before.items():
            again = client.get(f"{path}.{form}?{at}")
            assert again.content == first.content
            assert again.headers["x-kb-revision"] == str(SHIPPED_RECORDS)
            tag = {"If-None-Match": again.headers["etag"]}
            assert client.get(f"{path}.{form}?{at}", headers=tag).status_code == 304
        narrowed = rows_of(client, f"{path}.csv?{at}&state=UZ")
        assert {row["state"] for row in narrowed} == {"UZ"}


def files_of(client: TestClient, address: str) -> dict[str, bytes]:
    """Those of an archive, in their order."""
    response = client.get(address)
    assert response.status_code == 200, response.text
    content = BytesIO(response.content)
    if ".zip" in address:
        with ZipFile(content) as archive:
            assert archive.testzip() is None
            return {name: archive.read(name) for name in archive.namelist()}
    unpacked = BytesIO(zstandard.ZstdDecompressor().stream_reader(content).read())
    with tarfile.open(fileobj=unpacked) as packed:
        return {info.name: contents(packed, info) for info in packed.getmembers()}


def contents(packed: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = packed.extractfile(info)
    assert file is not None
    return file.read()


@pytest.mark.parametrize("archive", ["tables.zip", "tables.tar.zst"])
@pytest.mark.parametrize("form", MEDIA)
def test_an_archive_is_what_the_command_writes(
    client: TestClient, csto: Database, tmp_path: Path, archive: str, form: str
) -> None:
    with database.read_transaction(csto.engine) as connection:
        export_tables(connection, tmp_path, [*flat_tables().values()], form)
    address = f"/export/{archive}?format={form}"
    files = files_of(client, address)
    tables = [f"{name}.{form}" for name in flat_tables()]
    assert [*files] == [*tables, "datapackage.json", "croissant.json", "manifest.json"]
    assert files == {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    head, again = client.head(address), client.get(address)
    assert again.content == client.get(f"{address}&revision={SHIPPED_RECORDS}").content
    told = again.headers
    assert head.headers["x-kb-revision"] == told["x-kb-revision"] == str(SHIPPED_RECORDS)
    assert told["content-disposition"] == f'attachment; filename="{archive}"'
    tag = {"If-None-Match": told["etag"]}
    assert client.get(address, headers=tag).status_code == 304


@pytest.mark.parametrize("form", MEDIA)
def test_an_archive_is_described_as_others_describe_tables(client: TestClient, form: str) -> None:
    files = files_of(client, f"/export/tables.zip?format={form}")
    package, croissant = (json.loads(files[name]) for name in DESCRIPTIONS)
    titles = {package["title"], croissant["alternateName"]}
    assert (titles, package["version"]) == ({"CSTO knowledge base"}, f"1.0.{SHIPPED_RECORDS}")
    sets = zip(package["resources"], croissant["distribution"], croissant["recordSet"], strict=True)
    for table, (resource, file, records) in zip(flat_tables().values(), sets, strict=True):
        content, names = files[f"{table.name}.{form}"], [column.name for column in table.columns]
        assert resource["path"] == file["contentUrl"] == f"{table.name}.{form}"
        digest = sha256(content).hexdigest()
        assert (resource["hash"], file["sha256"]) == (f"sha256:{digest}", digest)
        assert resource["bytes"] == len(content)
        described = resource["schema"]["fields"]
        assert [field["name"] for field in described] == names
        for field, other in zip(described, records["field"], strict=True):
            assert field["description"] == other["description"]
            assert field["description"].endswith("."), (table.name, field["name"])
        assert [field["source"]["extract"]["column"] for field in records["field"]] == names
        for key in resource["schema"].get("foreignKeys", []):
            referred = flat_tables()[key["reference"]["resource"]]
            assert key["reference"]["fields"] == [*referred.identity] == ["key"]


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_single_tables_are_described_without_checksums(client: TestClient, name: str) -> None:
    told = client.get(f"/export/{name}").json()
    listed = told["resources"] if "resources" in told else told["distribution"]
    assert not [file for file in listed if {"hash", "sha256"} & file.keys()]
    paths = [file.get("path", file.get("contentUrl")) for file in listed]
    assert {client.head(f"/export/{path}").status_code for path in paths[:3]} == {200}
    assert told.get("isLiveDataset", True)


@pytest.mark.long
@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("frictionless", ["validate", "datapackage.json"]),
        ("mlcroissant", ["validate", "--jsonld", "croissant.json"]),
    ],
)
def test_validators_find_nothing(
    client: TestClient, tmp_path: Path, program: str, arguments: list[str]
) -> None:
    command = [tool(program), *arguments]
    for name, content in files_of(client, "/export/tables.zip").items():
        (tmp_path / name).write_bytes(content)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not {"INVALID", "warning", "error"} & {*(done.stdout + done.stderr).split()}


def test_since_what_has_not_been_yet(client: TestClient) -> None:
    """As after a restored backup: an empty table would say that nothing changed."""
    for path in ("memberships.csv", "tables.zip"):
        response = client.get(f"/export/{path}?since={SHIPPED_RECORDS + 1}")
        assert (response.status_code, response.json()["code"]) == (409, "CURSOR_FORKED")
    assert rows_of(client, f"/export/memberships.csv?since={SHIPPED_RECORDS}") == []


def test_an_archive_is_narrowed_where_it_can_be(client: TestClient) -> None:
    files = files_of(client, "/export/tables.zip?state=UZ")
    manifest = json.loads(files["manifest.json"])
    narrowed = {file["name"] for file in manifest["files"] if "filters" in file}
    assert narrowed >= {"memberships.csv", "terms.csv"}
    for file in manifest["files"]:
        assert sha256(files[file["name"]]).hexdigest() == file["sha256"]
        address = f"/export/{file['name']}" + ("?state=UZ" * (file["name"] in narrowed))
        assert client.get(address).content == files[file["name"]]
    assert refused(client, "/export/tables.zip", 400, format="xml")[1] == "give `csv` or `parquet`"
    assert refused(client, "/export/tables.zip", 400, known="2018")[1].endswith("or `since`")


def test_an_archive_of_an_earlier_revision(filled: Database, tmp_path: Path) -> None:
    with TestClient(create_app(filled.settings)) as client:
        before = client.get("/export/tables.zip").content
        filled.load(write_seed_texts(tmp_path))
        assert client.get("/export/tables.zip").content != before
        assert client.get(f"/export/tables.zip?revision={SHIPPED_RECORDS}").content == before


def test_a_revision_that_cannot_be_told_of_has_a_code(filled: Database) -> None:
    filled.run("update head set recorded_since = 5")
    with TestClient(create_app(filled.settings)) as client:
        for number, status, code in (
            (4, 410, "REVISION_EXPIRED"),
            (SHIPPED_RECORDS + 1, 404, "REVISION_UNKNOWN"),
        ):
            response = client.get(f"/export/states.csv?revision={number}")
            assert (response.status_code, response.json()["code"]) == (status, code)


def test_an_empty_table_is_a_header(empty: Database) -> None:
    with TestClient(create_app(empty.settings)) as client:
        assert client.get("/export/states.csv").text == (
            "id,key,identifiers,name,official_name,aliases,period_start,period_start_earliest,"
            "period_start_latest,period_end,period_end_earliest,period_end_latest,end_kind,"
            "attested_until,certain_from,certain_to,possible_from,possible_to,length_least,"
            "length_most,period_text,predecessors,disputed,revision,known_from\r\n"
        )
        assert client.get("/export/states.parquet").content.endswith(b"PAR1")
