"""The questions that README, docs/walk.md and the golden queries ask, asked over `/mcp`.

In: a client of a service over the shipped seeds. Out: for each question what was answered, what
should be, and how many calls it took: the tool `query` answers all of them.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tests.agents.scripted import Dialogue
from tests.support.documentation import ROOT
from tests.support.golden import QUERIES
from tests.support.mcp import McpClient

_SHOWN = re.compile(r"```graphql\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)
PAGES = ("README.md", "docs/walk.md")
_HALVED = {"ten-articles"}
"""Asked for half of a list at a time: the whole is larger than an answer of a tool."""


@dataclass(frozen=True)
class ShownQuestion:
    """`source` is the page, or `golden`."""

    source: str
    name: str
    query: str
    expected: object


def shown_questions() -> Iterator[ShownQuestion]:
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for number, (query, answer) in enumerate(_SHOWN.findall(text), 1):
            yield ShownQuestion(page, f"{page} {number}", query, json.loads(answer))
    for path in QUERIES:
        expected = json.loads(_text(path.with_suffix(".json")))
        yield ShownQuestion("golden", path.stem, _text(path), expected)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def ask_shown(host: McpClient, question: ShownQuestion) -> tuple[object, int]:
    """The data, and after how many calls."""
    dialogue = Dialogue(host)
    if question.name not in _HALVED:
        data = dialogue.call("query", query=question.query)["data"]
        return data, len(dialogue.told)
    first, last = (
        cast("Any", dialogue.call("query", query=_page(question.query, f"{half}: 5"))["data"])
        for half in ("first", "last")
    )
    first["articles"]["nodes"] += last["articles"]["nodes"]
    return first, len(dialogue.told)


def _page(query: str, half: str) -> str:
    return query.replace("articles {", f"articles({half}) {{")
