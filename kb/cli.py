"""The `kb` command.

Exit codes: 0 done; 1 something is at fault, each fault told with its place and what to do; 2 wrong
usage; 130 and 143 ended by Ctrl-C or SIGTERM; 141 nobody reads what it prints.
"""

# What takes long to load, such as the server and the GraphQL schema, is imported by the commands
# that need it: the others start in two thirds of the time.

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from getpass import getuser
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NoReturn

import typer
from pydantic.json_schema import JsonSchemaValue
from rich.console import Console
from rich.progress import Progress, TaskID, track
from sqlalchemy import Connection, Engine

from kb import database, tokens
from kb.backup import backup
from kb.check.inspect import inspect
from kb.citations import article_texts
from kb.citations.quote import cite, format_anchor
from kb.commit.feed import Origin, begin_stream, read_head
from kb.config import NO_SEEDS, SHIPPED_SEEDS, Audience, Settings, name_warnings, read_settings
from kb.database_url import SQLITE
from kb.errors import Fault, KBError, PageError, Unavailable
from kb.files.file_sets import OnConflict, Terms
from kb.files.folder import WrittenFile
from kb.files.load import Manner, Report, load
from kb.files.seed_files import shipped_seeds
from kb.files.seeds_folder import make_seeds_folder, write_schemas
from kb.files.yaml_writer import export
from kb.models import Role, Token
from kb.models.base import now
from kb.progress import Told
from kb.records.documents import json_schemas
from kb.tables.manifest import export_snapshot, export_sqlite, export_tables
from kb.upgrade.upgrade import upgrade

_UNREAD = 141
"""The exit code of what writes to a pipe that nobody reads any more."""
_READERS = {
    Audience.PUBLIC: "everybody who reaches the service",
    Audience.TOKEN: "bearers of a token alone",
    Audience.AUTO: "everybody on this machine if `kb serve` listens on a loopback address,"
    " KB_PUBLIC_URL is empty and KB_CORS_ORIGINS has no `*`, as it is unless told; else bearers of"
    " a token alone",
}
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="FILE|URL",
        help="A SQLite file, or a URL, instead of KB_DATABASE_URL.",
    ),
]
SetOption = Annotated[
    str,
    typer.Option(
        "--set",
        metavar="NAME",
        help="The set that the files are of, instead of their folder's name.",
    ),
]
OnlyNewOption = Annotated[
    bool, typer.Option("--only-new", help="Leave records that are there already as they are.")
]
OnConflictOption = Annotated[
    OnConflict, typer.Option(help="What to do with records that another set has otherwise.")
]
app = typer.Typer(
    add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_show_locals=False
)


class _Stream(Console):
    """Standard output, or standard error."""

    def on_broken_pipe(self) -> NoReturn:
        # What is still to be flushed goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())
        raise SystemExit(_UNREAD)


_OUT = _Stream(soft_wrap=True, highlight=False)
_ERR = _Stream(stderr=True, soft_wrap=True)


def run_command() -> None:
    """Run the command; a fault of the input, or of the system, ends it with exit code 1."""
    try:
        app()
    except KBError as error:
        _fail(error.whole())
    except OSError as error:
        _fail(_system_message(error))


