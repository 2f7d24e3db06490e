"""Options that several commands of `kb` have.

In: nothing. Out: their types, each with its name and its help.
"""

from typing import Annotated

import typer

from kb.files.file_sets import OnConflict

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
PruneOption = Annotated[bool, typer.Option(help="Remove what the set has and the files lack.")]
ReplaceOption = Annotated[
    bool, typer.Option(help="Take texts by which verified citations are lost.")
]
