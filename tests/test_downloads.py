"""`/export` over HTTP: the files of `kb export`, with true headers, and clear refusals."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kb import database
from kb.app import create_app
from kb.tables.manifest import export_tables
from schema.flat import flat_tables
from tests.support.databases import Database

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


@pytest.mark.parametrize("file", ["wars.csv", "states", "states.xml", "states.csv.csv", ".csv"])
def test_what_there_is_not_is_refused_with_what_there_is(client: TestClient, file: str) -> None:
    response = client.get(f"/export/{file}")
    assert response.status_code == 404
    assert response.text == (
        f"there is no table {file}; ask for one of schemes, publications, articles,"
        " organisations, about, states, officials, memberships, terms, summits, events, citations,"
        " with .csv or .parquet behind it\n"
    )


@pytest.mark.parametrize("path", ["/export", "/export/memberships.csv"])
def test_what_it_does_not_heed_is_refused(client: TestClient, path: str) -> None:
    """Whoever takes it for a page's table would get what was known later, too."""
    for parameters in ({"known": "2018-01-01"}, {"organisation": "csto"}):
        response = client.get(path, params=parameters)
        assert response.status_code == 400
        assert "takes no parameters" in response.text


def test_an_empty_table_is_a_header(empty: Database) -> None:
    with TestClient(create_app(empty.settings)) as client:
        assert client.get("/export/states.csv").text == (
            "id,key,identifiers,name,official_name,aliases,period_start,period_start_earliest,"
            "period_start_latest,period_end,period_end_earliest,period_end_latest,end_kind,"
            "attested_until,certain_from,certain_to,possible_from,possible_to,length_least,"
            "length_most,period_text,predecessors,disputed,revision\r\n"
        )
        assert client.get("/export/states.parquet").content.endswith(b"PAR1")
