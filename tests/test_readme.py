"""The README tells the truth: its queries give its answers, its settings are the settings."""

import json
import re
from pathlib import Path

import pytest
from graphql import GraphQLScalarType, is_specified_scalar_type

from kb.config import Remedy, Settings
from schema.build import build_schema
from tests.support.databases import Database
from tests.support.settings_table import with_settings

pytestmark = pytest.mark.sweep

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"```graphql\n(.*?)```\n\n```json\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("query", "answer"), QUESTIONS, ids=range(len(QUESTIONS)))
def test_queries_give_their_answers(csto: Database, query: str, answer: str) -> None:
    assert csto.ask(query) == json.loads(answer)


def test_so_many_questions() -> None:
    assert len(QUESTIONS) == 14 == README.count("```graphql")


def test_settings_are_documented() -> None:
    """By what each says of itself: `make schema` writes the table."""
    assert with_settings(README) == README


def test_each_setting_says_what_to_write_and_what_it_is() -> None:
    for name, field in Settings.model_fields.items():
        assert len([part for part in field.metadata if isinstance(part, Remedy)]) == 1, name
        assert field.description, name


def test_scalars_are_specified_and_mapped() -> None:
    """To what the clients are compiled with that stand beside these tests."""
    own = {
        type_.name: type_.specified_by_url
        for type_ in build_schema().core.type_map.values()
        if isinstance(type_, GraphQLScalarType) and not is_specified_scalar_type(type_)
    }
    assert all(url and url.startswith("https://") for url in own.values())
    mapping = dict.fromkeys(sorted(own), "string")
    assert f'`"scalars": {json.dumps(mapping)}`' in README
    clients = Path(__file__).parent / "clients"
    codegen = json.loads((clients / "codegen.json").read_text(encoding="utf-8"))
    relay = json.loads((clients / "relay.config.json").read_text(encoding="utf-8"))
    assert codegen["config"]["scalars"] == relay["customScalarTypes"] == mapping