def _system_message(error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and error.filename is None:
        return "the folder that this is run in is gone; go to another one"
    return f"{error.filename or 'the system refuses'}: {error.strerror or error}"


def _fail(message: str) -> NoReturn:
    _ERR.print(message, style="red", markup=False, highlight=False, emoji=False)
    sys.exit(1)


def _show_version(wanted: bool) -> None:
    if wanted:
        _OUT.print(f"kb {version('csto-kb')}")
        raise typer.Exit


@app.callback()
def _every_command(
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    for warning in name_warnings():
        _ERR.print(warning, style="yellow", markup=False, highlight=False, emoji=False)


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="The address to serve on, instead of KB_HOST.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="The port, instead of KB_PORT.")] = None,
    url: DatabaseOption = None,
) -> None:
    """Serve the knowledge base; sets up an empty database first.

    While the database does not answer, it begins with what a replica has.
    """
    from kb.process.service import run_service

    settings = _settings(url, host=host, port=port)

    def tell(message: str) -> None:
        _OUT.print(message, markup=False, emoji=False)

    run_service(settings, lambda: _set_up(settings), tell)


def _set_up(settings: Settings) -> None:
    try:
        _set_up_database(settings)
    except Unavailable as error:
        if not settings.replica_urls:
            raise
        _begin_with_replica(settings, error)


def _begin_with_replica(settings: Settings, error: Unavailable) -> None:
    """Nothing is set up there; raises Unavailable if none can be read as it is."""
    replica = database.find_current_replica(settings)
    if replica is None:
        what = f"{error.message}, and no replica can be read instead"
        raise Unavailable(what, error.remedy).with_note(error.whole())
    told = f"{error.whole()}\nBegins all the same, with what {replica} has; nothing can be written."
    _ERR.print(told, style="yellow", markup=False, highlight=False, emoji=False)


def _set_up_database(settings: Settings) -> None:
    with _prepared_engine(settings, new=True) as engine:
        if _is_empty(engine):
            message = f"New database {settings.database_name}: {_load_seeds(engine, settings)}"
            _OUT.print(message, markup=False, emoji=False)


@app.command("init")
def make_seeds(
    folder: Annotated[
        Path, typer.Argument(help="A folder that is not there yet.", file_okay=False)
    ],
) -> None:
    """Make a folder of seed files to begin from, with examples and schemas for editors."""
    written = make_seeds_folder(folder, _file_schemas())
    _OUT.print(f"{folder}: {_count(len(written), 'file')} written", markup=False, emoji=False)
    _OUT.print(f"Change them, then run `kb load {folder}`.", markup=False, emoji=False)


@app.command("load")
def load_files(
    paths: Annotated[list[Path], typer.Argument(help="Seed files, or folders of them.")],
    prune: Annotated[
        bool, typer.Option(help="Remove what the set has and the files lack.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Tell what would change; write nothing.")] = False,
    replace: Annotated[
        bool, typer.Option(help="Take texts by which verified citations are lost.")
    ] = False,
    set_name: SetOption = "",
    only_new: OnlyNewOption = False,
    on_conflict: OnConflictOption = OnConflict.REFUSE,
    url: DatabaseOption = None,
) -> None:
    """Load YAML files into the database, all of them or nothing."""
    settings = _settings(url)
    origin, terms = _origin("kb load", settings), Terms(set_name, only_new, on_conflict)
    manner = Manner(prune, dry_run, replace)
    with _engine_for_load(settings, dry_run=dry_run) as engine, _progress() as told:
        report = load(engine, paths, terms=terms, manner=manner, origin=origin, told=told)
    _tell_report(report, dry_run=dry_run)


@app.command("import")
def import_files(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Tables: CSV, TSV, XLSX, Parquet, JSON, lines of JSON, RSS, WXR."),
    ],
    mapping_name: Annotated[
        str,
        typer.Option("--map", metavar="FILE", help="The mapping, or the name of a shipped one."),
    ],
    prefix: Annotated[
        str | None, typer.Option(help="What keys begin with, instead of the mapping's prefix.")
    ] = None,
    prune: Annotated[
        bool, typer.Option(help="Remove what the set has and the files lack.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option(help="Show the first records and every fault; write nothing.")
    ] = False,
    replace: Annotated[
        bool, typer.Option(help="Take texts by which verified citations are lost.")
    ] = False,
    set_name: SetOption = "",
    only_new: OnlyNewOption = False,
    on_conflict: OnConflictOption = OnConflict.REFUSE,
    url: DatabaseOption = None,
) -> None:
    """Take records out of tables by a mapping, all of them or nothing."""
    # First: a signal in the midst of lxml's import is lost, and nothing is to be open then.
    from kb.imports.importing import ImportReport, import_tables
    from kb.imports.mapping_reader import name_mapping, read_mapping
    from kb.imports.shown_records import show_records

    settings, mapping = _settings(url), name_mapping(read_mapping(mapping_name), prefix, set_name)
    terms, done = Terms(mapping.set, only_new, on_conflict), ImportReport()
    manner, origin = Manner(prune, dry_run, replace), _origin("kb import", settings)
    with _engine_for_load(settings, dry_run=dry_run) as engine:
        try:
            with _progress() as told:
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
                _OUT.print(show_records(done.shown), markup=False, emoji=False)
    assert done.written
    _tell_report(done.written, dry_run=dry_run)


def _tell_report(report: Report, *, dry_run: bool) -> None:
    for sign, some in (("+", report.added), ("~", report.changed), ("-", report.removed)):
        for ref in some.named:
            _OUT.print(f"{sign} {ref.type} {ref.key}", markup=False)
        if more := len(some) - len(some.named):
            _OUT.print(f"{sign} and {_count(more, 'record')} more")
    _OUT.print(("Nothing written: " if dry_run else "") + _load_summary(report))


@app.command("ingest")
def ingest_pages(
    paths: Annotated[
        list[Path], typer.Argument(help="Archive pages as text or HTML, folders of them, or -.")
    ],
    strict: Annotated[bool, typer.Option(help="Write nothing if any page has a fault.")] = False,
    replace: Annotated[
        bool, typer.Option(help="Take texts by which verified citations are lost.")
    ] = False,
    new: Annotated[bool, typer.Option(help="Add articles that are likely there already.")] = False,
    site: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The description of the site that the pages are of, or the name of one in the"
            " seeds' folder; without it, the only one there.",
        ),
    ] = None,
    url: DatabaseOption = None,
) -> None:
    """Read a copy of the archive: store the text, verify the citations, find the names.

    Ends with 1 if a page or an article is at fault; all others are taken in.
    """
    # First: a signal in the midst of lxml's import is lost, and nothing is to be open then.
    from kb.archive.page_reader import page_reader
    from kb.archive.pages import page_paths
    from kb.imports.site_reader import read_site
    from kb.ingest.ingest import Overrides, ingest

    settings = _settings(url)
    with _seeds_folder(settings) as seeds:
        read_page = page_reader(read_site(site, seeds))
    with _prepared_engine(settings) as engine:
        pages = list(page_paths(paths))
        summary = ingest(
            engine,
            _with_progress(pages),
            read_page,
            strict=strict,
            overrides=Overrides(replace, new),
            origin=_origin("kb ingest", settings),
        )
        _OUT.print(
            f"{_count(summary.pages, 'page')}: {_count(summary.added, 'article')} added,"
            f" {_count(summary.texts, 'text')} stored, {summary.left} left as they were"
        )
        with database.read_transaction(engine) as connection:
            verified, unverified = article_texts.count_verified(connection)
    _OUT.print(f"{verified} of {_count(verified + unverified, 'citation')} with a text verified")
    _OUT.print(f"Who may read the texts, by KB_TEXT={settings.text}: {_READERS[settings.text]}")
    if summary.faults:
        raise PageError(summary.faults)


