"""The blocks of an archive page: its lines joined to paragraphs, each with its type.

In: the grammar, and an `ArchivePage`. Out: `Block` objects in order. Blank lines separate
paragraphs. A dateline begins a paragraph, and a footer, a byline or `ENDS` is a block by itself,
even without a blank line before it. Pure: no I/O.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from kb.archive.grammar import Grammar
from kb.archive.html_lines import Line
from kb.archive.line_types import DATELINES, FURNITURE, LineType
from kb.archive.pages import ArchivePage

_TEXTS = frozenset({LineType.TEXT, LineType.TRIFLE})
_LONGER_IS_BETTER = frozenset({LineType.FOOTER, LineType.COPYRIGHT})


class Piece(NamedTuple):
    """A line as its author ended it: a headline, or the kicker right under it."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a line that is no text; `level` is that of a heading, else 0."""

    type: LineType
    line: int
    text: str
    level: int = 0
    pieces: tuple[Piece, ...] = ()


def read_blocks(grammar: Grammar, page: ArchivePage) -> list[Block]:
    return list(_Reader(grammar, page).read())


class _Reader:
    """One pass over the lines; `width` is that of the page's longest line of text."""

    def __init__(self, grammar: Grammar, page: ArchivePage) -> None:
        self.grammar, self.lines = grammar, page.lines
        self.types = [self._classify(line) for line in page.lines]
        texts = _TEXTS | DATELINES if page.wrapped else frozenset[LineType]()
        both = zip(page.lines, self.types, strict=True)
        self.width = max(
            (len(line.text) for line, line_type in both if line_type in texts), default=None
        )

    def read(self) -> Iterator[Block]:
        paragraph: list[Line] = []
        index = 0
        while index < len(self.lines):
            line_type, count = self._recognise(index)
            lines = self.lines[index : index + count]
            if line_type not in _TEXTS:
                yield from self._paragraph_blocks(paragraph)
                paragraph = []
            if line_type in _TEXTS | DATELINES:
                paragraph += lines
            elif line_type is not LineType.BLANK:
                text = " ".join(line.text for line in lines)
                yield Block(line_type, lines[0].number, text, lines[0].level)
            index += count
        yield from self._paragraph_blocks(paragraph)

    def _recognise(self, index: int) -> tuple[LineType, int]:
        """The type of the lines from `index` on that belong together, and their number."""
        line_type, best = self.types[index], 1
        if line_type is LineType.MALFORMED_FOOTER:
            return self._join_malformed_footer(index)
        text = self.lines[index].text
        if text[:1].islower():
            return line_type, 1
        for last in range(index + 1, min(index + 3, len(self.lines))):
            goes_on = self._is_wrapped(self.lines[last - 1], self.lines[last])
            if not goes_on or self.types[last] not in _TEXTS:
                break
            text = f"{text} {self.lines[last].text}"
            joined_type = self.grammar.classify_line(text)
            if joined_type in _LONGER_IS_BETTER or (
                joined_type is LineType.DATELINE and line_type is not joined_type
            ):
                line_type, best = joined_type, last - index + 1
        return line_type, best

    def _join_malformed_footer(self, index: int) -> tuple[LineType, int]:
        """Join it with the lines under it, the first of which must not pass for a headline."""
        text, end = self.lines[index].text, index + 1
        while end < len(self.lines) and self.types[end] in _TEXTS:
            if self.grammar.classify_line(text) is not LineType.MALFORMED_FOOTER:
                break
            text = f"{text} {self.lines[end].text}"
            end += 1
        whole = self.grammar.classify_line(text) is LineType.FOOTER
        return LineType.FOOTER if whole else LineType.MALFORMED_FOOTER, end - index

    def _is_wrapped(self, line: Line, following: Line) -> bool:
        """Whether the line was broken because the next word had no room."""
        if self.width is None or not line.text:
            return False
        word = following.text.split(" ", 1)[0]
        return bool(word) and len(word) >= self.width - len(line.text)

    def _paragraph_blocks(self, lines: list[Line]) -> Iterator[Block]:
        """The paragraph of these lines, and the `ENDS` that closes it as a block of its own."""
        if not lines:
            return
        whole = " ".join(line.text for line in lines)
        level = lines[0].level
        text = whole if level else self.grammar.without_ends(whole)
        line_type = LineType.TEXT if level else self.grammar.classify_line(text)
        yield Block(line_type, lines[0].number, text, level, tuple(self._pieces(lines)))
        if text != whole:
            yield Block(LineType.ENDS, lines[-1].number, whole[len(text) :])

    def _pieces(self, lines: list[Line]) -> list[Piece]:
        """The lines, wrapped ones joined, each once: a paragraph may have very many lines."""
        joined = [[lines[0]]]
        for line, following in pairwise(lines):
            if line.level or self._is_wrapped(line, following):
                joined[-1].append(following)
            else:
                joined.append([following])
        return [Piece(group[0].number, " ".join(line.text for line in group)) for group in joined]

    def _classify(self, line: Line) -> LineType:
        """The type of a line; a heading is the site's own, or else a headline whatever it says."""
        line_type = self.grammar.classify_line(line.text)
        is_headline = line.level and line_type not in FURNITURE | {LineType.BLANK}
        return LineType.TEXT if is_headline else line_type
