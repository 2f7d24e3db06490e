"""`kb import`: rows become records by a mapping, all or nothing, every fault by row and column."""

from pathlib import Path

import pytest

from kb.check.inspect import inspect
from kb.database import read_transaction
from kb.files.file_sets import Terms
from kb.files.load import Manner
from kb.files.on_conflict import OnConflict
from kb.periods import Period
from tests.support.command import run
from tests.support.databases import Database
from tests.support.imports import SOURCE, import_faults, take, write_files
from tests.support.seed_texts import write_seed_texts

pytestmark = pytest.mark.sweep

PEOPLE = (
    SOURCE
    + """tables:
  people.csv:
    records:
      - type: Official
        key: "{id}"
        fields:
          name: "{first} {last}"
          aliases: [{from: "{other}", split: ";"}]
          nationality: {from: "{country}", find: name}
  posts.csv: {}
  terms.csv:
    join: {post: {table: posts.csv, by: post, to: id}}
    records:
      - type: Term
        key: "{person} {post} {begin}"
        fields:
          official: {from: "{person}", find: own}
          office: "{post.title}"
          state: {from: "{post.country}", find: name}
          period:
            start: {from: "{begin}", dates: ["%d.%m.%Y", "%m.%Y", edtf]}
            end: {from: "{end}", empty: [NA], dates: ["%d.%m.%Y"]}
"""
)
FILES = {
    "people.csv": "id,first,last,other,country\n7,Ada,Lovelace,Countess;A. L.,France\n8,Al,Bo,,\n",
    "posts.csv": "id,title,country\nx,Minister of Engines,France\n",
    "terms.csv": "person,post,begin,end\n7,x,03.02.1950,NA\n8,x,195X,31.12.1952\n7,x,05.1953,\n",
}
SPELLS = (
    SOURCE
    + """tables:
  igo.csv:
    unpivot: {keep: [ioname, orgname, year], name: state, value: status}
    spells: {by: [ioname, orgname, state, status], year: year}
    records:
      - type: Organisation
        key: "{ioname}"
        fields: {name: "{orgname}", acronym: "{ioname}"}
      - type: Membership
        key: "{ioname} {state} {first}"
        unless: {status: [0, -9]}
        fields:
          organisation: {from: "{ioname}", find: own}
          state: {from: "{state}", find: name}
          status: {from: "{status}", values: {1: MEMBER, 3: OBSERVER}}
          period: {start: "{first}", end: "{end}"}
        citations:
          - {}
          - when: {end: [..]}
            fields: {field: period.end, value: .., claim: "{ioname} has it in {last}."}
"""
)
YEARS = {
    "igo.csv": "ioname,orgname,year,France\nUNX,Examples,1991,1\nUNX,Examples,1992,1\n"
    "UNX,Examples,1993,0\nUNX,Examples,1994,3\nUNX,Examples,1996,3\nLGA,League,1996,-9\n"
}


def text_of(edtf: str) -> dict[str, str]:
    return {"text": Period.parse(edtf).text}


@pytest.fixture
def world(empty: Database, tmp_path: Path) -> Database:
    """With France in it."""
    empty.load(write_seed_texts(tmp_path))
    return empty


def test_tables_are_joined_and_columns_become_fields(world: Database, tmp_path: Path) -> None:
    report = take(world, tmp_path, PEOPLE, FILES)
    assert len(report.added) == 12
    asked = """{ officials { nodes { slug name aliases nationality { code }
      terms { nodes { key office state { code } period { text } } } } } }"""
    france = {"code": "FR"}
    office = {"office": "Minister of Engines", "state": france}
    assert world.ask(asked) == {
        "officials": {
            "nodes": [
                {
                    "slug": "cow-7",
                    "name": "Ada Lovelace",
                    "aliases": ["Countess", "A. L."],
                    "nationality": france,
                    "terms": {
                        "nodes": [
                            {
                                "key": "cow-7-x-03-02-1950",
                                **office,
                                "period": text_of("1950-02-03/"),
                            },
                            {
                                "key": "cow-7-x-05-1953",
                                **office,
                                "period": text_of("1953-05/"),
                            },
                        ]
                    },
                },
                {
                    "slug": "cow-8",
                    "name": "Al Bo",
                    "aliases": [],
                    "nationality": None,
                    "terms": {
                        "nodes": [
                            {
                                "key": "cow-8-x-195x",
                                **office,
                                "period": text_of("195X/1952-12-31"),
                            }
                        ]
                    },
                },
            ]
        }
    }
    with read_transaction(world.engine) as connection:
        assert inspect(connection).findings == []


