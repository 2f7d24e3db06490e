"""`kb export`: what is written is what was loaded, and a person's diff of it is small."""

import os
import shutil
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

import pytest

from kb import database
from kb.errors import KBError, SeedError
from kb.files.folder import WrittenFile
from kb.files.yaml_writer import export
from kb.records.documents import FILES
from kb.records.rows import Ref, Rows
from tests.support.command import run
from tests.support.databases import Database, shipped_seeds
from tests.support.sampling import one_in
from tests.support.seed_texts import write_seed_texts
from tests.support.stored_records import read_all

pytestmark = pytest.mark.sweep

SHIPPED = sorted(f"{name}.yaml" for name in FILES)


@pytest.fixture(scope="session")
def exported_seeds(csto: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped seeds, with the database that was loaded from them written over."""
    folder = tmp_path_factory.mktemp("copied") / "seeds"
    with shipped_seeds() as seeds:
        shutil.copytree(seeds, folder)
    write_export(csto, folder)
    return folder


@pytest.fixture
def seeds_to_change(filled: Database, tmp_path: Path) -> Database:
    """The shipped seeds, for a test to change, and their files beside it."""
    with shipped_seeds() as seeds:
        shutil.copytree(seeds, tmp_path / "seeds")
    return filled


def write_export(opened: Database, folder: Path) -> list[WrittenFile]:
    with database.read_transaction(opened.engine) as connection:
        return export(connection, folder)


def read_all_records(opened: Database) -> Mapping[Ref, Rows]:
    with database.read_transaction(opened.engine) as connection:
        return read_all(connection)


def read_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def export_diff(opened: Database, folder: Path) -> list[str]:
    """The lines that an export into the folder takes away and adds."""
    before = read_files(folder)
    write_export(opened, folder)
    after = read_files(folder)
    return [
        f"{line[0]} {line[1:]}"
        for name in sorted(after)
        for line in unified_diff(lines_of(before, name), lines_of(after, name), n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]


def lines_of(files: Mapping[str, bytes], name: str) -> list[str]:
    return files.get(name, b"").decode().splitlines()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_keeps_every_byte(exported_seeds: Path, name: str) -> None:
    with shipped_seeds() as seeds:
        assert (exported_seeds / name).read_bytes() == (seeds / name).read_bytes()


def test_loaded_again_it_is_the_same(csto: Database, empty: Database, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "seeds"
    assert all(file.changed for file in write_export(csto, folder))
    first = empty.load(folder)
    assert read_all_records(empty) == read_all_records(csto)
    assert empty.load(folder, prune=True).left == len(first.added)
    assert csto.load(folder, prune=True, dry_run=True).left == len(first.added)
    before = read_files(folder)
    assert not any(file.changed for file in write_export(empty, folder))
    write_export(empty, tmp_path / "other")
    assert read_files(tmp_path / "other") == read_files(folder) == before


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "about.yaml"])
def test_a_new_file_has_the_lines_of_the_shipped(csto: Database, tmp_path: Path, name: str) -> None:
    """But for the order of records, the comment on top, and how queries are broken into lines."""
    write_export(csto, tmp_path)
    with shipped_seeds() as seeds:
        shipped = (seeds / name).read_text(encoding="utf-8").splitlines()
    new = (tmp_path / name).read_text(encoding="utf-8").splitlines()
    assert new[:2] == [shipped[0], ""]
    assert sorted(new) == sorted([shipped[0], *shipped[2:]])


def test_keys_are_in_order_and_records_apart(csto: Database, tmp_path: Path) -> None:
    write_export(csto, tmp_path)
    text = (tmp_path / "publications.yaml").read_text(encoding="utf-8")
    assert text == (
        "# yaml-language-server: $schema=schemas/publications.json\n\n"
        "bulletin:\n  name: The Bulletin\n  publisher: Central Asia & South Caucasus Bulletin\n\n"
        "conway-bulletin:\n  name: The Conway Bulletin\n  publisher: The Conway Bulletin\n"
    )


def test_types_without_records_get_no_file(empty: Database, tmp_path: Path) -> None:
    empty.load(write_seed_texts(tmp_path))
    assert [file.path.name for file in write_export(empty, tmp_path / "out")] == [
        *("publications.yaml", "articles.yaml", "organisations.yaml"),
        *("states.yaml", "memberships.yaml"),
    ]


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("statement", "expected"),
    one_in(
        4,
        [
            (
                "update publication set name = 'The Gazette' where key = 'bulletin'",
                ["-   name: The Bulletin", "+   name: The Gazette"],
            ),
            (
                "update article set issue_number = 434 where issue_number = 433",
                ["-   issueNumber: 433", "+   issueNumber: 434"],
            ),
            (
                "update organisation set founded = '1992' where key = 'csto'",
                ['-   founded: "2002"', '+   founded: "1992"'],
            ),
            (
                "update state set name = 'Hayastan: Armenia' where key = 'AM'",
                ["-   name: Armenia", '+   name: "Hayastan: Armenia"'],
            ),
            (
                """update official set aliases = '["Kamil,ov","A. Kamilov"]'
            where key = 'abdulaziz-kamilov'""",
                ["-   aliases: [Kamilov]", '+   aliases: ["Kamil,ov", A. Kamilov]'],
            ),
            (
                "update membership set status = 'OBSERVER' where key = 'csto-am-member'",
                ["-   status: MEMBER", "+   status: OBSERVER"],
            ),
            (
                "update term set period_end = '2020-01-03' where key = 'csto-sg-khachaturov'",
                [
                    '-   period: "[2016..2017]/[2018..2019-03]"',
                    '+   period: "[2016..2017]/2020-01-03"',
                ],
            ),
            (
                "update summit set city = 'Khujand' where key = 'csto-2015-dushanbe'",
                ["-   city: Dushanbe", "+   city: Khujand"],
            ),
            (
                """update participation set attendance = 'ABSENT' where position = 1
            and summit_id = (select id from summit where key = 'csto-2015-dushanbe')""",
                ["-       attendance: ATTENDED", "+       attendance: ABSENT"],
            ),
            (
                "update event set place = 'Damascus' where key = 'armenian-deminers-in-syria'",
                ["-   place: Syria", "+   place: Damascus"],
            ),
            (
                "update event set place = 'Minsk' where key = 'zas-appointment'",
                ["+   place: Minsk"],
            ),
            (
                "update event set place = null where key = 'armenian-deminers-in-syria'",
                ["-   place: Syria"],
            ),
            (
                "update citation set stance = 'DISPUTES'"
                " where key = 'state-af-name-in-rejoin-2017'",
                ["+       stance: DISPUTES"],
            ),
            (
                "update citation set paragraph = 7 where key = 'state-af-name-in-rejoin-2017'",
                [
                    f"{sign}       anchor: {{paragraph: {number}, start: 293, end: 327, sha256:"
                    " 862ec9c870b539f9ed28a52beb66ebb6ebb0da1ad2791d243483006352e85504}"
                    for sign, number in (("-", 6), ("+", 7))
                ],
            ),
            (
                """update citation set claim = replace(claim, 'six with', 'first six with')
            where key = 'csto-am-member-start-in-comment-2019'""",
                [
                    "-         Armenia is among the first nine and not among the three that left,"
                    " so one of the six with",
                    "-         which the CSTO started in 2002.",
                    "+         Armenia is among the first nine and not among the three that left,"
                    " so one of the first six",
                    "+         with which the CSTO started in 2002.",
                ],
            ),
            (
                """update citation set claim = 'Armenia stayed.'
            where key = 'csto-am-member-start-in-comment-2019'""",
                [
                    "-       claim: >-",
                    "-         Armenia is among the first nine and not among the three that left,"
                    " so one of the six with",
                    "-         which the CSTO started in 2002.",
                    "+       claim: Armenia stayed.",
                ],
            ),
        ],
    ),
)
def test_a_correction_is_one_line(
    seeds_to_change: Database, tmp_path: Path, statement: str, expected: list[str]
) -> None:
    seeds_to_change.run(statement)
    assert export_diff(seeds_to_change, tmp_path / "seeds") == expected
    assert export_diff(seeds_to_change, tmp_path / "seeds") == []


def test_a_removed_record_takes_its_lines_along(seeds_to_change: Database, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    text = (seeds / "memberships.yaml").read_text(encoding="utf-8")
    record = text[text.index("csto-by-member:") : text.index("\n\n", text.index("csto-by-member:"))]
    gone = "in (select id from record where key like 'csto-by-member%')"
    seeds_to_change.run(f"delete from passage where source_id {gone}")
    seeds_to_change.run("delete from citation where key like 'csto-by-member-%'")
    seeds_to_change.run("delete from membership_version where key = 'csto-by-member'")
    seeds_to_change.run("delete from membership where key = 'csto-by-member'")
    seeds_to_change.run("delete from record where key like 'csto-by-member%'")
    write_export(seeds_to_change, seeds)
    after = (seeds / "memberships.yaml").read_text(encoding="utf-8")
    assert after == text.replace(record + "\n\n", "")


def test_a_file_with_faults_is_refused(csto: Database, tmp_path: Path) -> None:
    (tmp_path / "states.yaml").write_text("UZ: {nmae: Uzbekistan}\n", encoding="utf-8")
    with pytest.raises(SeedError, match=r"states.yaml:1:6: UZ.nmae: there is no such field"):
        write_export(csto, tmp_path)
    (tmp_path / "states.yaml").write_bytes(b"\xe7: 1\n")
    with pytest.raises(SeedError, match=r"states.yaml:1: not UTF-8 at byte 0"):
        write_export(csto, tmp_path)
    assert [*read_files(tmp_path)] == ["states.yaml"]


def test_a_record_that_no_file_can_say_is_refused(
    seeds_to_change: Database, tmp_path: Path
) -> None:
    seeds_to_change.run("update state set name = '' where key = 'UZ'")
    with pytest.raises(KBError, match="the state `UZ` is not what a seed file can say; run `kb ch"):
        write_export(seeds_to_change, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_links_and_modes_stay(seeds_to_change: Database, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    elsewhere = tmp_path / "elsewhere.yaml"
    (seeds / "states.yaml").rename(elsewhere)
    elsewhere.chmod(0o640)
    (seeds / "states.yaml").symlink_to(elsewhere)
    seeds_to_change.run("update state set name = 'Hayastan' where key = 'AM'")
    assert [file.path.name for file in write_export(seeds_to_change, seeds) if file.changed] == [
        "states.yaml"
    ]
    assert (seeds / "states.yaml").is_symlink()
    assert "Hayastan" in elsewhere.read_text(encoding="utf-8")
    assert elsewhere.stat().st_mode & 0o777 == 0o640


def test_a_write_that_fails_leaves_the_file_whole(
    seeds_to_change: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device", "states.yaml")

    before = read_files(tmp_path / "seeds")
    seeds_to_change.run("update state set name = 'Hayastan' where key = 'AM'")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(KBError, match=r"cannot write states.yaml: No space left on device; name"):
        write_export(seeds_to_change, tmp_path / "seeds")
    assert read_files(tmp_path / "seeds") == before


def test_the_command_tells_what_it_wrote(tmp_path: Path) -> None:
    load = run(tmp_path, "load", str(write_seed_texts(tmp_path)))
    assert load.returncode == 0, load.stderr
    new = run(tmp_path, "export", "--format", "yaml", "seeds")
    names = ("publications", "articles", "organisations", "states", "memberships")
    assert new.stdout == "".join(f"seeds/{name}.yaml: left as it was\n" for name in names)
    other = run(tmp_path, "export", "other")
    assert other.stdout == "".join(f"other/{name}.yaml: written\n" for name in names)
    assert run(tmp_path, "load", "other", "--prune").stdout == (
        "0 added, 0 changed, 0 removed, 9 left as they were\n"
    )


def test_the_command_wants_a_database_and_a_folder(tmp_path: Path) -> None:
    missing = run(tmp_path, "export", "out")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "there is no database at kb.db; run `kb serve` or `kb load` first" in missing.stderr
    assert list(tmp_path.iterdir()) == []
    assert run(tmp_path, "export").returncode == 2
    assert run(tmp_path, "export", "--format", "xml", "out").returncode == 2


def test_a_stream_is_no_folder(tmp_path: Path) -> None:
    done = run(tmp_path, "export", "--format", "csv", "-")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("`-` is no folder, and an export has several files")
    assert [*tmp_path.iterdir()] == []
