"""The tool `check_quote`: whether an article has exactly these words, and where.

In: words, and an article. Out: the places, each with the hash that proves it, or that the words do
not stand there; the article's text is not told.
"""

from collections.abc import Mapping

from kb.mcp.asking import Asker
from kb.mcp.facts import printed
from kb.mcp.find import unknown
from kb.mcp.told import ToldAnswer, ToldRow
from kb.mcp.tools import Arguments
from kb.web.presentation import JsonObject, list_rows

_LIST = "places"


async def check_quote(asker: Asker, arguments: Arguments) -> ToldAnswer:
    """Raises GraphQLError: TEXT_WITHHELD where texts are not shown, whatever the words."""
    slug = str(arguments["article"]).removeprefix("Article:")
    data = await asker.ask("check_quote", article=slug, words=arguments["words"])
    article = data["article"]
    if not isinstance(article, Mapping):
        return await unknown(asker, "article", slug, (_LIST,), ["ARTICLE"])
    places, told = article["find"], printed(asker, article)
    if not isinstance(places, list):
        note = "The text of this article is not ingested: nobody can tell."
        return ToldAnswer({"stands": "UNKNOWN", "note": note, "article": told}, note, (), (_LIST,))
    rows = [ToldRow(_LIST, place, _words(place)) for place in list_rows(article, "find")]
    words = "The words stand there." if places else "The words do not stand there."
    stands = "YES" if places else "NO"
    return ToldAnswer({"stands": stands, "article": told}, f"{stands}: {words}", rows, (_LIST,))


def _words(place: JsonObject) -> str:
    span = f"{place['start']}–{place['end']}"
    return f"paragraph {place['paragraph']}, characters {span}, SHA-256 {place['sha256']}"
