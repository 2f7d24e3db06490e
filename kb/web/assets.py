"""Files that browsers load, as the build made them: each named by what it holds.

In: the names that templates know, and requests. Out: paths, and files in the smallest coding that
the client takes, kept for good by whoever has them.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from kb.content_coding import SMALLEST, accepted_coding

_SUFFIXES = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
_NAMED_BY_CONTENT = re.compile(r".*-[0-9A-Z]{8}\.[\w.]+")
_FOR_GOOD = "public, max-age=31536000, immutable"


@cache
def _names() -> Mapping[str, str]:
    names: dict[str, str] = json.loads((_folder() / "manifest.json").read_bytes())
    return names


def _folder() -> Path:
    return Path(str(files("kb.web") / "static"))


def asset_path(name: str) -> str:
    return f"/assets/{_names()[name]}"


def has_explorer() -> bool:
    """Whether npm could be reached when the package was built."""
    return "graphiql.js" in _names()


def _content_type(path: str) -> str:
    media_type = guess_type(path)[0] or "text/plain"
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


class Assets(StaticFiles):
    """The folder that the build made."""

    def __init__(self) -> None:
        super().__init__(directory=_folder())
        self._there = {path.name for path in _folder().iterdir()}

    async def get_response(self, path: str, scope: Scope) -> Response:
        coding = accepted_coding(scope["headers"], SMALLEST)
        if path + _SUFFIXES.get(coding, "") not in self._there:
            coding = ""
        response = await super().get_response(path + _SUFFIXES.get(coding, ""), scope)
        response.headers["Vary"] = "Accept-Encoding"
        if _NAMED_BY_CONTENT.fullmatch(path):
            response.headers["Cache-Control"] = _FOR_GOOD
        if coding and response.status_code != 304:
            response.headers["Content-Encoding"] = coding
            response.headers["Content-Type"] = _content_type(path)
        return response
