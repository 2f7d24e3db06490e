"""The day that a page begins at: the last one on which spans of what it shows are certain.

In: answers that have the last memberships and terms of bodies, and the newest article. Out: a day,
and why it is that one. Pure: no I/O.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from kb.web.presentation import JsonObject, day_words, list_rows, value_at


@dataclass(frozen=True)
class Beginning:
    day: str
    reason: str


def beginning(
    data: JsonObject, *choices: tuple[str, Sequence[JsonObject]], today: date
) -> Beginning:
    """By the first group of spans that has such a day, each with whose they are in words; else by
    the newest article.
    """
    for whose, spans in choices:
        if day := max(_certain_days(spans), default=""):
            why = f"the last day on which {whose} are certain here."
            return Beginning(day, f"It begins at {day_words(day)}, {why}")
    newest = (value_at(each, "datedOn.latest") for each in list_rows(data, "newest"))
    if day := max((str(day) for day in newest if day), default=""):
        why = "the day of the newest article, as on no day are members or holders certain here."
        return Beginning(day, f"It begins at {day_words(day)}, {why}")
    return Beginning(today.isoformat(), "It begins at today, as no article is known.")


def spans_of(bodies: Sequence[JsonObject]) -> Iterator[JsonObject]:
    for body in bodies:
        for name in ("memberships", "terms"):
            yield from list_rows(body, name)


def _certain_days(spans: Sequence[JsonObject]) -> list[str]:
    return [str(day) for span in spans if (day := value_at(span, "period.certainTo"))]
