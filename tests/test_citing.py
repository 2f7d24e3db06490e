"""The guide to citing, executed as it stands against a running service, and its question."""

import json
from pathlib import Path

import pytest

from kb.config import Settings
from tests.support.command import serving
from tests.support.databases import Database, Place
from tests.support.documentation import blocks_in
from tests.support.service import free_port

GUIDE = "docs/citing.md"


def test_from_a_question_to_a_footnote(
    place: Place, loaded: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "\n".join(blocks_in(GUIDE, "python"))
    url = place.create(loaded).database_url
    with serving(tmp_path, free_port(), KB_DATABASE_URL=url, KB_ANSWERS="public") as (address, _):
        exec(compile(code.replace("http://127.0.0.1:8000", address), "citing.md", "exec"), {})
    footnote, passage, answer = capsys.readouterr().out.splitlines()
    assert footnote == (
        "Puts the founding of the CSTO in 1992. “Uzbekistan has no plans to rejoin the CSTO”,"
        " The Bulletin, no. 336 (Central Asia & South Caucasus Bulletin), 16 July 2017, para. 3."
    )
    assert passage == "cito:supports founded 1992 paragraph-3"
    assert answer.startswith("“Answer to ‘revision, organisation’”, ")
    assert ", revision 477, SHA-256 " in answer


def test_the_question_has_its_answer(csto: Database) -> None:
    (query,), (answer,) = blocks_in(GUIDE, "graphql"), blocks_in(GUIDE, "json")
    assert csto.ask(query) == json.loads(answer)
