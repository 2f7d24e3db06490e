"""The recipes of CONTRIBUTING carried out: on a copy of the tree, which runs its own code.

In: a heading of CONTRIBUTING, and a folder. Out: the edits below that heading, as `git apply` takes
them, and a `TreeCopy` to which they are applied.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import copy2

from tests.support.command import bare_environment
from tests.support.kept import KEPT

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```diff\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class TreeCopy:
    """A checkout of its own, without what is built or installed."""

    folder: Path

    def apply(self, edits: str) -> None:
        """Where the lines around an edit are not those of the tree, the recipe is out of date."""
        self._run("git", "apply", "--unidiff-zero", "-", given=edits)

    def python(self, *arguments: str) -> str:
        """What Python prints that imports the copy's modules."""
        return self._run(sys.executable, *arguments)

    def kb(self, *arguments: str) -> str:
        return self.python("-m", "kb", *arguments)

    def make_schema(self) -> None:
        """As `make schema` does, with no environment of its own."""
        (self.folder / "schema" / "schema.graphql").write_text(self.kb("schema"), encoding="utf-8")
        self.kb("schema", "--seeds", "seeds/schemas")

    def _run(self, *command: str, given: str = "") -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=_environment() | {"PYTHONPATH": str(self.folder)},
            input=given,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _environment() -> dict[str, str]:
    """Tests of a copy that has another migration make databases of their own."""
    shared = (KEPT, "PYTEST_XDIST_WORKER")
    return {name: value for name, value in bare_environment().items() if name not in shared}


def copy_tree(folder: Path) -> TreeCopy:
    """The tree as it stands, committed or not."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            copy2(ROOT / name, folder / name)
    return TreeCopy(folder)


def edits_below(heading: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks = _BLOCK.findall(section)
    assert blocks, heading
    return "".join(blocks)


def count_edits(edits: str) -> tuple[int, int]:
    """How many files the edits touch, and how many lines they add or take away."""
    files = re.findall(r"^\+\+\+ ", edits, re.MULTILINE)
    lines = re.findall(r"^(?:\+(?!\+\+ )|-(?!-- ))", edits, re.MULTILINE)
    return len(files), len(lines)
