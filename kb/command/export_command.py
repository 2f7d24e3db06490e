"""The command `kb export`: the records of a database as files.

In: the command line. Out: files in a folder, and a line for each on standard output.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kb.command.options import DatabaseOption, choice_reader, shown_choices
from kb.command.terminal import show_progress, tell
from kb.errors import KBError


class FileFormat(StrEnum):
    YAML = "yaml"
    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"
    SQLITE = "sqlite"
    NQUADS = "nquads"
    POPOLO = "popolo"
    FTM = "ftm"


def export_files(
    folder: Annotated[Path, typer.Argument(help="Where the files go.", file_okay=False)],
    form: Annotated[
        FileFormat,
        typer.Option(
            "--format",
            parser=choice_reader(FileFormat),
            metavar=shown_choices(FileFormat),
            help="What to write.",
        ),
    ] = FileFormat.YAML,
    url: DatabaseOption = None,
) -> None:
    """Write the records as seed files, a snapshot for copies, flat tables, or in forms of others.

    Seed files that are the same stay; beside all else goes a manifest with checksums.
    """
    from kb import database
    from kb.command.engines import command_settings
    from kb.command.exported import export_as

    if str(folder) == "-":
        raise KBError("`-` is no folder, and an export has several files", "name a folder")
    settings = command_settings(url)
    engine = database.open_reading_engine(settings)
    with show_progress() as told, database.read_transaction(engine) as connection:
        written = export_as(form, connection, folder, told, settings.public_url)
    for file in written:
        word = "written" if file.changed else "left as it was"
        tell(f"{file.path}: {word}")
    engine.dispose()
