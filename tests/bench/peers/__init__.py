"""Servers of Node that are measured beside the service: Mercurius, and graphql-jit alone.

In: the URL of a database of SQLite, and a port. Out: a process that answers `/graphql` with the
shapes of `PEERED`; its packages are those of the lockfile, which npm fetches.
"""

import os
import sys
from pathlib import Path
from typing import NoReturn

from tests.support.node import NODE
from tests.support.npm_packages import NpmError, install_packages

PEERS = ("mercurius", "graphql-jit")
_SOURCE = Path(__file__).parent


def install_peers() -> tuple[str, ...]:
    """Those that can be had: none where npm fetches nothing, of which standard error tells."""
    try:
        install_packages(_SOURCE)
    except NpmError as error:
        print(f"Without {' and '.join(PEERS)}: npm cannot fetch them: {error}", file=sys.stderr)
        return ()
    return PEERS


def become_peer(name: str, url: str, port: str) -> NoReturn:
    """The process is Node from now on, on the core that it has."""
    script = install_packages(_SOURCE) / f"{name}.mjs"
    os.environ["NODE_ENV"] = "production"
    os.execv(NODE / "node", ["node", str(script), url.removeprefix("sqlite:///"), port])
