"""The wheel: what `pip install .` brings works alone, in an empty folder, with its data."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVE_WITHOUT_LISTENING = """
import kb.cli, kb.process.run, pathlib
assert pathlib.Path(kb.cli.__file__).is_relative_to({unpacked!r}), kb.cli.__file__
kb.process.run.run_server = lambda app, *_: print(app)
kb.cli.serve(port=0)
"""


@pytest.fixture(scope="module")
def unpacked_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of what the image is built of, unpacked as pip unpacks it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = shutil.ignore_patterns("node_modules", "__pycache__")
    for copied in re.findall(r"^COPY (?!-)(.+) \S+$", dockerfile, re.MULTILINE):
        for name in copied.split():
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, source / name, ignore=ignored)
            else:
                source.mkdir(exist_ok=True)
                shutil.copy(ROOT / name, source)
    package = source / "kb" / "web" / "client" / "node_modules" / "left-by-npm"
    package.mkdir(parents=True)
    (package / "index.js").touch()
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def test_serves_its_own_data_in_an_empty_folder(unpacked_wheel: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVE_WITHOUT_LISTENING.format(unpacked=str(unpacked_wheel))],
        cwd=tmp_path,
        env={"PYTHONPATH": str(unpacked_wheel)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    assert " added, 0 changed, 0 removed" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["kb.db"]


def test_holds_nothing_else(unpacked_wheel: Path) -> None:
    names = {path.name for path in unpacked_wheel.iterdir()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"kb", "schema"}
    static = unpacked_wheel / "kb" / "web" / "static"
    names = json.loads((static / "manifest.json").read_text(encoding="ascii"))
    assert sum(path.stat().st_size for path in static.glob("*.js")) > 1_000_000
    assert all((static / f"{name}.br").is_file() for name in (*names.values(), "manifest.json"))
    assert not list(unpacked_wheel.rglob("node_modules"))


@pytest.mark.parametrize("package", ["kb", "schema"])
def test_tells_type_checkers_that_it_is_typed(unpacked_wheel: Path, package: str) -> None:
    assert (unpacked_wheel / package / "py.typed").is_file()


def test_carries_its_licences(unpacked_wheel: Path) -> None:
    (about,) = unpacked_wheel.glob("*.dist-info")
    metadata = (about / "METADATA").read_text(encoding="utf-8")
    assert "License-Expression: MIT AND CC-BY-4.0\n" in metadata
    for name in ("LICENSE", "seeds/LICENSE"):
        assert (about / "licenses" / name).read_bytes() == (ROOT / name).read_bytes()
