"""What the tools of `/mcp` tell as known on a day, no reader of that day could have been without.

Archives with a word of its own in every value are asked by every tool, as known on each day: no
word of a later article may come out, in structured content, text, ids, addresses or faults.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from kb.config import Settings
from kb.mcp.protocol import McpMessage
from kb.mcp.server import McpServer
from tests.support.canary_databases import CanaryReader, open_archive
from tests.support.databases import Place
from tests.support.leaks import Leak, page_leaks
from tests.worlds.canaries import ARTICLES, make_canary_archive

pytestmark = pytest.mark.sweep

SAME = 5
URL = "https://kb.example.org"
Call = tuple[str, dict[str, object]]


@pytest.fixture(scope="module", params=[0])
def reader(
    request: pytest.FixtureRequest,
    place: Place,
    migrated: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[CanaryReader]:
    archive = make_canary_archive([request.param] * ARTICLES)
    folder = tmp_path_factory.mktemp("canaries") / "seeds"
    with open_archive(place, migrated, folder, archive) as opened:
        yield opened


def calls(reader: CanaryReader, random: Random, day: date, count: int = 8) -> Iterator[Call]:
    """Of each tool, over records known or not yet, and over words of all articles."""
    known: dict[str, object] = {"knownAt": day.isoformat()}
    for id_ in random.sample(ids_of(reader), count):
        yield "record", {"id": id_, **known}
        yield "disagreements", {"of": id_, **known}
        yield "as_of", {"of": id_, "on": day.isoformat(), **known}
    later = (day + timedelta(3_000)).isoformat()
    for id_ in ids_of(reader):
        if id_.startswith(("Organisation", "State")):
            yield "as_of", {"of": id_, "on": later, "office": "none", **known}
    for word in random.sample(sorted(reader.archive.places), count):
        yield "find", {"name": word, **known}
        yield "find", {"name": word[:3] + word[4:], **known}
        yield "check_quote", {"words": word, "article": f"no-{word}", **known}
    for article in reader.archive.documents["articles"]:
        yield "check_quote", {"words": "says", "article": article, **known}
    yield "disagreements", known
    yield "query", {"query": "{ articles { nodes { headline } } about { knownTo } }", **known}


def ids_of(reader: CanaryReader) -> list[str]:
    """Of all records, known by then or not."""
    data = reader.database.ask("{ changes(first: 1000) { nodes { recordId } } }")
    match data:
        case {"changes": {"nodes": [*nodes]}}:
            return sorted({str(node["recordId"]) for node in nodes})
    raise AssertionError(data)


def told(reader: CanaryReader, call: Call) -> str:
    """All pages of what is answered to it, the faults among them."""
    tool, arguments = call
    return "\n".join(_pages(reader, tool, arguments))


def _pages(reader: CanaryReader, tool: str, arguments: dict[str, object]) -> Iterator[str]:
    more: dict[str, object] = {}
    while True:
        params = {"name": tool, "arguments": {**arguments, **more}}
        message = McpMessage(1, "tools/call", params, is_modern=False)
        database = reader.database
        answer = database.loop.run(McpServer(URL).answer(message, database.context))
        yield json.dumps(answer, ensure_ascii=False)
        result = answer["result"]
        assert isinstance(result, dict)
        structured = result.get("structuredContent", {})
        if "more" not in structured:
            return
        more = {"cursor": structured["cursor"]}


def leaks_of(reader: CanaryReader, call: Call, day: date) -> list[Leak]:
    """But for what the call itself says."""
    return [*page_leaks(reader.archive, told(reader, call), day, json.dumps(call))]


@pytest.mark.parametrize("count", [1, pytest.param(12, marks=pytest.mark.long)])
def test_no_tool_tells_of_what_came_later(reader: CanaryReader, count: int) -> None:
    random, asked = Random(0), 0
    for day in reader.days():
        for call in calls(reader, random, day, count):
            assert leaks_of(reader, call, day) == [], call
            asked += 1
    assert asked > 300 + 50 * count


def test_resources_and_the_present_are_told_as_leaks(reader: CanaryReader) -> None:
    """What finds leaks finds them: without `knownAt` each tool tells of the last article."""
    first, tools = reader.archive.days[0], set[str]()
    for tool, arguments in calls(reader, Random(0), reader.archive.days[-1]):
        present = {name: value for name, value in arguments.items() if name != "knownAt"}
        if tool not in tools and leaks_of(reader, (tool, present), first):
            tools.add(tool)
    assert tools == {"find", "record", "as_of", "disagreements", "check_quote", "query"}


@pytest.mark.long
def test_later_articles_change_no_earlier_answer(
    place: Place, migrated: Settings, tmp_path: Path
) -> None:
    """Counts, orders and what is nearest, of which no word would tell."""
    later = ARTICLES - SAME
    archives = [make_canary_archive([0] * SAME + [seed] * later) for seed in (0, 1)]
    day = archives[0].days[SAME] - timedelta(1)
    with (
        open_archive(place, migrated, tmp_path / "a", archives[0]) as one,
        open_archive(place, migrated, tmp_path / "b", archives[1]) as other,
    ):
        both = {*ids_of(one)} & {*ids_of(other)}
        words = sorted({*archives[0].places} & {*archives[1].places})
        for call in calls(one, Random(1), day):
            named = call[1].get("id") or call[1].get("of")
            if named in (None, *both) and call[1].get("name", words[0]) in words:
                assert told(one, call) == told(other, call), call
