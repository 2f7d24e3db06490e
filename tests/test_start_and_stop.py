"""How commands start and end: where they serve, and what signals and broken streams do to them."""

import gc
import random
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from kb.app import create_app
from kb.process.http_protocol import ServerConfig
from kb.process.run import run_server
from tests.support.command import KB, ask_server, bare_environment, run
from tests.support.databases import prepare, settings_of, shipped_seeds
from tests.support.sampling import one_in
from tests.support.service import free_port

pytestmark = pytest.mark.slow

PATIENCE = 60


@contextmanager
def start(folder: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [KB, *arguments],
        cwd=folder,
        env=bare_environment() | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


def signal_and_wait(process: subprocess.Popen[str], number: int) -> tuple[int, str]:
    """The exit code of what is sent a signal, and what it complains of."""
    process.send_signal(number)
    _, complaint = process.communicate(timeout=PATIENCE)
    return process.returncode, complaint


def run_in_shell(folder: Path, script: str) -> tuple[int, str]:
    done = subprocess.run(
        ["sh", "-c", script, "sh", KB],
        cwd=folder,
        env=bare_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stderr


def test_the_address_is_told_once_it_answers_and_a_taken_one_at_once(tmp_path: Path) -> None:
    options = ("serve", "--host", "localhost", "--port", "0", "--database", "other.db")
    with start(tmp_path, *options) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("New database other.db: ")
        address = server.stdout.readline().partition("GraphQL and its explorer: ")[2].strip()
        address = address.removesuffix("/graphql")
        assert ask_server(address, "{ __typename }") == {"data": {"__typename": "Query"}}
        port = address.rpartition(":")[2]
        taken = run(tmp_path, "serve", "--host", "localhost", "--port", port)
        assert (taken.returncode, taken.stdout) == (1, "")
        assert taken.stderr == (
            f"port {port} of localhost is taken by another program;"
            " name another in KB_PORT or by --port; 0 is any free one\n"
        )
        assert not (tmp_path / "kb.db").exists()
        code, complaint = signal_and_wait(server, signal.SIGTERM)
        assert code == 143
        assert [line.split()[1:3] for line in complaint.splitlines()] == [["info", "request"]]


def test_an_empty_host_serves_nobody(tmp_path: Path) -> None:
    refused = run(tmp_path, "serve", KB_HOST="")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("KB_HOST: write an address")


def test_the_version(tmp_path: Path) -> None:
    assert run(tmp_path, "--version", KB_PORT="tcp://10.0.0.1:80").stdout == "kb 0.1.0\n"


@pytest.mark.parametrize(
    ("number", "code"), one_in(2, [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
)
def test_a_signal_ends_a_command_as_it_ends_others(tmp_path: Path, number: int, code: int) -> None:
    prepare(settings_of(tmp_path / "kb.db"))
    with start(tmp_path, "ingest", "-") as command:
        while not (tmp_path / "kb.db-wal").exists():
            time.sleep(0.02)
            assert command.poll() is None
        assert signal_and_wait(command, number) == (code, "")


def test_a_signal_ends_workers_that_start(tmp_path: Path) -> None:
    """One of them may answer by then, and the others not yet."""
    prepare(settings_of(tmp_path / "kb.db"))
    arguments = ("serve", "--database", "kb.db", "--port", str(free_port()))
    with start(tmp_path, *arguments, KB_WORKERS="3") as command:
        children = Path(f"/proc/{command.pid}/task/{command.pid}/children")
        while len(children.read_text(encoding="ascii").split()) < 3:
            assert command.poll() is None
        command.send_signal(signal.SIGTERM)
        assert command.wait(PATIENCE) == 143


REMOVED_MEANWHILE = """
import os, signal, time, weakref
from kb.__main__ import catch_signals

class Thing:
    pass

def end(_):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.1)

catch_signals()
thing = Thing()
reference = weakref.ref(thing, end)
del thing
time.sleep(30)
"""


def test_a_signal_ends_what_just_removes_an_object(tmp_path: Path) -> None:
    """Python drops an exception that is raised there."""
    script = [sys.executable, "-c", REMOVED_MEANWHILE]
    done = subprocess.run(script, cwd=tmp_path, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (143, "")


READ_BY_NOBODY = """
import os, subprocess, sys
reading, writing = os.pipe()
os.close(reading)
sys.exit(subprocess.run(sys.argv[1:], stdout=writing).returncode)
"""


@pytest.mark.parametrize(
    "arguments", one_in(3, map(pytest.param, [("schema",), ("--version",), ("load", ".")]))
)
def test_a_pipe_that_nobody_reads(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "publications.yaml").write_text("gazette: {name: The Gazette}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", READ_BY_NOBODY, KB, *arguments],
        cwd=tmp_path,
        env=bare_environment(),
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize(
    ("script", "code", "told"),
    one_in(
        4,
        [
            ("$1 schema <&- >&- 2>&-", 0, ""),
            (
                "$1 token list >&-",
                1,
                "there is no database at kb.db; run `kb serve` or `kb load` first\n",
            ),
            (
                ": > kb.db; $1 migrate; $1 ingest - <&-",
                1,
                "<stdin>:1: the page is empty, save it anew\n",
            ),
            ("$1 schema > /dev/full", 1, "the system refuses: No space left on device\n"),
            (
                "mkdir gone; cd gone; rmdir ../gone; exec $1 migrate",
                1,
                "the folder that this is run in is gone; go to another one\n",
            ),
        ],
    ),
)
def test_streams_and_folders_that_are_gone(
    tmp_path: Path, script: str, code: int, told: str
) -> None:
    assert run_in_shell(tmp_path, script) == (code, told)
    assert {path.name for path in tmp_path.iterdir()} <= {"kb.db", "kb.db-shm", "kb.db-wal"}


def test_a_signal_before_the_loop_is_there_ends_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python told of a coroutine that nobody had awaited."""

    def make_loop() -> NoReturn:
        raise SystemExit(143)

    monkeypatch.setattr(ServerConfig, "get_loop_factory", lambda _: make_loop)
    app = create_app(prepare(settings_of(tmp_path / "kb.db")))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(SystemExit):
            run_server(app, [], lambda: None)
        gc.collect()
    assert not told


COMMANDS = (
    ("check",),
    ("load", "seeds"),
    ("export", "yaml"),
    ("export", "--format", "parquet", "parquet"),
    ("export", "--format", "sqlite", "sqlite"),
    ("backup", "saved.db"),
    ("migrate", "--new-stream"),
    ("token", "create", "somebody"),
    ("serve", "--port", "0"),
    ("schema",),
)


@pytest.mark.long
@pytest.mark.alone
def test_signals_at_any_moment_leave_nothing_half_written(tmp_path: Path) -> None:
    with shipped_seeds() as seeds:
        (tmp_path / "seeds").symlink_to(seeds)
        assert run(tmp_path, "load", "seeds").returncode == 0
        chance, until = random.Random(1), time.monotonic() + 60
        while time.monotonic() < until:
            command = chance.choice(COMMANDS)
            number = chance.choice([signal.SIGINT, signal.SIGTERM])
            (tmp_path / "saved.db").unlink(missing_ok=True)
            with start(tmp_path, *command) as process:
                # Python itself is ended before any code of ours is there, and once it is over:
                # a shell tells that by the same number.
                time.sleep(chance.uniform(0.3, 3))
                code, complaint = signal_and_wait(process, number)
            ends = (0, 128 + number, -number)
            assert (command, code in ends, complaint) == (command, True, "")
            assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")]
    assert "no fault" in run(tmp_path, "check").stdout
