"""The `kb` command as a user meets it: real processes in an empty folder."""

import re
from inspect import cleandoc
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup
from typer.testing import CliRunner

from kb import database
from kb.cli import app
from kb.command.reports import told_if_unfinished
from kb.config import read_settings
from kb.errors import Fault, Unavailable
from kb.ingest.summary import Summary
from schema.build import sdl
from tests.support.archive_pages import PAGE
from tests.support.command import ask_server, run, serving
from tests.support.databases import prepare, settings_of
from tests.support.seed_texts import write_seed_texts


def test_serve_in_an_empty_folder(tmp_path: Path, unused_port: int) -> None:
    with serving(tmp_path, unused_port) as (address, told):
        assert "New database kb.db" in told
        assert f"{address}/graphql" in told
        assert ask_server(address, '{ state(code: "UZ") { name } }') == {
            "data": {"state": {"name": "Uzbekistan"}}
        }
    with serving(tmp_path, unused_port) as (_, told):
        assert "New database" not in told


def test_load_tells_each_fault_and_exits_1(tmp_path: Path) -> None:
    (tmp_path / "states.yaml").write_text("FR:\n  name: France\n", encoding="utf-8")
    done = run(tmp_path, "load", "states.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "states.yaml:1:1: FR.citations: it is missing, add it\n"
        "Nothing was written of any of the files.\n"
    )


def test_load_names_what_it_leaves_out(tmp_path: Path) -> None:
    run(tmp_path, "load", str(write_seed_texts(tmp_path)))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "publications.yaml").write_text("gazette: {name: A}\n", encoding="utf-8")
    done = run(tmp_path, "load", "other", "--on-conflict", "skip")
    assert (done.returncode, done.stdout) == (
        0,
        "other/publications.yaml:1:11: Publication gazette is left out: the set `seeds` gives its"
        " `name` another value\n"
        "0 added, 0 changed, 0 removed, 0 left as they were, 1 left out\n",
    )


def test_an_ingestion_that_ends_early_tells_what_is_stored(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fault = Fault("b.html", 1, "it is no page", "leave it out")
    pages: list[Path | Fault] = [Path("a.html"), fault, Path("c.html"), Path("d.html")]
    done = Summary(pages=2, added=3, texts=3, faults=[fault])
    with pytest.raises(Unavailable), told_if_unfinished(done, pages):
        raise Unavailable("the database is busy")
    out, err = capsys.readouterr()
    assert out == "2 pages: 3 articles added, 3 texts stored, 0 left as they were\n"
    assert err == (
        "b.html:1: it is no page, leave it out\n"
        "Ended after 2 of 4 pages; not taken: c.html, d.html. Run it again with these, or with all:"
        " what is stored stays as it is\n"
    )


def test_of_many_pages_that_are_not_stored_the_first_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pages: list[Path | Fault] = [Path(f"{number}.html") for number in range(100)]
    with pytest.raises(OSError, match="gone"), told_if_unfinished(Summary(), pages):
        raise OSError("gone")
    out, err = capsys.readouterr()
    assert "19.html and 80 more. Run" in err
    assert out == ""


def test_an_ingestion_of_nothing_tells_its_faults_alone(tmp_path: Path) -> None:
    run(tmp_path, "load", str(write_seed_texts(tmp_path)))
    (tmp_path / "empty.txt").touch()
    done = run(tmp_path, "ingest", "missing.txt", "empty.txt")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "empty.txt:1: the page is empty, save it anew\n"
        "missing.txt:1: there is no such file or folder, name another\n"
    )


def test_what_is_left_out_is_counted_with_its_citations(tmp_path: Path) -> None:
    """As what is added is."""
    seeds = str(write_seed_texts(tmp_path))
    added = run(tmp_path, "load", seeds).stdout.splitlines()[-1]
    left = run(tmp_path, "load", seeds, "--only-new").stdout.splitlines()[-1]
    assert added.endswith(" added, 0 changed, 0 removed, 0 left as they were")
    number = added.split()[0]
    assert left == f"0 added, 0 changed, 0 removed, 0 left as they were, {number} left out"


