"""Look-ups of an import: records found by what others call them, and by their names."""

from pathlib import Path

import pytest

from tests.support.databases import Database
from tests.support.imports import SOURCE, import_faults, take
from tests.support.seed_texts import STATES, citation_text, write_seed_texts

SCHEMES = 'cow: {name: COW, pattern: "[1-9][0-9]*"}\natlas: {name: Atlas}\n'
PEOPLE = """\
  people.csv:
    records:
      - type: Official
        key: "{id}"
        fields:
          name: "{name}"
          nationality: {from: "{country}", find: FIND}
"""
GIVEN = """\
  states.csv:
    records:
      - type: State
        key: "{code}"
        fields:
          name: "{name}"
          identifiers: [{scheme: cow, value: "{cow}"}]
"""
BY_COW, BY_NAME = "{identifier: cow}", "name"


@pytest.fixture
def world(empty: Database, tmp_path: Path) -> Database:
    """With France, which two schemes have a code of, and two states of one name."""
    called = "[{scheme: cow, value: '220'}, {scheme: atlas, value: 'F 1'}]"
    states = STATES.replace("name: France\n", f"name: France\n  identifiers: {called}\n")
    for code in ("XA", "XB"):
        states += f"{code}:\n  name: Congo\n  citations:\n{citation_text(f'{code.lower()}-named')}"
    empty.load(write_seed_texts(tmp_path, schemes=SCHEMES, states=states))
    return empty


def mapping(find: str, tables: str = PEOPLE) -> str:
    return f"{SOURCE}tables:\n{tables.replace('FIND', find)}"


def people(*countries: str) -> str:
    rows = (f"{number},P {number},{country}\n" for number, country in enumerate(countries))
    return f"id,name,country\n{''.join(rows)}"


def nationalities(database: Database) -> list[object]:
    asked = "{ officials(orderBy: {field: NAME}) { nodes { nationality { code } } } }"
    officials = database.ask(asked)["officials"]
    assert isinstance(officials, dict)
    return [node["nationality"] and node["nationality"]["code"] for node in officials["nodes"]]


@pytest.mark.parametrize(
    ("find", "named"),
    [
        (BY_COW, "220"),
        ("{identifier: COW}", "220"),
        ("{identifier: atlas}", "F  1"),
        (BY_NAME, "FRANCE"),
    ],
)
def test_a_stored_record_is_found(world: Database, tmp_path: Path, find: str, named: str) -> None:
    """By a value of the scheme that the mapping names, or by a name in any case."""
    take(world, tmp_path, mapping(find), {"people.csv": people(named, "")})
    assert nationalities(world) == ["FR", None]


def test_one_of_the_same_import_is_found(world: Database, tmp_path: Path) -> None:
    """What the mapping takes first."""
    files = {"states.csv": "code,name,cow\nXY,Ycaria,77\n", "people.csv": people("77", "220")}
    take(world, tmp_path, mapping(BY_COW, GIVEN + PEOPLE), files)
    assert nationalities(world) == ["XY", "FR"]


FAULTS = {
    (BY_COW, "221"): "no state has the identifier `221` of `cow`, add it first, or correct",
    (BY_COW, "France"): "no state has the identifier `France` of `cow`",
    ("{identifier: atlas}", "220"): "no state has the identifier `220` of `atlas`",
    ("{identifier: gazetteer}", "220"): "no state has the identifier `220` of `gazetteer`",
    (BY_NAME, "220"): "no state is called `220`",
    (BY_NAME, "Congo"): "more than one state is called `Congo`: XA, XB, name it by its key or",
}


@pytest.mark.parametrize(("find", "named"), FAULTS)
def test_what_is_not_found_or_ambiguous_is_told(
    world: Database, tmp_path: Path, find: str, named: str
) -> None:
    (fault,) = import_faults(world, tmp_path, mapping(find), {"people.csv": people(named)})
    assert fault.startswith("people.csv:2: cow-0.nationality (column `country`): ")
    assert FAULTS[find, named] in fault


def test_one_that_comes_later_is_not_found(world: Database, tmp_path: Path) -> None:
    files = {"states.csv": "code,name,cow\nXY,Ycaria,77\n", "people.csv": people("77")}
    (fault,) = import_faults(world, tmp_path, mapping(BY_COW, PEOPLE + GIVEN), files)
    assert "no state has the identifier `77` of `cow`, add it first" in fault


def test_two_of_one_import_are_ambiguous(world: Database, tmp_path: Path) -> None:
    """And no load would take both."""
    states = "code,name,cow\nXY,Ycaria,77\nXZ,Zembla,77\n"
    tables = mapping(BY_COW, GIVEN + PEOPLE)
    told = import_faults(
        world, tmp_path, tables, {"states.csv": states, "people.csv": people("77")}
    )
    assert "more than one state has the identifier `77` of `cow`: XY, XZ" in "\n".join(told)
    (fault,) = import_faults(world, tmp_path, mapping("", GIVEN), {"states.csv": states})
    assert "XZ: `cow` `77` is also that of `XY`" in fault
