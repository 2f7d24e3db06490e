"""SQLite's file once its service or command has ended: whole, without a log beside it."""

import shutil
from contextlib import closing
from pathlib import Path

import pysqlite3
import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from tests.support.command import ask_server, run, serving
from tests.support.databases import prepare, settings_of
from tests.support.seed_texts import write_seed_texts

pytestmark = pytest.mark.slow
REVISION = "select revision from head"


def revision_of(file: Path) -> object:
    with closing(pysqlite3.connect(file)) as connection:
        return connection.execute(REVISION).fetchone()[0]


def copy_alone(file: Path) -> Path:
    """As who backs up one file, and not what stands beside it."""
    folder = file.parent / "copied"
    folder.mkdir()
    return Path(shutil.copy(file, folder / "kb.db"))


def assert_whole(file: Path, revision: object) -> None:
    alone = copy_alone(file)
    assert revision_of(alone) == revision
    checked = run(alone.parent, "check")
    assert checked.stdout.endswith(" records checked: no fault\n")


def log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def bytes_of_log(file: Path) -> int:
    return log_of(file).stat().st_size if log_of(file).exists() else 0


def test_a_service_that_ended_leaves_all_in_the_file(tmp_path: Path, unused_port: int) -> None:
    with serving(tmp_path, unused_port) as (address, _):
        assert run(tmp_path, "load", str(write_seed_texts(tmp_path))).returncode == 0
        answer = ask_server(address, "{ revision }")
        assert bytes_of_log(tmp_path / "kb.db") > 0  # Else there is nothing to test.
    assert isinstance(answer, dict)
    assert bytes_of_log(tmp_path / "kb.db") == 0
    assert_whole(tmp_path / "kb.db", int(answer["data"]["revision"]))


def test_commands_leave_all_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "kb.db"
    seeds = str(write_seed_texts(tmp_path))
    (tmp_path / "wrong.yaml").write_text("wrong: [", encoding="utf-8")
    for arguments in (("load", "wrong.yaml"), ("migrate",), ("load", seeds)):
        run(tmp_path, *arguments)
        assert bytes_of_log(file) == 0, arguments
    assert run(tmp_path, "token", "create", "Ada").returncode == 0
    assert bytes_of_log(file) == 0
    assert_whole(file, revision_of(file))


def test_what_another_process_still_reads_stays_for_the_last_one(
    tmp_path: Path, unused_port: int
) -> None:
    file = tmp_path / "kb.db"
    with serving(tmp_path, unused_port) as (address, _):
        reader = pysqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
        before = reader.execute(REVISION).fetchone()[0]
        assert run(tmp_path, "load", str(write_seed_texts(tmp_path))).returncode == 0
        answer = ask_server(address, "{ revision }")
    assert isinstance(answer, dict)
    after = int(answer["data"]["revision"])
    assert before < after
    assert bytes_of_log(file) > 0
    assert reader.execute(REVISION).fetchone()[0] == after
    reader.close()
    assert run(tmp_path, "token", "create", "Ada").returncode == 0
    assert bytes_of_log(file) == 0
    assert_whole(file, after)


def test_the_log_is_brought_into_no_other_file(tmp_path: Path) -> None:
    """Which was put in the place of the served one, beside the log of that."""
    served, other = tmp_path / "kb.db", tmp_path / "other.db"
    prepare(settings_of(served), write_seed_texts(tmp_path))
    prepare(settings_of(other))
    content = other.read_bytes()
    with TestClient(create_app(settings_of(served))) as client:
        assert client.get("/readyz").status_code == 200
        with closing(pysqlite3.connect(served)) as connection:
            connection.execute("update head set stream = 'another'")
            connection.commit()
        assert bytes_of_log(served) > 0
        other.replace(served)
    assert served.read_bytes() == content
    assert bytes_of_log(served) > 0
