"""The commands of `kb keys`: a key that signs heads of the feed, made and shown.

In: the command line, and `KB_SIGNING_KEY`. Out: `key_app`, an application of Typer within that of
`kb`.
"""

from typing import Annotated

import typer

from kb.command.terminal import OUT
from kb.errors import SigningKeyError

key_app = typer.Typer(no_args_is_help=True, help="Keys that sign heads of the change feed.")


@key_app.command("create")
def create_key(
    name: Annotated[
        str, typer.Argument(help="Who signs: an address without its scheme, as example.org/kb.")
    ],
) -> None:
    """Print a new private key for KB_SIGNING_KEY: keep it secret, for it is stored nowhere."""
    from kb.signed_note import SigningKey

    try:
        OUT.out(SigningKey.make(name).text, highlight=False)
    except ValueError:
        what = f"{name!r} cannot name a key"
        raise SigningKeyError(what, "give a name without blanks and `+`") from None


@key_app.command("show")
def show_keys() -> None:
    """Print what others verify by, of each key of KB_SIGNING_KEY: give it to them."""
    from kb.config import read_settings
    from kb.signed_note import read_signing_keys

    keys = read_signing_keys(read_settings().signing_key)
    if not keys:
        remedy = "make a key with `kb keys create`, and give it as KB_SIGNING_KEY"
        raise SigningKeyError("there is no key to show", remedy)
    for key in keys:
        OUT.out(key.verifier, highlight=False)
