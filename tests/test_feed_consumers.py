"""Tools that know nothing of this service take the feed by plain HTTP, as documented."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import duckdb
import pytest

from tests.support.command import ask_server, serving
from tests.support.consumers import DOCS, query_duckdb
from tests.support.cutting import cut_connection
from tests.support.feeds import COUNTS, counts
from tests.support.service import free_port
from tests.support.tools import tool

pytestmark = pytest.mark.long
PRESENT = """select record_id, document from {} qualify
 row_number() over (partition by record_id order by revision desc) = 1"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("served"), free_port()) as (address, _):
        yield address


def served_counts(address: str) -> list[dict[str, object]]:
    answer = ask_server(address, COUNTS)
    assert isinstance(answer, dict)
    found: list[dict[str, object]] = answer["data"]["feed"]["counts"]
    return found


def start_dlt(address: str, copy: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, str(DOCS / "feed_with_dlt.py"), address, str(copy)]
    return subprocess.Popen(command, stdout=-1, stderr=-1, text=True, cwd=copy.parent)


def test_dlt_takes_it_and_goes_on_when_killed(address: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    with cut_connection(address, 20_000, holds=True) as way:
        process = start_dlt(way.address, copy)
        assert way.reached.wait(60)
        process.kill()
        process.communicate()
    for _ in range(2):
        process = start_dlt(address, copy)
        _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told
        rows = query_duckdb(copy, PRESENT.format("kb.changes"))
        assert counts({row[0]: row[1] for row in rows}) == served_counts(address)
    ((taken, last),) = query_duckdb(copy, "select count(*), max(revision) from kb.changes")
    assert taken == last


def test_dlt_fails_where_the_history_is_another(
    address: str, tmp_path: Path, unused_port: int
) -> None:
    """It does not end as if there were nothing new."""
    copy = tmp_path / "copy.duckdb"
    process = start_dlt(address, copy)
    process.communicate(timeout=120)
    assert process.returncode == 0
    (tmp_path / "other").mkdir()
    with serving(tmp_path / "other", unused_port, KB_SEEDS="none") as (other, _):
        with pytest.raises(HTTPError, match="409"):
            urlopen(f"{other}/changes.ndjson?since=1")
        process = start_dlt(other, copy)
        _, told = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "409" in told


def test_duckdb_takes_pages(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script = (DOCS / "take_page.sql").read_text(encoding="utf-8")
    since, more = "0", True
    while more:
        with urlopen(f"{address}/changes.ndjson?limit=50&since={since}") as response:
            page = response.read()
        Path("page.ndjson").write_bytes(page)
        for _ in range(2):  # Once more is the same: as after a kill.
            with duckdb.connect("copy.duckdb") as connection:
                connection.execute(script)
                ((since,),) = connection.execute("select max(position) from change").fetchall()
        more = json.loads(page.splitlines()[-1])["more"]
    rows = query_duckdb(Path("copy.duckdb"), PRESENT.format("change"))
    assert counts({row[0]: row[1] for row in rows}) == served_counts(address)


def start_tap(address: str, folder: Path, state: object) -> "subprocess.Popen[str]":
    """The tap with the documented configuration, for a service at this address."""
    command = tool("tap-rest-api-msdk")
    described = json.loads((DOCS / "singer_tap.json").read_text(encoding="utf-8"))
    (folder / "tap.json").write_text(json.dumps({**described, "api_url": address}))
    (folder / "state.json").write_text(json.dumps(state))
    given = ["--config", "tap.json", "--state", "state.json"]
    return subprocess.Popen([command, *given], stdout=-1, stderr=-1, text=True, cwd=folder)


def test_a_singer_tap_takes_it_and_goes_on(address: str, tmp_path: Path) -> None:
    """Made of configuration alone; killed, it goes on from the last state that it told."""
    rows, state = dict[object, object](), dict[str, object]()
    with cut_connection(address, 20_000, holds=True) as way:
        process = start_tap(way.address, tmp_path, state)
        assert way.reached.wait(60)
        process.kill()
    messages = [process.communicate()[0]]
    for _ in range(2):
        for told in filter(is_whole, messages[-1].splitlines()):
            message = json.loads(told)
            state = message.get("value", state)
            if record := message.get("record"):
                rows[record["recordId"]] = record["document"]
        process = start_tap(address, tmp_path, state)
        messages.append(process.communicate(timeout=120)[0])
        assert process.returncode == 0
    assert counts({row: text for row, text in rows.items() if text}) == served_counts(address)
    assert '"RECORD"' in messages[1]
    assert '"RECORD"' not in messages[2]


def is_whole(line: str) -> bool:
    """One that was killed leaves half a line."""
    return line.endswith("}")