def test_load_tells_what_it_leaves_aside(tmp_path: Path) -> None:
    """But for what nobody takes for seeds, and the files of the database itself."""
    (tmp_path / "publications.yml").write_text("gazette: {name: A}\n", encoding="utf-8")
    for name in ("extra.csv", "README.md", "LICENSE", ".hidden", "kb.db-old"):
        (tmp_path / name).touch()
    for name in ("schemas", "sites", "more", ".git"):
        (tmp_path / name).mkdir()
    for _ in range(2):
        done = run(tmp_path, "load", ".")
        assert (done.returncode, done.stderr) == (
            0,
            "extra.csv: left aside, it is no .yaml file\n"
            "more: left aside, it is a folder within a folder\n",
        )


def test_a_reason_is_kept(tmp_path: Path) -> None:
    (tmp_path / "publications.yaml").write_text("gazette: {name: The Gazette}\n", encoding="utf-8")
    refused = run(tmp_path, "load", "publications.yaml", "--reason", " ")
    assert refused.returncode == 2
    assert run(tmp_path, "load", "publications.yaml", "--reason", " a  first copy").returncode == 0
    engine = database.open_reading_engine(settings_of(tmp_path / "kb.db"))
    with database.read_transaction(engine) as connection:
        kept = connection.exec_driver_sql("select actor, reason from change").all()
    assert kept == [("kb load", "a first copy")]
    engine.dispose()


