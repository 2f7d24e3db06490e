"""Files that browsers load: kept for good, in the smallest coding; and a build that npm fails."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

import brotli
import pytest

from kb.web.assets import asset_path
from tests.support.command import serving
from tests.support.databases import SqlitePlace, prepare
from tests.support.service import free_port

ROOT = Path(__file__).parents[1]
CLIENT, STATIC = ROOT / "kb" / "web" / "client", ROOT / "kb" / "web" / "static"
NAMES = ("site.js", "style.css", "graphiql.js", "graphiql.css", "json.worker.js")
TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
BUILD = """
import kb.web.build
kb.web.build.BrowserAssets.initialize(None, {version!r}, {{}})
"""
ASK = """
import sys
from starlette.testclient import TestClient
from kb.app import create_app
from kb.config import Settings
app = create_app(Settings(database_url="sqlite:///" + sys.argv[1]))
with TestClient(app, headers={"Accept": "text/html"}) as client:
    for path in ("/graphql", "/", "/export"):
        print(client.get(path).text)
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with serving(tmp_path_factory.mktemp("served"), port):
        yield port


def ask(port: int, path: str, **headers: str) -> tuple[int, HTTPMessage, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    connection.request("GET", path, headers={"Accept-Encoding": ""} | given)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_kept_for_good_in_the_smallest_coding(port: int, name: str) -> None:
    path = asset_path(name)
    _, _, plain = ask(port, path)
    sizes = {}
    for coding in ("br", "zstd", "gzip", ""):
        status, headers, sent = ask(port, path, Accept_Encoding=coding)
        assert (status, headers.get("content-encoding", "")) == (200, coding)
        assert headers["cache-control"] == "public, max-age=31536000, immutable"
        assert headers["content-type"] == TYPES[name.rpartition(".")[2]]
        assert "Accept-Encoding" in headers["vary"]
        assert int(headers["content-length"]) == len(sent)
        tag = {"If_None_Match": headers["etag"], "Accept_Encoding": coding}
        assert ask(port, path, **tag)[0::2] == (304, b"")
        sizes[coding] = len(sent)
    best = ask(port, path, Accept_Encoding="gzip, deflate, br, zstd")
    assert brotli.decompress(best[2]) == plain
    assert len(best[2]) == min(sizes.values())


def test_names_change_with_what_they_hold(port: int) -> None:
    """What a page names is there, and what a name stands for never changes."""
    for page in ("/", "/graphql"):
        _, _, content = ask(port, page, Accept="text/html")
        paths = re.findall(r"/assets/[\w.-]+", content.decode())
        assert len(paths) >= 2
        for path in paths:
            assert re.search(r"-[0-9A-Z]{8}\.(js|css)$", path)
            assert ask(port, path)[0] == 200


def test_what_is_not_there_is_not_kept(port: int) -> None:
    status, headers, _ = ask(port, "/assets/site-00000000.js")
    assert (status, headers["cache-control"]) == (404, None)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As it was cloned, without anything built."""
    folder = tmp_path_factory.mktemp("checkout")
    unwanted = shutil.ignore_patterns("static", "node_modules", "__pycache__")
    for name in ("kb", "schema"):
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted)
    return folder


def run_in(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Where npm reaches nobody."""
    nobody = {"npm_config_registry": "http://127.0.0.1:9"}
    none = {"npm_config_cache": str(checkout / "npm"), "PYTHONPATH": str(checkout)}
    return subprocess.run(
        [sys.executable, "-c", *arguments],
        cwd=checkout,
        env=os.environ | nobody | none,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.long
def test_without_npm_all_but_the_explorer_is_served(checkout: Path) -> None:
    done = run_in(checkout, BUILD.format(version="editable"))
    assert done.returncode == 0, done.stderr
    assert "ECONNREFUSED" in done.stderr
    static = checkout / "kb" / "web" / "static"
    assert not (static / "made-of").exists()
    database = prepare(SqlitePlace(checkout).create()).database_name
    done = run_in(checkout, ASK, database)
    assert done.returncode == 0, done.stderr
    assert "<code>make explorer</code>" in done.stdout
    for path in re.findall(r"/assets/([\w.-]+)", done.stdout):
        assert (static / path).is_file()


@pytest.mark.long
def test_no_wheel_is_made_without_the_explorer(checkout: Path) -> None:
    done = run_in(checkout, BUILD.format(version="standard"))
    assert done.returncode != 0
    assert "RuntimeError: the explorer could not be built" in done.stderr
