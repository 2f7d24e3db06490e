"""docs/agents.md tells the truth: its calls are made, and give what it shows."""

import json
import re

import pytest
from starlette.testclient import TestClient

from kb.app import create_app
from kb.config import Settings
from kb.mcp.tools import TOOLS
from tests.support.databases import Place
from tests.support.documentation import ROOT, blocks
from tests.support.mcp import McpClient, text_of

pytestmark = pytest.mark.sweep

PAGE = ROOT / "docs" / "agents.md"
_ANSWER = re.compile(r'(```json\n(\{"name".*?)```\n\n```text\n)(.*?)```', re.DOTALL)


def test_the_dialogue_is_as_it_is_told(
    place: Place, loaded: Settings, pytestconfig: pytest.Config
) -> None:
    """`--write` writes it anew."""
    page = PAGE.read_text(encoding="utf-8")
    with TestClient(create_app(place.create(loaded))) as http:
        client = McpClient(http)

        def answered(match: re.Match[str]) -> str:
            told = text_of(client.ask("tools/call", **json.loads(match[2])))
            return f"{match[1]}{told}\n```"

        fresh, count = _ANSWER.subn(answered, page)
    assert count == 5
    if pytestconfig.getoption("--write"):
        PAGE.write_text(fresh, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == fresh


def test_each_tool_is_named_with_what_it_takes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for tool in TOOLS.values():
        (row,) = re.findall(rf"^\| `{tool.name}` \|(.*?)\|", page, re.MULTILINE)
        own = {*tool.takes} - {"knownAt", "revision", "cursor"}
        assert {*re.findall(r"`(\w+)`", row)} == own, tool.name


def test_a_host_is_given_a_command_that_there_is() -> None:
    texts = [text for language, text in blocks("docs/agents.md") if language == "json"]
    assert json.loads(texts[0])["mcpServers"]["csto-kb"]["args"][0] == "mcp"
