"""The lengths of lists without pages: true, read between operations, and no reason to fail."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from kb.database.read_pool import Reader, SqlValue
from kb.errors import TooSlow, Unavailable
from kb.query import cardinality, price
from kb.query.cardinality import Lengths
from kb.records.documents import SOURCED
from schema.anchors import MOST_PLACES
from schema.build import build_schema
from tests.support.databases import Database, shipped_seeds
from tests.support.failing_reader import FailingReader

LISTS = {
    "Article.mentions": ("mention", "article_id"),
    "Article.paragraphs": ("paragraph", "article_id"),
    "Organisation.holders": ("term", "organisation_id"),
    "Organisation.offices": (
        "(select distinct organisation_id, office_key from term where organisation_id is not null"
        " union select l.organisation_id, e.office_key from event e"
        " join event_organisation l on l.event_id = e.id where e.kind = 'VACANCY') o",
        "organisation_id",
    ),
    "State.offices": (
        "(select distinct state_id, office_key from term where state_id is not null"
        " union select l.state_id, e.office_key from event e"
        " join event_state l on l.event_id = e.id where e.kind = 'VACANCY') o",
        "state_id",
    ),
    "Office.holders": ("term", "office_key, organisation_id, state_id"),
    "Tenure.holders": ("term", "office_key, organisation_id, state_id"),
    "Tenure.vacancies": (
        "(select e.office_key, l.organisation_id as body from event e"
        " join event_organisation l on l.event_id = e.id where e.kind = 'VACANCY' union all"
        " select e.office_key, l.state_id from event e"
        " join event_state l on l.event_id = e.id where e.kind = 'VACANCY') v",
        "office_key, body",
    ),
    "Organisation.members": ("membership", "organisation_id"),
    "Organisation.successors": ("organisation", "predecessor_id"),
    "Organisation.predecessors": (
        "(select id from organisation where predecessor_id is not null union all"
        " select organisation_id from organisation_predecessor) o",
        "id",
    ),
    "State.predecessors": ("state_predecessor", "state_id"),
    "State.successors": ("state_predecessor", "predecessor_id"),
    "State.holders": ("term", "state_id"),
    "Summit.outcomes": ("event", "summit_id"),
    "Summit.participants": ("participation", "summit_id"),
    "Event.parties": ("party", "event_id"),
    "Event.officials": ("event_official", "event_id"),
    "Event.organisations": ("event_organisation", "event_id"),
    "Event.states": ("event_state", "event_id"),
    "Disagreement.values": ("assertion", "disagreement_id"),
    "AssertedValue.citations": ("assertion_citation", "disagreement_id, position"),
    **{
        f"{name}.disagreements": ("disagreement", "subject_id")
        for name in ("Organisation", "State", "Membership", "Official", "Term", "Summit", "Event")
    },
    "Sourced.disagreements": ("disagreement", "subject_id"),
    **{f"{name}.identifiers": ("identifier", "record_id") for name in SOURCED},
    "Sourced.identifiers": ("identifier", "record_id"),
    "About.examples": ("example", "about_id"),
    "Feed.counts": ("(select 'one' as feed from tally where count > 0) t", "feed"),
}


def longest_list(database: Database, table: str, column: str) -> int:
    first = column.partition(",")[0]
    counted = f"select count(*) as n from {table} where {first} is not null group by {column}"
    ((length,),) = database.rows(f"select max(n) from ({counted}) c")
    return int(str(length or 0))


def measure_lengths(database: Database) -> None:
    database.loop.run(database.context.executor.lengths.measure(database.reader))


def test_lists_are_as_long_as_the_longest(empty: Database) -> None:
    of = empty.context.executor.lengths.of
    assert {of(name) for name in LISTS} == {0}
    with shipped_seeds() as folder:
        empty.load(folder)
    measure_lengths(empty)
    expected = {name: longest_list(empty, *grouped) for name, grouped in LISTS.items()}
    assert {name: of(name) for name in LISTS} == expected
    assert sum(expected.values()) > len(expected)


def test_every_list_without_pages_is_measured() -> None:
    schema = build_schema().core
    assert {Lengths(schema).of(name) for name in LISTS} == {price.UNKNOWN_LENGTH}
    unpaged = {f"{type_.name}.{name}" for type_, name, _ in price.unpaged_lists(schema)}
    differing = {"HistoryEntry.fields", "Difference.fields", "Difference.because"}
    assert unpaged == {*LISTS, "Article.find", *differing}


def test_those_that_depend_on_more_than_their_record_have_a_bound(csto: Database) -> None:
    measure_lengths(csto)
    of, history = csto.context.executor.lengths.of, "history { nodes { fields { field } } }"
    assert of("Article.find") == MOST_PLACES
    told = csto.ask(f"{{ events(first: 100) {{ nodes {{ {history} }} }} }}")
    longest = max(str(told).split("'fields'"), key=len).count("'field':")
    assert 5 < longest <= of("HistoryEntry.fields") < 30


def test_what_has_not_changed_is_not_measured_again(csto: Database) -> None:
    measure_lengths(csto)
    csto.reader.statements.clear()
    before = csto.context.executor.lengths._longest
    measure_lengths(csto)
    assert len(csto.reader.statements) == 1
    assert csto.context.executor.lengths._longest is before


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unavailable("it is gone"), None),
        (TooSlow("it took long", "ask for less"), logging.WARNING),
        (RuntimeError("no such table"), logging.ERROR),
    ],
)
def test_they_are_read_again_whatever_fails(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    told: int | None,
) -> None:
    reader = FailingReader(error)
    monkeypatch.setattr(cardinality, "_INTERVAL", 0.0)

    async def serve() -> None:
        async with Lengths(build_schema().core).keep_measured(reader):
            while reader.asked < 3:
                await asyncio.sleep(0)

    with caplog.at_level(logging.WARNING):
        asyncio.run(serve())
    assert {record.levelno for record in caplog.records} == ({told} if told else set())


class SlowReader(FailingReader):
    """A reader that answers once it is told to."""

    def __init__(self) -> None:
        super().__init__(RuntimeError())
        self.may_answer = asyncio.Event()

    async def fetch(
        self, pieces: Sequence[str], values: Sequence[SqlValue], cost: int = 0
    ) -> Sequence[SqlValue]:
        del pieces, values, cost
        self.asked += 1
        await self.may_answer.wait()
        return ['{"revision": 1, "longest": {"State.holders": 7}}']


def test_a_start_does_not_wait_for_them_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """They have the price of an unknown length until then, and are not asked for twice."""
    monkeypatch.setattr(cardinality, "_PATIENCE", 0.01)

    async def serve() -> None:
        reader, lengths = SlowReader(), Lengths(build_schema().core)
        async with asyncio.timeout(5), lengths.keep_measured(reader):
            assert (reader.asked, lengths.of("State.holders")) == (1, price.UNKNOWN_LENGTH)
            reader.may_answer.set()
            while lengths.revision < 0:
                await asyncio.sleep(0)
            assert lengths.of("State.holders") == 7

    asyncio.run(serve())


def test_what_takes_long_is_measured_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that measurements are a twentieth of what the service does at most."""
    now, slept = [0.0], list[float]()

    async def pass_time(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.Event().wait()

    async def measure(lengths: Lengths, reader: Reader) -> None:
        del lengths, reader
        now[0] += 9.0

    monkeypatch.setattr(Lengths, "measure", measure)
    monkeypatch.setattr(cardinality, "_sleep", pass_time)
    monkeypatch.setattr(cardinality, "_clock", lambda: now[0])

    async def serve() -> None:
        async with Lengths(build_schema().core).keep_measured(SlowReader()):
            assert slept == [20 * 9.0]

    asyncio.run(serve())
