"""`kb init`: a new folder of seed files, with examples to begin from and the schemas of all files.

In: a path, and the schemas. Out: a `WrittenFile` for each file. Nothing that is there is written
over: a folder with anything in it is refused.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from pydantic.json_schema import JsonSchemaValue

from kb.errors import KBError
from kb.files.folder import WrittenFile, unwritable_error
from kb.records.documents import FILES

_SCHEMAS, _SITES = "schemas", "sites"


def make_seeds_folder(folder: Path, schemas: Mapping[str, JsonSchemaValue]) -> list[WrittenFile]:
    """Raises KBError if it is not empty, or cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise KBError(f"{folder} is not empty", "name a folder that is not there yet")
        (folder / _SCHEMAS).mkdir()
        return [*_write_examples(folder), *write_schemas(folder / _SCHEMAS, schemas)]
    except OSError as error:
        raise unwritable_error(error, folder) from None


def _write_examples(folder: Path) -> list[WrittenFile]:
    """One file of each type, of a made-up world, and how pages of its periodical are read."""
    starter = files("kb.files") / "starter"
    (folder / _SITES).mkdir()
    names = (*(f"{name}.yaml" for name in FILES), f"{_SITES}/lake-gazette.yaml")
    written = [folder / name for name in names]
    for path, name in zip(written, names, strict=True):
        path.write_bytes((starter / name).read_bytes())
    return [WrittenFile(path, changed=True) for path in written]


def write_schemas(folder: Path, schemas: Mapping[str, JsonSchemaValue]) -> list[WrittenFile]:
    """A file for each JSON Schema, which editors complete and check by."""
    written = []
    for name, form in schemas.items():
        path = folder / f"{name}.json"
        text = json.dumps(form, indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        written.append(WrittenFile(path, changed=True))
    return written
