"""The walk for analysts, executed as it stands against a running service, and its questions."""

import json
import re
from pathlib import Path

import pytest

from tests.support.command import serving
from tests.support.databases import Database
from tests.support.service import free_port

WALK = (Path(__file__).parents[1] / "docs" / "walk.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"```graphql\n(.*?)```\n\n```json\n(.*?)```", WALK, re.DOTALL)


def test_from_a_question_to_a_plot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "\n".join(re.findall(r"```python\n(.*?)```", WALK, re.DOTALL))
    served = tmp_path / "served"
    served.mkdir()
    monkeypatch.chdir(tmp_path)
    with serving(served, free_port()) as (address, _):
        exec(compile(code.replace("http://127.0.0.1:8000", address), "walk.md", "exec"), {})
    told = capsys.readouterr().out
    (armenia,) = re.findall(r"^Armenia +([0-9.]+) +([0-9.]+)$", told, re.MULTILINE)
    assert float(armenia[0]) < float(armenia[1])
    assert re.search(r"\bAM +cst +MEMBER\b", told)
    assert (tmp_path / "members.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("query", "answer"), QUESTIONS, ids=range(len(QUESTIONS)))
def test_questions_have_their_answers(csto: Database, query: str, answer: str) -> None:
    assert csto.ask(query) == json.loads(answer)


def test_fifteen_questions_by_one_query_each() -> None:
    _, section = WALK.split("\n## Fifteen questions, one query each\n")
    assert re.findall(r"^(\d+)\. ", section, re.MULTILINE) == [str(n) for n in range(1, 16)]
    assert len(QUESTIONS) == section.count("```graphql") > 9
