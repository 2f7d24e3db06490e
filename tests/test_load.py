"""`kb load`: all or nothing, the same twice is nothing, and every fault has its place."""

from pathlib import Path

import pytest

from kb.check.inspect import inspect
from kb.database import read_transaction
from kb.errors import SeedError
from kb.records.rows import Ref
from tests.support.databases import Database, shipped_seeds
from tests.support.seed_texts import (
    ARTICLES,
    MEMBERSHIPS,
    ORGANISATIONS,
    RUNNING,
    STATES,
    VACANCY,
    citation_text,
    load_faults,
    record_states,
    write_seed_texts,
)


def test_adds_all_and_numbers_each_once(empty: Database, tmp_path: Path) -> None:
    report = empty.load(write_seed_texts(tmp_path))
    assert len(report.added) == 9
    assert (len(report.changed), len(report.removed), report.left) == (0, 0, 0)
    assert [row[0] for row in empty.rows("select revision from record order by revision")] == [
        *range(1, 10)
    ]
    assert empty.ask("{ revision }") == {"revision": "9"}


def test_the_same_again_changes_nothing(empty: Database, tmp_path: Path) -> None:
    seeds = write_seed_texts(tmp_path)
    empty.load(seeds)
    report = empty.load(seeds)
    assert (len(report.added), len(report.changed), len(report.removed)) == (0, 0, 0)
    assert report.left == 9
    assert empty.ask("{ revision }") == {"revision": "9"}


def test_shipped_seeds_again_change_nothing(empty: Database) -> None:
    with shipped_seeds() as folder:
        first, second = empty.load(folder), empty.load(folder)
    assert second.left == len(first.added)
    assert not second.added
    assert not second.changed


def test_a_correction_changes_its_record_alone(empty: Database, tmp_path: Path) -> None:
    empty.load(write_seed_texts(tmp_path))
    corrected = STATES.replace("name: France", "name: French Republic")
    report = empty.load(write_seed_texts(tmp_path, states=corrected))
    assert report.changed.named == (Ref("State", "FR"),)
    assert empty.ask('{ state(code: "FR") { id name revision } }') == {
        "state": {"id": "State:FR", "name": "French Republic", "revision": "10"}
    }


def test_a_newer_attestation_moves_the_certain_end(empty: Database, tmp_path: Path) -> None:
    empty.load(write_seed_texts(tmp_path))
    newer = citation_text("union-fr-running-later", RUNNING, "gazette-9-union-grows")
    report = empty.load(write_seed_texts(tmp_path, memberships=MEMBERSHIPS + newer))
    assert report.changed.named == (Ref("Membership", "union-fr"),)
    assert empty.rows("select cast(attested_until as text), end_earliest from membership") == [
        ("1957-03-25", "1957-03-25")
    ]


def test_a_dry_run_writes_nothing(empty: Database, tmp_path: Path) -> None:
    report = empty.load(write_seed_texts(tmp_path), dry_run=True)
    assert len(report.added) == 9
    assert record_states(empty) == []


def test_only_prune_removes_what_the_files_lack(empty: Database, tmp_path: Path) -> None:
    empty.load(write_seed_texts(tmp_path))
    seeds = write_seed_texts(tmp_path, memberships="")
    assert not empty.load(seeds).removed
    assert empty.load(seeds, prune=True, dry_run=True).removed
    assert len(record_states(empty)) == 9
    assert set(empty.load(seeds, prune=True).removed.named) == {
        Ref("Membership", "union-fr"),
        Ref("Citation", "union-fr-running"),
    }
    assert len(record_states(empty)) == 7


