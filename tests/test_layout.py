"""Layout: what tests share stands beside them, so that no test imports another; and of the package,
what its contracts on imports cannot say.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = [
    path for path in sorted((ROOT / "tests").rglob("*.py")) if "node_modules" not in path.parts
]
A_TEST = re.compile(r"(^|\.)test_\w+(\.|$)")
WRITTEN = re.compile(r"\b(?:from|import) +(tests\.[\w.]+)")
"""In programs that a test writes, too."""


def imported_names(tree: ast.AST) -> Iterator[str]:
    """All that may be a module, by its whole name or by that which follows the dots."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module, names):
                yield from (f"{module or ''}.{alias.name}" for alias in names)
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
    return [name for name in imported_names(ast.parse(program)) if A_TEST.search(name)]


def test_no_module_imports_a_test() -> None:
    assert {program: named_tests(program) for program in EXAMPLES} == EXAMPLES
    imports = {
        (str(path.relative_to(ROOT)), name)
        for path in MODULES
        if path != Path(__file__)  # It names some, above.
        for name in named_tests(path.read_text(encoding="utf-8"))
    }
    assert imports == set()


ENDING = re.compile(r"\b(recompute|changes)\.(\w+)")
"""What is used of the two modules by which every write ends."""


def test_a_check_ends_no_write() -> None:
    """What it may import of these compares; by their contract, others import neither."""
    used = {
        words
        for path in (ROOT / "kb" / "check").glob("*.py")
        for words in ENDING.findall(path.read_text(encoding="utf-8"))
    }
    comparing = {
        ("recompute", "find_stale_records"),
        ("changes", "read_differing"),
        ("changes", "find_removed"),
    }
    assert used == comparing


RIDDLES = frozenset({"found", "one", "own", "asked"})
"""Names that would say of anything what it is."""
PACKAGE = [
    path
    for folder in ("kb", "schema")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not {"node_modules", "versions"} & {*path.parts}
]


def assigned_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(name, ast.Store()) | ast.arg(name):
                yield name


def test_no_variable_is_a_riddle() -> None:
    riddles = {
        (str(path.relative_to(ROOT)), name)
        for path in PACKAGE
        for name in assigned_names(ast.parse(path.read_text(encoding="utf-8")))
        if name in RIDDLES
    }
    assert riddles == set()


def public_definitions(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                if not node.name.startswith("_"):
                    yield node.name


def test_no_two_public_definitions_have_one_name() -> None:
    """But a type of GraphQL has the name of the table, or of the value, that it shows."""
    definitions: defaultdict[str, list[Path]] = defaultdict(list)
    for path in PACKAGE:
        for name in public_definitions(path):
            definitions[name].append(path.relative_to(ROOT))
    shown = (Path("kb/models"), Path("kb/dates.py"), Path("kb/periods.py"))
    for name, paths in definitions.items():
        others = [path for path in paths if path.parts[0] != "schema"]
        if len(paths) == 2 and len(others) == 1:
            assert any(others[0].is_relative_to(place) for place in shown), (name, paths)
        else:
            assert len(paths) == 1, (name, paths)
