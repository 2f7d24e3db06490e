"""The commands on one record: `kb revert` puts it back, `kb erase-text` takes its text down, and
`kb retract` all of it.

In: the command line. Out: functions that `kb` registers; each is one commit.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from kb.command.options import DatabaseOption, ReasonOption, ReplaceOption
from kb.command.terminal import tell, warn

if TYPE_CHECKING:
    from sqlalchemy import Engine

_NOT_SCRUBBED = (
    "what the database's files keep of it goes later: docs/curating.md, Take a text down, tells how"
)
VacuumOption = Annotated[
    bool, typer.Option(help="Write the file of SQLite anew, too: stop the service before.")
]


def revert_record(
    record: Annotated[str, typer.Argument(metavar="ID", help="Its id, such as State:UZ.")],
    revision: Annotated[
        int, typer.Argument(min=0, max=10**18 - 1, help="At which it was as it is to be.")
    ],
    replace: ReplaceOption = False,
    reason: ReasonOption = None,
    url: DatabaseOption = None,
) -> None:
    """Record what a record was at a revision of the feed, as a new change."""
    from kb import database
    from kb.command.engines import command_settings, origin_of, prepared_engine
    from kb.commit.feed import read_head
    from kb.commit.revert import revert

    settings = command_settings(url)
    given = {"id": record, "revision": revision, "replace": replace}
    with (
        prepared_engine(settings) as engine,
        database.write_transaction(engine) as connection,
    ):
        before = read_head(connection)
        revert(connection, given, origin_of("kb revert", settings, reason))
        done = read_head(connection) > before
    tell(f"{record}: as at revision {revision}" if done else f"{record}: nothing to do")


def erase_text(
    article: Annotated[str, typer.Argument(help="The article's key.")],
    vacuum: VacuumOption = False,
    reason: ReasonOption = None,
    url: DatabaseOption = None,
) -> None:
    """Take the text of an article down for good: out of search, of all history, and of the file."""
    from kb import database
    from kb.command.engines import command_settings, origin_of, prepared_engine
    from kb.commit.take_down import take_text_down

    settings = command_settings(url)
    with prepared_engine(settings) as engine:
        with database.write_transaction(engine) as connection:
            take_text_down(connection, article, origin_of("kb erase-text", settings, reason))
        tell(f"{article}: its text is taken down")
        _scrub(engine, vacuum=vacuum)


def retract(
    record: Annotated[
        str,
        typer.Argument(metavar="ID", help="Article: or Publication:, and its key."),
    ],
    vacuum: VacuumOption = False,
    reason: ReasonOption = None,
    url: DatabaseOption = None,
) -> None:
    """Take an article or publication down whole for good, with all that rests on it alone."""
    from kb import database
    from kb.command.engines import command_settings, origin_of, prepared_engine
    from kb.commit.take_down_record import take_down

    settings = command_settings(url)
    with prepared_engine(settings) as engine:
        with database.write_transaction(engine) as connection:
            taken_down = take_down(connection, record, origin_of("kb retract", settings, reason))
        for ref in taken_down:
            tell(f"{ref.type}:{ref.key}: taken down")
        _scrub(engine, vacuum=vacuum)


def _scrub(engine: "Engine", *, vacuum: bool) -> None:
    from kb import database

    if not database.scrub(engine, vacuum=vacuum):
        warn(_NOT_SCRUBBED)
