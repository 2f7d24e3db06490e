"""`values` of a mapping: what texts stand for, what becomes of all others, what is done next."""

from pathlib import Path

import pytest

from tests.support.databases import Database
from tests.support.imports import SOURCE, import_faults, take
from tests.support.seed_texts import write_seed_texts

pytestmark = pytest.mark.sweep

TABLES = """\
tables:
  people.csv:
    records:
      - type: Official
        key: "{id}"
        fields:
          name: {from: "{name}", OTHERS}
          nationality:
            from: "{country}"
            values: {Gaul: France, none: null}
            others: as they are
            find: name
      - type: Term
        key: "{id}"
        unless: {since: [""]}
        fields:
          official: {from: "{id}", find: own}
          office: Chair
          state: {from: France, find: name}
          period:
            start:
              from: "{since}"
              values: {turn: "[1899..1901]"}
              others: as they are
              dates: ["%d.%m.%Y"]
"""
AS_THEY_ARE = 'values: {"N. N.": Nobody}, others: as they are'
PEOPLE = {
    "people.csv": "id,name,country,since\n1,N. N.,Gaul,turn\n2,Ada,none,09.05.1950\n3,Bo,France,\n"
}


@pytest.fixture
def world(empty: Database, tmp_path: Path) -> Database:
    """With France in it."""
    empty.load(write_seed_texts(tmp_path))
    return empty


def mapping(others: str = AS_THEY_ARE) -> str:
    return SOURCE + TABLES.replace("OTHERS", others)


def test_others_are_taken_as_they_are(world: Database, tmp_path: Path) -> None:
    """What a text stands for is looked up as it would be itself, and is a day without a form."""
    take(world, tmp_path, mapping(), PEOPLE)
    asked = """{ officials(orderBy: {field: NAME}) { nodes {
      name nationality { code } terms { nodes { period { start { edtf } } } } } } }"""
    assert world.ask(asked) == {
        "officials": {
            "nodes": [
                _official("Ada", None, "1950-05-09"),
                _official("Bo", "FR", None),
                _official("Nobody", "FR", "[1899..1901]"),
            ]
        }
    }


def _official(name: str, code: str | None, start: str | None) -> dict[str, object]:
    term = {"period": {"start": {"edtf": start}}}
    return {
        "name": name,
        "nationality": code and {"code": code},
        "terms": {"nodes": [term] if start else []},
    }


@pytest.mark.parametrize("others", ["", ", others: faults"])
def test_others_are_faults_unless_they_are_told(
    others: str, world: Database, tmp_path: Path
) -> None:
    given = 'values: {"N. N.": Nobody}' + others
    assert import_faults(world, tmp_path, mapping(given), PEOPLE) == [
        f"people.csv:{line}: cow-{line - 1}.name (column `name`): `{name}` is none of the values"
        " that the mapping has, add it to `values`, or write `otherwise`, or `others: as they are`"
        for line, name in ((3, "Ada"), (4, "Bo"))
    ]


def test_others_may_be_nothing(world: Database, tmp_path: Path) -> None:
    given = mapping().replace("others: as they are\n", "otherwise: null\n", 1)
    take(world, tmp_path, given, PEOPLE)
    asked = "{ officials(orderBy: {field: NAME}) { nodes { name nationality { code } } } }"
    assert world.ask(asked) == {
        "officials": {
            "nodes": [
                {"name": "Ada", "nationality": None},
                {"name": "Bo", "nationality": None},
                {"name": "Nobody", "nationality": {"code": "FR"}},
            ]
        }
    }


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ("values: {a: b}, otherwise: c, others: as they are", "`otherwise` tells already"),
        ("otherwise: c", "otherwise: there are no `values` that others would be beside"),
        ("others: as they are", "others: there are no `values` that others would be beside"),
        ("values: {a: b}, others: as it is", "others: "),
    ],
)
def test_what_tells_nothing_is_a_fault(
    others: str, told: str, empty: Database, tmp_path: Path
) -> None:
    faults = import_faults(empty, tmp_path, mapping(others), {})
    assert any(told in fault for fault in faults), faults
