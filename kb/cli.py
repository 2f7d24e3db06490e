"""The `kb` command.

Exit codes: 0 done;
1 something is at fault, each fault told with its place and what to do;
2 wrong usage;
130 and 143 ended by Ctrl-C or SIGTERM;
141 nobody reads what it prints.
"""

# Lines of help, but for a first paragraph's, are shown as they are: 78 characters have room.

# A module of commands imports what the command line itself takes; what a command does, the command
# imports, before anything else: help comes at once, and a signal in the midst of the import of a
# library in C, which is lost, finds nothing open.

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from kb.command.export_command import export_files
from kb.command.key_commands import key_app
from kb.command.options import (
    DatabaseOption,
    OnConflictOption,
    OnlyNewOption,
    PruneOption,
    ReasonOption,
    ReplaceOption,
    SetOption,
)
from kb.command.record_commands import erase_text, retract, revert_record
from kb.command.schema_commands import make_seeds, print_schema
from kb.command.terminal import OUT, show_progress, tell, tell_failure, warn, with_progress
from kb.command.token_commands import token
from kb.errors import KBError
from kb.files.on_conflict import OnConflict
from kb.garbage import rare_garbage_collection

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_show_locals=False
)
app.add_typer(token, name="token")
app.add_typer(key_app, name="keys")


def run_command() -> None:
    """Run the command; a fault of the input, or of the system, ends it with exit code 1."""
    try:
        app()
    except KBError as error:
        _fail(error.whole())
    except OSError as error:
        _fail("\n".join([_system_message(error), *getattr(error, "__notes__", ())]))


def _system_message(error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and error.filename is None:
        return "the folder that this is run in is gone; go to another one"
    return f"{error.filename or 'the system refuses'}: {error.strerror or error}"


def _fail(message: str) -> NoReturn:
    tell_failure(message)
    sys.exit(1)


def _show_version(wanted: bool) -> None:
    from importlib.metadata import version

    if wanted:
        tell(f"kb {version('csto-kb')}")
        raise typer.Exit


@app.callback()
def _every_command(
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    from kb.config import name_warnings

    for warning in name_warnings():
        warn(warning)


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="The address to serve on, instead of KB_HOST.")
    ] = None,
    port: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="The port, instead of KB_PORT.")
    ] = None,
    url: DatabaseOption = None,
) -> None:
    """Serve the knowledge base; sets up an empty database first.

    While the database does not answer, it begins with what a replica has.
    """
    # What modules make stays: to look through it for garbage took an eighth of the start.
    with rare_garbage_collection():
        from kb.command.engines import command_settings
        from kb.command.first_start import set_up
        from kb.process.service import run_service

    settings = command_settings(url, host=host, port=port)
    run_service(settings, lambda: set_up(settings), tell)


@app.command("mcp")
def serve_mcp(url: DatabaseOption = None) -> None:
    """Answer tools of language models over standard input and output (MCP)."""
    from kb.command.engines import command_settings
    from kb.mcp.stdio import run_stdio

    run_stdio(command_settings(url))


app.command("init")(make_seeds)


@app.command("load")
def load_files(
    paths: Annotated[list[Path], typer.Argument(help="Seed files, or folders of them.")],
    prune: PruneOption = False,
    dry_run: Annotated[bool, typer.Option(help="Tell what would change; write nothing.")] = False,
    replace: ReplaceOption = False,
    set_name: SetOption = "",
    only_new: OnlyNewOption = False,
    on_conflict: OnConflictOption = OnConflict.REFUSE,
    reason: ReasonOption = None,
    url: DatabaseOption = None,
) -> None:
    """Load YAML files into the database, all of them or nothing."""
    from kb.command.engines import command_settings, engine_for_load, origin_of
    from kb.command.reports import noted_as_whole, tell_load, warn_left_aside
    from kb.files.file_sets import Terms
    from kb.files.load import Manner, load

    settings = command_settings(url)
    origin, terms = origin_of("kb load", settings, reason), Terms(set_name, only_new, on_conflict)
    manner = Manner(prune, dry_run, replace)
    with (
        engine_for_load(settings, dry_run=dry_run) as engine,
        noted_as_whole(),
        show_progress() as told,
    ):
        report = load(engine, paths, terms=terms, manner=manner, origin=origin, told=told)
    warn_left_aside(paths, settings)
    tell_load(report, dry_run=dry_run)