def test_years_become_spells(world: Database, tmp_path: Path) -> None:
    """Years that follow one another; the last one of the table is no end."""
    take(world, tmp_path, SPELLS, YEARS)
    asked = """{ organisation(slug: "cow-unx") { name
      memberships { nodes { key status period { text } citations { nodes { claim } } } } } }"""
    row = "Row {} of igo.csv says so."
    assert world.ask(asked) == {
        "organisation": {
            "name": "Examples",
            "memberships": {
                "nodes": [
                    {
                        "key": f"cow-unx-france-{key}",
                        "status": status,
                        "period": text_of(period),
                        "citations": {"nodes": [{"claim": claim} for claim in claims]},
                    }
                    for key, status, period, claims in (
                        (1991, "MEMBER", "1991/1992", [row.format(2)]),
                        (1994, "OBSERVER", "1994/1994", [row.format(5)]),
                        (1996, "OBSERVER", "1996/..", [row.format(6), "UNX has it in 1996."]),
                    )
                ]
            },
        }
    }


def test_keys_are_taken_in_any_case(world: Database, tmp_path: Path) -> None:
    """As queries and mutations take them; what is no key is told as it stands."""
    mapping = (
        SOURCE
        + """tables:
  people.csv:
    records:
      - {type: State, key: "{home}", fields: {name: "{country}"}}
      - {type: Official, key: "{name}", fields: {name: "{name}", nationality: "{state}"}}
"""
    )
    table = "name,state,home,country\nAda,fr,de,Germany\n"
    take(world, tmp_path, mapping, {"people.csv": table})
    asked = "{ officials { nodes { nationality { code } } } states { nodes { code } } }"
    assert world.ask(asked) == {
        "officials": {"nodes": [{"nationality": {"code": "FR"}}]},
        "states": {"nodes": [{"code": "FR"}, {"code": "DE"}]},
    }
    faults = import_faults(world, tmp_path, mapping, {"people.csv": table.replace("de", "deutsch")})
    assert "`deutsch` is no code of a state" in faults[0]


def test_the_same_again_changes_nothing(world: Database, tmp_path: Path) -> None:
    first = take(world, tmp_path, PEOPLE, FILES)
    again = take(world, tmp_path, PEOPLE, FILES)
    assert (len(again.added), len(again.changed), again.left) == (0, 0, len(first.added))
    assert set(world.rows("select distinct origin from record where key like 'cow-%'")) == {
        ("cow",)
    }


def test_a_set_of_its_own_is_pruned(world: Database, tmp_path: Path) -> None:
    take(world, tmp_path, PEOPLE, FILES)
    fewer = {name: text for name, text in FILES.items() if name != "terms.csv"}
    removed = take(world, tmp_path, PEOPLE, fewer, manner=Manner(prune=True)).removed
    assert {ref.type for ref in removed.named} == {"Term", "Citation"}
    assert len(removed) == 6
    assert world.ask('{ state(code: "FR") { name } }') == {"state": {"name": "France"}}


def test_what_another_set_owns_is_left(world: Database, tmp_path: Path) -> None:
    """By default it is a fault, which names the row and the column."""
    mapping = (
        SOURCE
        + """tables:
  states.csv:
    records:
      - {type: State, key: "{code}", fields: {name: "{name}"}}
"""
    )
    files = {"states.csv": "code,name\nFR,Gaul\nXX,Xanadu\n"}
    assert import_faults(world, tmp_path, mapping, files) == [
        "states.csv:2: FR.name: the set `seeds` gives it another value (column `name`), load it"
        " with `--set seeds` if it is of that set, or take one of the two by `--on-conflict skip`"
        " or `update`"
    ]
    skipping = Terms(on_conflict=OnConflict.SKIP)
    skipped = take(world, tmp_path, mapping, files, terms=skipping).skipped
    assert (skipped.records, skipped.citations, skipped.new_citations) == (1, 1, 1)
    (told,) = map(str, skipped.named)
    assert "states.csv:2: State FR is left out: the set `seeds` gives its `name` another" in told
    assert world.ask("{ states { nodes { name } } }") == {
        "states": {"nodes": [{"name": "France"}, {"name": "Xanadu"}]}
    }


def test_every_fault_is_told_at_once(world: Database, tmp_path: Path) -> None:
    people = "id,first,last,other,country\n7,Ada,,,Frankia\n7,Al,Bo,,\n,No,Key,,\n"
    terms = "person,post,begin,end\n7,y,03/02/1950,\n9,x,1960,31.12.1952\n"
    faults = import_faults(
        world, tmp_path, PEOPLE, FILES | {"people.csv": people, "terms.csv": terms}
    )
    assert faults == [
        "people.csv:2: cow-7.nationality (column `country`): no state is called `Frankia`, add it"
        " first, or correct the cell",
        "people.csv:4: Official.key (column `id`): it is empty, fill the columns of its key",
        "terms.csv:2: column `post`: no row of `posts.csv` has the `id` `y`, correct the cell, or"
        " add the row",
        "terms.csv:2: cow-7-y-03-02-1950.period.start (column `begin`): `03/02/1950` is no"
        " day of the form `%d.%m.%Y`, `%m.%Y`, `edtf`, correct it, or add its form to `dates`",
        "terms.csv:3: cow-9-x-1960.period: `1960/1952-12-31` is not a supported period: it"
        " ends before it begins (columns `begin`, `end`), put the earlier date first",
    ]


