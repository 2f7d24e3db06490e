"""The README tells the truth: its queries give its answers, its settings are the settings."""

import json
import re
from pathlib import Path

import pytest

from kb.config import Settings
from tests.support.databases import Database

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"```graphql\n(.*?)```\n\n```json\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("query", "answer"), QUESTIONS, ids=range(len(QUESTIONS)))
def test_queries_give_their_answers(csto: Database, query: str, answer: str) -> None:
    assert csto.ask(query) == json.loads(answer)


def test_nine_questions() -> None:
    assert len(QUESTIONS) == 9 == README.count("```graphql")


def test_settings_are_documented_with_their_defaults() -> None:
    table = dict(re.findall(r"^\| `(KB_\w+)` \| `(.*?)` \|", README, re.MULTILINE))
    assert table == {
        f"KB_{name.upper()}": str(field.default) for name, field in Settings.model_fields.items()
    }
