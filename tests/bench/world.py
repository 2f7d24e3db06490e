"""A generated world of any size, for plans and benchmarks; never for what is right or wrong.

In: an engine with an empty, migrated database, and `Sizes`. Out: the database filled, its rows made
by the code that makes those of seed files. `derive_search_texts` adds what searches need,
`derive_feed` all that a load derives, with the change feed; each takes longer than the one before.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from string import ascii_uppercase

from sqlalchemy import Connection, Engine, insert, select, text
from sqlalchemy.sql.schema import Table as SqlTable
from sqlmodel import col

from kb import database
from kb.commit.feed import Origin
from kb.commit.finish import WriteSet, finish
from kb.derive import search_texts
from kb.models import EventKind, MembershipStatus, Record, Stance, Table
from kb.records import write
from kb.records.documents import FORMS, AnchorDocument, CitationDocument, Document, SourcedDocument
from kb.records.rows import Ref, Rows, TableRow, citation_rows, date_row, rows_of

_BATCH = 10_000
_DISPUTING = 101
"""One citation in so many disputes what the others support; none of those of states."""
FIRST = date(1990, 1, 1)
_STATUSES = (MembershipStatus.MEMBER, MembershipStatus.OBSERVER)
# A vacancy is that of an office, which these events do not have.
_KINDS = [kind for kind in EventKind if kind is not EventKind.VACANCY]
_SYLLABLES = [f"{first}{second}" for first in "bdgjklmnprstvz" for second in "aeiou"]
_ANCHOR = AnchorDocument(paragraph=1, start=0, end=5, sha256="0" * 64)
CODES = [f"{first}{second}" for first in ascii_uppercase for second in ascii_uppercase]


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


def spell(number: int) -> str:
    """A surname: the number, in syllables for digits."""
    syllables = ""
    for _ in range(3):
        number, digit = divmod(number, len(_SYLLABLES))
        syllables += _SYLLABLES[digit]
    return f"{syllables}nov".title()


def generate(engine: Engine, sizes: Sizes, mark: str = "") -> None:
    """`mark` stands in all keys and names but those of states, of which there are few codes."""
    world = _World(sizes, Random(1), mark)
    with database.write_transaction(engine) as connection:
        for batch in _batches(world.rows()):
            _insert(connection, world, batch)
        write.spread_names(connection, world.numbers)
        connection.execute(text("update head set revision = :last"), {"last": len(world.numbers)})
    _analyse(engine)


def derive_search_texts(engine: Engine) -> None:
    """What `derive_feed` includes."""
    with database.write_transaction(engine) as connection:
        search_texts.update_texts(
            connection, connection.execute(select(col(Record.id))).scalars().all(), {}
        )
    _analyse(engine)


def derive_feed(engine: Engine) -> None:
    """As after a load of everything, in one commit."""
    with database.write_transaction(engine) as connection:
        connection.execute(text("update head set revision = 0"))
        finish(connection, WriteSet((), None), Origin("bench"))
    _analyse(engine)


def _analyse(engine: Engine) -> None:
    """PostgreSQL would do so by itself a minute later; SQLite never does."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("analyze")


def _batches(rows: Iterable[Rows]) -> Iterator[list[Rows]]:
    batch: list[Rows] = []
    for record_rows in rows:
        batch.append(record_rows)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


