"""Regular expressions over foreign text take time in proportion to it, and so do whole pages.

All compiled patterns of the package are found, and those written where they are used;
`tests.support.attacks` makes of each the texts that would slow it down.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path
from pkgutil import walk_packages
from time import thread_time
from types import ModuleType
from typing import NamedTuple

import pytest

import kb
import schema
from tests.support.attacks import Attack, attacks
from tests.support.sites import GRAMMAR, read_page

# By steps: a pattern that doubles its time with each sign is told before it hangs.
_SHORT, _LONG = (12, 18, 24, 36, 48, 72, 96, 144, 240, 480), (1_000, 8_000)
_SOON = 0.005
"""Seconds in which any of these is done on any machine, if its pattern is linear."""
_MOST = 8 * 3
"""How much longer a text of eight times the length may take; by its square it were 64 times."""
_SHARES = 8
"""Of all patterns, for as many tests."""
_SEARCHES = ("search", "finditer", "findall", "sub", "split")


class PatternUse(NamedTuple):
    """A pattern, where it stands, and whether it is looked for at every place of a text."""

    place: str
    pattern: re.Pattern[str]
    searched: bool

    def ways(self) -> list[Callable[[str], object]]:
        everywhere = [self.pattern.findall] * self.searched
        return [self.pattern.fullmatch, self.pattern.match, *everywhere]


def modules() -> Iterator[ModuleType]:
    for package in (kb, schema):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name:
                yield import_module(module.name)


def source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text(encoding="utf-8")


@cache
def patterns() -> list[PatternUse]:
    """Each once."""
    uses: dict[tuple[str, int], PatternUse] = {}
    sources = {module.__name__: source(module) for module in modules()}
    used = {*re.findall(r"\b(\w+)\.(\w+)\(", "\n".join(sources.values()))}
    searched = {name for name, way in used if way in _SEARCHES}
    for owner in (*modules(), GRAMMAR):
        place = getattr(owner, "__name__", type(owner).__name__)
        for name, value in vars(owner).items():
            for pattern in compiled_patterns(value):
                here = PatternUse(f"{place}.{name}", pattern, name in searched)
                uses.setdefault((pattern.pattern, pattern.flags), here)
    for module in modules():
        for way, text in literal_patterns(sources[module.__name__]):
            here = PatternUse(module.__name__, re.compile(text), way in _SEARCHES)
            uses.setdefault((text, here.pattern.flags), here)
    return [*uses.values()]


def compiled_patterns(value: object) -> Iterator[re.Pattern[str]]:
    """Patterns in a value, or in what it holds; those of bytes as if of text."""
    if isinstance(value, re.Pattern):
        is_text = isinstance(value.pattern, str)
        yield value if is_text else re.compile(value.pattern.decode("latin-1"), value.flags)
    elif isinstance(value, tuple | list | set | frozenset):
        for member in value:
            yield from compiled_patterns(member)
    elif isinstance(value, Mapping):
        yield from compiled_patterns([*value.values()])


def literal_patterns(text: str) -> Iterator[tuple[str, str]]:
    """Patterns where they are used, and how: `re.sub("…", …)`."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=way),
                args=[ast.Constant(value=str(pattern)), *_],
            ) if way != "compile":
                yield way, pattern


def slow_patterns(share: int, seeds: int) -> list[str]:
    """Of each that is slow, the first attack that shows it."""
    return [
        told for use in patterns()[share::_SHARES] for told in islice(slow_attacks(use, seeds), 1)
    ]


def slow_attacks(use: PatternUse, seeds: int) -> Iterator[str]:
    """The attacks under which it takes more time than in proportion."""
    for attack in attacks(use.pattern.pattern, use.pattern.flags, seeds):
        for way in use.ways():
            if told := slowness(way, attack):
                yield f"{use.place}, {attack}: {told}"


def slowness(way: Callable[[str], object], attack: Attack) -> str:
    for length in _SHORT:
        if (took := _best(way, attack.text(length))) > _SOON:
            return f"{length} signs take {took:.3f} s"
    short, long = _LONG
    # Most are fast: these are measured once.
    if _seconds(way, attack.text(long)) < _SOON:
        return ""
    once, more = _best(way, attack.text(short)), _best(way, attack.text(long))
    told = f"{short} signs take {once:.4f} s, {long} {more:.4f} s"
    return told if more > _SOON and more > _MOST * once else ""