def test_prune_refuses_to_remove_what_others_need(empty: Database, tmp_path: Path) -> None:
    empty.load(write_seed_texts(tmp_path))
    before = record_states(empty)
    seeds = write_seed_texts(tmp_path)
    (seeds / "states.yaml").unlink()
    with pytest.raises(SeedError, match="there is no state `FR`, add it, or correct the key"):
        empty.load(seeds, prune=True)
    assert record_states(empty) == before


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            {"states": STATES.replace("  name", "  nmae")},
            [
                "states.yaml:1:1: FR.name: it is missing, add it",
                "states.yaml:2:3: FR.nmae: there is no such field, remove it, or correct its name",
            ],
            id="unknown key",
        ),
        pytest.param(
            {"states": STATES.replace("FR:", "fr:"), "memberships": ""},
            [
                "states.yaml:1:1: `fr` is no code of a state,"
                " write two capital letters, such as `UZ`"
            ],
            id="a key of another form",
        ),
        pytest.param(
            {"articles": ARTICLES.replace("1957-03-25", "1957-02-30")},
            [
                "articles.yaml:10:3: gazette-9-union-grows.datedOn: `1957-02-30` is not a supported"
                " date: `30` is no day of February 1957, write YYYY, YYYY-MM, YYYY-MM-DD, or"
                " one of several days as [a..b]"
            ],
            id="unsupported date",
        ),
        pytest.param(
            {"states": "FR:\n  name: France\n  citations: {}\n"},
            [
                "states.yaml:3:3: FR.citations: it has no citation,"
                " cite at least one passage that supports it"
            ],
            id="no source",
        ),
        pytest.param(
            {"states": STATES + "      stance: DISPUTES\n"},
            ["states.yaml:3:3: FR: no citation supports it, cite a passage that does"],
            id="only disputed",
        ),
        pytest.param(
            {"states": STATES + STATES.replace("fr-named", "fr-named-2")},
            [
                "states.yaml:8:1: the state `FR` is there twice, merge them, or rename one",
            ],
            id="duplicate",
        ),
        pytest.param(
            {"memberships": MEMBERSHIPS.replace("1949/..", "1950/1949")},
            [
                "memberships.yaml:5:3: union-fr.period: `1950/1949` is not a supported period: it"
                " ends before it begins, put the earlier date first"
            ],
            id="inverted period",
        ),
        pytest.param(
            {
                "memberships": MEMBERSHIPS
                + MEMBERSHIPS.replace("union-fr", "union-fr-2").replace("1949/..", "1948/1951")
            },
            [
                "memberships.yaml:17:3: union-fr-2: certain on the same day as `union-fr`,"
                " end the one by the day on which the other begins; if it is the same as another"
                " source has it, give `union-fr` citations: {"
                '"union-fr-2-start": {"article": "gazette-1-union-formed", "anchor":'
                ' {"paragraph": 1,'
                f' "start": 0, "end": 5, "sha256": "{"a" * 64}"}}, "field": "period.start",'
                ' "value": "1948", "stance": "DISPUTES", "claim": "It says so."},'
                ' "union-fr-2-end": {"article": "gazette-1-union-formed", "anchor":'
                ' {"paragraph": 1,'
                f' "start": 0, "end": 5, "sha256": "{"a" * 64}"}}, "field": "period.end",'
                ' "value": "1951", "stance": "DISPUTES", "claim": "It says so."}}'
            ],
            id="overlap",
        ),
        pytest.param(
            {"memberships": MEMBERSHIPS.replace(RUNNING, "")},
            [
                "memberships.yaml:6:3: union-fr: it is ongoing, but no article says so, cite one"
                " with the field `period.end` (events: `occurred.end`), value `..`"
            ],
            id="ongoing without attestation",
        ),
        pytest.param(
            {"memberships": MEMBERSHIPS.replace("state: FR", "state: DE")},
            ["memberships.yaml:3:3: union-fr: there is no state `DE`, add it, or correct the key"],
            id="dangling reference",
        ),
        pytest.param(
            {"events": VACANCY.replace("  office: Chair\n", "")},
            [
                "events.yaml:1:1: empty: a vacancy without an office,"
                " give the `office` that nobody held"
            ],
            id="a vacancy without an office",
        ),
        pytest.param(
            {"events": VACANCY.replace("[union]", "[]")},
            [
                "events.yaml:5:3: empty: a vacancy of nobody,"
                " give the organisations or states whose office it is, and no others"
            ],
            id="a vacancy of nobody",
        ),
        pytest.param(
            {"states": STATES + "      field: capital\n"},
            [
                "states.yaml:8:7: fr-named: the type State has no field `capital`,"
                " write one of aliases, existence.end, existence.start, name, officialName,"
                " predecessors"
            ],
            id="citation of an unknown field",
        ),
        pytest.param(
            {"states": "FR: [unclosed\n", "publications": "- gazette\n"},
            [
                "publications.yaml:1:1: the file is no mapping, write each record under its key",
                "states.yaml:2:1: not YAML: a bracket is not closed, or a comma missing,"
                " write `[a, b]` or `{a: b}`",
            ],
            id="two files that are no seeds",
        ),
        pytest.param(
            {"states": STATES.replace("France", "Fr\x7fance")},
            [
                "states.yaml:2:11: not YAML: it has the character U+007F,"
                " leave it out, or write it as an escape in quotes"
            ],
            id="a control character",
        ),
    ],
)
def test_faults_name_line_and_remedy(
    empty: Database, tmp_path: Path, changes: dict[str, str], expected: list[str]
) -> None:
    assert load_faults(empty, tmp_path, **changes) == expected


