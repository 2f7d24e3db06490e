"""The pages: each is one GraphQL answer in a template, and can be had as data too.

In: requests of browsers. Out: HTML, and tables as CSV and JSON. Nothing comes from anywhere but the
public schema; what leads to another host are addresses that records have.
"""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain

from graphql import GraphQLError
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from kb.errors import DatabaseLost, Overloaded, TooSlow, Unavailable
from kb.folding import fold_slug, folding_of
from kb.query.pagination import MOST_ROWS
from kb.records.types import in_words, snake_case
from kb.server.context import Context
from kb.server.endpoint import RETRY
from kb.server.own_queries import ask_schema
from kb.server.requests import HTML, preferred_media_type
from kb.telemetry.record import note_code
from kb.web import presentation
from kb.web.address_values import day_param, of_address
from kb.web.assets import Assets, has_explorer
from kb.web.attested_days import Beginning, beginning
from kb.web.history_words import (
    HISTORY,
    WITH_HISTORY,
    HistoryPage,
    history_page,
    history_table,
    named_ids,
)
from kb.web.json_ld import record_json_ld
from kb.web.list_params import WORDS
from kb.web.page_params import PageHandler, check_params, page_route
from kb.web.page_queries import (
    EDGES,
    KNOWN,
    PageQuery,
    asked_as,
    explorer_queries,
    page_query,
    query_text,
)
from kb.web.picture_files import PICTURE_FORMS, picture_file
from kb.web.presentation import TYPE_OF_FOLDER, Json, JsonObject
from kb.web.record_picture import is_pictured, pictured_lists, record_picture
from kb.web.references import article_reference
from kb.web.rendering import (
    EXPLORER_POLICY,
    asset_address,
    html_page,
    location_of,
)
from kb.web.table_files import TABLE_FORMS
from kb.web.tenures import offices_on_day
from kb.web.value_words import Names, names_in, unnamed
from kb.web.zoom import zoom_of

JSON_LD = "application/ld+json"
_WORKERS = ("editor", "graphql", "json")
"""Scripts of the explorer's editor that run beside it."""
_ATTESTED = {"attested_organisation", "attested_state"}
"""Queries for the last days of the records whose pages are asked about a day."""
_OPERATION = ("query", "variables", "operationName", "documentId", "extensions")
_EXPLORED = {name: name for name in _OPERATION}
"""What the explorer takes: whatever an operation that is sent by GET may have."""
_TEMPORARY = {DatabaseLost.code, Overloaded.code, TooSlow.code, Unavailable.code}