def _seconds(way: Callable[[str], object], text: str) -> float:
    begun = thread_time()
    way(text)
    return thread_time() - begun


def _best(way: Callable[[str], object], text: str) -> float:
    """Of several, unless one is fast enough."""
    best = _seconds(way, text)
    for _ in range(2):
        if best < _SOON:
            break
        best = min(best, _seconds(way, text))
    return best


# Looked for when they run: to do it takes seconds, and every worker collects all tests.
EVERY_SHARE = pytest.mark.parametrize("share", range(_SHARES))


@EVERY_SHARE
def test_patterns_are_linear(share: int) -> None:
    assert slow_patterns(share, 5) == []


@pytest.mark.long
@EVERY_SHARE
def test_patterns_are_linear_under_many_attacks(share: int) -> None:
    assert slow_patterns(share, 60) == []


@pytest.mark.parametrize(
    "pattern", [r"(?:-+|[-*]\s?)*x", r"\s*(?:a\s*)*\s*b", r"[\w.]*[.-]*[.]*!", r"(?:a|b|ab)*c"]
)
def test_attacks_find_what_is_not(pattern: str) -> None:
    """Not only what hangs, but also what takes the square."""
    assert next(slow_attacks(PatternUse("here", re.compile(pattern), False), 5), None) is not None


LINES = {
    "datelines": "JULY 3 2017 (The Gazette) — It fell.\n",
    "datelines apart": "JULY 3 2017 (The Gazette) — It fell.\n\n",
    "near datelines": "FEB. 30 (G) — x\n",
    "footers": "(News report from Issue No. 5)\n",
    "footers that disagree": "(News report from Issue No. 5)\n\n(News report from Issue No. 6)\n\n",
    "near footers": "(News report from Issue No.\n",
    "near footers and texts": "(News report from Issue No.\ngoats win\n",
    "copyright": "Copyright ©The Gazette\n",
    "ends": "ENDS\n",
    "bylines": "By Ann Bell\n",
    "a paragraph": "the king went over the bridge again and again, and then again\n",
    "paragraphs": "Goats win\n\n",
    "titles": "Tag Archives: goats\n",
    "pagers": "← Older posts\n",
    "trifles": "July 3, 2017\n",
    "blank lines": "\n",
    "a line": "- July 3 2017 ",
    "articles": "Goats win\n\nJULY 3 (G) — So.\n\n(Editorial from Issue No. 5)\n\n",
    "articles without footers": "Goats win.\n\nGoats win\n\nJULY 3 (The Gazette) — It fell.\n\n",
}
ELEMENTS = (
    """
<h2>Goats</h2>;<h1>x;<p>;<p>x</p>;<div>x</div>;<br>;<a>x;<b>x;</b>;<font><p>;<ul><li>;<p></div></p>
<header>x</header>;<header><h2>x</h2></header>;<header><b>x</b>;<article>x</article>
<article><h2>x</h2>
<table><tr><td>;<select><option>;<script>;<foo>;<pre>x;<p a=b>;<div hidden>x</div>
<div class=caption>;<p style="display:none">x;<!--x-->;<!--;<;</;&
""".replace("\n", ";")
    .strip(";")
    .split(";")
)


@pytest.mark.long
@pytest.mark.parametrize("piece", [*LINES.values(), *ELEMENTS], ids=[*LINES, *ELEMENTS])
def test_pages_are_linear(piece: str) -> None:
    head = "<html><body>" if piece in ELEMENTS else "JULY 3 2017 (The Gazette) — It fell.\n\n"

    def page(length: int) -> bytes:
        return (head + piece * (length // len(piece))).encode()

    once, more = (
        min(seconds_to_read(page(length)) for _ in range(2)) for length in (10_000, 80_000)
    )
    assert more < max(_MOST * once, 0.2)


def seconds_to_read(content: bytes) -> float:
    begun = thread_time()
    read_page("page", content)
    return thread_time() - begun
