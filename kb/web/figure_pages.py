"""The page of figures: how many a year, and how long, each with its doubt drawn.

In: requests of browsers. Out: HTML, and each figure as a picture, CSV or JSON. They are of one
organisation if the address names it, or the curators put one first; of all if it names none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from kb.web import presentation
from kb.web.length_figure import LengthFigure, length_figure
from kb.web.page_params import page_route
from kb.web.page_queries import PageQuery, page_query, query_text
from kb.web.pages import Site, file_name, not_found
from kb.web.presentation import Json, JsonObject
from kb.web.rendering import html_page, location_of, svg_picture
from kb.web.table_files import TABLE_FORMS
from kb.web.year_figures import YearFigure, year_figure

Figure = YearFigure | LengthFigure
_OF = "organisation"
_FORMS = {"svg", *TABLE_FORMS}
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


_DISPUTABLE = ("memberships", _TERMS[0])
"""Lists that can be narrowed to what is disputed."""


@dataclass(frozen=True)
class Dispute:
    """How many of those that a figure counts are disputed; `params` narrow the list to these."""

    count: int
    params: Mapping[str, str]

    @property
    def words(self) -> str:
        return f"{self.count:,} of these {'is' if self.count == 1 else 'are'} disputed"


@dataclass(frozen=True)
class Scope:
    """Of what the figures are: an organisation by its slug, or all if it is empty."""

    slug: str
    offered: Json
    query: PageQuery
    data: JsonObject

    @property
    def chosen(self) -> JsonObject | None:
        return next(iter(presentation.list_rows(self.data, "organisations")), None)

    @property
    def is_unknown(self) -> bool:
        return bool(self.slug) and not self.chosen

    @property
    def name(self) -> str:
        """Of the organisation; none of all."""
        return presentation.record_name(self.chosen) if self.slug and self.chosen else ""

    @property
    def figures(self) -> Mapping[str, Figure]:
        figures: dict[str, Figure] = {
            name: year_figure(name, title, sentence, self._answer(name), self._params(name))
            for name, (title, sentence, _) in _BY_YEAR.items()
        }
        return {**figures, _TERMS[0]: length_figure(*_TERMS, self._answer(_TERMS[0]))}

    @property
    def disputes(self) -> Mapping[str, Dispute]:
        """By the lists that can be narrowed to them, if there are any."""
        counts = {
            name: presentation.value_at(self.data, f"disputed{name.capitalize()}.totalCount")
            for name in _DISPUTABLE
        }
        return {
            name: Dispute(count, {**self._params(name), "disputed": "true"})
            for name, count in counts.items()
            if isinstance(count, int) and count
        }

    def _params(self, name: str) -> Mapping[str, str]:
        """What narrows the list of that name to what is drawn."""
        of = {f"{_OF}.eq": self.slug} if self.slug else {}
        return {**of, **(_BY_YEAR[name][2] if name in _BY_YEAR else {})}

    def _answer(self, name: str) -> JsonObject:
        answer = self.data[name]
        assert isinstance(answer, Mapping)
        return answer


class FigurePages:
    """The page of figures of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        query = query_text("figures")
        return [
            page_route("/figures", self.page, query),
            page_route("/figures/{name}.{form}", self.file, query),
        ]

    async def page(self, request: Request) -> Response:
        scope = await self._ask(request)
        if scope.is_unknown:
            return not_found(request, scope.data["about"], _OF, scope.slug)
        values = {
            "location": location_of(request),
            "about": scope.data["about"],
            "offered": scope.offered,
            "all": ALL,
            "chosen": scope.chosen if scope.slug else None,
            "data": scope.data,
            "figures": scope.figures.values(),
            "disputes": scope.disputes,
            "page_query": scope.query,
        }
        return html_page("figures.html", values)

    async def file(self, request: Request) -> Response:
        """A figure as a picture that can stand anywhere, or as the data that it draws."""
        name, form = request.path_params["name"], request.path_params["form"]
        scope = await self._ask(request)
        figure = scope.figures.get(name)
        if scope.is_unknown:
            return not_found(request, scope.data["about"], _OF, scope.slug)
        if figure is None or form not in _FORMS:
            return not_found(request, scope.data["about"], "figure", file_name(name, form, _FORMS))
        if form == "svg":
            told = {"of": scope.name, "dispute": scope.disputes.get(name)}
            values = {"figure": figure, "location": location_of(request), **told}
            return svg_picture(values, "figure.svg")
        if name == _TERMS[0]:
            figure = length_figure(*_TERMS, await self._all_terms(request, scope))
        table = figure.data if isinstance(figure, YearFigure) else figure.table
        return TABLE_FORMS[form](presentation.with_ids(table))

    async def _all_terms(self, request: Request, scope: Scope) -> JsonObject:
        """From those of the scope on, page after page: a picture draws one."""
        terms, rows, data = _TERMS[0], list[JsonObject](), scope.data
        rows += presentation.list_rows(data, terms)
        query = scope.query.given(byYear=False)
        while cursor := presentation.next_cursor(data, terms):
            data = await self._site.ask(request, query.after(terms, cursor))
            rows += presentation.list_rows(data, terms)
        return {"nodes": rows, "totalCount": len(rows)}

    async def _ask(self, request: Request) -> Scope:
        """First which organisations there are; then what is asked of one of them, or of all."""
        params = {**request.query_params}
        there = await self._site.ask(request, page_query("figures_scope", {}, params))
        featured = presentation.value_at(there, "about.organisation.slug")
        slug = params.pop(_OF, "").strip() or str(featured or "")
        slug = "" if slug == ALL else slug
        query = page_query("figures", {_OF: slug} if slug else {}, params)
        return Scope(slug, there["organisations"], query, await self._site.ask(request, query))
