"""Inputs made odd: what is right, changed in a few places.

In: bytes that are right, and a source of chance. Out: bytes that mostly are not. The same seed
makes the same bytes, so that a failure can be had again.
"""

from collections.abc import Callable, Sequence
from random import Random

Mutator = Callable[[Random, bytes], bytes]
MOST_CHANGES, LONGEST = 4, 200_000
"""Of one input, and in bytes."""
ODD: Sequence[bytes] = [
    *(
        text.encode()
        for text in ("\u00ad", "\u200b", "\u202e", "\ufeff", "e\u0301", "ﷺ", "İ", "𝔎", "–")
    ),
    *(b"null", b"true", b"-1", b"1e999", b"NaN", b"0x10", b"1_000", b"9" * 30, b"3000000000"),
    *(b"'", b'"', b"`", b"\\", b"\\u0000", b"\\ud800", b"\0", b"\xff", b"\r\n", b"\t", b"\n\n"),
    *(b"{", b"}", b"[", b"]", b"&a", b"*a", b"<<: *a", b"---\n", b"!!python", b"? ", b"- ", b": "),
    *(b"<p>", b"</div>", b"<!--", b"<br", b"&nbsp;", b"&#0;", b"#", b"%", b"$x", b"...", b"@skip"),
    *(b"-", b"*", b"(", b")", b"Issue No. ", b"JAN. 1 ", b" (", b") \xe2\x80\x94 ", b"[..2016]"),
]
"""What readers stumble over."""


def mutate(random: Random, right: bytes) -> bytes:
    """With some changes; now and then with none."""
    changed = right
    for _ in range(random.randint(0, MOST_CHANGES)):
        changed = random.choice(_MUTATORS)(random, changed)[:LONGEST]
    return changed


def _insert(random: Random, given: bytes) -> bytes:
    place = random.randint(0, len(given))
    return given[:place] + random.choice(ODD) + given[place:]


def _remove(random: Random, given: bytes) -> bytes:
    start, end = _span(random, given)
    return given[:start] + given[end:]


def _repeat_piece(random: Random, given: bytes) -> bytes:
    """A piece, up to some thousand times."""
    start, end = _span(random, given)
    return given[:end] + given[start:end] * random.choice((1, 2, 10, 100, 3_000)) + given[end:]


def _insert_run(random: Random, given: bytes) -> bytes:
    """One thing again and again."""
    place = random.randint(0, len(given))
    return given[:place] + random.choice(ODD) * random.choice((10, 100, 10_000)) + given[place:]


def _replace(random: Random, given: bytes) -> bytes:
    start, end = _span(random, given)
    return given[:start] + random.choice(ODD) + given[end:]


def _swap(random: Random, given: bytes) -> bytes:
    """Two lines, or two words."""
    parts = given.split(sign := random.choice((b"\n", b" ")))
    first, second = random.randrange(len(parts)), random.randrange(len(parts))
    parts[first], parts[second] = parts[second], parts[first]
    return sign.join(parts)


def _flip_bit(random: Random, given: bytes) -> bytes:
    changed = bytearray(given)
    if changed:
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _span(random: Random, given: bytes) -> tuple[int, int]:
    start = random.randint(0, len(given))
    return start, min(len(given), start + random.choice((1, 3, 10, 40, 200)))


_MUTATORS: Sequence[Mutator] = [
    _insert,
    _remove,
    _repeat_piece,
    _insert_run,
    _replace,
    _swap,
    _flip_bit,
]
