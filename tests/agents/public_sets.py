"""Look-alikes of two public test sets, of made-up data, as tables that `kb import` takes.

In: a source of chance. Out: the rows of a table in the form of TDBench, who was what from when
until when, and of one in the form of WikiContradict, two passages that answer one question; with
what is asked of each, and what is right by the rows alone.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from tests.agents.scripted import Dialogue
from tests.support.databases import open_database
from tests.support.imports import take_files
from tests.support.mcp import McpClient, rows

FOLDER = Path(__file__).parent / "sets"
TABLE_DAY = date(2020, 12, 31)
"""Of which the table of tenures speaks: what runs on that day is attested until then."""
_SYLLABLES = ("ba", "ke", "lo", "mi", "nu", "ra", "so", "ti", "vu", "za")
_ROLES = ("President", "Prime Minister", "Speaker")
_PROPERTIES = ("founded", "dissolved", "url", "place")
"""Names are none: a record may have several, and none of them excludes another."""
_DAY = timedelta(1)


def _name(random: Random, syllables: int = 4) -> str:
    return "".join(random.choice(_SYLLABLES) for _ in range(syllables)).capitalize()


@dataclass(frozen=True)
class TenureRow:
    """A row; without an end it runs on the day of the table."""

    country: str
    role: str
    name: str
    start: date
    end: date | None

    def certainty(self, on: date) -> str | None:
        """None for a day on which it was not held."""
        if on < self.start or (self.end and on > self.end):
            return None
        return "CERTAIN" if self.end or on <= TABLE_DAY else "POSSIBLE"


@dataclass(frozen=True)
class TenureQuestion:
    country: str
    role: str
    on: date


Holders = frozenset[tuple[str, str]]
"""Names, each with a certainty."""


def make_tenures(random: Random) -> list[TenureRow]:
    """One after the other, with days between some of them; every second office is held still."""
    told: list[TenureRow] = []
    for number, country in enumerate(sorted({_name(random) for _ in range(8)})):
        for role in _ROLES:
            start = date(1990, 1, 1) + random.randrange(900) * _DAY
            while start < TABLE_DAY:
                end = start + random.randint(200, 2_500) * _DAY
                person = f"{_name(random)} {_name(random)}"
                is_open = end >= TABLE_DAY
                kept = end if not is_open else None if number % 2 else TABLE_DAY - 40 * _DAY
                if kept is None or kept > start:
                    told.append(TenureRow(country, role, person, start, kept))
                start = end + random.choice((1, 1, 30)) * _DAY
    return told


def tenure_questions(
    table: Sequence[TenureRow], random: Random, count: int
) -> list[tuple[TenureQuestion, Holders]]:
    """Who was it on a day: about the bounds of rows, on any day, and after all that is known."""
    asked = [*_tenure_days(table, random)]
    return [
        (TenureQuestion(row.country, row.role, on), _holders(table, row, on))
        for row, on in random.sample(asked, count)
    ]


def _tenure_days(table: Sequence[TenureRow], random: Random) -> Iterator[tuple[TenureRow, date]]:
    for row in table:
        bounds = [row.start, row.end or TABLE_DAY]
        yield row, random.choice(bounds) + random.randint(-1, 1) * _DAY
        yield row, date(1989, 1, 1) + random.randrange(13_000) * _DAY


def _holders(table: Sequence[TenureRow], of: TenureRow, on: date) -> Holders:
    return frozenset(
        (row.name, certainty)
        for row in table
        if (row.country, row.role) == (of.country, of.role) and (certainty := row.certainty(on))
    )


def ask_tenure(dialogue: Dialogue, question: TenureQuestion) -> Holders:
    id_ = _found(dialogue, question.country, "ORGANISATION")
    asked = {"of": id_, "on": question.on.isoformat(), "office": question.role}
    facts = rows(dialogue.call("as_of", **asked), "facts")
    field = f"{question.role}: holder"
    return frozenset(
        (str(fact["value"]), str(fact["certainty"])) for fact in facts if fact["field"] == field
    )


@dataclass(frozen=True)
class Pair:
    """A question with two passages; `is_contradiction` is no column of the table."""

    id: str
    subject: str
    property: str
    question: str
    context1: str
    answer1: str
    context2: str
    answer2: str
    is_contradiction: bool


def make_pairs(random: Random, count: int) -> list[Pair]:
    """Three of four contradict each other; of the others the second is the first in other words,
    or more precise.
    """
    return [_pair(random, number, is_contradiction=number % 4 > 0) for number in range(count)]


def _pair(random: Random, number: int, *, is_contradiction: bool) -> Pair:
    name, asked = f"{_name(random)} {_name(random)}", random.choice(_PROPERTIES)
    first, other = _answers(random, asked)
    second = other if is_contradiction else _same(first)
    contexts = (
        f"Of {name} it is told: {asked} {first}.",
        f"Others have it that for {name} {asked} is {second}.",
    )
    question = f"What is {asked} of {name}?"
    return Pair(
        str(number),
        name,
        asked,
        question,
        contexts[0],
        first,
        contexts[1],
        second,
        is_contradiction,
    )


def _answers(random: Random, asked: str) -> tuple[str, str]:
    """Two that differ."""
    if asked in ("founded", "dissolved"):
        years = random.sample(range(1900, 2000), 2)
        return str(years[0]), random.choice((f"{years[1]}", f"4 March {years[1]}"))
    first, second = (_name(random, 5) for _ in range(2))
    return (_address(first), _address(second)) if asked == "url" else (first, second)


def _address(name: str) -> str:
    return f"https://{name.lower()}.example.org"


def _same(answer: str) -> str:
    return f"17 October {answer}" if answer.isdecimal() else answer


def kinds_told(dialogue: Dialogue, pair: Pair) -> list[tuple[object, object, int]]:
    """Each disagreement's field, kind, and number of answers that have a source."""
    type_name = "EVENT" if pair.property == "place" else "ORGANISATION"
    told = dialogue.call("disagreements", of=_found(dialogue, pair.subject, type_name))
    return [
        (
            each["field"],
            each["kind"],
            sum(bool(value["citations"]) for value in rows(each, "values")),
        )
        for each in rows(told, "disagreements")
    ]


def kinds_expected(pair: Pair) -> list[tuple[object, object, int]]:
    if pair.is_contradiction:
        return [(pair.property, "CONFLICT", 2)]
    return [(pair.property, "REFINEMENT", 2)] if pair.answer1 != pair.answer2 else []


def _found(dialogue: Dialogue, name: str, type_name: str) -> object:
    found = rows(dialogue.call("find", name=name, types=[type_name]), "found")
    (id_,) = [each["id"] for each in found if each["name"] == name]
    return id_


@contextmanager
def public_host(
    settings: Settings, folder: Path, tenures: Sequence[TenureRow], pairs: Sequence[Pair]
) -> Iterator[McpClient]:
    """Of a service over both tables, imported."""
    with open_database(settings) as database:
        for name, table in (("tenures", tenures), ("pairs", pairs)):
            file = write_table(folder / f"{name}.csv", table)
            take_files(database, str(FOLDER / f"{name}.yaml"), [file])
    with TestClient(create_app(settings)) as http:
        yield McpClient(http)


def write_table(path: Path, table: Sequence[TenureRow | Pair]) -> Path:
    """As CSV; what is missing is blank."""
    with path.open("w", newline="", encoding="utf-8") as file:
        columns = [name for name in asdict(table[0]) if name != "is_contradiction"]
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(map(asdict, table))
    return path
