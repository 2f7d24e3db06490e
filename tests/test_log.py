"""The log of a running service: a line a request on standard error, which holds up nobody."""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kb.config import LogForm, Settings
from kb.telemetry.log import LineWriter, open_log
from kb.telemetry.record import RequestRecord, begin, ignore
from kb.telemetry.record_queue import RecordQueue
from tests.support.command import KB, ask_server, await_port, bare_environment, serving
from tests.support.databases import Place
from tests.support.service import free_port

pytestmark = pytest.mark.sweep


def tell_dropped(count: int) -> str:
    return f"dropped {count}"


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    try:
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)


def read_until(descriptor: int, end: bytes) -> bytes:
    text = b""
    while not text.endswith(end):
        text += os.read(descriptor, 1_000_000)
    return text


def test_lines_are_written_in_order() -> None:
    with pipe() as (reading, writing):
        writer = LineWriter(writing, tell_dropped)
        for number in range(100):
            writer.add([str(number)])
        writer.close()
        assert os.read(reading, 1_000) == "".join(f"{number}\n" for number in range(100)).encode()


def test_a_pipe_that_nobody_reads_holds_up_nobody() -> None:
    with pipe() as (reading, writing):
        writer = LineWriter(writing, tell_dropped)
        begun = time.monotonic()
        for _ in range(30_000):
            writer.add(["x" * 99])
        assert time.monotonic() - begun < 1
        # Once somebody reads, it goes on, and says what is missing.
        text, written, dropped, more = b"", 0, 0, 0
        while written + dropped < 30_000:
            writer.add(["more"])
            more += 1
            text += os.read(reading, 1_000_000)
            *lines, _ = text.decode().split("\n")
            written = lines.count("x" * 99)
            dropped = sum(int(line.split()[1]) for line in lines if line.startswith("dropped"))
        assert written + dropped <= 30_000 + more
        # At most 10,000 wait while as many are written, beside what the pipe holds.
        assert dropped > 9_000
        writer.close()


def test_to_close_a_pipe_that_nobody_reads_takes_no_longer_than_a_moment() -> None:
    with pipe() as (reading, writing):
        writer = LineWriter(writing, tell_dropped)
        for _ in range(10_000):
            writer.add(["x" * 99])
        begun = time.monotonic()
        writer.close()
        assert time.monotonic() - begun < 3
        read_until(reading, b"x\n")


def test_a_disk_that_is_full_takes_nothing_and_fails_nothing() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        writer = LineWriter(full, tell_dropped)
        writer.add(["lost"])
        writer.close()
        writer.add(["after its end"])
    finally:
        os.close(full)


def test_what_is_logged_otherwise_goes_the_same_way(capfd: pytest.CaptureFixture[str]) -> None:
    with capfd.disabled(), pipe() as (reading, writing):
        saved = os.dup(2)
        os.dup2(writing, 2)
        try:
            with open_log(LogForm.JSON):
                begin("the-id", ignore)
                try:
                    raise ValueError('two\nlines "quoted"')
                except ValueError:
                    logging.getLogger("kb.test").exception("failed\nat\x1b[2J it")
        finally:
            os.dup2(saved, 2)
            os.close(saved)
        (line,) = read_until(reading, b"\n").decode().splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["id"]) == ("log", "error", "the-id")
    assert (told["logger"], told["message"]) == ("kb.test", "failed\nat\x1b[2J it")
    assert told["traceback"].endswith('ValueError: two\nlines "quoted"')


def test_records_are_passed_on_before_the_end() -> None:
    taken: list[RequestRecord] = []
    queue = RecordQueue([taken.extend])
    with queue.running():
        put = [RequestRecord(str(number), queue.put) for number in range(1_000)]
        for record in put:
            record.end()
    assert taken == put


@pytest.fixture(scope="module")
def database_url(place: Place, migrated: Settings) -> str:
    """Of an empty database, which takes no time to set up."""
    return place.create(migrated).database_url


@pytest.mark.parametrize("form", LogForm)
def test_a_running_service_logs_each_request(
    tmp_path: Path, database_url: str, form: LogForm
) -> None:
    log, port = tmp_path / "log", free_port()
    settings = {"KB_LOG": form.value, "KB_DATABASE_URL": database_url}
    with serving(tmp_path, port, None, log, **settings) as (address, _):
        for _ in range(3):
            ask_server(address, "query Mine { revision }")
    lines = log.read_text(encoding="ascii").splitlines()
    assert len(lines) == 3
    for line in lines:
        assert line.startswith('{"time":"2' if form is LogForm.JSON else "2")
        assert ("Mine" in line, "revision" in line) == (True, False)
        if form is LogForm.JSON:
            told = json.loads(line)
            assert (told["status"], told["operation"], told["code"]) == (200, "query", None)


CLOSED = """
import os, sys
reading, writing = os.pipe()
os.close(reading)
os.dup2(writing, 2)
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.slow
@pytest.mark.parametrize("script", ['exec "$0" serve 2>&-', 'exec python3 -c "$1" "$0" serve'])
def test_a_standard_error_that_is_closed_ends_no_request(
    tmp_path: Path, database_url: str, script: str
) -> None:
    port = free_port()
    environment = bare_environment() | {"KB_PORT": str(port), "KB_DATABASE_URL": database_url}
    command = ["/bin/sh", "-c", script.replace("python3", sys.executable), str(KB), CLOSED]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL
    ) as process:
        try:
            await_port(port)
            for _ in range(3):
                assert "data" in json.dumps(ask_server(f"http://127.0.0.1:{port}", "{ revision }"))
                time.sleep(0.1)
        finally:
            process.terminate()
        assert process.wait(10) in (-15, 143, 0)
