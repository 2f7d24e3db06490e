"""`kb export` of tables and snapshots: files of one moment, proven by their manifest, or none."""

import csv
import hashlib
import json
import re
import subprocess
from io import StringIO
from pathlib import Path

import duckdb
import pysqlite3
import pytest
from pyarrow import parquet
from starlette.testclient import TestClient

from kb import database
from kb.app import create_app
from kb.commit.feed import read_feed_state
from kb.config import Settings
from kb.files.snapshot_writer import SNAPSHOT_FORM
from kb.records.documents import FILES as RECORD_FILES
from kb.tables.flat_table import TABLES_FORM
from kb.tables.formats import FORMATS
from kb.tables.whole_tables import DESCRIPTIONS, export_tables
from schema.flat import flat_tables
from tests.support.command import KB, bare_environment, run
from tests.support.databases import SHIPPED_RECORDS, Database, shipped_seeds
from tests.support.sampling import one_in
from tests.support.seed_texts import write_seed_texts

pytestmark = pytest.mark.slow

DOCS = (Path(__file__).parents[1] / "docs" / "tables.md").read_text(encoding="utf-8")
TABLES = [*flat_tables()]
FILES = {
    "ndjson": ["kb.ndjson"],
    "csv": [f"{name}.csv" for name in TABLES],
    "parquet": [f"{name}.parquet" for name in TABLES],
    "sqlite": ["kb.sqlite"],
}


def besides(form: str) -> list[str]:
    """What is written beside the files of the manifest."""
    return [*(DESCRIPTIONS if form in FORMATS else ()), "manifest.json"]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped seeds in `kb.db`, and each export beside it."""
    folder = tmp_path_factory.mktemp("place")
    with shipped_seeds() as seeds:
        assert run(folder, "load", str(seeds)).returncode == 0
    for form, names in FILES.items():
        done = run(folder, "export", "--format", form, form)
        assert (done.returncode, done.stderr) == (0, "")
        told = "".join(f"{form}/{name}: written\n" for name in [*names, *besides(form)])
        assert done.stdout == told
    return folder


@pytest.mark.parametrize("form", FILES)
def test_the_manifest_proves_the_files(exports: Path, form: str) -> None:
    manifest = json.loads((exports / form / "manifest.json").read_text(encoding="utf-8"))
    assert manifest.keys() == {"form", "stream", "revision", "cursor", "files"}
    assert manifest["revision"] == SHIPPED_RECORDS
    assert [file["name"] for file in manifest["files"]] == FILES[form]
    for file in manifest["files"]:
        path = exports / form / file["name"]
        data = path.read_bytes()
        assert file["bytes"] == len(data)
        assert file["sha256"] == hashlib.sha256(data).hexdigest()
        assert file["rows"] == count_rows(path)
    assert sum(rows_of_records(manifest)) == (SHIPPED_RECORDS if form != "sqlite" else 0)
    names = {path.name for path in (exports / form).iterdir()}
    assert names == {*FILES[form], *besides(form)}


def rows_of_records(manifest: dict[str, list[dict[str, object]]]) -> list[int]:
    """Of the files of which each row is a record."""
    of_records = {"kb.ndjson", *RECORD_FILES, "citations"}
    return [
        int(str(file["rows"]))
        for file in manifest["files"]
        if {str(file["name"]), str(file["name"]).partition(".")[0]} & of_records
    ]


def count_rows(path: Path) -> object:
    """The rows of a file, as a reader finds them."""
    match path.suffix:
        case ".csv":
            return len([*csv.DictReader(StringIO(path.read_bytes().decode(), newline=""))])
        case ".parquet":
            return parquet.read_table(path).num_rows
        case ".ndjson":
            return len(path.read_bytes().splitlines()) - 2
    connection = pysqlite3.connect(path)
    sizes = [connection.execute(f"select count(*) from {name}").fetchone()[0] for name in TABLES]
    connection.close()
    return sum(sizes)


def test_all_forms_are_of_one_place(exports: Path) -> None:
    texts = [(exports / form / "manifest.json").read_text(encoding="utf-8") for form in FILES]
    manifests = [json.loads(text) for text in texts]
    forms = [manifest.pop("form") for manifest in manifests]
    assert forms == [SNAPSHOT_FORM, *[TABLES_FORM] * 3]
    places = [{**manifest, "files": None} for manifest in manifests]
    assert places == places[:1] * len(FILES)


@pytest.mark.parametrize("form", one_in(3, FILES))
def test_a_full_disk_leaves_all_as_it_was(exports: Path, form: str) -> None:
    """A limit on the size of files stands for the disk: some are written before one is refused."""
    before = {path.name: path.read_bytes() for path in (exports / form).iterdir()}
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 40; exec {KB} export --format {form} {form}"],
        cwd=exports,
        env=bare_environment(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("cannot write ")
    assert done.stderr.endswith("; name another folder\n")
    assert {path.name: path.read_bytes() for path in (exports / form).iterdir()} == before


def test_documented_questions_have_answers(exports: Path) -> None:
    questions = re.findall(r"```sql\n(.*?)```", DOCS, re.DOTALL)
    with duckdb.connect() as connection:
        members, concerned, viewed = (
            connection.execute(question.replace("tables/", f"{exports}/parquet/")).fetchall()
            for question in questions
        )
    names = ("Armenia", "Belarus", "Kazakhstan", "Kyrgyzstan", "Russia", "Tajikistan")
    assert members == [(name, True, False) for name in names]
    assert concerned[:3] == [("TJ", 9), ("RU", 8), ("UZ", 8)]
    assert viewed == asked_of_the_service(exports)


def asked_of_the_service(folder: Path) -> list[tuple[object, ...]]:
    """What the documented query answers, in the order of the documented columns."""
    (query,) = re.findall(r"```graphql\n(.*?)```", DOCS, re.DOTALL)
    with TestClient(create_app(Settings(database_url=f"sqlite:///{folder}/kb.db"))) as client:
        answer = client.post("/graphql", json={"query": query}).json()
    rows = [
        (
            node["key"],
            node["state"]["name"],
            node["status"],
            *edtf(node["period"]),
            node["disputed"],
        )
        for node in answer["data"]["view"]["memberships"]["nodes"]
    ]
    assert len(rows) > 5
    return sorted(rows)


def edtf(period: dict[str, dict[str, str] | None]) -> list[str | None]:
    return [date["edtf"] if date else None for date in (period["start"], period["end"])]


def test_documented_columns_are_there() -> None:
    columns = DOCS.partition("## Columns")[2]
    cells = re.findall(r"^\| (`.+?) \|", columns, re.MULTILINE)
    told = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert len(told) == 32
    assert told <= {column.name for table in flat_tables().values() for column in table.columns}


def test_a_folder_that_cannot_be_is_told(exports: Path) -> None:
    done = run(exports, "export", "--format", "csv", "kb.db/out")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "cannot write kb.db/out: Not a directory; name another folder\n"


def test_tables_are_of_the_moment_at_which_the_reading_began(
    filled: Database, tmp_path: Path
) -> None:
    with database.read_transaction(filled.engine) as connection:
        began = read_feed_state(connection).revision
        filled.load(write_seed_texts(tmp_path))
        export_tables(connection, tmp_path / "out", [*flat_tables().values()], "csv")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["revision"] == began == SHIPPED_RECORDS
    assert sum(rows_of_records(manifest)) == SHIPPED_RECORDS
