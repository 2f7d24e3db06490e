"""Sets of files: each record remembers its own, and no other set changes it unasked."""

from pathlib import Path

import pytest

from kb.backup import backup
from kb.config import Settings
from kb.errors import SeedError
from kb.files.file_sets import Terms
from kb.files.load import Manner, load
from kb.files.on_conflict import OnConflict
from kb.files.report import Report
from kb.files.skipped import MOST_TOLD
from tests.support.curated import curator, expect_payload
from tests.support.databases import Database, Place, open_database, settings_of
from tests.support.seed_texts import (
    FILES,
    ORGANISATIONS,
    STATES,
    citation_text,
    record_states,
    write_seed_texts,
)
from tests.support.snapshots import write_snapshot

pytestmark = pytest.mark.sweep

RENAMED = ORGANISATIONS.replace("The Union", "An Alliance").replace("union-named", "alliance-named")
LEAGUE = "league:\n  name: The League\n  citations:\n" + citation_text("league-named")


@pytest.fixture
def union(empty: Database, tmp_path: Path) -> Database:
    """What `write_seed_texts` writes, as the set `seeds`, which is its folder's name."""
    load(empty.engine, [write_seed_texts(tmp_path)])
    return empty


def other(folder: Path, **files: str) -> Path:
    """A folder of another set, `other`."""
    path = folder / "other"
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return path


def origins(database: Database) -> dict[str, object]:
    return {str(key): owner for key, owner in database.rows("select key, origin from record")}


def take(database: Database, path: Path, on_conflict: OnConflict) -> Report:
    return load(database.engine, [path], terms=Terms(on_conflict=on_conflict))


def test_a_record_remembers_its_folder(union: Database, tmp_path: Path) -> None:
    load(union.engine, [other(tmp_path, organisations=LEAGUE)])
    assert {key for key, origin in origins(union).items() if origin == "other"} == {
        "league",
        "league-named",
    }
    assert set(origins(union).values()) == {"seeds", "other"}


def test_what_is_changed_stays_in_its_set(union: Database, tmp_path: Path) -> None:
    """By the set itself, and by a mutation, which makes what is nobody's."""
    curating = curator(union)
    anchor = {"paragraph": 1, "start": 0, "end": 5, "sha256": "a" * 64}
    cited = {"key": "made", "article": "gazette-1-union-formed", "anchor": anchor, "claim": "So."}
    expect_payload(curating.record("State", code="FR", aliases=["Gaul"]))
    expect_payload(curating.record("State", code="DE", name="Germany", citations=[cited]))
    load(union.engine, [write_seed_texts(tmp_path, organisations=RENAMED)])
    owners = origins(union)
    assert (owners["FR"], owners["union"], owners["DE"], owners["made"]) == (
        "seeds",
        "seeds",
        "",
        "",
    )


def test_another_set_is_refused_to_change_a_record(union: Database, tmp_path: Path) -> None:
    before = record_states(union)
    with pytest.raises(SeedError) as raised:
        load(union.engine, [other(tmp_path, organisations=RENAMED)])
    (fault,) = raised.value.faults
    assert str(fault) == (
        f"{tmp_path}/other/organisations.yaml:2:3: union.name: the set `seeds` gives it another"
        " value, load it with `--set seeds` if it is of that set, or take one of the two by"
        " `--on-conflict skip` or `update`"
    )
    assert record_states(union) == before


def test_nor_a_citation(union: Database, tmp_path: Path) -> None:
    """Whose key another record would take away, or whose words would change."""
    reworded = ORGANISATIONS.replace("It says so.", "It says otherwise.")
    for text in (reworded, LEAGUE.replace("league-named", "union-named")):
        with pytest.raises(SeedError) as raised:
            load(union.engine, [other(tmp_path, organisations=text)])
        assert "the set `seeds` gives it another value" in str(raised.value)


@pytest.mark.parametrize("on_conflict", OnConflict)
def test_what_is_at_fault_in_itself_gives_no_other_value(
    union: Database, tmp_path: Path, on_conflict: OnConflict
) -> None:
    """A stand-in is in its place, which is nobody's."""
    wrong = FILES["memberships"].replace("1949/..", "the forties")
    wrong = wrong.replace("      claim: It says so.\n", "")
    with pytest.raises(SeedError) as raised:
        take(union, other(tmp_path, memberships=wrong), on_conflict)
    assert [fault.what.split(": ")[0] for fault in raised.value.faults] == [
        "union-fr.period",
        "union-fr.citations.union-fr-running.claim",
    ]


def test_the_same_record_may_be_cited_by_several_sets(union: Database, tmp_path: Path) -> None:
    """It stays the first one's; until when it is attested may be told by the second."""
    running = FILES["memberships"].replace("union-fr-running", "later")
    running = running.replace("gazette-1-union-formed", "gazette-9-union-grows")
    report = load(union.engine, [other(tmp_path, memberships=running)])
    assert [ref.key for ref in report.added.named] == ["later"]
    assert [ref.key for ref in report.changed.named] == ["union-fr"]
    assert (origins(union)["union-fr"], origins(union)["later"]) == ("seeds", "other")


