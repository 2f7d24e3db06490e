"""Data in the forms of two data sets, a hundred times as large as the shipped seeds.

The tables are made up in the forms of docs/importing.md, and taken by the mappings that stand
there. What was so on a day is asked, and worked out of the cells besides.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from time import monotonic
from typing import NamedTuple

import pytest
from starlette.testclient import TestClient

from kb import database
from kb.app import create_app
from kb.check.inspect import inspect
from kb.config import Settings
from kb.tables.whole_tables import export_tables
from schema.flat import flat_tables
from tests.support.databases import SHIPPED_RECORDS, Database, Place, open_database
from tests.support.documentation import named_files
from tests.support.imports import take_files
from tests.support.snapshots import write_snapshot

pytestmark = pytest.mark.long

YEARS = range(1990, 2015)
ORGANISATIONS, POSTS, PERSONS, HOLDERS = 700, 250, 800, 16
STATUSES = {"1": "MEMBER", "2": "ASSOCIATE", "3": "OBSERVER"}
ASKED = 150
"""Organisations and offices that are asked for, of all that there are."""
MOST_SECONDS = 2.0
"""For a page, on a machine that does other things as well."""


class Appointment(NamedTuple):
    person: str
    first: date
    last: date | None


class Cells(NamedTuple):
    """What the tables say: by organisation, year and state; and by post."""

    statuses: dict[str, dict[int, dict[str, str]]]
    appointments: dict[int, list[Appointment]]


def made_up(states: list[str]) -> Cells:
    random = Random(21)
    statuses = {}
    for number in range(ORGANISATIONS):
        begun = random.choice(YEARS[:8])
        status = {state: random.choice("0112") for state in states}
        statuses[f"O{number}"] = {
            year: {state: _next(random, status, state) for state in states}
            for year in YEARS
            if year >= begun
        }
    return Cells(statuses, {post: _appointments(random) for post in range(POSTS)})


def _next(random: Random, status: dict[str, str], state: str) -> str:
    """Most years are as the one before."""
    if random.random() < 0.12:
        status[state] = random.choice(["0", "1", "1", "2", "3", "-9"])
    return status[state]


def _appointments(random: Random) -> list[Appointment]:
    """One after the other, touching or with a gap; the last one has no end."""
    made, day = [], date(1990, 1, 1) + timedelta(random.randrange(400))
    for number in range(HOLDERS):
        last = day + timedelta(random.randrange(30, 600))
        person = f"p{random.randrange(PERSONS)}"
        made.append(Appointment(person, day, last if number < HOLDERS - 1 else None))
        day = last + timedelta(random.choice((0, 1, 90)))
    return made


def write_tables(folder: Path, cells: Cells, states: list[str]) -> None:
    for name, text in named_files("docs/importing.md").items():
        (folder / name).write_text(text, encoding="utf-8")
    _write(
        folder / "igo.csv",
        ["ioname", "orgname", "year", "sdate", *states],
        (
            [name, f"Organisation {name}", year, min(years), *status.values()]
            for name, years in cells.statuses.items()
            for year, status in years.items()
        ),
    )
    persons = ([f"p{number}", f"Person {number}", ""] for number in range(PERSONS))
    _write(folder / "persons.csv", ["id", "name", "also_known_as"], persons)
    posts = ([f"m{post}", f"Minister {post}", states[0]] for post in range(POSTS))
    _write(folder / "posts.csv", ["id", "title", "country"], posts)
    _write(
        folder / "appointments.csv",
        ["person", "post", "from", "until", "reason"],
        (
            [person, f"m{post}", f"{first:%d.%m.%Y}", f"{last:%d.%m.%Y}" if last else "", ""]
            for post, appointments in cells.appointments.items()
            for person, first, last in appointments
        ),
    )


def _write(path: Path, header: list[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hundredfold")


@pytest.fixture(scope="module")
def states(csto: Database) -> dict[str, str]:
    """Codes by names as the tables have them."""
    return {str(name).lower(): str(code) for name, code in csto.rows("select name, key from state")}


@pytest.fixture(scope="module")
def cells(states: dict[str, str]) -> Cells:
    return made_up([*states])


@pytest.fixture(scope="module")
def world(
    place: Place, loaded: Settings, folder: Path, cells: Cells, states: dict[str, str]
) -> Iterator[Database]:
    write_tables(folder, cells, [*states])
    with open_database(place.create(loaded)) as database:
        take_files(database, str(folder / "igo.yaml"), [folder / "igo.csv"])
        tables = [folder / f"{name}.csv" for name in ("persons", "posts", "appointments")]
        take_files(database, str(folder / "ministers.yaml"), tables)
        yield database


def test_it_is_a_hundred_times_as_large_and_sound(world: Database) -> None:
    ((records,),) = world.rows("select count(*) from record")
    assert int(str(records)) > 100 * SHIPPED_RECORDS
    with database.read_transaction(world.engine) as connection:
        assert inspect(connection).findings == []


def members_by_cells(
    years: dict[int, dict[str, str]], year: int, codes: dict[str, str]
) -> set[tuple[str, str, str]]:
    """In the midst of a year: its first and last one are sure of no day, nor is what goes on."""
    return {
        (codes[state], STATUSES[status], _certainty(years, year, state))
        for state, status in years.get(year, {}).items()
        if status in STATUSES
    }


def _certainty(years: dict[int, dict[str, str]], year: int, state: str) -> str:
    status = years[year][state]
    begins = year - 1 not in years or years[year - 1][state] != status
    ends = year + 1 in years and years[year + 1][state] != status
    return "POSSIBLE" if begins or ends else "CERTAIN"


def test_memberships_are_those_of_the_cells(
    world: Database, cells: Cells, states: dict[str, str]
) -> None:
    asked = """query ($slug: String!, $day: Date!) { organisation(slug: $slug) {
      members(asOf: $day, status: [MEMBER, ASSOCIATE, OBSERVER]) {
        state { code } membership { status } certainty } } }"""
    random = Random(1)
    for name in random.sample([*cells.statuses], ASKED):
        for year in random.sample(YEARS, 3):
            slug = f"cow-{name.lower()}"
            organisation = world.ask(asked, slug=slug, day=f"{year}-06-30")["organisation"]
            assert isinstance(organisation, dict)
            told = {
                (each["state"]["code"], each["membership"]["status"], each["certainty"])
                for each in organisation["members"]
            }
            assert told == members_by_cells(cells.statuses[name], year, states), (name, year)


def test_offices_are_held_as_the_cells_say(
    world: Database, cells: Cells, states: dict[str, str]
) -> None:
    """What has no end may go on; of what has one, each day is certain."""
    asked = """query ($code: String!, $office: String!, $day: Date!) { state(code: $code) {
      office(name: $office) { tenure(asOf: $day) {
        holders { official { slug } certainty } } } } }"""
    code, *_ = states.values()
    random = Random(2)
    for post in random.sample([*cells.appointments], ASKED):
        for number in random.sample(range(9000), 3):
            day = date(1990, 1, 1) + timedelta(number)
            expected = {
                (f"min-{person}", "CERTAIN" if last or day == first else "POSSIBLE")
                for person, first, last in cells.appointments[post]
                if first <= day and (last is None or day <= last)
            }
            answer = world.ask(asked, code=code, office=f"Minister {post}", day=day.isoformat())
            holders = _at(answer, "state", "office", "tenure", "holders")
            assert isinstance(holders, list)
            told = {(each["official"]["slug"], each["certainty"]) for each in holders}
            assert told == expected, (post, day)


def _at(value: object, *names: str) -> object:
    for name in names:
        assert isinstance(value, dict)
        value = value[name]
    return value


PAGES = (
    *("/", "/organisations", "/memberships?q=O7", "/officials", "/terms", "/states"),
    *("/organisations/cow-o7", "/officials/min-p7", "/articles", "/citations"),
)


def test_pages_are_soon_there(world: Database) -> None:
    html = {"Accept": "text/html"}
    with TestClient(create_app(world.settings)) as client:
        for page in PAGES:
            assert client.get(page, headers=html).status_code == 200, page
            begun = monotonic()
            client.get(f"{page}{'&' if '?' in page else '?'}x=1", headers=html)
            assert monotonic() - begun < MOST_SECONDS, page


def test_tables_have_a_row_for_each_record(world: Database, tmp_path: Path) -> None:
    with database.read_transaction(world.engine) as connection:
        export_tables(connection, tmp_path, [*flat_tables().values()], "csv")
    for name in "memberships", "terms", "officials":
        ((count,),) = world.rows(f"select count(*) from {name.removesuffix('s')}")
        with (tmp_path / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert len([*csv.reader(file)]) - 1 == count


def test_a_copy_is_complete(
    world: Database, place: Place, migrated: Settings, tmp_path: Path
) -> None:
    """Its records are the same to the last field, by their checksums."""
    path = write_snapshot(world, tmp_path)
    *_, last = path.read_text(encoding="utf-8").splitlines()
    with open_database(place.create(migrated)) as copy:
        copy.load(path)
        *_, copied = write_snapshot(copy, tmp_path / "again").read_text().splitlines()
    assert json.loads(copied)["counts"] == json.loads(last)["counts"]
