"""Slugs, codes and names of offices, as they are compared: in one case and with one kind of dash.

In: a key as somebody wrote it. Out: the form that keys are stored in, so that `xa`, `LEAGUE`,
`league–2016–lake` and `secretary general` find what they mean. Pure: no I/O.
"""

import re
from collections.abc import Callable
from unicodedata import category

_GAPS = re.compile(r"[\s-]+")


def fold_slug(text: str) -> str:
    """`LEAGUE` is `league`."""
    if text.isascii():
        return text.lower()
    return "".join("-" if _is_dash(letter) else letter for letter in text.casefold())


def _is_dash(letter: str) -> bool:
    return category(letter) == "Pd" or letter in "⁃−"


def fold_code(text: str) -> str:
    """Codes are of plain letters; to others, such as `ı`, capitals would add some."""
    folded = fold_slug(text)
    return folded.upper() if folded.isascii() else folded


def fold_office(text: str) -> str:
    """`Secretary – General` and `secretary general` are `secretary-general`."""
    return _GAPS.sub("-", fold_slug(text))


def folding_of(table: str) -> Callable[[str], str]:
    """How the keys of a table's records are folded: codes are upper case, slugs lower."""
    return fold_code if table == "state" else fold_slug
