"""Options that several commands of `kb` have.

In: nothing. Out: their types, each with its name and its help.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from kb.errors import alternatives
from kb.files.on_conflict import OnConflict
from kb.files.set_names import SET_REMEDY, is_set_name

Choice = TypeVar("Choice", bound=StrEnum)


def shown_choices(choices: type[StrEnum]) -> str:
    """As help shows them."""
    return "|".join(each.lower() for each in choices)


def choice_reader(choices: type[Choice]) -> Callable[[str], Choice]:
    """Reads one in small or capital letters; what is none is told in our own words."""

    def read_choice(text: str) -> Choice:
        from kb.records.form_errors import quote_shortened

        for each in choices:
            if each.casefold() == text.casefold():
                return each
        what = f"{quote_shortened(text)} is none of its values"
        raise typer.BadParameter(f"{what}; write {alternatives(map(str.lower, choices))}")

    return read_choice


def read_reason(text: str) -> str:
    """In its normal form; what is none is told in our own words."""
    from kb.records.documents import RequestDocument
    from kb.records.entries import NOWHERE, check_form
    from kb.records.form_errors import GRAPHQL

    checked = check_form(RequestDocument, "", {"reason": text}, NOWHERE, GRAPHQL)
    if checked.faults:
        fault = checked.faults[0]
        raise typer.BadParameter(f"{fault.what}; {fault.remedy}")
    assert checked.document
    return checked.document.reason or ""


def read_set(text: str) -> str:
    """A set's name, if one is given; what is none is told in our own words."""
    if text and not is_set_name(text):
        raise typer.BadParameter(f"it is no name of a set; {SET_REMEDY}")
    return text


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
        parser=read_set,
        help="The set that the files are of, instead of their folder's name.",
    ),
]
OnlyNewOption = Annotated[
    bool, typer.Option("--only-new", help="Leave records that are there already as they are.")
]
OnConflictOption = Annotated[
    OnConflict,
    typer.Option(
        parser=choice_reader(OnConflict),
        metavar=shown_choices(OnConflict),
        help="What to do with records that another set has otherwise.",
    ),
]
PruneOption = Annotated[bool, typer.Option(help="Remove what the set has and the files lack.")]
ReasonOption = Annotated[
    str | None,
    typer.Option(
        "--reason",
        metavar="TEXT",
        parser=read_reason,
        help="Why, kept with the changes and shown to whoever has a token.",
    ),
]
ReplaceOption = Annotated[
    bool,
    typer.Option(help="Take texts by which verified citations are lost, and what was taken down."),
]
