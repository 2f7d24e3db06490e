"""A text held against the citations of it, and what copying did to it undone.

In: an article's paragraphs as a page has them, the anchors of its citations by their keys, and its
stored text. Out: the paragraphs as they verify most citations: words that a line's end broke by a
hyphen joined, straight quotes curled, ligatures parted. Where that verifies none more, nothing is
changed; a text that differs from the stored one in such signs alone is that. Pure: no I/O.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from kb.citations.anchors import Anchor, holds
from kb.normalisation import LIGATURES

Anchors = Mapping[str, Anchor]
_STRAIGHT = str.maketrans("“”„‟‘’‚‛", "\"\"\"\"''''")
_OPENING = re.compile(r"""(?<![^\s(\[{—–“‘"'-])(?:"|'(?=\w))""")
_CURLED = {'"': "“", "'": "‘"}
_CLOSED = str.maketrans("\"'", "”’")
_BROKEN = re.compile(r"(?<=\w)([-‐¬]) (?=\w)")
_MOST_BROKEN, _WIDTH = 200, 8
_SIGNS = re.compile(r"[\s\"'“”„‟‘’‚‛‐‑‒–—―−¬-]+")


def verified(anchors: Anchors, paragraphs: Sequence[str]) -> set[str]:
    """The keys of the citations whose words stand where they say."""
    return {key for key, anchor in anchors.items() if holds(anchor, paragraphs)}


def losing(lost: Collection[str]) -> str:
    """What is wrong with a text by which these citations are lost."""
    some = "a citation that is verified" if len(lost) == 1 else f"{len(lost)} verified citations"
    return f"the words of {some} are not in this text: {', '.join(sorted(lost))}"


def mended(found: Sequence[str], anchors: Anchors, stored: Sequence[str]) -> list[str]:
    """The stored text if it has the same letters and is no worse; else what is nearest to it."""
    same = _letters(found) == _letters(stored)
    best, most = [*found], len(verified(anchors, found))
    if same and len(verified(anchors, stored)) >= most and _broken(stored) <= _broken(found):
        best, most = [*stored], len(verified(anchors, stored))
    for text in _others(found, anchors):
        if most == len(anchors):
            break
        if (count := len(verified(anchors, text))) > most:
            best, most = text, count
    return best


def _others(found: Sequence[str], anchors: Anchors) -> Iterator[list[str]]:
    plain = [text.translate(LIGATURES) for text in found]
    within: defaultdict[int, list[Anchor]] = defaultdict(list)
    for anchor in anchors.values():
        within[anchor.paragraph].append(anchor)
    for signs in (str, _curled, _straight):
        texts = enumerate(map(signs, plain), 1)
        yield [_joined(text, within[number]) for number, text in texts]


def _broken(paragraphs: Sequence[str]) -> int:
    """How many words may be."""
    return sum(len(_BROKEN.findall(text)) for text in paragraphs)


def _letters(paragraphs: Sequence[str]) -> list[str]:
    """The same for texts that differ in quotes, hyphens, dashes, ligatures and blanks alone."""
    return ["".join(_SIGNS.split(normalize("NFKC", text))) for text in paragraphs]


def _curled(text: str) -> str:
    """Quotes as printers set them: opening before a word, else closing."""
    return _OPENING.sub(lambda quote: _CURLED[quote[0]], text).translate(_CLOSED)


def _straight(text: str) -> str:
    return text.translate(_STRAIGHT)


@dataclass(frozen=True, slots=True)
class _Beginning:
    """Of a paragraph, with the number of citations that hold in it."""

    text: str
    held: int = 0

    def with_next(self, text: str, anchors: Collection[Anchor]) -> "_Beginning":
        here, end = text[len(self.text) :], len(self.text)
        ending = [one for one in anchors if end < one.end <= end + len(here)]
        held = sum(holds(_alone(one), [text]) for one in ending)
        return _Beginning(text, self.held + held)


def _alone(anchor: Anchor) -> Anchor:
    return Anchor(1, anchor.start, anchor.end, anchor.sha256)


def _joined(text: str, anchors: Collection[Anchor]) -> str:
    """Each broken word joined, or with its hyphen, or as it is: as most citations hold.

    Of the beginnings of one length, those that hold most are followed, and not more than a few.
    """
    first, *rest = _BROKEN.split(text)
    if not anchors or not 0 < len(rest) <= 2 * _MOST_BROKEN:
        return text
    beginnings = [_Beginning("").with_next(first, anchors)]
    for hyphen, piece in zip(rest[::2], rest[1::2], strict=True):
        longer: dict[int, _Beginning] = {}
        for begun in beginnings:
            for joint in ("", "-", f"{hyphen} "):
                one = begun.with_next(f"{begun.text}{joint}{piece}", anchors)
                known = longer.get(len(one.text))
                longer[len(one.text)] = max(known or one, one, key=lambda it: it.held)
        beginnings = sorted(longer.values(), key=lambda one: -one.held)[:_WIDTH]
    as_it_is = _Beginning("").with_next(text, anchors)
    return max(as_it_is, *beginnings, key=lambda one: one.held).text
