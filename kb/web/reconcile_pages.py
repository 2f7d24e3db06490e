"""Reconciliation: names in somebody's table, and the records that they may mean.

In: requests of OpenRefine and others, by version 0.2 of the Reconciliation API. Out: its manifest,
candidates by name, suggestions while typing, and the way to a record's page.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kb.errors import LargeRequest, RequestError
from kb.linked.terms import VOCABULARY
from kb.records.types import record_type
from kb.server.endpoint import headers_of
from kb.server.requests import StrictRequestAdapter, known_parameters
from kb.server.strict_json import read_json, show_text
from kb.telemetry.record import note_code
from kb.tokenizer import words
from kb.web.candidates import TYPES, asked_limit, asked_types, candidates, is_called, type_told
from kb.web.page_queries import asked_as, query_text
from kb.web.pages import Site
from kb.web.presentation import Json, JsonObject, address, list_rows, value_at
from kb.web.rendering import location_of
from schema.search_terms import MOST_WORDS

MOST_QUERIES: Final = 50
_MOST_FOUND, _MOST_CANDIDATES, _SUGGESTED = 100, 25, 2
"""Records on a page of a search, candidates of a name, and spellings that are tried besides."""
_MOST_PAGES: Final = 20
"""On which a name is looked for that very many names begin with."""
_MOST_FIELDS: Final = 10
_MOST_OF_NAME: Final = 200
"""Characters: to compare names takes as long as they are long, times each other."""
_PATH, _QUERIES = "/reconcile", "queries"
_ALONE: Final = f"send `{_QUERIES}` alone"


class ReconcilePages:
    """Of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        return [
            Route(_PATH, self.reconcile, methods=["GET", "POST"]),
            Route(f"{_PATH}/suggest/entity", self.suggest_entity),
            Route(f"{_PATH}/suggest/type", self.suggest_type),
            Route(f"{_PATH}/view/{{id}}", self.view),
        ]

    async def reconcile(self, request: Request) -> Response:
        """The manifest, or the candidates of each query of a batch, which counts as so many."""
        try:
            batch = await _batch(request)
            self._site.count_operations(request, len(batch or ()) - 1)
        except RequestError as error:
            note_code(error.code)
            return PlainTextResponse(f"{error.whole()}\n", error.status, headers_of(error))
        if batch is None:
            return JSONResponse(await self._manifest(request))
        results = {
            name: {"result": await self._find(request, query)} for name, query in batch.items()
        }
        return JSONResponse(results)

    async def suggest_entity(self, request: Request) -> Response:
        nearest = await self._find(request, {"query": request.query_params.get("prefix", "")})
        told = [{"id": e["id"], "name": e["name"], "notable": e["type"]} for e in nearest]
        return JSONResponse({"result": told})

    async def suggest_type(self, request: Request) -> Response:
        prefix = request.query_params.get("prefix", "").casefold()
        named = [
            type_told({"id": f"{name}:"}) for name in TYPES if name.casefold().startswith(prefix)
        ]
        return JSONResponse({"result": named})

    async def view(self, request: Request) -> Response:
        name, _, key = request.path_params["id"].partition(":")
        if name not in TYPES or not key:
            return PlainTextResponse("no such record\n", 404)
        return RedirectResponse(location_of(request).link(address(f"{name}:{key}")), 303)

    async def _manifest(self, request: Request) -> JsonObject:
        about = (await self._site.ask(request, asked_as("{ about { title } }", {}, {})))["about"]
        root = request.app.state.public_url
        return {
            "versions": ["0.2"],
            "name": value_at(about, "title") or "Records",
            "identifierSpace": f"{root}/",
            "schemaSpace": VOCABULARY,
            "view": {"url": f"{root}{_PATH}/view/{{{{id}}}}"},
            "defaultTypes": [type_told({"id": f"{name}:"}) for name in TYPES],
            "suggest": {
                kind: {"service_url": root, "service_path": f"{_PATH}/suggest/{kind}"}
                for kind in ("entity", "type")
            },
        }

    async def _find(self, request: Request, query: JsonObject) -> list[JsonObject]:
        """Its candidates: by its own words, and if these find none, by spellings near them."""
        name, types = str(query.get("query") or ""), asked_types(query.get("type"))
        text = " ".join(words(name))
        is_name = text and len(name) <= _MOST_OF_NAME and len(words(name)) <= MOST_WORDS
        if not is_name:
            return []
        first = await self._search(request, text, types)
        records, is_whole = [*first.records], not first.next_page
        for spelling in first.near[:_SUGGESTED]:
            records += (await self._search(request, spelling, types)).records
        if not is_whole:
            called, is_whole = await self._called(request, text, types)
            records += called
        limit = asked_limit(query.get("limit"), _MOST_CANDIDATES)
        return candidates(name, records, limit, is_whole=is_whole)

    async def _called(
        self, request: Request, text: str, types: list[str]
    ) -> tuple[list[JsonObject], bool]:
        """Who is called so, of all in whose names these words stand together; and whether these are
        all."""
        called: list[JsonObject] = []
        after = None
        for _ in range(_MOST_PAGES):
            page = await self._search(request, f'"{text}"', types, after)
            called += (each for each in page.records if is_called(text, each))
            after = page.next_page
            if not after:
                return called, True
        return called, False

    async def _search(
        self, request: Request, text: str, types: list[str], after: str | None = None
    ) -> "_HitPage":
        variables: dict[str, Json] = {
            "query": text,
            "types": [record_type(name).enum_name for name in types],
            "first": _MOST_FOUND,
            "after": after,
        }
        query = asked_as(query_text("reconcile"), variables, {})
        data = await self._site.ask(request, query)
        near = value_at(data, "search.suggestions")
        assert isinstance(near, list)
        has_next = value_at(data, "search.pageInfo.hasNextPage")
        end = str(value_at(data, "search.pageInfo.endCursor"))
        spellings = [str(each) for each in near]
        return _HitPage([*list_rows(data, "search")], spellings, end if has_next else None)


