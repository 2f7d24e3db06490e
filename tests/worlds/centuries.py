"""A database made up of two centuries: many organisations, one of them full, with long names.

In: a folder, and how many. Out: seed files in it. Names are long, in other scripts, and without a
blank at which a line could be broken; spans are of a day and of a century, and open on either side.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from random import Random
from string import ascii_uppercase

from tests.worlds.leagues import citations_field, write_league_files

Document = Mapping[str, object]
CODES = [first + second for first, second in product(ascii_uppercase[:12], ascii_uppercase)]
_LONG = (
    "The Principality of Schleswig-Holstein-Sonderburg-Augustenburg",
    "Объединённое королевство Великобритании и Ирландии",
    "Donaudampfschiffahrtsgesellschaftskapitänsvereinigung",
)
_KINDS = ("OTHER", "EXERCISE", "AGREEMENT")


def centuries(folder: Path, organisations: int = 12, memberships: int = 300) -> Path:
    """The first organisation has half of all memberships, and what happened."""
    random = Random(1816)
    names = {f"union-{number:03}": _name(number) for number in range(organisations)}
    return write_league_files(
        folder,
        about={"about": {"title": "Unions of two centuries", "organisation": "union-000"}},
        organisations={
            key: {"name": name, "founded": "1816", **citations_field(key)}
            for key, name in names.items()
        },
        states={
            code: {"name": f"{_LONG[number % 3]} {code}", **citations_field(code.lower())}
            for number, code in enumerate(CODES[:250])
        },
        memberships=dict(_memberships(random, [*names], memberships)),
        events=dict(_events(random, 150)),
        officials={
            f"holder-{number}": {
                "name": f"Holder {number} of the Seal",
                **citations_field(f"holder-{number}"),
            }
            for number in range(30)
        },
        terms=dict(_terms(30)),
    )


def _name(number: int) -> str:
    return f"{_LONG[number % 3]}, union {number}" if number < 6 else f"Union {number}"


def _memberships(random: Random, names: list[str], count: int) -> Iterator[tuple[str, Document]]:
    pairs = [("union-000", code) for code in CODES[: min(250, count // 2)]]
    pairs += [(name, code) for name in names[1:] for code in CODES[:250]]
    for organisation, code in pairs[:count]:
        first = random.randrange(1816, 2000)
        last = random.choice((f"{first}-12-31", f"{random.randrange(first, 2015)}", ".."))
        key = f"{organisation}-{code.lower()}"
        attested = {"field": "period.end", "value": ".."} if last == ".." else {}
        given: dict[str, object] = {
            "organisation": organisation,
            "state": code,
            "status": "MEMBER",
            "period": f"{first}/{last}",
        }
        yield key, {**given, **citations_field(key, **attested)}


def _events(random: Random, count: int) -> Iterator[tuple[str, Document]]:
    for number in range(count):
        year = random.randrange(1816, 2014)
        when = (f"{year}", f"{year}-03-01", f"[{year}..{year + 9}]", f"[..{year}-05-05]")
        yield (
            f"event-{number}",
            {
                "kind": _KINDS[number % 3],
                "title": f"What happened at {_LONG[number % 3]} for the {number}th time",
                "occurred": when[number % 4],
                "organisations": ["union-000"],
                **citations_field(f"event-{number}"),
            },
        )


def _terms(count: int) -> Iterator[tuple[str, Document]]:
    for number in range(count):
        key = f"held-{number}"
        yield (
            key,
            {
                "official": f"holder-{number}",
                "office": "Keeper of the Seal",
                "organisation": "union-000",
                "period": f"{1816 + 6 * number}/{1821 + 6 * number}",
                **citations_field(key),
            },
        )
