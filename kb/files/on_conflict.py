"""What becomes of a record of a file that another set has otherwise.

In: nothing. Out: `OnConflict`. Pure, and of nothing that takes long to import.
"""

from enum import StrEnum


class OnConflict(StrEnum):
    REFUSE = "refuse"
    SKIP = "skip"
    UPDATE = "update"
