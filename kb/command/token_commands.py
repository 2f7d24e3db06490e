"""The commands of `kb token`: tokens made, listed and ended.

In: the command line. Out: `token`, an application of Typer within that of `kb`.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from kb.command.options import DatabaseOption, choice_reader, shown_choices
from kb.command.terminal import OUT, tell
from kb.roles import Role

if TYPE_CHECKING:
    from kb.models import Token

token = typer.Typer(
    no_args_is_help=True, help="Tokens of those who may read, or write by mutations."
)


@token.command("create")
def create_token(
    name: Annotated[str, typer.Argument(help="Who bears it, as changes will name them.")],
    role: Annotated[
        Role,
        typer.Option(
            parser=choice_reader(Role),
            metavar=shown_choices(Role),
            help="What it allows; more than those before.",
        ),
    ] = Role.CURATOR,
    expires: Annotated[
        str | None,
        typer.Option(metavar="DAY|90d", help="From when it holds no longer; never if left out."),
    ] = None,
    url: DatabaseOption = None,
) -> None:
    """Print a new token: keep it, for only its hash is stored."""
    from kb import database, tokens
    from kb.command.engines import command_settings, prepared_engine

    expires_at = tokens.read_expiry(expires) if expires is not None else None
    with (
        prepared_engine(command_settings(url)) as engine,
        database.write_transaction(engine) as connection,
    ):
        made = tokens.issue_token(connection, name, role, by=_operator(), expires_at=expires_at)
        OUT.out(made, highlight=False)


@token.command("list")
def list_tokens(url: DatabaseOption = None) -> None:
    """Print all tokens: id, role, name, and when each was made, last used and ends or ended.

    A use is noted once an hour. Tokens that hold no longer stay in the list, as its log.
    """
    from kb import database, tokens
    from kb.command.engines import command_settings

    engine = database.open_reading_engine(command_settings(url))
    with database.read_transaction(engine) as connection:
        for row in tokens.read_tokens(connection):
            tell(_token_line(row))
    engine.dispose()


@token.command("revoke")
def revoke_token(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `kb token list` shows it.")],
    url: DatabaseOption = None,
) -> None:
    """End a token: nobody bears it any more."""
    from kb import database, tokens
    from kb.command.engines import command_settings, prepared_engine

    with (
        prepared_engine(command_settings(url)) as engine,
        database.write_transaction(engine) as connection,
    ):
        tokens.revoke(connection, token_id, by=_operator())
    tell("Revoked.")


def _token_line(row: "Token") -> str:
    from kb.models.base import now

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
    from getpass import getuser

    try:
        return getuser()
    except (OSError, KeyError):
        return None
