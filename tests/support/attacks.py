"""Texts that make a regular expression slow, if any do: made from the pattern itself.

In: a pattern. Out: `Attack` objects. Each part that repeats is fed with samples of what it takes,
after a sample of all that comes before it. The choices within are drawn from fixed seeds.
"""

import re
import string
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from random import Random
from typing import NamedTuple, TypeAlias

# The standard library's own reading of a pattern; it has no stubs.
_PARSER = import_module("re._parser")
_ODD = " \t\n’é©—»→\1\x7f\u0301\u200b\ufffe"
_POOL = string.ascii_letters + string.digits + string.punctuation + _ODD
_CATEGORIES = {"SPACE": r"\s", "WORD": r"\w", "DIGIT": r"\d"}
Tree: TypeAlias = "Sequence[tuple[object, object]]"


class Attack(NamedTuple):
    """`start`, then `piece` again and again, then a sign that the pattern does not take."""

    start: str
    piece: str

    def text(self, length: int) -> str:
        return f"{self.start}{self.piece * (length // len(self.piece))}\0"


def attacks(pattern: str, flags: int, seeds: int) -> list[Attack]:
    tree: Tree = _PARSER.parse(pattern, flags)
    attacks_of_seeds = (
        attack for seed in range(seeds) for attack in _attacks(tree, "", Random(seed))
    )
    return [*dict.fromkeys(attack for attack in attacks_of_seeds if attack.piece)]


def _attacks(tree: Tree, start: str, random: Random) -> Iterator[Attack]:
    for name, value in tree:
        match str(name), value:
            case "BRANCH", (_, list(branches)):
                for branch in branches:
                    yield from _attacks(branch, start, random)
            case (("MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT"), (_, int(most), body)):
                if most > 1:
                    yield Attack(start, _sample(_tree(body), random))
                    yield Attack(start, _sample(_tree(body), random) + _sample(_tree(body), random))
                yield from _attacks(_tree(body), start, random)
            case "SUBPATTERN", (*_, body):
                yield from _attacks(_tree(body), start, random)
            case "ATOMIC_GROUP", body:
                yield from _attacks(_tree(body), start, random)
        start += _sample([(name, value)], random)


def _tree(value: object) -> Tree:
    assert isinstance(value, _PARSER.SubPattern)
    return value  # type: ignore[no-any-return]  # It is one.


def _sample(tree: Tree, random: Random) -> str:
    """A text that it takes; what looks ahead or behind is not heeded."""
    return "".join(_sample_of(str(name), value, random) for name, value in tree)


def _sample_of(name: str, value: object, random: Random) -> str:
    match name, value:
        case "LITERAL", int(code):
            return chr(code)
        case "NOT_LITERAL", int(code):
            return random.choice(_POOL.replace(chr(code), ""))
        case "ANY", _:
            return random.choice(_POOL.replace("\n", ""))
        case "IN", list(members):
            return random.choice(_matching_signs(tuple(members)))
        case "BRANCH", (_, list(branches)):
            return _sample(random.choice(branches), random)
        case "SUBPATTERN", (*_, body):
            return _sample(_tree(body), random)
        case "ATOMIC_GROUP", body:
            return _sample(_tree(body), random)
        case (("MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT"), (int(least), int(most), body)):
            times = random.randint(least, max(least, min(most, least + 1)))
            return "".join(_sample(_tree(body), random) for _ in range(times))
    return ""


@cache
def _matching_signs(members: tuple[tuple[object, object], ...]) -> str:
    """The signs that a class of characters matches, of a pool and those that it names."""
    negated = str(members[0][0]) == "NEGATE"
    named = "".join(chr(code) for _, code in members if isinstance(code, int))
    return "".join(
        sign
        for sign in _POOL + named
        if any(_matches(*member, sign) for member in members) != negated
    )


def _matches(name: object, value: object, sign: str) -> bool:
    match str(name), value:
        case "LITERAL", int(code):
            return sign == chr(code)
        case "RANGE", (int(low), int(high)):
            return low <= ord(sign) <= high
        case "CATEGORY", kind:
            *_, plain = str(kind).split("_")
            return (re.fullmatch(_CATEGORIES[plain], sign) is None) == ("_NOT_" in str(kind))
    return False