def test_load_tells_what_it_did(tmp_path: Path) -> None:
    (tmp_path / "publications.yaml").write_text("gazette: {name: The Gazette}\n", encoding="utf-8")
    dry = run(tmp_path, "load", "publications.yaml", "--dry-run")
    assert dry.stdout == (
        "+ Publication gazette\n"
        "Nothing written: 1 added, 0 changed, 0 removed, 0 left as they were\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["publications.yaml"]
    assert run(tmp_path, "load", ".").stdout == (
        "+ Publication gazette\n1 added, 0 changed, 0 removed, 0 left as they were\n"
    )
    assert run(tmp_path, "load", ".").stdout == (
        "0 added, 0 changed, 0 removed, 1 left as they were\n"
    )


NOT_MADE_BY = (
    ("ingest", "-"),
    ("cite", "a", "b"),
    ("migrate",),
    ("migrate", "--new-stream"),
    ("token", "create", "ada"),
    ("token", "revoke", "x"),
)


@pytest.mark.parametrize("command", NOT_MADE_BY)
def test_what_gives_no_records_makes_no_database(tmp_path: Path, command: tuple[str, ...]) -> None:
    """In the wrong folder it would succeed, and nobody would find what it wrote."""
    done = run(tmp_path, *command, KB_DATABASE_URL="sqlite:///typo/kb.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "there is no database at typo/kb.db; run `kb serve` or `kb load` first\n"
    assert [*tmp_path.iterdir()] == []


def test_wrong_usage_exits_2(tmp_path: Path) -> None:
    done = run(tmp_path, "load", "--everything")
    assert done.returncode == 2
    assert "--everything" in done.stderr


CHOICES = {
    (
        "load",
        ".",
        "--on-conflict",
        "foo",
    ): "`foo` is none of its values; write `refuse`, `skip` or `update`",
    ("load", "x", "--set", "a/b"): "it is no name of a set;",
    ("import", "x", "--map", "y", "--set", "a\n"): "it is no name of a set;",
    ("import", "x", "--map", "y", "--on-conflict", ""): "an empty text is none of its values;",
    ("export", ".", "--format", "xlsx"): "`xlsx` is none of its values; write `yaml`, `ndjson`",
    ("token", "create", "ada", "--role", "king"): "`king` is none of its values; write `reader`",
}


@pytest.mark.parametrize("command", CHOICES)
def test_a_choice_that_is_none_is_told_in_our_words(command: tuple[str, ...]) -> None:
    told = CliRunner().invoke(app, command, terminal_width=200, env={"COLUMNS": "200"})
    assert told.exit_code == 2
    assert f"Invalid value for '{command[-2]}': {CHOICES[command]}" in told.stderr


def test_choices_are_read_in_small_and_capital_letters(tmp_path: Path) -> None:
    prepare(settings_of(tmp_path / "kb.db"))
    at = ("--database", f"{tmp_path}/kb.db")
    for role in ("admin", "READER"):
        assert CliRunner().invoke(app, ["token", "create", "a", "--role", role, *at]).exit_code == 0
    listed = CliRunner().invoke(app, ["token", "list", *at]).stdout.splitlines()
    assert {line.split()[1] for line in listed} == {"ADMIN", "READER"}


def test_a_port_that_is_none_is_told_as_a_setting_is(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", "--port", "many")
    assert done.returncode == 1
    assert done.stderr == "--port: write a number from 0 to 65535; 0 is any free port\n"


def test_help_breaks_no_line_amid_a_sentence() -> None:
    """But for its first paragraph, a text is shown with its line ends, and broken at 80 columns."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    for text in (group.help, *(command.help for command in group.commands.values())):
        for paragraph in cleandoc(text or "").split("\n\n")[1:]:
            lines = paragraph.splitlines()
            assert len(lines) == 1 or max(map(len, lines)) <= 78, lines


def test_wrong_settings_exit_1_and_names_that_are_none_are_told(tmp_path: Path) -> None:
    done = run(tmp_path, "migrate", KB_DATABSE_URL="sqlite:///x.db", KB_PORT="many")
    assert done.returncode == 1
    assert done.stderr == (
        "KB_DATABSE_URL: ignored, it is not a setting; did you mean KB_DATABASE_URL?\n"
        "KB_PORT: write a number from 0 to 65535; 0 is any free port\n"
    )


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("auto", "everybody on this machine if `kb serve` listens on a loopback address"),
        ("token", "bearers of a token alone"),
        ("public", "everybody who reaches the service"),
    ],
)
def test_ingest_ends_by_saying_who_may_read(tmp_path: Path, setting: str, told: str) -> None:
    run(tmp_path, "load", str(write_seed_texts(tmp_path)))
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    last = run(tmp_path, "ingest", "page.txt", KB_TEXT=setting).stdout.splitlines()[-1]
    assert last.startswith(f"Who may read the texts, by KB_TEXT={setting}: {told}")


def test_migrate(tmp_path: Path) -> None:
    (tmp_path / "kb.db").touch()
    assert run(tmp_path, "migrate").stdout == "Migrated.\n"
    done = run(tmp_path, "migrate")
    assert (done.stdout, done.stderr) == ("Nothing to do.\n", "")


def test_migrate_tells_each_step_as_it_begins_and_how_long_it_took(tmp_path: Path) -> None:
    prepare(settings_of(tmp_path / "kb.db"))
    engine = database.open_engine(read_settings(database_url=f"sqlite:///{tmp_path}/kb.db"))
    database.revert_migrations(engine, "0034")
    told = run(tmp_path, "migrate").stderr
    others = "What is recorded, held against the tables|All that is derived, worked out anew"
    begins = rf"(Migration 00\d\d: [A-Z].*\.|{others})\n"
    assert re.fullmatch(rf"({begins}  took \d+\.\d s\n){{2,}}", told), told


def test_schema(tmp_path: Path) -> None:
    assert run(tmp_path, "schema").stdout == sdl()
    assert list(tmp_path.iterdir()) == []


def test_json_schemas_are_those_beside_the_seeds(tmp_path: Path) -> None:
    assert run(tmp_path, "schema", "--seeds", ".").returncode == 0
    committed = Path(__file__).parents[1] / "seeds" / "schemas"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        path.name for path in committed.iterdir()
    )
    for path in tmp_path.iterdir():
        assert path.read_text() == (committed / path.name).read_text(), "run `make schema`"