class Site:
    """The pages over one database."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> list[BaseRoute]:
        return [
            page_route("/search", self.search, query_text("search"), WORDS),
            page_route("/how-to-read", self.how_to_read, query_text("site")),
            *chain.from_iterable(map(self._record_routes, TYPE_OF_FOLDER)),
            Mount("/assets", Assets()),
        ]

    def _record_routes(self, folder: str) -> Iterator[Route]:
        """To the pages of a type's records, and their files."""
        record_type, path = TYPE_OF_FOLDER[folder], f"/{folder}/{{key}}"
        query = query_text(snake_case(record_type))
        zoom = EDGES if is_pictured(record_type) else ()
        for ending, page, more in (
            ("", self.record, (*zoom, HISTORY)),
            ("/picture.{form}", self.picture, zoom),
            ("/{table}.{form}", self.table, ()),
        ):
            yield page_route(path + ending, at_canonical_key(page), query, *more)

    async def search(self, request: Request) -> Response:
        words = request.query_params.get(WORDS, "")
        query = page_query("search", {"query": words}, request.query_params)
        results = await self.ask(request, query) if words.strip() else None
        about = (results or await self.ask(request, page_query("site", {}, request.query_params)))[
            "about"
        ]
        values = {"about": about, "words": words, "results": results, "page_query": query}
        return html_page("search.html", {"location": location_of(request), **values})

    async def record(self, request: Request) -> Response:
        """The page, which leads whoever wants JSON-LD to that."""
        vary = {"Vary": "Accept, Accept-Encoding"}
        if preferred_media_type(request, (HTML, JSON_LD)) == JSON_LD:
            location = location_of(request)
            return RedirectResponse(location.link(f"{location.path}.jsonld"), 303, vary)
        begun = await self._beginning(request)
        record_type, query = _record_query(request, begun.day if begun else "")
        about, record = await self._record(request, query)
        if record is None:
            return not_found(request, about, in_words(record_type), request.path_params["key"])
        values = {
            "location": location_of(request),
            "about": about,
            "record_type": record_type,
            "record": record,
            "names": await self.names_of(request, _told(record), record),
            "name": presentation.record_name(record),
            "json_ld": record_json_ld(record_type, record, location_of(request).url),
            "tenures": offices_on_day(record),
            "day": query.variables.get("on", ""),
            "beginning": begun,
            "picture": record_picture(record, zoom_of(request.query_params)),
            "history": await self._history(request, record),
            "reference": article_reference(record, location_of(request).whole)
            if record_type == "Article"
            else None,
            "page_query": query,
        }
        return html_page("record.html", values, extra_headers=vary)

    async def table(self, request: Request) -> Response:
        """One list of a record, whole, as CSV or JSON."""
        name, form = request.path_params["table"], request.path_params["form"]
        record_type, query = _record_query(request, date.today().isoformat())
        about, record = await self._record(request, query)
        if record is None:
            return not_found(request, about, in_words(record_type), request.path_params["key"])
        table = await self._table(request, query, name, record)
        if table is None or form not in TABLE_FORMS:
            return not_found(request, about, "table", file_name(name, form, TABLE_FORMS))
        return TABLE_FORMS[form](presentation.with_ids(table))

    async def _table(
        self, request: Request, query: PageQuery, name: str, record: JsonObject
    ) -> presentation.ListTable | None:
        changed = _history_query(request) if name == HISTORY else None
        rows = [row async for row in self._rows(request, changed or query, name)]
        if changed:
            return history_table(rows)
        return presentation.list_table(name, rows, presentation.address(str(record["id"])))

    async def _history(self, request: Request, record: JsonObject) -> HistoryPage | None:
        """A page of its history in words; a view of a day has none."""
        query = _history_query(request)
        if query is None or request.query_params.get(KNOWN):
            return None
        _, changed = await self._record(request, query)
        # It may be gone since the page was asked for.
        if changed is None:
            return None
        names = dict(names_in(record))
        wanted = [each for each in named_ids(changed) if each not in names]
        names |= await self.find_names(request, wanted)
        return history_page(changed, names)

    async def picture(self, request: Request) -> Response:
        """The picture of a record as a file of its own, or as data it has all."""
        form = request.path_params["form"]
        record_type, query = _record_query(request, date.today().isoformat())
        about, record = await self._record(request, query)
        if record and form in TABLE_FORMS:
            record = await self._whole(request, query, record)
        zoom = zoom_of(request.query_params)
        picture = record_picture(record, zoom) if record else None
        key = request.path_params["key"]
        if record is None:
            return not_found(request, about, in_words(record_type), key)
        if picture is None or form not in PICTURE_FORMS:
            return not_found(request, about, "picture", file_name(key, form, PICTURE_FORMS))
        title = f"{presentation.record_name(record)}: when"
        return picture_file(request, picture, title, about, form)

    async def _whole(self, request: Request, query: PageQuery, record: JsonObject) -> JsonObject:
        """The record with all rows of the lists that a picture draws a page of."""
        whole = {**record}
        for name in pictured_lists(record):
            if presentation.next_cursor(record, name):
                whole[name] = [row async for row in self._rows(request, query, name)]
        return whole

    async def _beginning(self, request: Request) -> Beginning | None:
        """The day that the offices of a body are told of, where none is given."""
        name = f"attested_{snake_case(TYPE_OF_FOLDER[_folder(request)])}"
        if name not in _ATTESTED or request.query_params.get("on"):
            return None
        variables = {"key": request.path_params["key"]}
        data = await self.ask(request, page_query(name, variables, request.query_params))
        record = data["record"]
        body = record if isinstance(record, Mapping) else {}
        choices = (
            (whose, presentation.list_rows(body, name))
            for whose, name in (("holders of offices", "terms"), ("members", "memberships"))
        )
        return beginning(data, *choices, today=date.today())

    async def _rows(
        self, request: Request, query: PageQuery, name: str
    ) -> AsyncIterator[JsonObject]:
        """All rows of a list, page after page."""
        cursor: str | None = None
        while True:
            page = query.after(name, cursor) if cursor else query
            _, record = await self._record(request, page)
            record = record or {}
            for row in presentation.list_rows(record, name):
                yield row
            cursor = presentation.next_cursor(record, name)
            if cursor is None:
                return

    async def _record(self, request: Request, query: PageQuery) -> tuple[Json, JsonObject | None]:
        """What the site is about, and the record with the lists that are asked for beside it."""
        data = await self.ask(request, query)
        about, record = data["about"], data["record"]
        beside = {name: value for name, value in data.items() if name not in ("about", "record")}
        return about, {**record, **beside} if isinstance(record, Mapping) else None

    async def how_to_read(self, request: Request) -> Response:
        """What the words of the pages mean, for whoever sees them for the first time."""
        day_param(request.query_params, KNOWN)
        about = await self._find_about(request, request.query_params)
        return html_page("how_to_read.html", {"location": location_of(request), "about": about})

    async def names_of(
        self, request: Request, rows: Sequence[JsonObject], record: JsonObject
    ) -> Names:
        """Of the records that values of citations and disagreements name, in `record` or not."""
        names = dict(names_in(record))
        return names | await self.find_names(request, unnamed(rows, names, record))

    async def find_names(self, request: Request, wanted: Sequence[str]) -> dict[str, str]:
        """Of records by their ids; those that are not there have none."""
        names: dict[str, str] = {}
        for ids in (wanted[at : at + MOST_ROWS] for at in range(0, len(wanted), MOST_ROWS)):
            query = asked_as(query_text("named"), {"ids": ids}, request.query_params)
            names |= names_in((await self.ask(request, query))["nodes"])
        return names

    async def unknown_address(self, request: Request, _: Exception | None = None) -> Response:
        """The site's own page to browsers, and a line to all others."""
        if preferred_media_type(request, ("text/plain", HTML)) == HTML:
            about = await self._find_about(request, request.query_params)
            return not_found(request, about, "page", request.scope["path"])
        return PlainTextResponse("Not Found", 404)

    async def explorer(self, request: Request) -> Response:
        """GraphiQL, or a page that says how to come by it."""
        try:
            check_params(request, _EXPLORED)
        except GraphQLError as error:
            return await error_page(request, error)
        location, vary = location_of(request), {"Vary": "Accept, Accept-Encoding"}
        if not has_explorer():
            return html_page("unbuilt.html", {"location": location}, extra_headers=vary)
        about = await self._find_about(request, {})
        examples = explorer_queries(presentation.list_rows(about, "examples"))
        values = {
            "location": location,
            "about": about,
            "examples": examples,
            "query": request.query_params.get("query") or examples[0]["query"],
            "cites": request.app.state.keeps_answers,
            "workers": {name: asset_address(location, f"{name}.worker.js") for name in _WORKERS},
        }
        return html_page("graphiql.html", values, extra_headers=vary, policy=EXPLORER_POLICY)

    async def _find_about(self, request: Request, params: Mapping[str, str]) -> JsonObject:
        """With its examples; nothing if the database does not answer: it opens all the same."""
        try:
            about = (await self.ask(request, page_query("site", {}, params)))["about"]
        except GraphQLError:
            about = None
        return about if isinstance(about, Mapping) else {}

    def count_operations(self, request: Request, number: int) -> None:
        """What one request asks besides the first; raises TooManyRequests."""
        context = self._context.sent_by(request)
        for _ in range(number):
            context.count_operation()

    async def ask(self, request: Request, query: PageQuery) -> JsonObject:
        """The data of the page's query; raises GraphQLError."""
        context = self._context.sent_by(request)
        try:
            data = await ask_schema(context, query.query, query.variables)
        except GraphQLError as error:
            raise of_address(error, query.variables) from None
        page_data = data.get("view", data)
        assert isinstance(page_data, Mapping)
        return page_data


