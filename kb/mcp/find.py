"""The tool `find`: records by a name in any spelling, and the nearest where there is none.

In: a name or words. Out: hits with their ids and addresses, best first; of what is not there, the
names that are near it, with theirs.
"""

from collections.abc import Mapping

from kb.mcp.asking import Asker
from kb.mcp.told import ToldAnswer, ToldRow, shortened, split_cursor
from kb.mcp.tools import Arguments
from kb.web.presentation import (
    JsonObject,
    address,
    citation_address,
    list_rows,
    record_name,
    value_at,
)

_PAGE, _NEAREST = 10, 5
_PAST = ("organisations", "states", "officials", "articles")
"""What is looked through at a revision, in which no search is: a type's plural each."""
_PAST_NOTE = (
    "As of a revision, names and ids of organisations, states and officials, and headlines are"
    " looked through as they are written, and nothing else."
)
Types = list[str] | None


async def find(asker: Asker, arguments: Arguments) -> ToldAnswer:
    """Raises GraphQLError."""
    if asker.moment.revision is not None:
        return await _find_past(asker, str(arguments["name"]), arguments.get("types"))
    offset, after = split_cursor(arguments.get("cursor"))
    wanted = {"query": arguments["name"], "types": arguments.get("types") or None}
    data = await asker.ask("find", **wanted, first=_PAGE, after=after)
    edges = value_at(data, "search.edges")
    assert isinstance(edges, list)
    rows = [_row(asker, edge["node"], edge["snippet"]) for edge in edges]
    page = value_at(data, "search.pageInfo")
    assert isinstance(page, Mapping)
    total = value_at(data, "search.totalCount")
    near = await nearest(asker, str(arguments["name"])) if not rows and not after else []
    known = " that was known then" if asker.moment.known_at else ""
    words = f"{total} found" if rows else f"Nothing{known} is called so." + _near_words(near)
    fields = {"total": total, **({"nearest": near} if not rows else {})}
    rest = str(page["endCursor"]) if page["hasNextPage"] else None
    return ToldAnswer(fields, words, rows, ("found",), offset, after or "", rest)


def _row(asker: Asker, node: JsonObject, snippet: str = "") -> ToldRow:
    id_, name, url = named(asker, node)
    disputed = node.get("disputed") is True
    match = shortened(snippet.replace("«", "").replace("»", ""))
    told = {"match": match} if match and match != name else {}
    words = f"{id_}: {name}{' (disputed)' if disputed else ''}"
    return ToldRow(
        "found", {"id": id_, "name": name, "url": url, "disputed": disputed, **told}, words
    )


def named(asker: Asker, node: JsonObject) -> tuple[str, str, str]:
    """The id, name and address of a record; of a citation, what it claims."""
    id_ = str(node["id"])
    return id_, shortened(str(node.get("claim") or record_name(node))), asker.url(_href(id_))


def _href(id_: str) -> str:
    type_name, _, key = id_.partition(":")
    if type_name == "About":
        return "/"
    return citation_address(key) if type_name == "Citation" else address(id_)


async def _find_past(asker: Asker, name: str, types: object) -> ToldAnswer:
    """By names and ids alone: as of a revision there is no search.

    Of each type as many are told as a page has, and how many there are of all.
    """
    slug = "-".join(name.lower().split()) or name
    data = await asker.ask("find_past", name=name, slug=slug, first=_PAGE)
    wanted = _PAST if not isinstance(types, list) else [f"{each.lower()}s" for each in types]
    kinds = [kind for kind in _PAST if kind in wanted]
    rows = [_row(asker, node) for kind in kinds for node in list_rows(data, kind)]
    totals = [value_at(data, f"{kind}.totalCount") for kind in kinds]
    total = sum(each for each in totals if isinstance(each, int))
    left = f" {total - len(rows)} more are not told: give more of the name." * (total > len(rows))
    note = f"{_PAST_NOTE}{left}"
    return ToldAnswer({"total": total, "note": note}, note, rows, ("found",))


async def nearest(asker: Asker, words: str, types: Types = None) -> list[JsonObject]:
    """Records whose names are near words that name none, of all types or of these; none at a
    revision.
    """
    if asker.moment.revision is not None or not words.strip():
        return []
    data = await asker.ask("find", query=words, types=types, first=_NEAREST, after=None)
    return _hits(asker, data, words) or await _near(asker, data, types)


async def _near(asker: Asker, data: JsonObject, types: Types) -> list[JsonObject]:
    """The records that have the spellings which a search suggests."""
    near: list[JsonObject] = []
    suggested = value_at(data, "search.suggestions")
    for spelling in suggested[:2] if isinstance(suggested, list) else []:
        hits = await asker.ask("find", query=spelling, types=types, first=_NEAREST, after=None)
        near += [hit for hit in _hits(asker, hits, spelling) if hit not in near]
    return near[:_NEAREST]


def _hits(asker: Asker, data: JsonObject, words: str) -> list[JsonObject]:
    """Those with one of the words in their name; the best alone where others have them."""
    edges = value_at(data, "search.edges")
    named_so = (named(asker, edge["node"]) for edge in (edges if isinstance(edges, list) else []))
    hits: list[JsonObject] = [{"id": id_, "name": name, "url": url} for id_, name, url in named_so]
    wanted = words.casefold().split()
    by_name = [hit for hit in hits if any(word in str(hit["name"]).casefold() for word in wanted)]
    return by_name or hits[:1]


def _near_words(near: list[JsonObject]) -> str:
    told = ", ".join(f"{each['name']} ({each['id']})" for each in near)
    return f" Nearest: {told}" if told else ""


async def unknown(
    asker: Asker, what: str, given: str, lists: tuple[str, ...], types: Types = None
) -> ToldAnswer:
    """Nothing is called so: with what is near it."""
    key = given.rpartition(":")[2]
    words = " ".join(key.replace("-", " ").replace("_", " ").split())
    near = await nearest(asker, words, types)
    known = " that was known then" if asker.moment.known_at else ""
    note = f"There is no {what} `{shortened(given)}`{known}."
    return ToldAnswer({"note": note, "nearest": near}, note + _near_words(near), (), lists)
