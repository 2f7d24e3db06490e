"""CONTRIBUTING and ARCHITECTURE name what is there: every module, and no path that is gone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", ROOT / "README.md"]
PAGES = [*DOCUMENTS, *sorted((ROOT / "docs").glob("*.md"))]
FOLDERS = tuple(f"{path.name}/" for path in ROOT.iterdir() if path.is_dir())
MADE = {"kb/web/static/", "kb/seeds"}
"""Folders that are there once the package is built."""


def module_paths() -> Iterator[str]:
    """All but migrations, which are known by their numbers, and the files that make packages."""
    for package in ("kb", "schema"):
        for path in (ROOT / package).rglob("*.py"):
            if path.name != "__init__.py" and path.parent.name != "versions":
                yield path.relative_to(ROOT).as_posix()


def mapped_paths(text: str) -> Iterator[str]:
    """By their whole paths, in the order of the map."""
    _, code_map = text.split("\n## Code map\n")
    for section in code_map.split("\n### ")[1:]:
        room = re.match(r"`([\w/]+/)`\n", section)
        assert room, section
        names = re.findall(r"^- `(\w+\.py)`: \S", section, re.MULTILINE)
        assert len(names) == len(re.findall(r"^- ", section, re.MULTILINE)), section
        yield from (room[1] + name for name in names)


def test_the_code_map_names_each_module_once() -> None:
    paths = list(mapped_paths((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    assert sorted(paths) == sorted(module_paths())


def named_paths(text: str) -> set[str]:
    """Paths of the checkout within sentences, and what links lead to."""
    before_map = text.split("\n## Code map\n")[0]
    quoted = re.findall(r"`([\w./-]+)`", before_map)
    links = re.findall(r"\]\(([\w./-]+)\)", text)
    return {path for path in quoted if path.startswith(FOLDERS)} | set(links)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_paths_in_documents_are_there(page: Path) -> None:
    """Links lead on from the folder of the page, as readers follow them."""
    text = page.read_text(encoding="utf-8")
    gone = {
        path
        for path in named_paths(text) - MADE
        if not (ROOT / path).exists() and not (page.parent / path).exists()
    }
    assert gone == set()
