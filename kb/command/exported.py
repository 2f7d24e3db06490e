"""The records of a database as files of one form.

In: a read transaction, a folder, and a form. Out: files in the folder.
"""

from pathlib import Path

from sqlalchemy import Connection

from kb.command.export_command import FileFormat
from kb.files.folder import WrittenFile
from kb.files.yaml_writer import export
from kb.progress import Told
from kb.tables.manifest import (
    export_followthemoney,
    export_nquads,
    export_popolo,
    export_snapshot,
    export_sqlite,
)
from kb.tables.whole_tables import export_tables
from schema.flat import flat_tables


def export_as(
    form: FileFormat, connection: Connection, folder: Path, told: Told, public_url: str
) -> list[WrittenFile]:
    match form:
        case FileFormat.YAML:
            return export(connection, folder, told)
        case FileFormat.NDJSON:
            return export_snapshot(connection, folder, told)
        case FileFormat.NQUADS:
            return export_nquads(connection, folder, public_url)
        case FileFormat.POPOLO:
            return export_popolo(connection, folder, public_url)
        case FileFormat.FTM:
            return export_followthemoney(connection, folder, public_url)
        case FileFormat.SQLITE:
            return export_sqlite(connection, folder, [*flat_tables().values()], told)
        case _:
            return export_tables(connection, folder, [*flat_tables().values()], form, told)