@dataclass
class _World:
    sizes: Sizes
    random: Random
    mark: str

    def __post_init__(self) -> None:
        self.numbers: dict[Ref, int] = {}
        self.subjects: list[Ref] = []
        self.starts: dict[Ref, str] = {}
        self.dates: set[str] = set()

    def rows(self) -> Iterator[Rows]:
        yield self._rows("Publication", self._gazette, name=f"The Gazette{self.mark}")
        yield from self._named_records()
        yield from self._articles()
        yield from self._spans()
        yield from self._summits_and_events()
        yield from self._citations()

    def _rows(self, record_type: str, key: str, /, **values: object) -> Rows:
        # What it is given is right: to check each again would take most of the time.
        construct: Callable[..., Document] = FORMS[record_type].model_construct
        ref = Ref(record_type, key)
        if issubclass(FORMS[record_type], SourcedDocument):
            self.subjects.append(ref)
        return rows_of(ref, construct(citations={}, **values), None)

    @property
    def _gazette(self) -> str:
        return f"gazette{self.mark}"

    def _key(self, record_type: str, number: int) -> str:
        if record_type == "State":
            return CODES[number]
        return f"{record_type.lower()}-{self.mark}{number}"

    def _any(self, record_type: str, size: int) -> str:
        return self._key(record_type, self.random.randrange(size))

    def _day(self) -> date:
        return FIRST + timedelta(self.random.randrange(10_000))

    def _named_records(self) -> Iterator[Rows]:
        for number in range(self.sizes.states):
            yield self._rows("State", self._key("State", number), name=f"State {number:03}")
        for number in range(self.sizes.organisations):
            founded = self._day().isoformat()
            key = self._key("Organisation", number)
            yield self._rows(
                "Organisation", key, name=f"Union {self.mark}{number}", founded=founded
            )
        for number in range(self.sizes.officials):
            nationality = self._any("State", self.sizes.states)
            surname = spell(self.random.randrange(self.sizes.officials))
            name = f"{surname} {self.mark}{number}"
            key = self._key("Official", number)
            yield self._rows("Official", key, name=name, nationality=nationality)

    def _articles(self) -> Iterator[Rows]:
        for number in range(self.sizes.articles):
            day = FIRST + timedelta(number % 10_000)
            yield self._rows(
                "Article",
                self._key("Article", number),
                headline=f"Headline {self.mark}{self.random.randrange(10**6)}",
                publication=self._gazette,
                issue_number=number // 10 + 1,
                dated_on=day.isoformat(),
                summary=f"What article {self.mark}{number} says, in our own words.",
            )

    def _spans(self) -> Iterator[Rows]:
        """One after another for each pair, so that none is certain beside another."""
        pairs = self.sizes.states * self.sizes.organisations
        for number in range(self.sizes.memberships):
            pair, turn = number * 7919 % pairs, number // pairs
            key = self._key("Membership", number)
            yield self._rows(
                "Membership",
                key,
                organisation=self._key("Organisation", pair % self.sizes.organisations),
                state=self._key("State", pair // self.sizes.organisations),
                status=_STATUSES[number % 10 == 0],
                period=self._period(Ref("Membership", key), turn),
            )
        for number in range(self.sizes.terms):
            key = self._key("Term", number)
            yield self._rows(
                "Term",
                key,
                official=self._key("Official", number % self.sizes.officials),
                office="President",
                state=self._any("State", self.sizes.states),
                period=self._period(Ref("Term", key), number // self.sizes.officials),
            )

    def _period(self, ref: Ref, turn: int) -> str:
        day = FIRST + timedelta(turn * 1000 + self.random.randrange(300))
        start, end = str(day.year), str(day.year + 1)
        if self.random.random() >= 0.3:
            start, end = str(day), str(day + timedelta(self.random.randrange(100, 600)))
        self.starts[ref] = start
        return f"{start}/{end}"

    def _summits_and_events(self) -> Iterator[Rows]:
        for number in range(self.sizes.summits):
            yield self._rows(
                "Summit",
                self._key("Summit", number),
                name=f"Summit {self.mark}{number}",
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
                title=f"Event {self.mark}{self.random.randrange(10**6)}",
                occurred=self._day().isoformat(),
                states=[self._any("State", self.sizes.states)],
            )

    def _citations(self) -> Iterator[Rows]:
        for number in range(self.sizes.citations):
            subject = self.subjects[number % len(self.subjects)]
            start = self.starts.get(subject) if number % 2 else None
            disputes = number % _DISPUTING == 0 and subject.type != "State"
            document = CitationDocument.model_construct(
                article=self._any("Article", self.sizes.articles),
                anchor=_ANCHOR,
                field="period.start" if start else None,
                value=start,
                stance=Stance.DISPUTES if disputes else Stance.SUPPORTS,
                claim=f"What passage {self.mark}{number} says.",
            )
            yield citation_rows(subject, f"citation-{self.mark}{number}", document)


def _insert(connection: Connection, world: _World, batch: Sequence[Rows]) -> None:
    tables = Table.metadata.tables
    gathered: dict[str, list[dict[str, object]]] = {"partial_date": [], "record": []}
    for rows in batch:
        number = len(world.numbers) + 1
        world.numbers[rows.ref] = number
        counted = {"id": number, "revision": number, "disputed": number % 100 == 0}
        gathered["record"].append({**counted, **rows.ref._asdict()})
        columns = {"id": number} | _with_numbers(world, rows.row) | write.first_day(rows)
        gathered.setdefault(rows.ref.type.lower(), []).append(columns)
        for name, parts in rows.parts.items():
            owner = "summit_id" if name == "participation" else "event_id"
            owned = [{owner: number} | _with_numbers(world, part) for part in parts]
            gathered.setdefault(name, []).extend(owned)
        gathered["partial_date"] += _dates(world, tables[rows.ref.type.lower()], rows.row)
    for name, rows_of_table in gathered.items():
        if rows_of_table:
            connection.execute(insert(tables[name]), rows_of_table)


def _with_numbers(world: _World, row: TableRow) -> dict[str, object]:
    return {
        name: world.numbers[value] if isinstance(value, Ref) else value
        for name, value in row.items()
    }


def _dates(world: _World, table: SqlTable, row: TableRow) -> Iterator[dict[str, object]]:
    """The partial dates that no row had before."""
    for name, value in row.items():
        targets = {key.column.table.name for key in table.c[name].foreign_keys}
        if isinstance(value, str) and "partial_date" in targets and value not in world.dates:
            world.dates.add(value)
            yield dict(date_row(value))
