"""What who bears a token may do.

In: nothing. Out: `Role`. Pure, and of nothing that takes long to import.
"""

from enum import StrEnum


class Role(StrEnum):
    """Each may do what those before it may."""

    READER = "READER"
    CURATOR = "CURATOR"
    ADMIN = "ADMIN"

    def includes(self, other: "Role") -> bool:
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)