@app.command("import")
def import_files(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Tables: CSV, TSV, XLSX, Parquet, JSON, lines of JSON, RSS, Atom, WXR."
        ),
    ],
    mapping_name: Annotated[
        str,
        typer.Option("--map", metavar="FILE", help="The mapping, or the name of a shipped one."),
    ],
    prefix: Annotated[
        str | None, typer.Option(help="What keys begin with, instead of the mapping's prefix.")
    ] = None,
    prune: PruneOption = False,
    dry_run: Annotated[
        bool, typer.Option(help="Show the first records and every fault; write nothing.")
    ] = False,
    replace: ReplaceOption = False,
    set_name: SetOption = "",
    only_new: OnlyNewOption = False,
    on_conflict: OnConflictOption = OnConflict.REFUSE,
    reason: ReasonOption = None,
    url: DatabaseOption = None,
) -> None:
    """Take records out of tables by a mapping, all of them or nothing."""
    from kb.command.engines import command_settings, engine_for_load, origin_of
    from kb.command.reports import noted_as_whole, tell_load
    from kb.files.file_sets import Terms
    from kb.files.load import Manner
    from kb.imports.importing import ImportReport, import_tables
    from kb.imports.mapping_reader import name_mapping, read_mapping
    from kb.imports.shown_records import show_records

    settings = command_settings(url)
    mapping = name_mapping(read_mapping(mapping_name), prefix, set_name)
    terms, done = Terms(mapping.set, only_new, on_conflict), ImportReport()
    manner, origin = Manner(prune, dry_run, replace), origin_of("kb import", settings, reason)
    with engine_for_load(settings, dry_run=dry_run) as engine, noted_as_whole():
        try:
            with show_progress() as told:
                import_tables(
                    engine,
                    paths,
                    mapping,
                    terms=terms,
                    manner=manner,
                    origin=origin,
                    report=done,
                    told=told,
                )
        finally:
            if dry_run:
                tell(show_records(done.shown))
    assert done.written
    tell_load(done.written, dry_run=dry_run)


@app.command("ingest")
def ingest_pages(
    paths: Annotated[
        list[Path], typer.Argument(help="Archive pages as text or HTML, folders of them, or -.")
    ],
    strict: Annotated[bool, typer.Option(help="Write nothing if any page has a fault.")] = False,
    replace: ReplaceOption = False,
    new: Annotated[bool, typer.Option(help="Add articles that are likely there already.")] = False,
    update: Annotated[
        bool,
        typer.Option(help="Write what pages tell otherwise of articles that are there."),
    ] = False,
    site: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The description of the site that the pages are of, or the name of one in the"
            " seeds' folder; without it, the only one there.",
        ),
    ] = None,
    reason: ReasonOption = None,
    url: DatabaseOption = None,
) -> None:
    """Read a copy of the archive: store the text, verify the citations, find the names.

    Ends with 1 if a page or an article is at fault; all others are taken in.
    """
    from kb import database
    from kb.archive.page_reader import page_reader
    from kb.archive.pages import page_paths
    from kb.citations import article_texts
    from kb.command.engines import command_settings, origin_of, prepared_engine
    from kb.command.first_start import seeds_folder
    from kb.command.reports import tell_ingest, tell_texts, told_if_unfinished
    from kb.errors import PageError
    from kb.imports.site_reader import read_site
    from kb.ingest.ingest import ingest
    from kb.ingest.summary import Overrides, Summary

    settings = command_settings(url)
    with seeds_folder(settings) as seeds:
        read_page = page_reader(read_site(site, seeds))
    with prepared_engine(settings) as engine:
        pages, summary = list(page_paths(paths)), Summary()
        with told_if_unfinished(summary, pages):
            ingest(
                engine,
                with_progress(pages),
                read_page,
                strict=strict,
                overrides=Overrides(replace, new, update),
                origin=origin_of("kb ingest", settings, reason),
                summary=summary,
            )
        if summary.faults and summary.is_empty:
            raise PageError(summary.faults)
        tell_ingest(summary)
        with database.read_transaction(engine) as connection:
            verified, unverified = article_texts.count_verified(connection)
    tell_texts(verified, unverified, settings.text)
    if summary.faults:
        raise PageError(summary.faults)