@app.command("cite")
def cite_words(
    article: Annotated[str, typer.Argument(help="The article's key.")],
    words: Annotated[str, typer.Argument(help="Words of its text, exactly.")],
    url: DatabaseOption = None,
) -> None:
    """Print the anchor of words, for a citation in a seed file."""
    with (
        _prepared_engine(_settings(url)) as engine,
        database.read_transaction(engine) as connection,
    ):
        _OUT.print(format_anchor(cite(connection, article, words)), markup=False)


class FileFormat(StrEnum):
    YAML = "yaml"
    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"
    SQLITE = "sqlite"


@app.command("export")
def export_files(
    folder: Annotated[Path, typer.Argument(help="Where the files go.", file_okay=False)],
    form: Annotated[FileFormat, typer.Option("--format", help="What to write.")] = FileFormat.YAML,
    url: DatabaseOption = None,
) -> None:
    """Write the records as seed files, as a snapshot for copies, or as flat tables.

    Seed files that are the same stay; beside all else goes a manifest with checksums.
    """
    if str(folder) == "-":
        raise KBError("`-` is no folder, and an export has several files", "name a folder")
    engine = database.open_reading_engine(_settings(url))
    with _progress() as told, database.read_transaction(engine) as connection:
        written = _export(connection, folder, form, told)
    for file in written:
        word = "written" if file.changed else "left as it was"
        _OUT.print(f"{file.path}: {word}", markup=False, emoji=False)
    engine.dispose()


