"""PgBouncer in transaction mode in front of a server, as many sites have it.

In: the URL of a database. Out: the URL of the same database through the pooler, running for as long
as a test asks; or a reason to skip. `make test-long` brings it into `.proxies`, which installs it
not.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg.conninfo import conninfo_to_dict

from tests.support.command import await_port
from tests.support.documentation import ROOT
from tests.support.proxies import program
from tests.support.service import free_port

_LIBRARIES = ROOT / ".proxies" / "usr" / "lib" / f"{os.uname().machine}-linux-gnu"
_USER = "embedded_postgres"
"""It does not run as root."""
_CONFIGURATION = """[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
"""


@contextmanager
def pooled(url: str, sessions: int = 4) -> Iterator[str]:
    """All clients share that many sessions of the server."""
    server, listen_port = conninfo_to_dict(url), free_port()
    text = _CONFIGURATION.format(
        host=server["host"],
        port=server.get("port") or 5432,
        user=server.get("user") or "postgres",
        listen_port=listen_port,
        sessions=sessions,
    )
    with TemporaryDirectory(prefix="kb-pooler-") as folder:
        configuration = Path(folder, "pgbouncer.ini")
        configuration.write_text(text, encoding="utf-8")
        configuration.parent.chmod(0o755)
        process = subprocess.Popen(
            [program("pgbouncer"), "-q", configuration],
            env=os.environ | {"LD_LIBRARY_PATH": str(_LIBRARIES)},
            stderr=subprocess.DEVNULL,
            user=_USER if os.geteuid() == 0 else None,
            cwd="/",
        )
        try:
            await_port(listen_port)
            yield f"postgresql://kb@127.0.0.1:{listen_port}/{server['dbname']}"
        finally:
            process.terminate()
            process.wait(10)
