"""Slugs and codes are found in upper or lower case, and by no other letters."""

import pytest

from kb.query.filters import fold


@pytest.mark.parametrize(
    ("table", "given", "key"),
    [
        ("state", "uz", "UZ"),
        ("state", "Uz", "UZ"),
        ("state", "\u212aZ", "KZ"),  # The sign for kelvin is a K.
        ("state", "ıb", "ıb"),  # A capital of it would be the I of another code.
        ("organisation", "CSTO", "csto"),
        ("organisation", "cſto", "csto"),
    ],
)
def test_the_case_of_keys(table: str, given: str, key: str) -> None:
    assert fold(table)(given) == key