def _export(
    connection: Connection, folder: Path, form: FileFormat, told: Told
) -> list[WrittenFile]:
    from schema.flat import flat_tables

    match form:
        case FileFormat.YAML:
            return export(connection, folder, told)
        case FileFormat.NDJSON:
            return export_snapshot(connection, folder, told)
        case FileFormat.SQLITE:
            return export_sqlite(connection, folder, [*flat_tables().values()], told)
        case _:
            return export_tables(connection, folder, [*flat_tables().values()], form, told)


@app.command("check")
def check_database(url: DatabaseOption = None) -> None:
    """Verify all that can be wrong with the database at rest, and name what is."""
    engine = database.open_reading_engine(_settings(url))
    with (
        _progress() as told,
        database.read_transaction(engine) as connection,
    ):
        report = inspect(connection, told)
    engine.dispose()
    for finding in report.findings:
        _OUT.print(str(finding), markup=False, emoji=False)
    faults = _count(len(report.findings), "fault") if report.findings else "no fault"
    _OUT.print(f"{_count(report.records, 'record')} checked: {faults}")
    if report.findings:
        raise typer.Exit(1)


@app.command("backup")
def back_up(
    file: Annotated[Path, typer.Argument(help="A file that is not there yet.", dir_okay=False)],
    url: DatabaseOption = None,
) -> None:
    """Copy the database, of SQLite, to a file while it is served; restored, it is a new stream."""
    with _OUT.status("Copying"):
        stream = backup(_settings(url), file)
    _OUT.print(f"{file}: written, as the stream {stream}", markup=False, emoji=False)


@app.command("migrate")
def migrate_database(
    new_stream: Annotated[
        bool, typer.Option(help="After a restore: refuse older cursors.")
    ] = False,
    url: DatabaseOption = None,
) -> None:
    """Bring the database to the newest form."""
    settings = _settings(url)
    with _open_engine(settings) as engine:
        done = _upgrade(engine, settings)
        _OUT.print("Migrated." if done else "Nothing to do.")
        if new_stream:
            with database.write_transaction(engine) as connection:
                stream = begin_stream(connection)
            _OUT.print(f"New stream {stream}.")


@app.command()
def schema(
    seeds: Annotated[
        Path | None, typer.Option(help="Write the JSON Schemas of seed files to this folder.")
    ] = None,
) -> None:
    """Print the GraphQL schema, or write the JSON Schemas of seed files."""
    if seeds is None:
        from schema.build import sdl

        _OUT.out(sdl(), highlight=False, end="")
        return
    write_schemas(seeds, _file_schemas())


def _file_schemas() -> dict[str, JsonSchemaValue]:
    """Of seed files, and of mappings."""
    from kb.archive.site import site_schema
    from kb.imports.mapping import mapping_schema

    return {**json_schemas(), "mapping": mapping_schema(), "site": site_schema()}


token = typer.Typer(
    no_args_is_help=True, help="Tokens of those who may read, or write by mutations."
)
app.add_typer(token, name="token")


@token.command("create")
def create_token(
    name: Annotated[str, typer.Argument(help="Who bears it, as changes will name them.")],
    role: Annotated[
        Role, typer.Option(case_sensitive=False, help="What it allows; more than those before.")
    ] = Role.CURATOR,
    expires: Annotated[
        str | None,
        typer.Option(metavar="DAY|90d", help="From when it holds no longer; never if left out."),
    ] = None,
    url: DatabaseOption = None,
) -> None:
    """Print a new token: keep it, for only its hash is stored."""
    expires_at = tokens.read_expiry(expires) if expires is not None else None
    with (
        _prepared_engine(_settings(url), new=True) as engine,
        database.write_transaction(engine) as connection,
    ):
        made = tokens.issue_token(connection, name, role, by=_operator(), expires_at=expires_at)
        _OUT.out(made, highlight=False)


@token.command("list")
def list_tokens(url: DatabaseOption = None) -> None:
    """Print all tokens: id, role, name, and when each was made, last used and ends or ended.

    A use is noted once an hour. Tokens that hold no longer stay in the list, as its log.
    """
    engine = database.open_reading_engine(_settings(url))
    with database.read_transaction(engine) as connection:
        for row in tokens.read_tokens(connection):
            _OUT.print(_token_line(row), markup=False, emoji=False)
    engine.dispose()


