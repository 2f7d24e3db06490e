"""Which program answers: a name that changes with anything that pages and files are made by.

In: the package's own files, and versions of libraries. Out: a digest of them.
"""

import os
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("kb", "schema")
_LIBRARIES = ("graphql-core", "jinja2", "pyarrow", "strawberry-graphql")
"""Those whose output is passed on."""
_NOT_READ = {"__pycache__", "client", "static"}
"""What stands in `static` has names that change with it; `_paths` takes the list of them."""


@cache
def build_id() -> str:
    digest = sha256()
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    for path in _paths():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _paths() -> Iterator[Path]:
    root = Path(__file__).parents[1]
    for package in _PACKAGES:
        for folder, folders, names in os.walk(root / package):
            folders[:] = sorted({*folders} - _NOT_READ)
            yield from (Path(folder, name) for name in sorted(names))
    yield from (root / "kb" / "web" / "static").glob("manifest.json")
