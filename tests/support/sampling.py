"""Cases of which `make test` runs a few, and `make test-long` all the others.

In: cases of a parametrised test. Out: the same; those that are not among each so many are long.
"""

from collections.abc import Iterable

import pytest


def one_in(every: int, cases: Iterable[object]) -> list[object]:
    """The first case, and each so many after it, are not long."""
    return [long_case(case) if number % every else case for number, case in enumerate(cases)]


def long_case(case: object) -> object:
    """One that `make test-long` runs alone."""
    if isinstance(case, type(pytest.param())):
        return case._replace(marks=[*case.marks, pytest.mark.long])
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.long)