def test_skip_leaves_the_other_set_as_it_is(union: Database, tmp_path: Path) -> None:
    path = other(tmp_path, organisations=RENAMED + LEAGUE)
    report = take(union, path, OnConflict.SKIP)
    assert {ref.key for ref in report.added.named} == {"league", "league-named"}
    assert (report.skipped.records, [*map(str, report.skipped.named)]) == (
        1,
        [
            f"{path}/organisations.yaml:2:3: Organisation union is left out: the set `seeds` gives"
            " its `name` another value; with it a new citation"
        ],
    )
    assert union.ask('{ organisation(slug: "union") { name } }') == {
        "organisation": {"name": "The Union"}
    }


def test_a_new_record_that_is_skipped_for_its_citation_is_named(
    union: Database, tmp_path: Path
) -> None:
    path = other(tmp_path, organisations=LEAGUE.replace("league-named", "union-named"))
    (told,) = take(union, path, OnConflict.SKIP).skipped.named
    assert told.ref.key == "league"
    assert "the set `seeds` gives its `citations.union-named.subject` another value" in str(told)


def test_of_many_that_are_skipped_the_first_are_named(union: Database, tmp_path: Path) -> None:
    """All of them are counted, with what would have been new of them."""
    many = "".join(LEAGUE.replace("league", f"league-{number}") for number in range(50))
    load(union.engine, [other(tmp_path, organisations=many)])
    again = many.replace("-named:", "-named-again:")
    path = other(tmp_path, organisations=again)
    skipped = load(union.engine, [path], terms=Terms(only_new=True)).skipped
    assert (skipped.records, skipped.new_citations, len(skipped.named)) == (50, 50, MOST_TOLD)
    assert skipped.count == 100


def test_update_takes_a_record_over(union: Database, tmp_path: Path) -> None:
    """So that the first set does not change it back unasked."""
    take(union, other(tmp_path, organisations=RENAMED), OnConflict.UPDATE)
    assert origins(union)["union"] == "other"
    with pytest.raises(SeedError, match="the set `other` gives it another value"):
        load(union.engine, [tmp_path / "seeds"])


def test_only_new_leaves_all_that_is_there(union: Database, tmp_path: Path) -> None:
    """Of the same set too; what is new may point to what is there."""
    states = STATES.replace("France", "Gaul") + (
        f"DE:\n  name: Germany\n  citations:\n{citation_text('de-named')}"
    )
    path = write_seed_texts(tmp_path, states=states, organisations=RENAMED)
    report = load(union.engine, [path], terms=Terms(only_new=True))
    assert {ref.key for ref in report.added.named} == {"DE", "de-named"}
    assert report.changed.count == 0
    skipped = report.skipped
    assert (skipped.records, skipped.new_citations) == (len(skipped.named), 1)
    (told,) = [str(each) for each in skipped.named if each.ref.key == "union"]
    assert told == (
        f"{path}/organisations.yaml:1:1: Organisation union is left out: it is there already, of"
        " the set `seeds`; with it a new citation"
    )
    assert union.ask("{ states { nodes { name } } }") == {
        "states": {"nodes": [{"name": "France"}, {"name": "Germany"}]}
    }


def test_prune_keeps_to_its_own_set(union: Database, tmp_path: Path) -> None:
    pact = LEAGUE.replace("league", "pact")
    load(union.engine, [other(tmp_path, organisations=LEAGUE + pact)])
    path = other(tmp_path, organisations=LEAGUE)
    report = load(union.engine, [path], manner=Manner(prune=True))
    assert {ref.key for ref in report.removed.named} == {"pact", "pact-named"}


def test_prune_leaves_what_another_set_needs(union: Database, tmp_path: Path) -> None:
    membership = (
        'pact-fr:\n  organisation: union\n  state: FR\n  status: OBSERVER\n  period: "1940/1945"\n'
        f"  citations:\n{citation_text('pact-fr-told')}"
    )
    load(union.engine, [other(tmp_path, memberships=membership)])
    before = record_states(union)
    path = write_seed_texts(tmp_path, organisations="", memberships="")
    with pytest.raises(SeedError) as raised:
        load(union.engine, [path], manner=Manner(prune=True))
    assert "it lacks what the membership `pact-fr` of the set `other` points to" in str(
        raised.value
    )
    assert record_states(union) == before


def test_nobody_is_asked_for_what_is_nobodys(empty: Database, tmp_path: Path) -> None:
    """What a mutation made, the first set that gives it may change."""
    load(empty.engine, [write_seed_texts(tmp_path)])
    empty.run("update record set origin = ''")
    load(empty.engine, [other(tmp_path, organisations=RENAMED)])
    assert origins(empty)["union"] == "other"


def test_a_snapshot_has_no_sets_and_a_backup_keeps_them(
    union: Database, place: Place, migrated: Settings, tmp_path: Path
) -> None:
    """What is public names no folders of whoever made it."""
    load(union.engine, [other(tmp_path, organisations=LEAGUE)])
    path = write_snapshot(union, tmp_path / "copied")
    with open_database(place.create(migrated)) as copy:
        load(copy.engine, [path])
        assert origins(copy) == dict.fromkeys(origins(union), "copied")
    if union.is_sqlite:
        backup(union.settings, tmp_path / "kept.db")
        with open_database(settings_of(tmp_path / "kept.db")) as kept:
            assert origins(kept) == origins(union)
