"""An answer in the form in which those of the tools and of the naive evaluator are compared.

In: nothing. Out: `Answer`. Its rows have the order in which they were told.
"""

from dataclasses import dataclass
from enum import StrEnum

Row = tuple[object, ...]


class Verdict(StrEnum):
    """Whether there is something to tell, and if not, why not."""

    TOLD = "told"
    NO_SUCH_NAME = "no such name"
    NO_SUCH_OFFICE = "no such office"
    NOTHING = "nothing is recorded"


@dataclass(frozen=True)
class Answer:
    """`is_late`: the day is after all that is known."""

    verdict: Verdict
    rows: tuple[Row, ...] = ()
    is_late: bool = False


NOBODY = Answer(Verdict.NO_SUCH_NAME)
WHOLE = "the record as a whole"
"""The field of what is said of a record as a whole."""
FIELDS = (
    *("acronym", "officialName", "url", "founded", "dissolved", "existence", "parent"),
    *("nationality", "memberships", "terms"),
)
"""What `record` is compared in."""
