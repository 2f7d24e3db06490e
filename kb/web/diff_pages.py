"""The page of what differs between two moments: two days of knowledge, two revisions, or of each.

In: requests of browsers, whose addresses say `from`, `to` and of which type of records. Out: HTML
with the records that differ, a page of them at a time, in what, and by which citations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from kb.records.types import RECORD_TYPES, in_words
from kb.web.address_values import address_fault, is_day, refuse_value
from kb.web.difference_words import DifferenceWords, differences_in_words, named_in
from kb.web.page_params import page_route
from kb.web.page_queries import KNOWN, PageQuery, page_query, query_text
from kb.web.pages import Site
from kb.web.presentation import Json, JsonObject, list_rows, record_name
from kb.web.rendering import html_page, location_of
from kb.web.value_words import Names, names_in

DIFF = "diff"
"""The list of what differs, and the parameter with its cursor."""
_FROM, _TO, _TYPE = "from", "to", "type"
_CITATION = "CITATION"
_TYPES = {each.enum_name: each.name for each in RECORD_TYPES}
_KINDS = {
    "ADDED": "new",
    "CHANGED": "changed",
    "REMOVED": "not there any more",
    "ERASED": "told no more, as it was taken down since",
}


@dataclass(frozen=True)
class DifferingRecord:
    """One record: what became of it, in words, and the citations that are new."""

    id: str
    name: str
    type: str
    kind: str
    fields: tuple[DifferenceWords, ...]
    because: Sequence[JsonObject]
    is_there: bool


class DiffPages:
    """Of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        return [page_route("/diff", self.diff, query_text(DIFF), _FROM, _TO, _TYPE)]

    async def diff(self, request: Request) -> Response:
        query = _query(request.query_params)
        page = query or page_query("site", {}, request.query_params)
        data = await self._site.ask(request, page)
        rows = list_rows(data, DIFF) if query else []
        values = {
            "location": location_of(request),
            "about": data["about"],
            "types": {name: in_words(_TYPES[name]) for name in sorted(_TYPES)},
            "differences": data.get(DIFF),
            "records": await self._records(request, rows),
            "page_query": page,
        }
        return html_page("diff.html", values)

    async def _records(
        self, request: Request, rows: Sequence[JsonObject]
    ) -> Sequence[DifferingRecord]:
        names = dict(names_in([*rows]))
        wanted = dict.fromkeys(
            each
            for row in rows
            for each in named_in(_type(row), list_rows(row, "fields"))
            if each not in names
        )
        names |= await self._site.find_names(request, [*wanted])
        return [_record(row, names) for row in rows]


def _type(row: JsonObject) -> str:
    return _TYPES[str(row["type"])]


def _record(row: JsonObject, names: Names) -> DifferingRecord:
    node = row["after"] or row["before"]
    name = str(row["recordId"]).partition(":")[2]
    if isinstance(node, Mapping):
        name = str(node.get("claim") or record_name(node))
    fields = differences_in_words(_type(row), list_rows(row, "fields"), names)
    return DifferingRecord(
        str(row["recordId"]),
        name,
        in_words(_type(row)),
        _KINDS[str(row["kind"])],
        tuple(each for each in fields if name != each.before + each.after),
        list_rows(row, "because") if row["type"] != _CITATION else (),
        row["after"] is not None,
    )


def _query(params: Mapping[str, str]) -> PageQuery | None:
    """None until both moments are given; raises GraphQLError for what is none."""
    moments = {name: _moment(name, params.get(name, "").strip()) for name in (_FROM, _TO)}
    wanted = params.get(_TYPE, "")
    if wanted and wanted not in _TYPES:
        raise refuse_value(_TYPE, wanted, "is no type", f"it may be {', '.join(sorted(_TYPES))}")
    if not any(moments.values()):
        return None
    for name, moment in moments.items():
        if moment is None:
            raise address_fault(f"`{name}` is missing; give both moments, `from` and `to`")
    # Citations stand beside what they bear on.
    types: list[Json] = [wanted] if wanted else [name for name in _TYPES if name != _CITATION]
    # A day of knowledge that other pages are shown as of is none of the two.
    params = {name: value for name, value in params.items() if name != KNOWN}
    return page_query(DIFF, {**moments, "types": types}, params)


def _moment(name: str, text: str) -> JsonObject | None:
    if not text:
        return None
    if is_day(text):
        return {"knownAt": text}
    if text.isascii() and text.isdecimal():
        return {"revision": text}
    remedy = "write a day as `2017-12-31`, or a revision as `1234`"
    raise refuse_value(name, text, "is neither a day nor a revision", remedy)
