"""The texts that a description picks out of elements, and what they say: days and numbers.

In: an element and a `Pick`, or a text. Out: plain values; None for what is no day or number. Pure:
no I/O.
"""

import re
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from lxml import etree

from kb.archive.boilerplate import Boilerplate
from kb.archive.day_forms import read_day
from kb.archive.html_lines import read_element_lines
from kb.archive.site import PageElements, Pick, SiteDescription
from kb.normalisation import LIGATURES, normalise

_NUMBER = re.compile(r"[0-9]+")
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_NUMBER = 9
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
"""As strptime has them."""


def selectors_of(elements: PageElements) -> dict[str, str]:
    """All that are given, by the fields that they are of."""
    given = {name: getattr(elements, name) for name in type(elements).model_fields}
    return {
        name: value.select if isinstance(value, Pick) else value
        for name, value in given.items()
        if value is not None
    }


def pick_texts(element: etree._Element, pick: Pick, boilerplate: Boilerplate) -> Iterator[str]:
    """At most one; none is empty. What is no part of a page's texts is none of these."""
    raw = element.get(pick.attribute) if pick.attribute else _text_of(element, boilerplate)
    text = normalise(raw or "").translate(LIGATURES)
    if pick.after:
        _, after, text = text.partition(pick.after)
        text = text if after else ""
    if pick.before:
        text, before, _ = text.partition(pick.before)
        text = text if before else ""
    if text := text.strip():
        yield text


def _text_of(element: etree._Element, boilerplate: Boilerplate) -> str:
    return " ".join(line.text for line in read_element_lines(element, boilerplate))


def read_number(text: str) -> int | None:
    """The only one of the text."""
    match _NUMBER.findall(text):
        case [digits] if len(digits) <= _LONGEST_NUMBER and int(digits):
            return int(digits)
    return None


class DayReader:
    """Reads whole days by the forms of a description, and the names that it has for months."""

    def __init__(self, site: SiteDescription) -> None:
        assert site.elements
        self._forms, zone = site.elements.date.forms, site.elements.date.zone
        self._zone = ZoneInfo(zone) if zone else None
        spellings = zip(_MONTHS, site.months or (), strict=False)
        self._months = {word.casefold(): month for month, words in spellings for word in words}

    def read(self, text: str) -> date | None:
        """None for what is no day, or not a whole one."""
        if self._months:
            text = _WORD.sub(lambda word: self._months.get(word[0].casefold(), word[0]), text)
        day = read_day(text, self._forms, self._zone)
        try:
            return date.fromisoformat(day) if day else None
        except ValueError:
            return None
