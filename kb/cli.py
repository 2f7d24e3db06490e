"""The `kb` command.

Exit codes: 0 done; 1 the input is at fault, each fault told with its place and what to do; 2 wrong
usage.
"""

import json
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.console import Console
from sqlalchemy import Engine

from kb import database
from kb.app import create_app
from kb.config import Settings, read_settings
from kb.errors import KBError
from kb.ingest.documents import json_schemas
from kb.ingest.load import Report, load
from schema.build import sdl

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
_OUT, _ERR = Console(soft_wrap=True, highlight=False), Console(stderr=True, soft_wrap=True)


def main() -> None:
    """Run the command; a fault of the input ends it with exit code 1."""
    try:
        app()
    except KBError as error:
        _ERR.print(str(error), style="red", markup=False, highlight=False)
        sys.exit(1)


@app.command()
def serve() -> None:
    """Serve the knowledge base; sets up an empty database first."""
    settings = read_settings()
    with _OUT.status("Preparing the database"):
        engine = database.open_engine(settings)
        prepared = database.migrate(engine)
        if prepared:
            _OUT.print(f"New database {settings.database_path}: {_load_seeds(engine)}")
        engine.dispose()
    address = f"http://{settings.host}:{settings.port}"
    _OUT.print(f"GraphQL and its explorer: {address}/graphql")
    _OUT.print(f"The schema:               {address}/schema.graphql")
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_level="warning")


@app.command("load")
def load_files(
    paths: Annotated[list[Path], typer.Argument(help="Seed files, or folders of them.")],
    prune: Annotated[bool, typer.Option(help="Remove what the files lack.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Tell what would change; write nothing.")] = False,
) -> None:
    """Load YAML files into the database, all of them or nothing."""
    engine = database.open_engine(read_settings())
    database.migrate(engine)
    with _OUT.status("Loading"):
        report = load(engine, paths, prune=prune, dry_run=dry_run)
    for word, refs in (("+", report.added), ("~", report.changed), ("-", report.removed)):
        for ref in refs:
            _OUT.print(f"{word} {ref.type} {ref.key}", markup=False)
    _OUT.print(("Nothing written: " if dry_run else "") + _told(report))
    engine.dispose()


@app.command()
def migrate() -> None:
    """Bring the database to the newest form."""
    settings: Settings = read_settings()
    engine = database.open_engine(settings)
    done = database.migrate(engine)
    engine.dispose()
    _OUT.print("Migrated." if done else "Nothing to do.")


@app.command()
def schema(
    seeds: Annotated[
        Path | None, typer.Option(help="Write the JSON Schemas of seed files to this folder.")
    ] = None,
) -> None:
    """Print the GraphQL schema, or write the JSON Schemas of seed files."""
    if seeds is None:
        sys.stdout.write(sdl())
        return
    for name, form in json_schemas().items():
        text = json.dumps(form, indent=2, ensure_ascii=False)
        (seeds / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _load_seeds(engine: Engine) -> str:
    with as_file(files("seeds")) as folder:
        return _told(load(engine, [folder]))


def _told(report: Report) -> str:
    added, changed, removed = len(report.added), len(report.changed), len(report.removed)
    return f"{added} added, {changed} changed, {removed} removed, {report.left} left as they were"
