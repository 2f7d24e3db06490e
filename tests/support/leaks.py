"""Words in answers that could not be known yet on the day of a view.

In: an archive of which every word tells its article, and what was answered: data, errors, or the
text of a page. Out: each `Leak`, with the place in the answer and where the word was planted.
Cursors are read as what they are made of. What an error repeats of the request is no leak, nor is
a number that is a year between those known: groups by year have all in which something can hold.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import unescape
from urllib.parse import unquote_plus

from tests.worlds.canaries import CanaryArchive
from tests.worlds.canary_words import words_in

_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")
_HEXADECIMAL = re.compile(r"\b(?:[0-9a-f]{2}){8,}\b")


@dataclass(frozen=True)
class Leak:
    """A word that came out too early; `path` is of keys of the answer."""

    path: str
    word: str
    planted: str

    def __str__(self) -> str:
        return f"{self.path}: {self.word}, planted in {self.planted}"


def find_leaks(archive: CanaryArchive, answer: object, day: date) -> Iterator[Leak]:
    """What a reader of the day could not have known of it."""
    years = archive.years_on(day)
    for path, told in _texts(answer, ""):
        if isinstance(told, str) or told not in years:
            yield from text_leaks(archive, str(told), day, path)


def text_leaks(
    archive: CanaryArchive, text: str, day: date, path: str = "", request: str = ""
) -> Iterator[Leak]:
    """The same of one text; what the request said by itself does not count."""
    repeated = {*words_in(request)}
    for word in words_in(text):
        since = archive.known_from(word)
        if since is not None and since > day and word not in repeated:
            yield Leak(path, word, archive.places.get(word, "a date, a code or a number"))


def _texts(answer: object, path: str) -> Iterator[tuple[str, str | int]]:
    match answer:
        case dict():
            for key, value in answer.items():
                yield from _texts(value, f"{path}.{key}")
        case list() | tuple():
            for value in answer:
                yield from _texts(value, path)
        case str():
            yield path, answer
            if unpacked := unpack_cursor(answer):
                yield f"{path} unpacked", unpacked
        case int() if not isinstance(answer, bool):
            yield path, answer


def page_leaks(archive: CanaryArchive, page: str, day: date, request: str = "") -> Iterator[Leak]:
    """Of the text of a page, and of the addresses, cursors and JSON in it."""
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), unescape(page))
    unquoted = f"{plain} {unquote_plus(plain)}"
    cursors = " ".join(map(unpack_cursor, _HEXADECIMAL.findall(unquoted)))
    yield from text_leaks(archive, f"{unquoted} {cursors}", day, request=request)


def unpack_cursor(text: str) -> str:
    """The order and keys that a cursor is made of; empty for any other text."""
    try:
        return json.dumps(json.loads(bytes.fromhex(text)), ensure_ascii=False)
    except ValueError:
        return ""
