"""Archive pages read: paths to files, and bytes to numbered lines of text.

In: paths, or a page's bytes as text or HTML. Out: an `ArchivePage`, or one `Fault` for the whole
page. HTML is recognised by its tags. Lines are normalised; a blank line separates paragraphs. A
site's own elements around its articles are left out.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from kb.archive.foreign_files import recognise_foreign_file
from kb.archive.html_lines import HtmlLimitError, Line, parse_html, read_html_lines
from kb.errors import Fault
from kb.normalisation import LIGATURES, normalise

MAX_BYTES = 16 * 2**20
_MAX_LINE = 100_000
_SUFFIXES = frozenset({".txt", ".html", ".htm"})
_STANDARD_INPUT = Path("-")
_TAGS = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|main|article|section|div|p|h[1-6]|pre)[\s>]", re.I
)
_START = 4096
_SOFT_HYPHEN = "\u00ad"
_SOFT_BREAK = re.compile(rf"{_SOFT_HYPHEN}[ \t]+(?=\S)")
_OVER_LIMIT = "HTML that is nested too deep, or has too long a text or tag, to be read"
_BREAKS = re.compile(r"\r\n|\r|\n")


class ArchivePage(NamedTuple):
    """The lines of a page; `wrapped` where a line may have been broken for its length."""

    lines: list[Line]
    wrapped: bool


def page_paths(paths: Sequence[Path]) -> Iterator[Path | Fault]:
    """The pages that the paths name, those of a folder in order; `-` is standard input."""
    for path in paths:
        if path == _STANDARD_INPUT:
            yield path
        elif not _exists(path):
            yield Fault(str(path), 1, "there is no such file or folder", "name another")
        elif path.is_dir():
            yield from _pages_in(path)
        else:
            yield path


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


def _pages_in(folder: Path) -> Iterator[Path | Fault]:
    named = (path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    pages = sorted(path for path in named if not path.is_dir())
    if not pages:
        yield Fault(str(folder), 1, "the folder has no .txt, .html or .htm page", "name another")
    yield from pages


def page_name(path: Path) -> str:
    """The file as faults print it."""
    return "<stdin>" if path == _STANDARD_INPUT else str(path)


def read_content(path: Path) -> bytes | Fault:
    """The bytes of a page; a page that is too large is read only up to the limit."""
    try:
        if path == _STANDARD_INPUT:
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except OSError as error:
        why = (error.strerror or "unknown").lower()
        return Fault(page_name(path), 1, f"the page cannot be read: {why}", "name another")
    return _too_large(page_name(path)) if len(content) > MAX_BYTES else content


def read_lines(name: str, content: bytes) -> ArchivePage | Fault:
    """The page's lines, from 1."""
    text = _decode(name, content)
    if isinstance(text, Fault):
        return text
    try:
        page = _html_page(content) if _TAGS.search(content[:_START]) else _text_page(text)
    except HtmlLimitError:
        return Fault(name, 1, _OVER_LIMIT, "save the page as text")
    for line in page.lines:
        if len(line.text) > _MAX_LINE:
            what = f"a line of {len(line.text):,} characters, of {_MAX_LINE:,} that one may have"
            return Fault(name, line.number, what, "check that it is a page of the archive")
    if not any(line.text for line in page.lines):
        return Fault(name, 1, "the page is empty", "save it anew")
    return page


def read_root(name: str, content: bytes) -> etree._Element | Fault:
    """The root of a page that has to be HTML."""
    text = _decode(name, content)
    if isinstance(text, Fault):
        return text
    try:
        root = parse_html(content) if _TAGS.search(content[:_START]) else None
    except HtmlLimitError:
        return Fault(name, 1, _OVER_LIMIT, "save it anew, or leave it out")
    return Fault(name, 1, "it is no HTML", "save the page as HTML") if root is None else root


def _decode(name: str, content: bytes) -> str | Fault:
    if len(content) > MAX_BYTES:
        return _too_large(name)
    if foreign_file := recognise_foreign_file(content):
        return Fault(name, 1, f"{foreign_file.what} and no page", foreign_file.remedy)
    binary = content.find(b"\0")
    if binary >= 0:
        what = f"a binary file: byte {binary} is zero"
        return Fault(name, _line_of(content, binary), what, "save the page as UTF-8 text or HTML")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line_of(content, error.start)
        return Fault(name, line, f"not UTF-8 at byte {error.start}", "save the page as UTF-8")


def _line_of(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _too_large(name: str) -> Fault:
    what = f"the page has more than {MAX_BYTES // 2**20} MB"
    return Fault(name, 1, what, "split it, or check that it is a page of the archive")


def _text_page(text: str) -> ArchivePage:
    rows = [Line(number, row) for number, row in enumerate(_BREAKS.split(text), 1)]
    return ArchivePage(_normalise_lines(rows), wrapped=True)


def _html_page(content: bytes) -> ArchivePage:
    return ArchivePage(normalise_html(read_html_lines(content)), wrapped=False)


def normalise_html(lines: Iterable[Line]) -> list[Line]:
    """Where the source's line ends within a paragraph, there is a blank."""
    return _normalise_lines(line._replace(text=_SOFT_BREAK.sub("", line.text)) for line in lines)


def _normalise_lines(lines: Iterable[Line]) -> list[Line]:
    """Remove soft hyphens and ligatures; a word that a soft hyphen broke is joined again."""
    normalised: list[Line] = []
    hyphenated = False
    for line in lines:
        text = line.text
        if hyphenated:
            rest, _, text = text.lstrip().partition(" ")
            normalised[-1] = normalised[-1]._replace(
                text=normalised[-1].text + _normalise_text(rest)
            )
        hyphenated = text.rstrip().endswith(_SOFT_HYPHEN)
        normalised.append(line._replace(text=_normalise_text(text)))
    return normalised


def _normalise_text(text: str) -> str:
    return normalise(text).translate(LIGATURES)
