"""Programs of others that take what is served and exported, as `make tools` brings them.

In: a program's name. Out: its path in their own environment, or a reason to skip.
"""

import pytest

from tests.support.documentation import ROOT

_BIN = ROOT / ".tools" / "bin"


def tool(name: str) -> str:
    path = _BIN / name
    if not path.exists():
        pytest.skip(f"there is no {name} here; `make tools` could not bring it, or was not run")
    return str(path)
