"""What a set of records can be called.

In: a text. Out: whether it is a name of a set, as a folder has one. Pure, and of nothing that takes
long to import.
"""

import re
from typing import Final

from kb.normalisation import normalise

MOST_OF_SET: Final = 200
SET_REMEDY: Final = f"give 1 to {MOST_OF_SET} characters on one line, without a slash"
_IN_NO_NAME = re.compile(r"[/\0-\x1f\x7f-\x9f\u2028\u2029]")


def is_set_name(text: str) -> bool:
    name = normalise(text)
    return 0 < len(name) <= MOST_OF_SET and not _IN_NO_NAME.search(text)
