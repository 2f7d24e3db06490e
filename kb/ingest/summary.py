"""What an ingestion did, and what it was told to accept.

In: counts, faults and differences of each page. Out: their sums. Pure: no I/O.
"""

from dataclasses import dataclass, field, fields

from kb.errors import Fault


@dataclass
class Summary:
    """What an ingestion did: articles added, texts stored, articles updated, and left as they were.

    `differing` is what pages tell otherwise than records that stay as they are.
    """

    pages: int = 0
    added: int = 0
    texts: int = 0
    updated: int = 0
    left: int = 0
    faults: list[Fault] = field(default_factory=list)
    differing: list[Fault] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether no article of the pages is there: there is nothing to tell but faults."""
        return not (self.added or self.texts or self.updated or self.left)

    def __iadd__(self, other: "Summary") -> "Summary":
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        return self


@dataclass(frozen=True, slots=True)
class Overrides:
    """Faults that are accepted, and differences that are taken.

    `replace` stores texts by which citations are lost, `new` adds articles that are likely copies,
    and `update` writes what pages tell otherwise.
    """

    replace: bool = False
    new: bool = False
    update: bool = False
