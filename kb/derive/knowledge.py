"""What the citations of a record say by a day.

In: all statements about one record, and a day. Out: `Knowledge`: those known by then, field by
field, and whether more will be said. Pure: no I/O.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date

from kb.derive.assertions import Statement, days_of
from kb.models.base import BEFORE_ALL

FLOOR = "floor"
"""The column for the day before which nothing that is of a record is possible."""
_WORD = re.compile(r"\w+")


class Knowledge:
    """Of what is not known yet it tells only that there is something, and of which field."""

    def __init__(self, statements: Sequence[Statement], day: date) -> None:
        self.known = [statement for statement in statements if statement.dated.known <= day]
        self.is_complete = len(self.known) == len(statements)
        self._all = Counter(statement.field for statement in statements if statement.value)
        self._by_field: dict[str | None, list[Statement]] = {}
        for statement in sorted(self.known, key=lambda statement: statement.rank):
            if statement.value:
                self._by_field.setdefault(statement.field, []).append(statement)
        self._supports_whole = any(
            statement.is_support and statement.field is None for statement in self.known
        )

    def of(self, field: str) -> Sequence[Statement]:
        """What is known to be said of a field, the newest last."""
        return self._by_field.get(field, ())

    def speaks_of(self, field: str) -> bool:
        """Whether any citation ever does."""
        return bool(self._all[field])

    def awaits(self, fields: Collection[str]) -> bool:
        """Whether more will be said of these fields.

        Of those that no citation speaks of, all is known from the first support of the record as a
        whole on, or else with the last citation.
        """
        in_all = sum(self._all[field] for field in fields)
        if not in_all:
            return not (self._supports_whole or self.is_complete)
        return sum(len(self.of(field)) for field in fields) < in_all

    def names(self, fields: Collection[str], text: str) -> bool:
        """Whether a value known of these fields contains the words of the text."""
        words = _words(text)
        return any(
            words in _words(str(statement.value))
            for field in fields
            for statement in self.of(field)
        )


def floor(knowledge: Knowledge, fields: Collection[str]) -> str:
    """The earliest day that any known value of these dates allows; of an open one there is none."""
    days = [days_of(str(each.value)).first for field in fields for each in knowledge.of(field)]
    firsts = [day for day in days if day]
    return min(firsts).isoformat() if firsts and len(firsts) == len(days) else BEFORE_ALL


def first_day_of_uncited(statements: Collection[Statement]) -> date | None:
    """From when all is known of what no citation speaks of."""
    of_whole = [each.dated.known for each in statements if each.is_support and each.field is None]
    every = [each.dated.known for each in statements]
    return min(of_whole) if of_whole else max(every, default=None)


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "
