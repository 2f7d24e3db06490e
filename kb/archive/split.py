"""An archive page cut into its articles, before any of them is read.

In: the blocks of a page. Out: one `Part` for each dateline, and a `Stray` for what has none. After
a footer, and at a heading of the level of headlines, another article begins. Where a footer is
absent, the next headline is taken only if it can be told for sure. Pure: no I/O.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from kb.archive.blocks import Block
from kb.archive.grammar import DATELINES, ENDINGS, FOOTERS, Kind, ends_sentence

LONGEST_HEADLINE = 200
_BORDERS = frozenset({Kind.TITLE, Kind.PAGER})


@dataclass(frozen=True, slots=True)
class Part:
    """What is meant as one article.

    `head` stands before the dateline, None where it cannot be told; `body` begins with it; `last`
    if the page ends here.
    """

    head: list[Block] | None
    body: list[Block]
    footers: list[Block]
    last: bool


@dataclass(frozen=True, slots=True)
class Stray:
    """Text or footers without a dateline."""

    texts: list[Block]
    footers: list[Block]
    last: bool


@dataclass(slots=True)
class _Segment:
    """Blocks up to their footers, or to where another article begins."""

    content: list[Block] = field(default_factory=list)
    closing: list[Block] = field(default_factory=list)
    last: bool = False

    @property
    def footers(self) -> list[Block]:
        return [block for block in self.closing if block.kind in FOOTERS]


def split_parts(blocks: list[Block]) -> Iterator[Part | Stray]:
    """All of the page but what the site adds."""
    known = [block for block in blocks if block.kind not in (Kind.META, Kind.ORNAMENT)]
    level = _headline_level(known)
    for segment in _segments(_without_margins(known, level), level):
        datelines = [at for at, block in enumerate(segment.content) if block.kind in DATELINES]
        if datelines:
            yield from _dated(segment, datelines, level)
        else:
            yield from _undated(segment)


def _headline_level(blocks: list[Block]) -> int | None:
    """The level of headings that most datelines have before them, None without headings."""
    counts: Counter[int] = Counter()
    seen: set[int] = set()
    for block in blocks:
        if block.level and block.kind is Kind.TEXT:
            seen.add(block.level)
        elif block.kind in DATELINES:
            counts.update(seen)
            seen.clear()
    most = max(counts.values(), default=0)
    return min((level for level, count in counts.items() if count == most), default=None)


def _without_margins(blocks: list[Block], level: int | None) -> list[Block]:
    """Nothing over the page's title, or else its first headline, or under its last pager."""
    titles = [at for at, block in enumerate(blocks) if block.kind is Kind.TITLE]
    titles += [at for at, block in enumerate(blocks) if _is_headline(block, level)]
    pagers = [at for at, block in enumerate(blocks) if block.kind is Kind.PAGER]
    start = titles[0] if titles and not _has_article(blocks[: titles[0]]) else 0
    end = pagers[-1] + 1 if pagers and not _has_article(blocks[pagers[-1] :]) else len(blocks)
    return blocks[start:end]


def _is_headline(block: Block, level: int | None) -> bool:
    """Whether it is a heading of the level that headlines have."""
    return level is not None and block.level == level and block.kind is Kind.TEXT


def _has_article(blocks: list[Block]) -> bool:
    return any(block.kind in DATELINES | FOOTERS for block in blocks)


def _segments(blocks: list[Block], level: int | None) -> Iterator[_Segment]:
    segment = _Segment()
    for block in blocks:
        if block.kind in ENDINGS | FOOTERS:
            segment.closing.append(block)
            continue
        if block.kind in _BORDERS or _is_headline(block, level) or segment.footers:
            yield segment
            segment = _Segment()
        # Without a footer these close nothing yet.
        segment.content += segment.closing
        segment.closing = []
        if block.kind not in _BORDERS:
            segment.content.append(block)
    segment.last = True
    yield segment


def _undated(segment: _Segment) -> Iterator[Stray]:
    apart = ENDINGS | {Kind.TRIFLE}
    texts = [block for block in segment.content if block.kind not in apart]
    if texts or segment.footers:
        yield Stray(texts, segment.footers, segment.last)


def _dated(segment: _Segment, datelines: list[int], level: int | None) -> Iterator[Part | Stray]:
    content = segment.content
    start = _after_endings(content, 0, datelines[0])
    if any(block.kind not in ENDINGS | {Kind.TRIFLE} for block in content[:start]):
        yield Stray(content[:start], [], False)
    head: list[Block] | None = _head(content[start : datelines[0]], level)
    for dateline, following in pairwise([*datelines, len(content)]):
        final = following == len(content)
        begin = None if final or level else _head_start(content, dateline, following)
        end = following if begin is None else begin
        footers = segment.footers if final else []
        yield Part(head, content[dateline:end], footers, segment.last and final)
        head = None if begin is None else _head(content[begin:following], None)


def _head(blocks: list[Block], level: int | None) -> list[Block]:
    """What stands before a dateline; where headlines are headings, nothing else is one."""
    blocks = [block for block in blocks if block.kind is not Kind.TRIFLE]
    return [] if level and blocks and blocks[0].level != level else blocks


def _after_endings(blocks: list[Block], start: int, end: int) -> int:
    """The place after the last `ENDS` or copyright line from `start`, and after a byline there."""
    start = max((at + 1 for at in range(start, end) if blocks[at].kind in ENDINGS), default=start)
    while start < end and blocks[start].kind is Kind.BYLINE:
        start += 1
    return start


def _head_start(blocks: list[Block], before: int, dateline: int) -> int | None:
    """Where the head of a dateline begins after an article that has no footer, if that is sure."""
    if any(block.kind in ENDINGS for block in blocks[before:dateline]):
        return _after_endings(blocks, before, dateline)
    texts = [at for at in range(before, dateline) if blocks[at].kind is not Kind.BYLINE]
    headline = texts[-1]
    if headline == before or not ends_sentence(blocks[texts[-2]].text):
        return None
    text = blocks[headline].text
    return None if ends_sentence(text) or len(text) > LONGEST_HEADLINE else headline