def _told(record: JsonObject) -> list[JsonObject]:
    """What says something of its values, or of those of others."""
    lists = (presentation.list_rows(record, name) for name in ("citations", "disagreements"))
    return [*chain(*lists)]


def at_canonical_key(page: PageHandler) -> PageHandler:
    """The page at the address with the folded key; other spellings are redirected there."""

    async def answer(request: Request) -> Response:
        _, folder, given, *rest = request.scope["path"].split("/")
        # Citations, which have no files of their own, have slugs.
        word, *ending = given.split(".", 1)
        folded = folding_of(snake_case(TYPE_OF_FOLDER.get(folder, "Citation")))(word)
        key = ".".join([folded, *map(fold_slug, ending)])
        if key == given:
            return await page(request)
        path = "/".join([location_of(request).root, folder, key, *rest])
        query = request.url.query
        return RedirectResponse(f"{path}?{query}" if query else path, 308)

    return answer


def _folder(request: Request) -> str:
    return str(request.scope["path"].split("/")[1])


def _record_query(request: Request, day: str) -> tuple[str, PageQuery]:
    """The type of the record that a page shows, and the query for it; the day, if none is given."""
    key = request.path_params["key"]
    record_type = TYPE_OF_FOLDER[_folder(request)]
    name = snake_case(record_type)
    # Of some types no field of the schema takes the key.
    by_id = "$key: ID!" in query_text(name)
    variables = {"key": f"{record_type}:{key}" if by_id else key}
    if "$on: Date!" in query_text(name):
        variables["on"] = day_param(request.query_params, "on") or day
    return record_type, page_query(name, variables, request.query_params)


