"""Proxies in front of the service: real ones, with the configurations that docs/operating.md shows.

In: a configuration as text. Out: the proxy, running for as long as a test asks; or a reason to
skip. `make test-long` brings nginx and Caddy into `.proxies`, which installs neither.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.command import await_port
from tests.support.documentation import ROOT

_BROUGHT = ROOT / ".proxies" / "usr"
_PLACES = f"{os.environ['PATH']}:{_BROUGHT / 'sbin'}:{_BROUGHT / 'bin'}:/usr/sbin"
_NGINX = """\
daemon off; pid {folder}/pid; error_log stderr;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/kb.conf;
}}
"""
"""What Debian's own configuration has around those of `conf.d`, in a folder of the test's."""


def program(name: str) -> str:
    path = shutil.which(name, path=_PLACES)
    if path is None:
        pytest.skip(f"there is no {name} here; `make test-long` could not bring Debian's")
    return path


def make_certificate(folder: Path) -> None:
    """For `localhost`, signed by itself."""
    subprocess.run(
        [
            *(program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )


def nginx_command(folder: Path, text: str) -> list[str]:
    """nginx with that configuration in the folder."""
    (folder / "kb.conf").write_text(text, encoding="utf-8")
    whole = _NGINX.format(folder=folder)
    if os.geteuid() == 0:
        whole = f"user root;\n{whole}"
    (folder / "nginx.conf").write_text(whole, encoding="utf-8")
    return [program("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


@contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[None]:
    process = subprocess.Popen(
        command, env=os.environ | environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        await_port(port)
        yield
    finally:
        process.terminate()
        process.wait(10)
