"""What tests share: no test imports another."""

import sys
from pathlib import Path

if "pytest" in sys.modules:  # It is not where a server runs whose memory is measured.
    import pytest

    # What asserts in these modules is told as fully as in tests.
    _NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in _NAMES))
