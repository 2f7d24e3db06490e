"""Damage that copying did to a text, repaired by the citations that the text has to verify.

In: an article's paragraphs as a page has them, the anchors of its citations by their keys, and its
stored text. Out: the paragraphs in the form that verifies most citations: words that were
hyphenated at a line's end joined, straight quotes curled, ligatures split. Where that verifies no
more of them, nothing is changed; where only such characters differ from the stored text, the stored
one is kept. Pure: no I/O.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from kb.citations.anchors import Anchor, anchor_holds
from kb.normalisation import LIGATURES

Anchors = Mapping[str, Anchor]
_STRAIGHT = str.maketrans("“”„‟‘’‚‛", "\"\"\"\"''''")
_OPENING = re.compile(r"""(?<![^\s(\[{—–“‘"'-])(?:"|'(?=\w))""")
_CURLED = {'"': "“", "'": "‘"}
_CLOSED = str.maketrans("\"'", "”’")
_BROKEN = re.compile(r"(?<=\w)([-‐¬]) (?=\w)")
_MOST_BROKEN, _WIDTH = 200, 8
_SIGNS = re.compile(r"[\s\"'“”„‟‘’‚‛‐‑‒–—―−¬-]+")


def verified_keys(anchors: Anchors, paragraphs: Sequence[str]) -> set[str]:
    """The keys of the citations whose words stand where they say."""
    return {key for key, anchor in anchors.items() if anchor_holds(anchor, paragraphs)}


def describe_lost_citations(lost: Collection[str]) -> str:
    """The words of the fault of a text by which these citations are lost."""
    some = "a citation that is verified" if len(lost) == 1 else f"{len(lost)} verified citations"
    return f"the words of {some} are not in this text: {', '.join(sorted(lost))}"


def repair_text(paragraphs: Sequence[str], anchors: Anchors, stored: Sequence[str]) -> list[str]:
    """The stored text if it has the same letters and verifies as much; else the best variant."""
    same = _letters_only(paragraphs) == _letters_only(stored)
    best, most = [*paragraphs], len(verified_keys(anchors, paragraphs))
    if (
        same
        and len(verified_keys(anchors, stored)) >= most
        and _count_broken_words(stored) <= _count_broken_words(paragraphs)
    ):
        best, most = [*stored], len(verified_keys(anchors, stored))
    for text in _variants(paragraphs, anchors):
        if most == len(anchors):
            break
        if (count := len(verified_keys(anchors, text))) > most:
            best, most = text, count
    return best


def _variants(paragraphs: Sequence[str], anchors: Anchors) -> Iterator[list[str]]:
    plain = [text.translate(LIGATURES) for text in paragraphs]
    within: defaultdict[int, list[Anchor]] = defaultdict(list)
    for anchor in anchors.values():
        within[anchor.paragraph].append(anchor)
    for signs in (str, _curl_quotes, _straighten_quotes):
        texts = enumerate(map(signs, plain), 1)
        yield [_join_broken_words(text, within[number]) for number, text in texts]


def _count_broken_words(paragraphs: Sequence[str]) -> int:
    """How many words may have been broken at a line's end."""
    return sum(len(_BROKEN.findall(text)) for text in paragraphs)


def _letters_only(paragraphs: Sequence[str]) -> list[str]:
    """The same for texts that differ in quotes, hyphens, dashes, ligatures and blanks alone."""
    return ["".join(_SIGNS.split(normalize("NFKC", text))) for text in paragraphs]


def _curl_quotes(text: str) -> str:
    """Quotes as printers set them: opening before a word, else closing."""
    return _OPENING.sub(lambda quote: _CURLED[quote[0]], text).translate(_CLOSED)


def _straighten_quotes(text: str) -> str:
    return text.translate(_STRAIGHT)


@dataclass(frozen=True, slots=True)
class _Prefix:
    """The beginning of a paragraph, with the number of citations that are verified in it."""

    text: str
    held: int = 0

    def with_next(self, text: str, anchors: Collection[Anchor]) -> "_Prefix":
        here, end = text[len(self.text) :], len(self.text)
        ending = [anchor for anchor in anchors if end < anchor.end <= end + len(here)]
        held = sum(anchor_holds(_in_first_paragraph(anchor), [text]) for anchor in ending)
        return _Prefix(text, self.held + held)


def _in_first_paragraph(anchor: Anchor) -> Anchor:
    return Anchor(1, anchor.start, anchor.end, anchor.sha256)


def _join_broken_words(text: str, anchors: Collection[Anchor]) -> str:
    """Each broken word joined, or with its hyphen, or as it is: whichever verifies most citations.

    A beam search: of prefixes of equal length the best is followed, and of all only a few.
    """
    first, *rest = _BROKEN.split(text)
    if not anchors or not 0 < len(rest) <= 2 * _MOST_BROKEN:
        return text
    prefixes = [_Prefix("").with_next(first, anchors)]
    for hyphen, piece in zip(rest[::2], rest[1::2], strict=True):
        longer: dict[int, _Prefix] = {}
        for beginning in prefixes:
            for joint in ("", "-", f"{hyphen} "):
                prefix = beginning.with_next(f"{beginning.text}{joint}{piece}", anchors)
                known = longer.get(len(prefix.text))
                longer[len(prefix.text)] = max(
                    known or prefix, prefix, key=lambda prefix: prefix.held
                )
        prefixes = sorted(longer.values(), key=lambda prefix: -prefix.held)[:_WIDTH]
    as_it_is = _Prefix("").with_next(text, anchors)
    return max(as_it_is, *prefixes, key=lambda prefix: prefix.held).text
