"""The blocks of an archive page: its lines joined to paragraphs, each with its kind.

In: a `Page`. Out: `Block` objects in order. Paragraphs part at blank lines; a dateline begins one
and footers, bylines and `ENDS` are ones of their own even where no line is blank. Pure: no I/O.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from kb.archive.grammar import DATELINES, FURNITURE, Kind, kind_of, without_ends
from kb.archive.html_lines import Line
from kb.archive.pages import Page

_TEXTS = frozenset({Kind.TEXT, Kind.TRIFLE})
_LONGER_IS_BETTER = frozenset({Kind.FOOTER, Kind.COPYRIGHT})


class Piece(NamedTuple):
    """A line as its author ended it: a headline, or the kicker right under it."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a line of a kind of its own; `level` is that of a heading, else 0."""

    kind: Kind
    line: int
    text: str
    level: int = 0
    pieces: tuple[Piece, ...] = ()


def read_blocks(page: Page) -> list[Block]:
    return list(_Reader(page).read())


class _Reader:
    """One pass over the lines; `width` is that of the page's longest line of text."""

    def __init__(self, page: Page) -> None:
        self.lines = page.lines
        self.kinds = [_kind(line) for line in page.lines]
        texts = _TEXTS | DATELINES if page.wrapped else frozenset[Kind]()
        both = zip(page.lines, self.kinds, strict=True)
        self.width = max((len(line.text) for line, kind in both if kind in texts), default=None)

    def read(self) -> Iterator[Block]:
        paragraph: list[Line] = []
        index = 0
        while index < len(self.lines):
            kind, count = self._recognise(index)
            lines = self.lines[index : index + count]
            if kind not in _TEXTS:
                yield from self._blocks(paragraph)
                paragraph = []
            if kind in _TEXTS | DATELINES:
                paragraph += lines
            elif kind is not Kind.BLANK:
                text = " ".join(line.text for line in lines)
                yield Block(kind, lines[0].number, text, lines[0].level)
            index += count
        yield from self._blocks(paragraph)

    def _recognise(self, index: int) -> tuple[Kind, int]:
        """The kind of the lines from there, and how many they are."""
        kind, best = self.kinds[index], 1
        if kind is Kind.NEAR_FOOTER:
            return self._near_footer(index)
        text = self.lines[index].text
        if text[:1].islower():
            return kind, 1
        for last in range(index + 1, min(index + 3, len(self.lines))):
            goes_on = self._goes_on(self.lines[last - 1], self.lines[last])
            if not goes_on or self.kinds[last] not in _TEXTS:
                break
            text = f"{text} {self.lines[last].text}"
            found = kind_of(text)
            if found in _LONGER_IS_BETTER or (found is Kind.DATELINE and kind is not found):
                kind, best = found, last - index + 1
        return kind, best

    def _near_footer(self, index: int) -> tuple[Kind, int]:
        """With the lines under it, whose first must not pass for a headline."""
        text, end = self.lines[index].text, index + 1
        while end < len(self.lines) and self.kinds[end] in _TEXTS:
            if kind_of(text) is not Kind.NEAR_FOOTER:
                break
            text = f"{text} {self.lines[end].text}"
            end += 1
        whole = kind_of(text) is Kind.FOOTER
        return Kind.FOOTER if whole else Kind.NEAR_FOOTER, end - index

    def _goes_on(self, line: Line, following: Line) -> bool:
        """Whether the line was broken because the next word had no room."""
        if self.width is None or not line.text:
            return False
        word = following.text.split(" ", 1)[0]
        return bool(word) and len(word) >= self.width - len(line.text)

    def _blocks(self, lines: list[Line]) -> Iterator[Block]:
        """A paragraph, and the word that closes it apart."""
        if not lines:
            return
        whole = " ".join(line.text for line in lines)
        level = lines[0].level
        text = whole if level else without_ends(whole)
        kind = Kind.TEXT if level else kind_of(text)
        yield Block(kind, lines[0].number, text, level, tuple(self._pieces(lines)))
        if text != whole:
            yield Block(Kind.ENDS, lines[-1].number, whole[len(text) :])

    def _pieces(self, lines: list[Line]) -> list[Piece]:
        """Joined once each: a paragraph may have very many lines."""
        joined = [[lines[0]]]
        for line, following in pairwise(lines):
            if line.level or self._goes_on(line, following):
                joined[-1].append(following)
            else:
                joined.append([following])
        return [Piece(one[0].number, " ".join(line.text for line in one)) for one in joined]


def _kind(line: Line) -> Kind:
    """A heading is the site's, or a headline whatever it says."""
    kind = kind_of(line.text)
    return Kind.TEXT if line.level and kind not in FURNITURE | {Kind.BLANK} else kind