def test_rows_that_contradict_each_other_are_faults(world: Database, tmp_path: Path) -> None:
    """A record that several rows give is taken from the first; another value is told."""
    people = "id,first,last,other,country\n7,Ada,Lo,,\n7,Ada,Lo,,\n7,Ada,Love,,\n"
    files = {"people.csv": people}
    assert import_faults(world, tmp_path, PEOPLE, files) == [
        "people.csv:4: the official `cow-7` has another `name` above (columns `first`, `last`),"
        " correct one of the rows, or its key"
    ]


MAPPINGS = {
    "set: a/b\ntables: {x.csv: {records: []}}\n": "1:1: set: it is no name of a set",
    "set: a\ntables: {x.csv: {encoding: base64, records: []}}\n": "`base64` is no encoding",
    "set: a\ntables: {x.csv: {encoding: undefined, records: []}}\n": "`undefined` is no encoding",
    "set: a\ntables: {x.csv: {records: [{type: Person, key: a, fields: {}}]}}\n": (
        "2:29: tables.x.csv.records.0.type: `Person` is no type of records"
    ),
    "set: a\ntables: {x.csv: {records: [{type: State, key: a, fields: {nmae: b}}]}}\n": (
        "2:59: tables.x.csv.records.0.fields.nmae: there is no such field, write one of"
    ),
    'set: a\ntables: {x.csv: {records: [{type: State, key: a, fields: {name: {from: "{b}",'
    " find: name}}}]}}\n": "tables.x.csv.records.0.fields.name.find: it names no other record",
    "set: a\nset: b\n": "2:1: set: it is there twice",
    "set: a\n": "1: tables: it is missing, add it",
    'set: a\ntables: {x.csv: {records: [{type: Official, key: a, fields: {name: {from: "{b}",'
    ' dates: ["%d"]}}}]}}\n': "`%d` is no form of days",
}


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_a_mapping_that_is_wrong_tells_where(mapping: str, empty: Database, tmp_path: Path) -> None:
    faults = import_faults(empty, tmp_path, mapping, {})
    assert any(MAPPINGS[mapping] in fault for fault in faults), faults


def test_columns_that_are_not_there_are_told(empty: Database, tmp_path: Path) -> None:
    assert import_faults(empty, tmp_path, PEOPLE, {"people.csv": "id,name\n7,Ada\n"}) == [
        "people.csv:1: it has no column `first`, correct the mapping: it has id, name"
    ]


def test_a_file_of_which_nothing_comes_is_told(world: Database, tmp_path: Path) -> None:
    """With `prune`, all that was loaded of it would be removed."""
    mapping = PEOPLE.replace('key: "{id}"', 'key: "{id}"\n        when: {other: [yes]}', 1)
    files = FILES | {"terms.csv": "person,post,begin,end\n"}
    assert import_faults(world, tmp_path, mapping, files) == [
        "people.csv:1: the mapping makes no record of any row of it, correct `when` and `unless`,"
        " or leave the file out",
        "terms.csv:1: there are no rows in it, add them, or leave the file out",
    ]


def test_a_file_that_is_not_there_and_a_folder_are_told_as_such(
    world: Database, tmp_path: Path
) -> None:
    """Whether a table of the mapping has its name, or none."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "terms.csv").mkdir()
    files = {"posts.csv": FILES["posts.csv"]}
    paths = [tmp_path / name for name in ("nofile.csv", "people.csv", "folder", "terms.csv")]
    assert import_faults(world, tmp_path, PEOPLE, files, *paths) == [
        "folder:1: it is a folder, name the files in it",
        "nofile.csv:1: there is no such file, name another",
        "people.csv:1: there is no such file, name another",
        "terms.csv:1: it is a folder, name the files in it",
    ]


def test_the_command_shows_first_records_and_faults(tmp_path: Path) -> None:
    write_files(tmp_path, FILES | {"map.yaml": PEOPLE.replace("find: name", "find: own")})
    write_seed_texts(tmp_path)
    assert run(tmp_path, "load", "seeds").returncode == 0
    tables = sorted(FILES)
    told = run(tmp_path, "import", *tables, "--map", "map.yaml", "--dry-run", "--prefix", "wg")
    assert told.returncode == 1
    assert "# officials.yaml\nwg-7:\n  name: Ada Lovelace\n  aliases:" in told.stdout
    assert "people.csv:2: wg-7.nationality: `FRANCE` is no code" in told.stderr
    write_files(tmp_path, {"map.yaml": PEOPLE})
    dry = run(tmp_path, "import", *tables, "--map", "map.yaml", "--dry-run")
    assert dry.stdout.endswith(
        "Nothing written: 12 added, 0 changed, 0 removed, 0 left as they were\n"
    )
    done = run(tmp_path, "import", *tables, "--map", "map.yaml", "--set", "w")
    assert done.stdout.endswith("\n12 added, 0 changed, 0 removed, 0 left as they were\n")
