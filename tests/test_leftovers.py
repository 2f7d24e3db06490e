"""What commands that were killed left beside a file is gone once the next one writes it."""

import os
from pathlib import Path

import pytest

from kb.files.folder import atomic_file, unfinished_path
from tests.support.command import run
from tests.support.databases import prepare, settings_of

ENDED = 2**22 + 1
"""A number that no process of Linux has."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    prepare(settings_of(tmp_path / "kb.db"))
    return tmp_path


def test_an_export_that_was_killed(folder: Path) -> None:
    left, others = folder / f".kb.ndjson.{ENDED}", folder / f".kb.ndjson.{os.getpid()}"
    unlike = folder / f".kb.ndjson.old.{ENDED}x"
    for path in (left, others, unlike):
        path.touch()
    assert run(folder, "export", "--format", "ndjson", ".").returncode == 0
    assert {path for path in (left, others, unlike) if path.exists()} == {others, unlike}


def test_a_backup_that_was_killed(folder: Path) -> None:
    left = folder / f".saved.db.{ENDED}.abc"
    left.mkdir()
    (left / "saved.db").touch()
    assert run(folder, "backup", "saved.db").returncode == 0
    assert not left.exists()


def test_a_number_that_is_given_again_holds_nobody_up(tmp_path: Path) -> None:
    """In a container each command is process 1."""
    target = tmp_path / "kb.ndjson"
    unfinished_path(target).touch()
    with atomic_file(target) as file:
        file.write(b"{}")
    assert [*tmp_path.iterdir()] == [target]