class _HitPage(NamedTuple):
    """A page of a search, the spellings that are near, and where the next page begins."""

    records: list[JsonObject]
    near: list[str]
    next_page: str | None


async def _batch(request: Request) -> Mapping[str, JsonObject] | None:
    """The queries of the URL or of the form; None if there are none. Raises RequestError."""
    in_url = request.method != "POST"
    taken = known_parameters(
        request.scope["query_string"], [_QUERIES] if in_url else [], "this URL"
    )
    text = taken.get(_QUERIES, "")
    if not in_url:
        body = (await StrictRequestAdapter(request).get_body()).decode("utf-8", "replace")
        text = _form(body).get(_QUERIES, [""])[0]
    if not text:
        return None
    queries = read_json(text, "`queries`")
    if not isinstance(queries, Mapping) or not all(
        isinstance(e, Mapping) for e in queries.values()
    ):
        raise RequestError("`queries` is no object of queries", 'send {"q0": {"query": "NAME"}}')
    if len(queries) > MOST_QUERIES:
        what = f"`queries` has {len(queries)}, and {MOST_QUERIES} are allowed"
        raise LargeRequest(what, "send them in several batches", 413)
    for query in queries.values():
        asked_types(query.get("type"))
        asked_limit(query.get("limit"), _MOST_CANDIDATES)
    return queries


def _form(body: str) -> Mapping[str, list[str]]:
    try:
        fields = parse_qs(body, max_num_fields=_MOST_FIELDS)
    except ValueError:
        what = f"the form has more than {_MOST_FIELDS} fields"
        raise RequestError(what, _ALONE) from None
    for name in fields:
        if name != _QUERIES:
            raise RequestError(f"no field is called {show_text(name)}", _ALONE)
    return fields
