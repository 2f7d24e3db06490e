"""The page of figures: how many a year, and how long, each with its doubt drawn.

In: requests of browsers. Out: HTML, and each figure as a picture, CSV or JSON. They are of one
organisation if the address names it, or the curators put one first; of all if it names none.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kb.web import presentation
from kb.web.length_figure import LengthFigure, length_figure
from kb.web.page_queries import PageQuery, page_query
from kb.web.pages import TABLE_FORMS, Site, not_found
from kb.web.presentation import JsonObject
from kb.web.rendering import html_page, location_of, svg_picture
from kb.web.year_figures import YearFigure, year_figure

Figure = YearFigure | LengthFigure
_OF = "organisation"
ALL = "*"
"""Stands for all organisations; no slug has it."""
_BY_YEAR = {
    "summits": (
        "Summits a year",
        "Summits that were held in each year. One whose date leaves two years open is in doubt in"
        " both.",
        {},
    ),
    "events": (
        "Events a year",
        "What happened, or went on, in each year. What went on for several counts in each.",
        {},
    ),
    "memberships": (
        "Members over time",
        "Full memberships that held on any day of each year. What no source ends is in doubt after"
        " the last that attests it.",
        {"status": "MEMBER"},
    ),
}
"""By their lists the title of each, what it shows, and what narrows the list to that."""
_TERMS = (
    "terms",
    "Terms of office by length",
    "How many days each lasted at least and at most, by every reading of its dates.",
)


class FigurePages:
    """The page of figures of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/figures", self.page),
            Route("/figures/{name}.{form}", self.file),
        ]

    async def page(self, request: Request) -> Response:
        scope = await self._site.ask(request, page_query("figures_scope", {}, request.query_params))
        slug = _slug(request, scope)
        query, data = await self._ask(request, slug)
        chosen = presentation.list_rows(data, "organisations") if slug else []
        if slug and not chosen:
            return not_found(request, data["about"], _OF, slug)
        values = {
            "location": location_of(request),
            "about": data["about"],
            "offered": scope["organisations"],
            "all": ALL,
            "chosen": chosen[0] if chosen else None,
            "data": data,
            "figures": _figures(data, slug),
            "page_query": query,
        }
        return html_page("figures.html", values)

    async def file(self, request: Request) -> Response:
        """A figure as a picture that can stand anywhere, or as the data that it draws."""
        name, form = request.path_params["name"], request.path_params["form"]
        scope = await self._site.ask(request, page_query("figures_scope", {}, request.query_params))
        slug = _slug(request, scope)
        _, data = await self._ask(request, slug)
        figures = {figure.name: figure for figure in _figures(data, slug)}
        if name not in figures or form not in {"svg", *TABLE_FORMS}:
            return not_found(request, data["about"], "figure", f"{name}.{form}")
        if form != "svg":
            table = figures[name].table
            return TABLE_FORMS[form](presentation.with_ids(table) if table.rows else table)
        of = presentation.list_rows(data, "organisations") if slug else []
        values = {
            "figure": figures[name],
            "of": presentation.record_name(of[0]) if of else "",
            "location": location_of(request),
        }
        return svg_picture(values, "figure.svg")

    async def _ask(self, request: Request, slug: str) -> tuple[PageQuery, JsonObject]:
        params = {name: value for name, value in request.query_params.items() if name != _OF}
        query = page_query("figures", {_OF: slug} if slug else {}, params)
        return query, await self._site.ask(request, query)


def _slug(request: Request, scope: JsonObject) -> str:
    """Of the organisation that the address names, or else comes first; empty for all of them."""
    featured = presentation.value_at(scope, "about.organisation.slug")
    slug = request.query_params.get(_OF, "").strip() or str(featured or "")
    return "" if slug == ALL else slug


def _figures(data: JsonObject, slug: str) -> list[Figure]:
    of = {f"{_OF}.eq": slug} if slug else {}
    figures: list[Figure] = []
    for name, (title, sentence, params) in _BY_YEAR.items():
        counted = data[name]
        assert isinstance(counted, dict)
        figures.append(year_figure(name, title, sentence, counted, {**of, **params}))
    terms = data[_TERMS[0]]
    assert isinstance(terms, dict)
    return [*figures, length_figure(*_TERMS, terms)]
