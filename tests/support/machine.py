"""A bare Debian server: its own systemd, users, files, network and ports, in a container.

In: Debian's archive. Out: what commands print that root types there; or a reason to skip. Nothing
of it is left, and nothing of this machine's own is touched. `make test-long` has what makes it.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_ENVIRONMENT = {
    "HOME": "/root",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}
_AUTHORITIES = Path("usr/local/share/ca-certificates")
REGISTRIES = ("PIP_INDEX_URL", "PIP_CERT", "NODE_EXTRA_CA_CERTS", "NPM_CONFIG_REGISTRY")
"""By what this machine is told how it reaches the registries, besides its own authorities."""
_AWAIT_UNITS = """\
for _ in {1..600}; do systemctl is-system-running && exit; sleep 0.1; done
systemctl --failed; exit 1
"""


@dataclass(frozen=True)
class Machine:
    """A server that runs."""

    root: Path
    leader: int
    """Its first process, as this machine counts them."""

    def type(self, commands: str, folder: str = "/root") -> str:
        """What root's shell prints, errors apart; it must end well."""
        registries = {name: os.environ[name] for name in REGISTRIES if name in os.environ}
        done = subprocess.run(
            [
                *("nsenter", "--all", "--target", str(self.leader)),
                *("env", f"--chdir={folder}", "bash", "-e", "-o", "pipefail", "-c", commands),
            ],
            env=_ENVIRONMENT | registries,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert done.returncode == 0, (commands, done.stdout[-9000:], done.stderr[-9000:])
        return done.stdout


@contextmanager
def empty_server(root: Path, hosts: Mapping[str, str], packages: str) -> Iterator[Machine]:
    """A Debian of what makes it boot and those packages; it knows the addresses of those hosts."""
    skip_unless_possible("systemd-nspawn")
    try:
        install(root, "bookworm", f"systemd-sysv,{packages}")
        tell_network(root, hosts)
        with _booted(root) as machine:
            yield machine
    finally:
        shutil.rmtree(root, ignore_errors=True)


def skip_unless_possible(*programs: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("a server is installed by root alone")
    for name in ("mmdebstrap", "slirp4netns", *programs):
        if shutil.which(name) is None:
            pytest.skip(f"there is no {name} here; `make test-long` could not install it")
    done = subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no container can be made here: {done.stderr.strip()}")


def install(root: Path, suite: str, packages: str) -> None:
    """mmdebstrap does what debootstrap does, in half the time."""
    command = ["mmdebstrap", "--variant=minbase", f"--include={packages}", suite, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400)
    if "E: apt-get update" in done.stderr:
        pytest.skip("Debian's archive cannot be reached")
    assert done.returncode == 0, done.stderr[-9000:]


def tell_network(root: Path, hosts: Mapping[str, str]) -> None:
    """Names are asked of slirp4netns, which asks this machine's; authorities are this machine's."""
    addresses = {"localhost": "127.0.0.1", **hosts}
    lines = [f"{address} {name}\n" for name, address in addresses.items()]
    (root / "etc/hosts").write_text("".join(lines), encoding="utf-8")
    (root / "etc/resolv.conf").write_text("nameserver 10.0.2.3\n", encoding="utf-8")
    if ("/" / _AUTHORITIES).is_dir():
        shutil.copytree("/" / _AUTHORITIES, root / _AUTHORITIES, dirs_exist_ok=True)


@contextmanager
def _booted(root: Path) -> Iterator[Machine]:
    with running(
        *("unshare", "--mount", "--net", "systemd-nspawn", "--directory", str(root), "--boot"),
        *("--register=no", "--keep-unit", "--console=pipe", "--resolv-conf=off"),
        *("--suppress-sync=yes", f"--machine=kb-{os.getpid()}"),
    ) as container:
        leader = await_leader(container, "systemd")
        with running("slirp4netns", "--configure", str(container.pid), "tap0"):
            machine = Machine(root, leader)
            machine.type(_AWAIT_UNITS)
            yield machine


@contextmanager
def running(*command: str, end: str = "TERM") -> Iterator[subprocess.Popen[bytes]]:
    """It ends by that signal, which it is sent even if the test is killed."""
    quiet = subprocess.DEVNULL
    bound = ("setpriv", "--pdeathsig", end, *command)
    process = subprocess.Popen(bound, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        yield process
    finally:
        process.send_signal(signal.Signals[f"SIG{end}"])
        process.wait(60)


def await_leader(container: subprocess.Popen[bytes], name: str) -> int:
    """The container's first process, once it is that: before, the network is not its own."""
    search = ["pgrep", "--parent", str(container.pid), "--exact", name]
    for _ in range(600):
        assert container.poll() is None, "the server does not boot"
        if found := subprocess.run(search, capture_output=True, text=True).stdout:
            return int(found)
        time.sleep(0.05)
    pytest.fail("the server does not boot")
