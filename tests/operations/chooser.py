"""Draws from small choices, for whoever makes operations up.

In: a Random of Hypothesis. Out: numbers, items and yes or no, which shrink.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


class Chooser:
    """Draws from small choices; what is rare stands for the higher rolls, so that it shrinks.

    It draws from a Random of Hypothesis, whose numbers shrink like others, and not from strategies:
    of those Hypothesis makes the same operation over and over with one of its parts repeated.
    """

    def __init__(self, random: Random) -> None:
        self._random = random

    def chance(self, percent: int) -> bool:
        # Hypothesis likes both ends of a range.
        return 100 - percent <= self.number(0, 100) < 100

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.number(0, len(items) - 1)]