app.command("revert")(revert_record)
app.command("erase-text")(erase_text)
app.command("retract")(retract)


@app.command("cite")
def cite_words(
    article: Annotated[str, typer.Argument(help="The article's key.")],
    words: Annotated[str, typer.Argument(help="Words of its text, exactly.")],
    url: DatabaseOption = None,
) -> None:
    """Print the anchor of words, for a citation in a seed file."""
    from kb import database
    from kb.citations.quote import cite, format_anchor
    from kb.command.engines import command_settings, prepared_engine

    with (
        prepared_engine(command_settings(url)) as engine,
        database.read_transaction(engine) as connection,
    ):
        tell(format_anchor(cite(connection, article, words)))


app.command("export")(export_files)


@app.command("check")
def check_database(url: DatabaseOption = None) -> None:
    """Verify all that can be wrong with the database at rest, and name what is."""
    from kb import database
    from kb.check.inspect import inspect
    from kb.command.engines import command_settings
    from kb.command.reports import count_of

    engine = database.open_reading_engine(command_settings(url))
    with (
        show_progress() as told,
        database.read_transaction(engine) as connection,
    ):
        report = inspect(connection, told)
    engine.dispose()
    for finding in report.findings:
        tell(str(finding))
    faults = count_of(len(report.findings), "fault") if report.findings else "no fault"
    tell(f"{count_of(report.records, 'record')} checked: {faults}")
    if report.findings:
        raise typer.Exit(1)


@app.command("replay")
def replay_answers(url: DatabaseOption = None) -> None:
    """Give the answers of all permanent links again, and name those that are not the same."""
    from kb.command.engines import command_settings
    from kb.command.replay import replay_links
    from kb.command.reports import count_of

    with show_progress() as told:
        report = replay_links(command_settings(url), told)
    for finding in report.findings:
        tell(finding)
    changed = len(report.findings)
    same = f"{changed} not as they were" if changed else "all as they were"
    tell(f"{count_of(report.links, 'answer')} given again: {same}")
    if changed:
        raise typer.Exit(1)


@app.command("backup")
def back_up(
    file: Annotated[Path, typer.Argument(help="A file that is not there yet.", dir_okay=False)],
    url: DatabaseOption = None,
) -> None:
    """Copy the database, of SQLite, to a file while it is served; restored, it is a new stream."""
    from kb.backup import backup
    from kb.command.engines import command_settings

    with OUT.status("Copying"):
        stream = backup(command_settings(url), file)
    tell(f"{file}: written, as the stream {stream}")


@app.command("migrate")
def migrate_database(
    new_stream: Annotated[
        bool, typer.Option(help="After a restore: refuse older cursors.")
    ] = False,
    url: DatabaseOption = None,
) -> None:
    """Bring the database to the newest form."""
    from kb import database
    from kb.command.engines import command_settings, opened_engine, upgrade_database
    from kb.commit.feed import begin_stream

    settings = command_settings(url)
    with opened_engine(settings) as engine:
        done = upgrade_database(engine, settings)
        tell("Migrated." if done else "Nothing to do.")
        if new_stream:
            with database.write_transaction(engine) as connection:
                stream = begin_stream(connection)
            tell(f"New stream {stream}.")


app.command("schema")(print_schema)