def test_new_records_beside_changed_ones(empty: Database, tmp_path: Path) -> None:
    """Numbers of records that are written anew are not given to others."""
    empty.load(write_seed_texts(tmp_path))
    changed = STATES.replace("name: France", "name: Gaul")
    more = changed.replace("FR:", "DE:").replace("fr-named", "de-named")
    report = empty.load(write_seed_texts(tmp_path, states=f"{changed}\n{more}"))
    assert (len(report.added), len(report.changed)) == (2, 1)
    for _ in range(2):
        empty.load(write_seed_texts(tmp_path, memberships=""), prune=True)
        empty.load(
            write_seed_texts(tmp_path, states=f"{changed}\n{more}", memberships=""), prune=True
        )
        empty.load(write_seed_texts(tmp_path))
    with read_transaction(empty.engine) as connection:
        assert inspect(connection).findings == []


def test_all_faults_of_all_files_at_once(empty: Database, tmp_path: Path) -> None:
    told = load_faults(
        empty,
        tmp_path,
        states=STATES.replace("name: France", "name: ''"),
        memberships=MEMBERSHIPS.replace("1949/..", "1950-13/.."),
    )
    assert [fault.split(":")[0] for fault in told] == ["memberships.yaml", "states.yaml"]


def test_files_that_are_not_seeds(empty: Database, tmp_path: Path) -> None:
    other = tmp_path / "planets.yaml"
    other.write_text("x: 1\n", encoding="utf-8")
    latin = tmp_path / "states.yaml"
    latin.write_bytes(b"FR:\n  name: Fran\xe7ais\n")
    bare = tmp_path / "bare"
    bare.mkdir()
    with pytest.raises(SeedError) as raised:
        empty.load(other, latin, bare, tmp_path / "absent.yaml")
    assert [fault.what for fault in raised.value.faults] == [
        "there is no such file",
        "the folder has no .yaml files",
        "the name tells no type",
        "not UTF-8 at byte 16",
    ]


def test_a_new_dateline_wants_the_records_that_rest_on_it(empty: Database, tmp_path: Path) -> None:
    empty.load(write_seed_texts(tmp_path))
    alone = tmp_path / "articles.yaml"
    alone.write_text(ARTICLES.replace("1950-05-09", "1951-05-09"), encoding="utf-8")
    with pytest.raises(SeedError, match="its new date bears on FR, union, union-fr"):
        empty.load(alone)


def test_clashing_articles_leave_the_record_disputed(empty: Database, tmp_path: Path) -> None:
    clash = '      field: founded\n      value: "1949"\n'
    union = ORGANISATIONS.replace("  citations", '  founded: "1950"\n  citations')
    empty.load(
        write_seed_texts(tmp_path, organisations=union + citation_text("union-founded", clash))
    )
    assert empty.rows("select key from record where disputed") == [("union",)]


_DOUBLED = (
    "event:\n  kind: DECISION\n  title: An event\n  occurred: '1950'\n"
    "  states: [FR, fr, DE]\n  organisations: [union, union]\n  officials: [ada, eve, ada, ada]\n"
    "  citations:\n" + citation_text("event-seen")
)
_PARTICIPANTS = (
    "- {official: ada, attendance: ATTENDED}",
    "- {official: ada, state: FR, attendance: ABSENT}",
    "- {state: FR, attendance: ATTENDED}",
    "- {state: FR, official: eve, attendance: ATTENDED}",
    "- {state: FR, attendance: ATTENDED}",
)


def test_what_a_list_refers_to_stands_in_it_once(empty: Database, tmp_path: Path) -> None:
    """A second time it says nothing, or something else."""
    germany = STATES.replace("FR", "DE").replace("fr-", "de-")
    officials = "".join(
        f"{name}:\n  name: {name.title()}\n  citations:\n" + citation_text(f"{name}-named")
        for name in ("ada", "eve")
    )
    some = {"states": STATES + germany, "officials": officials}
    participants = "\n".join(f"    {participant}" for participant in _PARTICIPANTS)
    summit = (
        "summit:\n  name: A summit\n  organisation: union\n  heldOn: '1950'\n"
        f"  participants:\n{participants}\n  citations:\n" + citation_text("summit-seen")
    )
    told = load_faults(empty, tmp_path, events=_DOUBLED, summits=summit, **some)
    assert [message.partition(": ")[2] for message in told] == [
        f"{key}: `{name}` is there twice, leave one out"
        for key, name in (
            *(("event", name) for name in ("FR", "union", "ada", "ada")),
            *(("summit", name) for name in ("ada", "FR")),
        )
    ]
    assert [message.split(":")[1:3] for message in told] == [
        *(["5", "16"], ["6", "26"], ["7", "25"], ["7", "30"]),
        *(["7", "7"], ["10", "7"]),
    ]
