"""A generated world of any size, for plans and benchmarks; never for what is right or wrong.

In: an engine with an empty, migrated database, and `Sizes`. Out: the database filled, its rows made
by the code that makes those of seed files.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from string import ascii_uppercase

from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.sql.schema import Table as SqlTable

from kb import database
from kb.ingest import store
from kb.ingest.documents import FILES, AnchorDocument, CitationDocument, Document
from kb.ingest.records import Ref, Row, Rows, citation_rows, date_row, rows_of
from kb.models import EventKind, MembershipStatus, Stance, Table

_BATCH = 10_000
_FORMS = dict(FILES.values())
_FIRST = date(1990, 1, 1)
_STATUSES = (MembershipStatus.MEMBER, MembershipStatus.OBSERVER)
_KINDS = list(EventKind)
_ANCHOR = AnchorDocument(paragraph=1, start=0, end=5, sha256="0" * 64)
_CODES = [f"{one}{other}" for one in ascii_uppercase for other in ascii_uppercase]


@dataclass(frozen=True)
class Sizes:
    """How many of each; at most 676 states."""

    states: int = 200
    organisations: int = 500
    officials: int = 5_000
    memberships: int = 20_000
    terms: int = 10_000
    summits: int = 5_000
    events: int = 5_000
    articles: int = 50_000
    citations: int = 200_000


def generate(engine: Engine, sizes: Sizes) -> None:
    world = _World(sizes, Random(1))
    with database.write(engine) as connection:
        for batch in _batches(world.rows()):
            _insert(connection, world, batch)
        store.spread_names(connection, world.numbers)
        connection.execute(text("update head set revision = :last"), {"last": len(world.numbers)})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("analyze")


def _batches(rows: Iterable[Rows]) -> Iterator[list[Rows]]:
    batch: list[Rows] = []
    for one in rows:
        batch.append(one)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


@dataclass
class _World:
    sizes: Sizes
    random: Random

    def __post_init__(self) -> None:
        self.numbers: dict[Ref, int] = {}
        self.dates: set[str] = set()

    def rows(self) -> Iterator[Rows]:
        yield self._rows("Publication", "gazette", name="The Gazette")
        yield from self._named()
        yield from self._articles()
        yield from self._spans()
        yield from self._happenings()
        yield from self._citations()

    def _rows(self, kind: str, key: str, /, **values: object) -> Rows:
        # What it is given is right: to check each again would take most of the time.
        construct: Callable[..., Document] = _FORMS[kind].model_construct
        return rows_of(Ref(kind, key), construct(citations={}, **values), None)

    def _key(self, kind: str, number: int) -> str:
        return _CODES[number] if kind == "State" else f"{kind.lower()}-{number}"

    def _any(self, kind: str, size: int) -> str:
        return self._key(kind, self.random.randrange(size))

    def _day(self) -> date:
        return _FIRST + timedelta(self.random.randrange(10_000))

    def _named(self) -> Iterator[Rows]:
        for number in range(self.sizes.states):
            yield self._rows("State", self._key("State", number), name=f"State {number:03}")
        for number in range(self.sizes.organisations):
            founded = self._day().isoformat()
            key = self._key("Organisation", number)
            yield self._rows("Organisation", key, name=f"Union {number}", founded=founded)
        for number in range(self.sizes.officials):
            nationality = self._any("State", self.sizes.states)
            name = f"Person {self.random.randrange(self.sizes.officials)}"
            key = self._key("Official", number)
            yield self._rows("Official", key, name=name, nationality=nationality)

    def _articles(self) -> Iterator[Rows]:
        for number in range(self.sizes.articles):
            day = _FIRST + timedelta(number % 10_000)
            yield self._rows(
                "Article",
                self._key("Article", number),
                headline=f"Headline {self.random.randrange(10**6)}",
                publication="gazette",
                issue_number=number // 10,
                dated_on=day.isoformat(),
                summary=f"What article {number} says, in our own words.",
            )

    def _spans(self) -> Iterator[Rows]:
        """One after another for each pair, so that none is certain beside another."""
        pairs = self.sizes.states * self.sizes.organisations
        for number in range(self.sizes.memberships):
            pair, turn = number * 7919 % pairs, number // pairs
            yield self._rows(
                "Membership",
                self._key("Membership", number),
                organisation=self._key("Organisation", pair % self.sizes.organisations),
                state=self._key("State", pair // self.sizes.organisations),
                status=_STATUSES[number % 10 == 0],
                period=self._period(turn),
            )
        for number in range(self.sizes.terms):
            yield self._rows(
                "Term",
                self._key("Term", number),
                official=self._key("Official", number % self.sizes.officials),
                office="President",
                state=self._any("State", self.sizes.states),
                period=self._period(number // self.sizes.officials),
            )

    def _period(self, turn: int) -> str:
        start = _FIRST + timedelta(turn * 1000 + self.random.randrange(300))
        if self.random.random() < 0.3:
            return f"{start.year}/{start.year + 1}"
        return f"{start}/{start + timedelta(self.random.randrange(100, 600))}"

    def _happenings(self) -> Iterator[Rows]:
        for number in range(self.sizes.summits):
            yield self._rows(
                "Summit",
                self._key("Summit", number),
                name=f"Summit {number}",
                organisation=self._any("Organisation", self.sizes.organisations),
                held_on=self._day().isoformat(),
                city=f"City {self.random.randrange(500)}",
                host=self._any("State", self.sizes.states),
            )
        for number in range(self.sizes.events):
            yield self._rows(
                "Event",
                self._key("Event", number),
                kind=_KINDS[number % len(_KINDS)],
                title=f"Event {self.random.randrange(10**6)}",
                occurred=self._day().isoformat(),
                states=[self._any("State", self.sizes.states)],
            )

    def _citations(self) -> Iterator[Rows]:
        subjects = [ref for ref in self.numbers if ref.type not in ("Publication", "Article")]
        for number in range(self.sizes.citations):
            subject = subjects[number % len(subjects)]
            document = CitationDocument.model_construct(
                article=self._any("Article", self.sizes.articles),
                anchor=_ANCHOR,
                field="period.start" if number % 2 else None,
                value="2001" if number % 2 else None,
                stance=Stance.SUPPORTS,
                claim=f"What passage {number} says.",
            )
            yield citation_rows(subject, f"citation-{number}", document)


def _insert(connection: Connection, world: _World, batch: Sequence[Rows]) -> None:
    tables = Table.metadata.tables
    gathered: dict[str, list[dict[str, object]]] = {"partial_date": [], "record": []}
    for rows in batch:
        number = len(world.numbers) + 1
        world.numbers[rows.ref] = number
        counted = {"id": number, "revision": number, "disputed": number % 100 == 0}
        gathered["record"].append({**counted, **rows.ref._asdict()})
        own = {"id": number} | _numbered(world, rows.own)
        gathered.setdefault(rows.ref.type.lower(), []).append(own)
        for name, parts in rows.parts.items():
            owner = "summit_id" if name == "participation" else "event_id"
            owned = [{owner: number} | _numbered(world, part) for part in parts]
            gathered.setdefault(name, []).extend(owned)
        gathered["partial_date"] += _dates(world, tables[rows.ref.type.lower()], rows.own)
    for name, found in gathered.items():
        if found:
            connection.execute(insert(tables[name]), found)


def _numbered(world: _World, row: Row) -> dict[str, object]:
    return {
        name: world.numbers[value] if isinstance(value, Ref) else value
        for name, value in row.items()
    }


def _dates(world: _World, table: SqlTable, row: Row) -> Iterator[dict[str, object]]:
    """The partial dates that no row had before."""
    for name, value in row.items():
        targets = {key.column.table.name for key in table.c[name].foreign_keys}
        if isinstance(value, str) and "partial_date" in targets and value not in world.dates:
            world.dates.add(value)
            yield dict(date_row(value))
