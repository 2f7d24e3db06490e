import pytest

# What asserts in modules of this package is told as fully as in tests.
pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in ("commands", "copy", "siege")))
