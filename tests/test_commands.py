"""Every command that README and the guides show is run as it stands; the database stays sound."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from kb.cli import app
from kb.signed_note import SigningKey
from tests.support.command import run, serving
from tests.support.documentation import GUIDES, ROOT, blocks, blocks_in, fact, named_files
from tests.support.foreign_archives import write_archives
from tests.support.service import free_port

ELSEWHERE = {
    "make serve": "makes an environment from a registry",
    "make test": "runs this test",
    ".venv/bin/python -m pytest ": "runs other tests",
    'pip install "dlt[duckdb]"': "asks a registry; both are among the tests' packages",
    "curl -sSf 'http://127.0.0.1:8000/changes.ndjson": "is for DuckDB's own program;"
    " tests/test_feed_consumers.py runs its statements",
    "tap-rest-api-msdk ": "has an environment of its own; tests/test_feed_consumers.py runs it",
    "pip install cryptography": "asks a registry; it is among the tests' packages",
    "mkdir -m 700 secrets ": "is for what comes next to it",
    "docker compose ": "takes images from a registry; tests/test_compose.py reads the file",
    "export KB_PUBLIC_URL=": "is for what comes next to it",
    "export KB_REPLICA_URLS=": "is for what comes next to it",
    "KB_SEEDS=lake kb serve ": "goes on; tests/test_your_own.py runs it",
    **dict.fromkeys(
        (
            *("apt-get ", "useradd ", "python3 -m venv /opt/kb", "/opt/kb/bin/pip install "),
            *("systemctl ", "chmod 755 /usr/local/bin/kb", "certbot "),
            *("mv /var/lib/kb/kb.db* ", "cp --preserve "),
        ),
        "changes the machine; tests/test_operating_page.py runs it on one of its own",
    ),
}
"""How the commands begin that are not run here, and why."""
RUN_BY = {
    "sh": "tests/test_commands.py",
    "yaml": "tests/test_curating.py, tests/test_your_own.py, tests/test_importing.py",
    "graphql": "tests/test_readme.py, tests/test_walk.py, tests/test_curating.py,"
    " tests/test_your_own.py",
    "json": "tests/test_readme.py, tests/test_walk.py, tests/test_curating.py,"
    " tests/test_locked.py, tests/test_your_own.py, tests/test_agents.py",
    "csv": "tests/test_importing.py",
    "html": "tests/test_importing.py",
    "text": "tests/test_importing.py, tests/test_agents.py",
    "sql": "tests/test_copying.py, tests/test_manifest.py",
    "sparql": "tests/test_linked_data.py",
    "ndjson": "tests/test_commands.py",
    "python": "tests/test_walk.py",
    "js": "tests/test_browser_origins.py",
    **dict.fromkeys(
        ("ini", "nginx", "caddy"), "tests/test_operating.py, tests/test_operating_page.py"
    ),
    "bash": "tests/test_operating_page.py",
}


def test_each_block_is_run_by_some_test() -> None:
    """A block without a language is no example; docs/speed.md is written by `make bench`."""
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"speed.md"} == {
        Path(name).name for name in GUIDES if name != "README.md"
    }
    assert {language for name in GUIDES for language, _ in blocks(name)} == {*RUN_BY}


def test_commands_within_sentences_are_commands() -> None:
    """Each is there, with its options."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    seen = 0
    for name in GUIDES:
        for text in re.findall(r"`kb ([a-z][^`]*)`", (ROOT / name).read_text(encoding="utf-8")):
            first, *words = text.split()
            command = group.commands[first]
            if isinstance(command, TyperGroup):
                command = command.commands[words.pop(0)]
            options = {option for parameter in command.params for option in parameter.opts}
            assert {word for word in words if word.startswith("--")} <= options, text
            seen += 1
    assert seen > 9


