"""The tool `record`: one record with its facts, and their citations.

In: an id. Out: facts, each with who says so, and a page of the citations.
"""

from collections.abc import Mapping
from itertools import chain

from kb.mcp.asking import Asker
from kb.mcp.facts import CITATIONS, FACTS, facts_of, told_citations
from kb.mcp.find import named, unknown
from kb.mcp.told import ToldAnswer, split_cursor
from kb.mcp.tools import Arguments
from kb.web.presentation import next_cursor


async def record(asker: Asker, arguments: Arguments) -> ToldAnswer:
    """Raises GraphQLError."""
    offset, after = split_cursor(arguments.get("cursor"))
    data = await asker.ask("record", id=arguments["id"], after=after)
    node = data["record"]
    if not isinstance(node, Mapping):
        return await unknown(asker, "record", str(arguments["id"]), (FACTS, CITATIONS))
    id_, name, url = named(asker, node)
    disputed = node.get("disputed") is True
    # What leads on repeats no facts but those that the citations of its page are of.
    rows = chain(() if after else facts_of(asker, node), told_citations(asker, node))
    words = f"{name} ({id_}){', disputed' if disputed else ''}"
    fields = {"id": id_, "name": name, "url": url, "disputed": disputed}
    rest = next_cursor(node, CITATIONS)
    return ToldAnswer(fields, words, rows, (FACTS, CITATIONS), offset, after or "", rest)
