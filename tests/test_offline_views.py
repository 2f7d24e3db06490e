"""A view of any day, redone from the flat tables alone, is what the service shows of that day."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from kb import database
from kb.config import Settings
from kb.models import MEMBER_DAYS, VERSIONS
from kb.records.types import type_of_table
from kb.tables.flat_table import FlatType, read_rows
from schema.flat import flat_tables
from schema.flat_links import LINKS
from tests.support.databases import Database, Place, open_database
from tests.support.flattened import Row, flatten_view
from tests.worlds import odd

pytestmark = pytest.mark.sweep

Tables = dict[str, list[Row]]
_DAYS = 2
"""On which something became known, of all that there are."""
_LISTS = {
    "event_parties": ("events", "parties"),
    "event_organisations": ("events", "organisations"),
    "event_states": ("events", "states"),
    "event_officials": ("events", "officials"),
    "summit_participants": ("summits", "participants"),
    "organisation_predecessors": ("organisations", "predecessors"),
    "state_predecessors": ("states", "predecessors"),
}
"""Of each link table the table of its records, and the column that has the same as a list."""


class Offline(NamedTuple):
    """`told` is what the service shows, by table and day."""

    db: Database
    tables: Tables
    days: list[str]
    told: dict[tuple[str, str], dict[str, Row]]


@pytest.fixture(scope="module", params=["shipped", "odd"])
def offline(
    request: pytest.FixtureRequest, place: Place, migrated: Settings, loaded: Settings
) -> Iterator[Offline]:
    made = odd.keep_world(place, migrated, 2) if request.param == "odd" else loaded
    with open_database(place.create(made)) as db:
        tables = read_tables(db)
        every = sorted({str(row["known_from"]) for name in versions() for row in tables[name]})
        days = every[:: max(1, len(every) // _DAYS)]
        told = {
            (plural, day): flatten_view(db, plural, day)
            for plural in versions().values()
            for day in days
        }
        yield Offline(db, tables, days, told)


def read_tables(db: Database) -> Tables:
    with database.read_transaction(db.engine) as connection:
        return {
            table.name: [
                {
                    column.name: typed(column.type, value)
                    for column, value in zip(table.columns, row, strict=True)
                }
                for batch in read_rows(connection, table)
                for row in batch
            ]
            for table in flat_tables().values()
        }


def typed(flat_type: FlatType, value: object) -> object:
    match flat_type:
        case FlatType.JSON if value is not None:
            return json.loads(str(value))
        case FlatType.BOOLEAN if value is not None:
            return value == "true"
        case _:
            return value


def versions() -> dict[str, str]:
    """By the table of versions that of the records."""
    return {f"{name}_versions": type_of_table(name).plural for name in VERSIONS}


def holds(row: Row, day: str) -> bool:
    return str(row["known_from"]) <= day < str(row["known_to"] or "infinity")


def shown(tables: Tables, table: str, day: str) -> set[str]:
    """The keys of the records that a view shows."""
    known = [row for row in tables[table] if row["known_from"]]
    return {str(row["key"]) for row in known if str(row["known_from"]) <= day}


def test_there_is_a_table_for_each_list_and_each_version() -> None:
    assert {*LINKS.values()} == {*MEMBER_DAYS}
    assert LINKS.keys() == _LISTS.keys()
    assert versions().keys() <= flat_tables().keys()


def test_versions_are_the_values_of_each_day(offline: Offline) -> None:
    for name, plural in versions().items():
        for day in offline.days:
            told = offline.told[plural, day]
            redone = {
                str(row["id"]): shown_references(offline.tables, name, row, day)
                for row in offline.tables[name]
                if holds(row, day)
            }
            assert redone.keys() == told.keys(), (name, day)
            for record, row in redone.items():
                kept = {key: value for key, value in row.items() if key in SHOWN[name]}
                assert kept == {key: told[record].get(key) for key in kept}, (record, day)


def shown_references(tables: Tables, name: str, row: Row, day: str) -> Row:
    """The row, without references to records that the view does not show."""
    hidden = {
        column.name: None
        for column in flat_tables()[name].columns
        if column.refers and row[column.name] not in shown(tables, column.refers, day)
    }
    return {**row, **hidden}


SHOWN = {
    name: {column.name for column in flat_tables()[name].columns}
    - {"known_from", "known_to", "revision"}
    for name in versions()
}


def test_lists_are_the_members_known_by_the_day(offline: Offline) -> None:
    for link, (plural, column) in _LISTS.items():
        for day in offline.days:
            told = offline.told[plural, day]
            redone = redo_lists(offline.tables, link, day)
            for row in told.values():
                first = members([row["predecessor"]]) if row.get("predecessor") else []
                wanted = [*first, *redone[str(row["key"])]]
                assert wanted == members(row[column]), (link, row["key"], day)


def redo_lists(tables: Tables, link: str, day: str) -> dict[str, list[object]]:
    """By the key of the record, the keys of what its list shows."""
    lists, columns = defaultdict[str, list[object]](list), flat_tables()[link].columns
    owner, *references = [column for column in columns if column.refers]
    for row in tables[link]:
        named = {
            each.name: row[each.name]
            if is_by(row[f"{each.name}_known_from"], day)
            and row[each.name] in shown(tables, str(each.refers), day)
            else None
            for each in references
        }
        if any(named.values()):
            is_single = link not in ("event_parties", "summit_participants")
            shown_member = next(iter(named.values())) if is_single else named
            lists[str(row[owner.name])].append(shown_member)
    return lists


def is_by(day: object, other: str) -> bool:
    return day is not None and str(day) <= other


def members(listed: object) -> list[object]:
    """Of objects the records that they name."""
    assert isinstance(listed, list)
    names = ("organisation", "state", "official")
    return [
        {name: each[name] for name in names if name in each} if isinstance(each, dict) else each
        for each in listed
    ]


def test_what_is_disputed_follows_from_disagreements(offline: Offline) -> None:
    for plural in versions().values():
        for day in offline.days:
            told = offline.told[plural, day]
            disputed = {
                row["subject"]
                for row in offline.tables["disagreements"]
                if holds(row, day) and row["kind"] == "CONFLICT"
            }
            assert {record for record, row in told.items() if row["disputed"]} == disputed & {*told}


def test_identifiers_are_those_of_the_lists(offline: Offline) -> None:
    listed = [
        (row["id"], *identifier.values())
        for name in versions().values()
        for row in offline.tables[name]
        for identifier in json_list(row["identifiers"])
    ]
    rows = offline.tables["identifiers"]
    names = ("record", "scheme", "scheme_name", "value", "url")
    told = [tuple(row[name] for name in names) for row in rows]
    assert sorted(map(str, told)) == sorted(map(str, listed)) != []


def json_list(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def test_disagreements_are_those_of_the_service(offline: Offline) -> None:
    """But for those that are superseded."""
    query = """{ disagreements(first: 100) { nodes { subject { id } field kind recorded
      values { value text citations { key } } } } }"""
    nodes = offline.db.ask(query)["disagreements"]
    assert isinstance(nodes, dict)
    told = [
        (
            node["subject"]["id"],
            node["field"],
            node["kind"],
            node["recorded"],
            value["value"],
            value["text"],
            [citation["key"] for citation in value["citations"]],
        )
        for node in nodes["nodes"]
        for value in node["values"]
    ]
    names = ("subject", "field", "kind", "recorded", "value", "text", "citations")
    rows = [row for row in offline.tables["disagreements"] if row["known_to"] is None]
    redone = [tuple(row[name] for name in names) for row in rows]
    assert sorted(map(str, redone)) == sorted(map(str, told)) != []
