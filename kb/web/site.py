"""The pages: each is one GraphQL answer in a template, and can be had as data too.

In: requests of browsers. Out: HTML, and tables as CSV and JSON. Nothing comes from anywhere but the
public schema, and nothing leads to another host.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from io import StringIO
from types import MappingProxyType
from urllib.parse import urlencode

from graphql import GraphQLError
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from kb.errors import Overloaded, TooSlow, Unavailable
from kb.web import records, timeline
from kb.web.records import KINDS, Node
from schema.build import build_schema
from schema.following import Context
from schema.http import RETRY

_OWN = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# Its editor makes styles as it goes, and has its own font.
_EDITOR = _OWN.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_EDITOR = f"{_EDITOR}; font-src 'self' data:; worker-src 'self'"
_LATER = {Overloaded.code, TooSlow.code, Unavailable.code}
_KEYED = {"Membership", "Term", "Publication"}
"""Types that are found by their id: no field of the schema takes their key."""


@dataclass(frozen=True)
class Asked:
    """A query, as it is run and as the explorer opens it."""

    query: str
    variables: Mapping[str, str]

    @property
    def explorer(self) -> str:
        variables = json.dumps(self.variables, ensure_ascii=False)
        return "/graphql?" + urlencode({"query": self.query, "variables": variables})


class Site:
    """The pages over one database."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.home),
            Route("/search", self.search),
            *(Route(f"/{folder}/{{key}}", self.record) for folder in KINDS),
            *(Route(f"/{folder}/{{key}}/{{table}}.{{form}}", self.table) for folder in KINDS),
            Mount("/assets", StaticFiles(packages=[("kb.web", "static")])),
        ]

    async def home(self, _: Request) -> Response:
        today = date.today()
        asked = _asked("home", {}, None)
        data = await self._ask(asked)
        page = timeline.page(data, today)
        return _html("home.html", data=data, page=page, today=today.isoformat(), asked=asked)

    async def search(self, request: Request) -> Response:
        query = request.query_params.get("q", "")
        asked = _asked("search", {"query": query}, None)
        found = await self._ask(asked) if query.strip() else None
        return _html("search.html", query=query, found=found, asked=asked)

    async def record(self, request: Request) -> Response:
        kind, asked = self._asked(request)
        record = await self._record(asked)
        if record is None:
            return _html("missing.html", 404, kind=kind, key=request.path_params["key"])
        known = _known(request)
        return _html(
            "record.html",
            kind=kind,
            record=record,
            name=records.name_of(record),
            path=request.url.path,
            known=known,
            asked=asked,
            about=records.linked(kind, record, str(request.url.replace(query=""))),
        )

    async def table(self, request: Request) -> Response:
        """One table of a page, as CSV or JSON."""
        _, asked = self._asked(request)
        record = await self._record(asked) or {}
        wanted, form = request.path_params["table"], request.path_params["form"]
        found = [one for one in records.tables(record) if one.name == wanted]
        if not found or form not in _FORMS:
            return _html("missing.html", 404, kind="table", key=wanted)
        return _FORMS[form](found[0])

    def _asked(self, request: Request) -> tuple[str, Asked]:
        folder, key = request.url.path.split("/")[1], request.path_params["key"]
        kind = KINDS[folder]
        variables = {"key": f"{kind}:{key}" if kind in _KEYED else key}
        return kind, _asked(kind.lower(), variables, _known(request))

    async def _record(self, asked: Asked) -> Node | None:
        found = (await self._ask(asked))["record"]
        return found if isinstance(found, Mapping) else None

    async def _ask(self, asked: Asked) -> Node:
        """The data of the page's query; raises GraphQLError."""
        result = await build_schema().execute(
            asked.query, dict(asked.variables), context_value=self._context
        )
        if result.errors:
            raise result.errors[0]
        assert result.data is not None
        data: Node = result.data
        found = data.get("view", data)
        assert isinstance(found, Mapping)
        return found


async def problem(_: Request, error: Exception) -> Response:
    """What keeps a page from being made, told as a page."""
    assert isinstance(error, GraphQLError)
    code = (error.extensions or {}).get("code")
    status, headers = (503, RETRY) if code in _LATER else (400, {})
    return _html("problem.html", status, headers, message=error.message)


def explorer() -> Response:
    return _html("graphiql.html", policy=_EDITOR, examples=_examples())


def _known(request: Request) -> str | None:
    """The day on which a reader is to have known what the page tells."""
    return request.query_params.get("known") or None


def _asked(name: str, variables: Mapping[str, str], known: str | None) -> Asked:
    query = _query(name)
    if known is None:
        return Asked(query, variables)
    head, _, rest = query.partition("{ ...Page }")
    head = head.rstrip().removesuffix(")") + (", " if "(" in head else "(")
    query = f"{head}$known: Date!) {{ view(knownAt: $known) {{ ...Page }} }}{rest}"
    return Asked(query, {**variables, "known": known})


@cache
def _query(name: str) -> str:
    """With the fragments that pages share, of which none spreads another."""
    text = _text("queries", f"{name}.graphql")
    shared = sorted(one.name for one in (files("kb.web") / "fragments").iterdir())
    used = [one for one in shared if f"...{one.removesuffix('.graphql')}" in text]
    return "\n".join([text, *(_text("fragments", one) for one in used)])


@cache
def _text(folder: str, name: str) -> str:
    return (files("kb.web") / folder / name).read_text(encoding="utf-8")


@cache
def _examples() -> Sequence[Mapping[str, str]]:
    found = sorted(one.name for one in (files("kb.web") / "examples").iterdir())
    return [{"query": _text("examples", name)} for name in found if name.endswith(".graphql")]


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("kb.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["records"] = records
    return environment


def _html(
    template: str,
    status: int = 200,
    more: Mapping[str, str] = MappingProxyType({}),
    *,
    policy: str = _OWN,
    **values: object,
) -> HTMLResponse:
    headers = {
        **more,
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
    return HTMLResponse(_templates().get_template(template).render(values), status, headers)


def _csv(table: records.Table) -> Response:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(table.headings)
    writer.writerows([cell.text for cell in row] for row in table.rows)
    return Response(text.getvalue(), media_type="text/csv")


def _json(table: records.Table) -> Response:
    return JSONResponse(
        [
            {head: cell.text or None for head, cell in zip(table.headings, row, strict=True)}
            for row in table.rows
        ]
    )


_FORMS = {"csv": _csv, "json": _json}
