"""Another world than the shipped one: begun by `kb init`, told by docs/your-own.md, or none at all.

The guide is carried out as it stands, and what is shipped stands in no code.
"""

import json
import re
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from kb.files.seed_files import parse_seed
from kb.records.documents import FILES
from kb.records.entries import Entry
from tests.support.command import ask_server, run, serving
from tests.support.documentation import ROOT, blocks_in
from tests.support.service import free_port

GUIDE = "docs/your-own.md"
_SUFFIXES = {".py", ".html", ".graphql", ".js", ".jsx", ".css", ".sql", ".yaml"}
_NAMED = ("organisations", "states", "officials", "publications")


def page(address: str) -> str:
    request = Request(address, headers={"Accept": "text/html"})
    with urlopen(request, timeout=10) as response:
        return str(response.read().decode())


def commands() -> list[list[str]]:
    lines = "".join(blocks_in(GUIDE, "sh")).splitlines()
    return [line.partition("  #")[0].split() for line in lines]


def test_the_guide_is_carried_out(tmp_path: Path) -> None:
    """From nothing to pages, with the record and the scheme that it adds."""
    init, *others, serve = commands()
    assert run(tmp_path, *init[1:]).returncode == 0
    for text in blocks_in(GUIDE, "yaml"):
        name, _, record = text.removeprefix("# ").partition("\n")
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{record}")
    for command in others:
        done = run(tmp_path, *command[1:])
        assert done.returncode == 0, (command, done)
    assert done.stdout.endswith("records checked: no fault\n")
    assert serve == ["KB_SEEDS=lake", "kb", "serve", "--database", "served.db"]
    (query,), (answer,) = blocks_in(GUIDE, "graphql"), blocks_in(GUIDE, "json")
    own = {"KB_SEEDS": "lake", "KB_DATABASE_URL": "sqlite:///served.db"}
    with serving(tmp_path, free_port(), **own) as (address, _):
        assert ask_server(address, query) == {"data": json.loads(answer)}
        home = page(address)
        assert "<title>Who belonged when · Lake League knowledge base</title>" in home
        assert "a made-up one" in home
        state = page(f"{address}/states/XC")
        assert '"sameAs": ["https://atlas.example.org/W-17"]' in state
        assert "The Lake Atlas: W-17" in state
        assert "Who belonged on a day" in page(f"{address}/graphql")
        assert not shipped_names().search("".join([home, state]))


def test_init_writes_nothing_over(tmp_path: Path) -> None:
    """What it makes has each type, all its schemas, and no name of the shipped world."""
    assert run(tmp_path, "init", "own").returncode == 0
    made = {path.relative_to(tmp_path / "own").as_posix() for path in tmp_path.rglob("*.*")}
    assert made == {
        *(f"{name}.yaml" for name in FILES),
        *(f"schemas/{name}.json" for name in (*FILES, "mapping", "site")),
        "sites/lake-gazette.yaml",
    }
    done = run(tmp_path, "init", "own")
    assert done.returncode == 1
    assert "own is not empty; name a folder that is not there yet" in done.stderr


def test_an_empty_database_serves_and_says_how_to_begin(tmp_path: Path) -> None:
    with serving(tmp_path, free_port(), KB_SEEDS="none") as (address, told):
        assert "kb init FOLDER" in told
        assert "<code>kb init FOLDER</code>" in page(address)
        query = '{ about { id title knownTo } identified(scheme: "cow", value: "1") { id } }'
        answer = ask_server(address, query)
        assert isinstance(answer, dict)
        assert answer["errors"][0]["extensions"] == {"code": "UNKNOWN_SCHEME"}
        about = {"id": "About:about", "title": "Knowledge base", "knownTo": None}
        query = "{ about { id title knownTo } }"
        assert ask_server(address, query) == {"data": {"about": about}}
        page(f"{address}/graphql")


def test_seeds_that_are_not_there_are_told(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", KB_SEEDS="nowhere", KB_PORT=str(free_port()))
    assert done.returncode == 1
    assert "KB_SEEDS: there is no such folder; write the path of one" in done.stderr


def shipped_names() -> "re.Pattern[str]":
    """What the shipped world calls its organisations, states, people and periodicals."""
    names = set()
    for file in _NAMED:
        text = (ROOT / "seeds" / f"{file}.yaml").read_text(encoding="utf-8")
        for entry in (each for each in parse_seed(f"{file}.yaml", text) if isinstance(each, Entry)):
            fields = ("name", "acronym", "official_name")
            names |= {getattr(entry.document, field, None) for field in fields}
            names |= {entry.key} if file != "states" else set()
    # It is a word like others; and the program's own name is no part of the data.
    words = sorted(names - {None, "IS"}, key=str)
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, map(str, words)))})(?!\w|-kb)", re.I)


@pytest.mark.parametrize("folder", ["kb", "schema"])
def test_nothing_of_the_shipped_world_stands_in_code(folder: str) -> None:
    names = shipped_names()
    own = [
        path
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in _SUFFIXES and not {"static", "node_modules"} & {*path.parts}
    ]
    assert len(own) > 20
    found = {path: names.findall(path.read_text(encoding="utf-8")) for path in own}
    assert {path: words for path, words in found.items() if words} == {}
