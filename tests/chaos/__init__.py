import pytest

# What asserts in these modules is told as fully as in tests.
_ASSERTING = ("blows", "commands", "copies", "siege", "victims")
pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in _ASSERTING))
