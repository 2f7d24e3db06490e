"""An archive page cut into its articles, before any of them is read.

In: the blocks of a page. Out: one `ArticleSection` for each dateline, and a `StraySection` for text
without one. After a footer, and at a heading of the level of headlines, another article begins.
Where a footer is absent, the next headline is taken only if it is certain to be one. Pure: no I/O.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from kb.archive.blocks import Block
from kb.archive.grammar import ends_sentence
from kb.archive.line_types import DATELINES, ENDINGS, FOOTERS, LineType

LONGEST_HEADLINE = 200
_BORDERS = frozenset({LineType.TITLE, LineType.PAGER})


@dataclass(frozen=True, slots=True)
class ArticleSection:
    """What is meant as one article.

    `head` stands before the dateline, None where it cannot be told; `body` begins with it; `last`
    if the page ends here.
    """

    head: list[Block] | None
    body: list[Block]
    footers: list[Block]
    last: bool


@dataclass(frozen=True, slots=True)
class StraySection:
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
        return [block for block in self.closing if block.type in FOOTERS]


def split_sections(blocks: list[Block]) -> Iterator[ArticleSection | StraySection]:
    """The sections of a page, without the site's own lines."""
    relevant = [block for block in blocks if block.type not in (LineType.META, LineType.ORNAMENT)]
    level = _headline_level(relevant)
    for segment in _split_segments(_trim_margins(relevant, level), level):
        datelines = [at for at, block in enumerate(segment.content) if block.type in DATELINES]
        if datelines:
            yield from _split_dated(segment, datelines, level)
        else:
            yield from _split_undated(segment)


def _headline_level(blocks: list[Block]) -> int | None:
    """The level of headings that most datelines have before them, None without headings."""
    counts: Counter[int] = Counter()
    seen: set[int] = set()
    for block in blocks:
        if block.level and block.type is LineType.TEXT:
            seen.add(block.level)
        elif block.type in DATELINES:
            counts.update(seen)
            seen.clear()
    most = max(counts.values(), default=0)
    return min((level for level, count in counts.items() if count == most), default=None)


def _trim_margins(blocks: list[Block], level: int | None) -> list[Block]:
    """Nothing over the page's title, or else its first headline, or under its last pager."""
    titles = [at for at, block in enumerate(blocks) if block.type is LineType.TITLE]
    titles += [at for at, block in enumerate(blocks) if _is_headline(block, level)]
    pagers = [at for at, block in enumerate(blocks) if block.type is LineType.PAGER]
    start = titles[0] if titles and not _has_article(blocks[: titles[0]]) else 0
    end = pagers[-1] + 1 if pagers and not _has_article(blocks[pagers[-1] :]) else len(blocks)
    return blocks[start:end]


def _is_headline(block: Block, level: int | None) -> bool:
    """Whether it is a heading of the level that headlines have."""
    return level is not None and block.level == level and block.type is LineType.TEXT


def _has_article(blocks: list[Block]) -> bool:
    return any(block.type in DATELINES | FOOTERS for block in blocks)


def _split_segments(blocks: list[Block], level: int | None) -> Iterator[_Segment]:
    segment = _Segment()
    for block in blocks:
        if block.type in ENDINGS | FOOTERS:
            segment.closing.append(block)
            continue
        if block.type in _BORDERS or _is_headline(block, level) or segment.footers:
            yield segment
            segment = _Segment()
        # Without a footer these close nothing yet.
        segment.content += segment.closing
        segment.closing = []
        if block.type not in _BORDERS:
            segment.content.append(block)
    segment.last = True
    yield segment


def _split_undated(segment: _Segment) -> Iterator[StraySection]:
    apart = ENDINGS | {LineType.TRIFLE}
    texts = [block for block in segment.content if block.type not in apart]
    if texts or segment.footers:
        yield StraySection(texts, segment.footers, segment.last)


def _split_dated(
    segment: _Segment, datelines: list[int], level: int | None
) -> Iterator[ArticleSection | StraySection]:
    content = segment.content
    start = _skip_endings(content, 0, datelines[0])
    if any(block.type not in ENDINGS | {LineType.TRIFLE} for block in content[:start]):
        yield StraySection(content[:start], [], False)
    head: list[Block] | None = _head_blocks(content[start : datelines[0]], level)
    for dateline, following in pairwise([*datelines, len(content)]):
        final = following == len(content)
        begin = None if final or level else _head_start(content, dateline, following)
        end = following if begin is None else begin
        footers = segment.footers if final else []
        yield ArticleSection(head, content[dateline:end], footers, segment.last and final)
        head = None if begin is None else _head_blocks(content[begin:following], None)


def _head_blocks(blocks: list[Block], level: int | None) -> list[Block]:
    """What stands before a dateline; where headlines are headings, nothing else is one."""
    blocks = [block for block in blocks if block.type is not LineType.TRIFLE]
    return [] if level and blocks and blocks[0].level != level else blocks


def _skip_endings(blocks: list[Block], start: int, end: int) -> int:
    """The place after the last `ENDS` or copyright line from `start`, and after a byline there."""
    start = max((at + 1 for at in range(start, end) if blocks[at].type in ENDINGS), default=start)
    while start < end and blocks[start].type is LineType.BYLINE:
        start += 1
    return start


def _head_start(blocks: list[Block], before: int, dateline: int) -> int | None:
    """Where the head of a dateline begins after an article that has no footer, if that is sure."""
    if any(block.type in ENDINGS for block in blocks[before:dateline]):
        return _skip_endings(blocks, before, dateline)
    texts = [at for at in range(before, dateline) if blocks[at].type is not LineType.BYLINE]
    headline = texts[-1]
    if headline == before or not ends_sentence(blocks[texts[-2]].text):
        return None
    text = blocks[headline].text
    return None if ends_sentence(text) or len(text) > LONGEST_HEADLINE else headline
