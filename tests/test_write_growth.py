"""What a mutation takes does not grow with the base: counted in statements and in SQLite's steps.

Of two bases of made-up records one is ten times as large. Both have the same few records besides,
which are recorded, cited, corrected and retracted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import pytest
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from kb import database
from kb.config import Settings
from tests.bench import world
from tests.bench.world import Sizes
from tests.support.curated import Answer, Curator, curator, expect_payload
from tests.support.databases import SqlitePlace, open_database, prepare
from tests.support.noted import noted_statements

SMALL = Sizes(5, 4, 5, 10, 5, 4, 5, 20, 60)
LARGE = Sizes(**{name: 10 * size for name, size in asdict(SMALL).items()})


def cited(key: str, **more: object) -> Answer:
    return {"key": key, "article": "own", "claim": "It says so.", **more}


OWN: list[tuple[str, Answer]] = [
    ("Publication", {"slug": "own", "name": "Own"}),
    (
        "Article",
        {"slug": "own", "headline": "Own", "publication": "own", "datedOn": "2016-12-10"},
    ),
    ("State", {"code": "ZZ", "name": "Zembla", "citations": [cited("state")]}),
    ("Organisation", {"slug": "own", "name": "Own Union", "citations": [cited("union")]}),
]
"""What both have besides, by its type."""
MEMBERSHIP: Answer = {
    "key": "own",
    "organisation": "own",
    "state": "ZZ",
    "status": "MEMBER",
    "period": "1891/1892",
    "citations": [cited("member")],
}
EVENT: Answer = {
    "slug": "own",
    "kind": "DECISION",
    "title": "Own decision",
    "occurred": "1892-02-02",
    "states": ["ZZ"],
    "citations": [cited("event")],
}
END: Answer = {"subject": "Membership:own", "field": "period.end"}
MUTATIONS: dict[str, tuple[str, Answer]] = {
    "membership": ("recordMembership", MEMBERSHIP),
    "citation": ("addCitation", cited("again", subject="Membership:own")),
    "citation of a day": ("addCitation", cited("end", **END, value="1892-03-04")),
    "citation of another day": ("addCitation", cited("end", **END, value="1892-05")),
    "correction": ("recordMembership", {"key": "own", "period": "1891-02-03/1892"}),
    "citation removed": ("removeCitation", {"key": "end"}),
    "event": ("recordEvent", EVENT),
    "event retracted": ("retractEvent", {"slug": "own"}),
}


@dataclass
class Cost:
    statements: int = 0
    steps: int = 0


@contextmanager
def counted(by_hand: Curator) -> Iterator[Cost]:
    """What its writer does meanwhile."""
    cost, engine = Cost(), by_hand.database.context.writer.engine

    def step() -> None:
        cost.steps += 1

    def count_steps(connection: DBAPIConnection, *_: object) -> None:
        connection.set_progress_handler(step, 1)

    event.listen(engine, "checkout", count_steps)
    with noted_statements(engine) as statements:
        yield cost
    event.remove(engine, "checkout", count_steps)
    cost.statements = len(statements)


def costs_in(settings: Settings, sizes: Sizes) -> dict[str, Cost]:
    engine = database.open_engine(prepare(settings))
    world.generate(engine, sizes)
    world.derive_feed(engine)
    engine.dispose()
    costs: dict[str, Cost] = {}
    with open_database(settings) as opened:
        by_hand = curator(opened)
        for type_name, given in OWN:
            expect_payload(by_hand.record(type_name, **given))
        for name, (field, given) in MUTATIONS.items():
            with counted(by_hand) as costs[name]:
                expect_payload(by_hand.ask(field, "revision", **given))
    return costs


def test_a_mutation_takes_as_much_in_a_base_ten_times_as_large(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    place = SqlitePlace(tmp_path_factory.mktemp("growth"))
    small, large = (costs_in(place.create(), sizes) for sizes in (SMALL, LARGE))
    for name, cost in large.items():
        assert cost.statements == small[name].statements, name
        # The index of words is put together by itself from time to time.
        assert cost.steps < 1.3 * small[name].steps, name
