"""An import of 60,000 records takes little more memory than one of 20,000."""

import re
from pathlib import Path

import pytest

from kb.config import Settings
from tests.support.command import KB, bare_environment
from tests.support.databases import Database, Place
from tests.support.imports import SOURCE, write_files
from tests.support.residence import measure_residence

MAPPING = (
    SOURCE
    + """tables:
  people.csv:
    records:
      - {type: Official, key: "{id}", fields: {name: "{name}"}}
      - type: Term
        key: "{id} {begin}"
        fields:
          official: {from: "{id}", find: own}
          office: "{office}"
          state: "{country}"
          period: {start: {from: "{begin}", dates: ["%d.%m.%Y"]}, end: "{end}"}
"""
)
FEW, MANY = 20_000, 60_000
MOST = 60_000
"""KiB more for three times the records, where all of them cite one article; 12,000 were seen. The
database's cache is all but full with the fewer, and each name takes about 400 bytes. Rows that were
held would take four times as much.
"""


def people(rows: int) -> str:
    """A row gives an official and a term, all of one state."""
    lines = (
        f"{number},P {number},Minister {number % 50},UZ,1.{1 + number % 12}.{1900 + number % 90},"
        for number in range(rows)
    )
    return "\n".join(["id,name,office,country,begin,end", *lines])


@pytest.mark.long
def test_memory_does_not_grow_with_the_rows(place: Place, loaded: Settings, tmp_path: Path) -> None:
    few, many = (import_memory(place.create(loaded), tmp_path, count) for count in (FEW, MANY))
    assert many - few < MOST


def import_memory(settings: Settings, folder: Path, records: int) -> int:
    """KiB that an import resided in at most."""
    files = {"map.yaml": MAPPING, "people.csv": people(records // 2)}
    mapping, table = write_files(folder, files)
    environment = bare_environment() | {"KB_DATABASE_URL": settings.database_url}
    done = measure_residence([KB, "import", table, "--map", mapping], environment)
    assert f"\n{2 * records + 2} added, 0 changed" in done.output
    return done.kib


def test_a_term_is_held_against_those_of_its_official(empty: Database) -> None:
    """Not against all of its state, which took the square of their number."""
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL has a constraint with an index of its own")
    ((body,),) = empty.rows("select sql from sqlite_master where name = 'term_insert'")
    look = re.search(r"exists \((.*)\)\s*begin", str(body), re.DOTALL | re.IGNORECASE)
    assert look
    plan = empty.rows("explain query plan " + re.sub(r"new\.\w+", "1", look[1]))
    assert "official_id=?" in str(plan)
