"""A real nginx in front of services, as docs/operating.md has it.

In: what its configuration has for HTTP, and a folder. Out: a process that serves for a while.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.command import await_port

_AROUND = """daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {http}
}}
"""


@contextmanager
def nginx(http: str, port: int, folder: Path) -> Iterator[str]:
    """Its address; skips the test where there is none."""
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("nginx is not installed")
    configuration = folder / "nginx.conf"
    configuration.write_text(_AROUND.format(folder=folder, http=http), encoding="utf-8")
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c"]
    with subprocess.Popen([*command, str(configuration)]) as process:
        try:
            await_port(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
