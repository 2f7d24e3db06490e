"""Imports for tests: tables and mappings written to a folder, and taken into a database.

In: a database, a folder, and texts. Out: the report of an import, or its faults without the folder.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from kb.errors import InputError
from kb.files.file_sets import PLAIN, Terms
from kb.files.load import PLAINLY, Manner
from kb.files.report import Report
from kb.imports.importing import ImportReport, import_tables
from kb.imports.mapping_reader import read_mapping
from tests.support.databases import Database
from tests.support.seed_texts import ANCHOR, record_states

SOURCE = f"""set: cow
prefix: cow
source:
  article: {{from: igo data, find: own}}
  anchor: {ANCHOR}
  claim: "Row {{row}} of {{file}} says so."
records:
  - {{type: Publication, key: igo data, fields: {{name: Data}}}}
  - type: Article
    key: igo data
    fields: {{headline: Data, publication: {{from: igo data, find: own}}, datedOn: "1995"}}
"""
"""How a mapping begins: all that its rows give is cited from one article."""


def write_files(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """The files with these texts; where a mapping is needed, it is `map.yaml`."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def take(
    database: Database,
    folder: Path,
    mapping: str,
    files: Mapping[str, str],
    *,
    terms: Terms = PLAIN,
    manner: Manner = PLAINLY,
) -> Report:
    write_files(folder, {"map.yaml": mapping})
    return take_files(database, str(folder / "map.yaml"), write_files(folder, files), terms, manner)


def take_files(
    database: Database,
    mapping: str,
    paths: list[Path],
    terms: Terms = PLAIN,
    manner: Manner = PLAINLY,
) -> Report:
    report, read = ImportReport(), read_mapping(mapping)
    import_tables(database.engine, paths, read, terms=terms, manner=manner, report=report)
    assert report.written
    return report.written


def import_faults(
    database: Database, folder: Path, mapping: str, files: Mapping[str, str], *paths: Path
) -> list[str]:
    """What an import refuses of the files, and those that are there; nothing may be written."""
    before = record_states(database)
    (written,) = write_files(folder, {"map.yaml": mapping})
    with pytest.raises(InputError) as raised:
        take_files(database, str(written), [*write_files(folder, files), *paths])
    assert record_states(database) == before
    return [str(fault).removeprefix(f"{folder}/") for fault in raised.value.faults]
