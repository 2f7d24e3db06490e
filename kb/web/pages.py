"""The pages: each is one GraphQL answer in a template, and can be had as data too.

In: requests of browsers. Out: HTML, and tables as CSV and JSON. Nothing comes from anywhere but the
public schema, and nothing leads to another host.
"""

import csv
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import date
from functools import cache
from io import StringIO
from types import MappingProxyType

from graphql import GraphQLError
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from kb.errors import DatabaseLost, Overloaded, TooSlow, Unavailable
from kb.folding import folding_of
from kb.records.types import in_words, snake_case
from kb.server.context import Context
from kb.server.endpoint import RETRY
from kb.server.served_schema import served_schema
from kb.web import presentation, timeline
from kb.web.belonging import belonging
from kb.web.json_ld import linked
from kb.web.page_queries import Asked, Here, asked, examples, text_of
from kb.web.presentation import KINDS, Node

_OWN = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# Its editor makes styles as it goes, and has its own font.
_EDITOR = _OWN.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_EDITOR = f"{_EDITOR}; font-src 'self' data:; worker-src 'self'"
_LATER = {DatabaseLost.code, Overloaded.code, TooSlow.code, Unavailable.code}


Page = Callable[[Request], Awaitable[Response]]


class Site:
    """The pages over one database."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.home),
            Route("/search", self.search),
            *(Route(f"/{folder}/{{key}}", _at_its_key(self.record)) for folder in KINDS),
            *(
                Route(f"/{folder}/{{key}}/{{table}}.{{form}}", _at_its_key(self.table))
                for folder in KINDS
            ),
            Mount("/assets", StaticFiles(packages=[("kb.web", "static")])),
        ]

    async def home(self, request: Request) -> Response:
        today = date.today()
        day = request.query_params.get("on") or today.isoformat()
        query = asked("home", {"on": day}, request.query_params)
        data = await self._ask(query)
        values = {
            "here": _here(request),
            "data": data,
            "page": timeline.page(data, today),
            "belonging": belonging(data),
            "day": day,
            "asked": query,
        }
        return _html("home.html", values)

    async def search(self, request: Request) -> Response:
        words = request.query_params.get("q", "")
        query = asked("search", {"query": words}, request.query_params)
        found = await self._ask(query) if words.strip() else None
        values = {"query": words, "found": found, "asked": query}
        return _html("search.html", {"here": _here(request), **values})

    async def record(self, request: Request) -> Response:
        kind, query = _about(request)
        record = await self._record(query)
        if record is None:
            return _missing(request, in_words(kind), request.path_params["key"])
        values = {
            "here": _here(request),
            "kind": kind,
            "record": record,
            "name": presentation.name_of(record),
            "about": linked(kind, record, str(request.url.replace(query=""))),
            "asked": query,
        }
        return _html("record.html", values)

    async def table(self, request: Request) -> Response:
        """One list of a record, whole, as CSV or JSON."""
        wanted, form = request.path_params["table"], request.path_params["form"]
        kind, query = _about(request)
        rows = [row async for row in self._rows(query, wanted)]
        own = presentation.address(f"{kind}:{request.path_params['key']}")
        found = presentation.table(wanted, rows, own)
        if found is None or form not in _FORMS:
            return _missing(request, "table", f"{wanted}.{form}")
        return _FORMS[form](presentation.data(found))

    async def _rows(self, query: Asked, name: str) -> AsyncIterator[Node]:
        """Of a list, over all the pages that it takes."""
        cursor: str | None = None
        while True:
            record = await self._record(query.after(name, cursor) if cursor else query) or {}
            for row in presentation.rows_of(record, name):
                yield row
            cursor = presentation.onward(record, name)
            if cursor is None:
                return

    async def _record(self, query: Asked) -> Node | None:
        found = (await self._ask(query))["record"]
        return found if isinstance(found, Mapping) else None

    async def _ask(self, query: Asked) -> Node:
        """The data of the page's query; raises GraphQLError."""
        result = await served_schema().execute(
            query.query, dict(query.variables), context_value=self._context
        )
        if result.errors:
            raise result.errors[0]
        assert result.data is not None
        data: Node = result.data
        found = data.get("view", data)
        assert isinstance(found, Mapping)
        return found


def _at_its_key(page: Page) -> Page:
    """The page, at one address: whoever asks in another case is sent there."""

    async def answer(request: Request) -> Response:
        _, folder, given, *rest = request.url.path.split("/")
        key = folding_of(snake_case(KINDS[folder]))(given)
        if key == given:
            return await page(request)
        path, query = "/".join(["", folder, key, *rest]), request.url.query
        return RedirectResponse(f"{path}?{query}" if query else path, 308)

    return answer


def _about(request: Request) -> tuple[str, Asked]:
    """The type of the record that a page is about, and what is asked of it."""
    folder, key = request.url.path.split("/")[1], request.path_params["key"]
    kind = KINDS[folder]
    name = snake_case(kind)
    # Of some types no field of the schema takes the key.
    by_id = "$key: ID!" in text_of(name)
    return kind, asked(name, {"key": f"{kind}:{key}" if by_id else key}, request.query_params)


def _here(request: Request) -> Here:
    return Here(request.url.path, request.query_params)


def _missing(request: Request, kind: str, key: str) -> Response:
    return _html("missing.html", {"here": _here(request), "kind": kind, "key": key}, 404)


async def problem(request: Request, error: Exception) -> Response:
    """What keeps a page from being made, told as a page."""
    assert isinstance(error, GraphQLError)
    code = (error.extensions or {}).get("code")
    status, headers = (503, RETRY) if code in _LATER else (400, {})
    values = {"here": _here(request), "message": error.message}
    return _html("problem.html", values, status, headers)


def explorer() -> Response:
    return _html("graphiql.html", {"examples": examples()}, policy=_EDITOR)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("kb.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["records"] = presentation
    return environment


def _html(
    template: str,
    values: Mapping[str, object],
    status: int = 200,
    more: Mapping[str, str] = MappingProxyType({}),
    *,
    policy: str = _OWN,
) -> HTMLResponse:
    headers = {
        **more,
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
    return HTMLResponse(_templates().get_template(template).render(values), status, headers)


def _csv(table: presentation.Table) -> Response:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(table.headings)
    writer.writerows([cell.text for cell in row] for row in table.rows)
    return Response(text.getvalue(), media_type="text/csv")


def _json(table: presentation.Table) -> Response:
    return JSONResponse(
        [
            {head: cell.text or None for head, cell in zip(table.headings, row, strict=True)}
            for row in table.rows
        ]
    )


_FORMS = {"csv": _csv, "json": _json}