def _history_query(request: Request) -> PageQuery | None:
    """None of records that have no history; within a view the schema refuses it, and says why."""
    record_type = TYPE_OF_FOLDER[_folder(request)]
    if record_type not in WITH_HISTORY:
        return None
    key = f"{record_type}:{request.path_params['key']}"
    return page_query(HISTORY, {"key": key}, request.query_params)


def file_name(name: str, form: str, forms: Collection[str]) -> str:
    """What of a file's address names what is not there: with its ending, if that is not one."""
    return name if form in forms else f"{name}.{form}"


def not_found(request: Request, about: Json, record_type: str, key: str) -> Response:
    values = {
        "location": location_of(request),
        "about": about,
        "record_type": record_type,
        "key": presentation.printable(key),
    }
    return html_page("missing.html", values, 404)


async def error_page(request: Request, error: Exception) -> Response:
    """An error of a page's query: to browsers as a page, and as a line to all others."""
    assert isinstance(error, GraphQLError)
    code = (error.extensions or {}).get("code")
    note_code(str(code))
    status, headers = (503, RETRY) if code in _TEMPORARY else (400, {})
    if preferred_media_type(request, ("text/plain", HTML)) == HTML:
        return problem_page(request, error.message, status, headers)
    return PlainTextResponse(f"{error.message}\n", status, headers)


def problem_page(
    connection: HTTPConnection, message: str, status: int, headers: Mapping[str, str]
) -> Response:
    values = {"location": location_of(connection), "message": message}
    return html_page("problem.html", values, status, headers)
