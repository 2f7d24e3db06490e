"""Layout: what tests share stands beside them, so that no test imports another; and of the package,
what its contracts on imports cannot say.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = [
    path for path in sorted((ROOT / "tests").rglob("*.py")) if "node_modules" not in path.parts
]
A_TEST = re.compile(r"(^|\.)test_\w+(\.|$)")
WRITTEN = re.compile(r"\b(?:from|import) +(tests\.[\w.]+)")
"""In programs that a test writes, too."""


def imported(tree: ast.AST) -> Iterator[str]:
    """All that may be a module, by its whole name or by that which follows the dots."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                yield from (one.name for one in names)
            case ast.ImportFrom(module, names):
                yield from (f"{module or ''}.{one.name}" for one in names)
            case ast.Constant(str(text)):
                yield from WRITTEN.findall(text)


EXAMPLES = {
    "import tests.test_cli": ["tests.test_cli"],
    "from tests.chaos.test_disk import ask": ["tests.chaos.test_disk.ask"],
    "def f():\n    from . import test_cli as cli": [".test_cli"],
    "run('from tests.test_cli import ask')": ["tests.test_cli"],
    "from tests.support import command": [],
    "from kb.testing import attest_it": [],
}


def named_tests(program: str) -> list[str]:
    return [one for one in imported(ast.parse(program)) if A_TEST.search(one)]


def test_no_module_imports_a_test() -> None:
    assert {program: named_tests(program) for program in EXAMPLES} == EXAMPLES
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in MODULES
        if path != Path(__file__)  # It names some, above.
        for name in named_tests(path.read_text(encoding="utf-8"))
    }
    assert found == set()


ENDING = re.compile(r"\b(recompute|changes)\.(\w+)")
"""What is used of the two modules by which every write ends."""


def test_a_check_ends_no_write() -> None:
    """What it may import of these compares; by their contract, others import neither."""
    used = {
        found
        for path in (ROOT / "kb" / "check").glob("*.py")
        for found in ENDING.findall(path.read_text(encoding="utf-8"))
    }
    comparing = {
        ("recompute", "find_stale_records"),
        ("changes", "read_differing"),
        ("changes", "find_removed"),
    }
    assert used == comparing