@dataclass
class Shell:
    """Someone who types what a guide shows, in a folder with what it speaks of."""

    folder: Path
    address: str
    known: dict[str, str] = field(default_factory=dict)

    def type(self, command: str) -> str:
        """What it prints."""
        text = command.replace("http://127.0.0.1:8000", self.address)
        # Who follows the feed never comes to an end.
        text = text.replace("curl -N", "curl -N --max-time 3").replace("curl ", "curl -sS ")
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", text],
            cwd=self.folder,
            env={**_environment(), **self.known, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == (28 if "--max-time" in text else 0), (command, done)
        return done.stdout


def _environment() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("KB_")}


def read_commands(name: str) -> list[str]:
    """Without what explains them beside it."""
    lines = "".join(blocks_in(name, "sh")).replace("\\\n", "").splitlines()
    return [command for line in lines if (command := line.partition("  #")[0].strip())]


@pytest.fixture
def shell(tmp_path: Path, archive: str) -> Iterator[Shell]:
    """Beside a running service, with the seeds and the archive at hand."""
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    with (tmp_path / "seeds" / "events.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\n{fact()}")
    (tmp_path / "folder-of-pages").mkdir()
    for name in ("page.txt", "folder-of-pages/page.txt"):
        (tmp_path / name).write_text(archive, encoding="utf-8")
    write_archives(tmp_path)
    for name, text in named_files("docs/importing.md").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for script in (ROOT / "docs").glob("*.py"):
        shutil.copy(script, tmp_path)
    query, *_ = blocks_in("docs/curating.md", "graphql")
    variables, _ = map(json.loads, blocks_in("docs/curating.md", "json"))
    request = json.dumps({"query": query, "variables": variables})
    (tmp_path / "request.json").write_text(request, encoding="utf-8")
    (records,) = blocks_in("docs/curating.md", "ndjson")
    (tmp_path / "records.ndjson").write_text(records, encoding="utf-8")
    key = SigningKey.make("example.org/kb")
    with serving(tmp_path, free_port(), KB_SIGNING_KEY=key.text) as (address, _):
        yield Shell(tmp_path, address, {"KEY": key.verifier})


@pytest.mark.long
def test_every_command_runs_and_the_database_stays_sound(shell: Shell) -> None:
    shown = [command for name in GUIDES for command in read_commands(name)]
    elsewhere = {command: begins(command) for command in shown if begins(command)}
    assert {*elsewhere.values()} == {*ELSEWHERE}
    told = {command: type_command(shell, command) for command in shown if command not in elsewhere}
    assert '"name":"Uzbekistan"' in output_of(
        told, "curl http://127.0.0.1:8000/graphql -H 'Content"
    )
    assert re.search(
        r"^(\d{3}) of \1 citations with a text verified$",
        output_of(told, "kb ingest page.txt"),
        re.M,
    )
    assert "anchor: {paragraph: " in output_of(told, "kb cite")
    _, answer = map(json.loads, blocks_in("docs/curating.md", "json"))
    assert json.loads(output_of(told, 'curl http://127.0.0.1:8000/graphql -H "Auth')) == {
        "data": answer
    }
    assert "event: next" in output_of(told, "curl -N")
    assert (shell.folder / "memberships.csv").stat().st_size > 500
    done = run(shell.folder, "check")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith(" records checked: no fault\n")


def begins(command: str) -> str | None:
    """How a command begins that is not run here."""
    return next(filter(command.startswith, ELSEWHERE), None)


def type_command(shell: Shell, command: str) -> str:
    if command.startswith("kb token revoke"):
        # The guide's own token goes on to be used.
        run(shell.folder, "token", "create", "Nobody")
        newest = run(shell.folder, "token", "list").stdout.splitlines()
        (token_id,) = (line.split()[0] for line in newest if line.endswith("Nobody"))
        command = f"kb token revoke {token_id}"
    told = shell.type(command)
    if command.startswith("kb token create") and "--role reader" not in command:
        shell.known["TOKEN"] = told.strip()
    return told


def output_of(told: Mapping[str, str], beginning: str) -> str:
    (output,) = {text for command, text in told.items() if command.startswith(beginning)}
    return output
