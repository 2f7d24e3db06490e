"""The guide for curators tells the truth: its mutation gives its answer."""

import json
import re
from pathlib import Path

from tests.curated import bearing, token
from tests.databases import Database

GUIDE = (Path(__file__).parents[1] / "docs" / "curating.md").read_text(encoding="utf-8")


def test_the_mutation_gives_its_answer(filled: Database) -> None:
    ((query, variables, answer),) = re.findall(
        r"```graphql\n(.*?)```\n\n```json\n(.*?)```\n\n```json\n(.*?)```", GUIDE, re.DOTALL
    )
    found = bearing(filled, token(filled)).ask(query, **json.loads(variables))
    assert found == json.loads(answer)
