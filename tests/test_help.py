"""`kb --help`: it comes at once, for it imports nothing but what the command line takes."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.command import bare_environment

HEAVY = {
    "alembic",
    "graphql",
    "jinja2",
    "lxml",
    "psycopg",
    "pyarrow",
    "pydantic",
    "pydantic_settings",
    "ruamel",
    "sqlalchemy",
    "sqlmodel",
    "starlette",
    "strawberry",
    "uvicorn",
}
MOST_SECONDS = 1.0
"""Of a core; it takes a quarter of that."""


def ask_help(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-m", "kb", "--help"],
        cwd=folder,
        env=bare_environment(),
        capture_output=True,
        text=True,
        check=True,
    )


def test_help_imports_no_library_that_commands_need(tmp_path: Path) -> None:
    told = ask_help(tmp_path, "-X", "importtime").stderr
    imported = {name.partition(".")[0] for name in re.findall(r"\| +([\w.]+)$", told, re.MULTILINE)}
    assert "typer" in imported
    assert imported & HEAVY == set()


def test_help_takes_a_part_of_a_second(tmp_path: Path) -> None:
    """The best of three, of which the first may have to compile what nobody has imported yet."""
    took = []
    for _ in range(3):
        before = os.times()
        assert "serve" in ask_help(tmp_path).stdout
        after = os.times()
        took.append(sum(after[2:4]) - sum(before[2:4]))
    assert min(took) < MOST_SECONDS
