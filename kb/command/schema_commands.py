"""`kb init` and `kb schema`: seed files to begin from, and what editors and clients check against.

In: a folder that is not there yet, or none. Out: files in it, or the GraphQL schema as text.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.command.terminal import OUT, tell

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue


def make_seeds(
    folder: Annotated[
        Path, typer.Argument(help="A folder that is not there yet.", file_okay=False)
    ],
) -> None:
    """Make a folder of seed files to begin from, with examples and schemas for editors."""
    from kb.command.reports import count_of
    from kb.files.seeds_folder import make_seeds_folder

    written = make_seeds_folder(folder, _file_schemas())
    tell(f"{folder}: {count_of(len(written), 'file')} written")
    tell(f"Change them, then run `kb load {folder}`.")


def print_schema(
    seeds: Annotated[
        Path | None, typer.Option(help="Write the JSON Schemas of seed files to this folder.")
    ] = None,
) -> None:
    """Print the GraphQL schema, or write the JSON Schemas of seed files."""
    if seeds is None:
        from schema.build import sdl

        OUT.out(sdl(), highlight=False, end="")
        return
    from kb.files.seeds_folder import write_schemas

    write_schemas(seeds, _file_schemas())


def _file_schemas() -> "dict[str, JsonSchemaValue]":
    """Of seed files, and of mappings."""
    from kb.archive.site import site_schema
    from kb.imports.mapping import mapping_schema
    from kb.records.file_schemas import json_schemas

    return {**json_schemas(), "mapping": mapping_schema(), "site": site_schema()}