@token.command("revoke")
def revoke_token(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `kb token list` shows it.")],
    url: DatabaseOption = None,
) -> None:
    """End a token: nobody bears it any more."""
    with (
        _prepared_engine(_settings(url)) as engine,
        database.write_transaction(engine) as connection,
    ):
        tokens.revoke(connection, token_id, by=_operator())
    _OUT.print("Revoked.")


def _token_line(row: Token) -> str:
    parts = [row.id, f"{row.role:<7}", f"made {row.made_at}{_by(row.made_by)}"]
    if row.used_at:
        parts.append(f"used {row.used_at}")
    if row.revoked_at:
        parts.append(f"revoked {row.revoked_at}{_by(row.revoked_by)}")
    elif row.expires_at:
        parts.append(f"{'expires' if row.expires_at > now() else 'expired'} {row.expires_at}")
    else:
        parts.append("holds")
    return "  ".join([*parts, row.name])


def _by(who: str | None) -> str:
    return f" by {who}" if who else ""


def _operator() -> str | None:
    """Who runs this, as the system knows them, for the log of tokens."""
    try:
        return getuser()
    except (OSError, KeyError):
        return None


def _with_progress(pages: list[Path | Fault]) -> Iterable[Path | Fault]:
    hidden = not _ERR.is_terminal
    return track(pages, "Reading", console=_ERR, transient=True, disable=hidden)


@contextmanager
def _progress() -> Iterator[Told]:
    """A bar on a terminal for each thing that is done; of a total of 0 nobody knows how much."""
    with Progress(console=_ERR, transient=True, disable=not _ERR.is_terminal) as progress:
        bars: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=total or None)
            progress.update(bars[what], completed=done)

        yield tell


def _settings(url: str | None, *, host: str | None = None, port: int | None = None) -> Settings:
    named = SQLITE + url if url and ":" not in url else url
    return read_settings(host=host, port=port, database_url=named)


@contextmanager
def _open_engine(settings: Settings, *, new: bool = True) -> Iterator[Engine]:
    """Closed whatever happens: the last one out brings SQLite's log into the file."""
    engine = database.open_engine(settings, new=new)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _prepared_engine(settings: Settings, *, new: bool = False) -> Iterator[Engine]:
    """Of a database in the newest form; `new` says whether it may be made here."""
    with _open_engine(settings, new=new) as engine:
        _upgrade(engine, settings)
        yield engine


def _upgrade(engine: Engine, settings: Settings) -> bool:
    with _progress() as told:
        return upgrade(engine, _origin("kb migrate", settings), told=told)


@contextmanager
def _engine_for_load(settings: Settings, *, dry_run: bool) -> Iterator[Engine]:
    """A database to load into; one that is not there is not made to be tried on, but elsewhere."""
    with TemporaryDirectory() as folder:
        is_file = settings.database_url.startswith(SQLITE)
        if dry_run and is_file and not Path(settings.database_name).exists():
            settings = read_settings(database_url=f"{SQLITE}{folder}/kb.db")
        with _prepared_engine(settings, new=True) as engine:
            yield engine


def _origin(actor: str, settings: Settings) -> Origin:
    return Origin(actor, settings.kept_changes)


def _is_empty(engine: Engine) -> bool:
    with database.read_transaction(engine) as connection:
        return read_head(connection) == 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _load_seeds(engine: Engine, settings: Settings) -> str:
    """What an empty database is filled with, in words."""
    with _seeds_folder(settings) as folder, _progress() as told:
        if folder is None:
            hint = "`kb init FOLDER` makes seed files to begin from, `kb load FOLDER` loads them"
            return f"empty; {hint}"
        return _load_summary(load(engine, [folder], told=told))


@contextmanager
def _seeds_folder(settings: Settings) -> Iterator[Path | None]:
    """That which KB_SEEDS names."""
    if settings.seeds == SHIPPED_SEEDS:
        with shipped_seeds() as folder:
            yield folder
    else:
        yield None if settings.seeds == NO_SEEDS else Path(settings.seeds)


def _load_summary(report: Report) -> str:
    skipped = f", {report.skipped} skipped" if report.skipped else ""
    return (
        f"{len(report.added)} added, {len(report.changed)} changed,"
        f" {len(report.removed)} removed, {report.left} left as they were{skipped}"
    )
