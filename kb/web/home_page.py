"""The home page: what there is, who belonged to it on a day, and the picture of it.

In: requests of browsers. Out: HTML, and the picture as a file. Of few organisations it shows all,
of many those that can be picked and the one that was; first the organisation and the offices that
the curators put first. The day is the last one that sources attest, unless one is given.
"""

from collections.abc import Mapping
from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from kb.records.types import in_words
from kb.web.address_values import day_param
from kb.web.attested_days import Beginning, beginning, spans_of
from kb.web.bars import Featured
from kb.web.belonging import members_by_certainty
from kb.web.page_params import page_route
from kb.web.page_queries import EDGES, PageQuery, asked_as, page_query, query_text
from kb.web.pages import Site, not_found
from kb.web.picture import PAGES_OF_ORGANISATION, Picture, home_picture
from kb.web.picture_files import PICTURE_FORMS, picture_file
from kb.web.presentation import Json, JsonObject, list_rows, next_cursor, value_at
from kb.web.record_lists import counts_query, record_lists
from kb.web.rendering import html_page, location_of
from kb.web.table_files import TABLE_FORMS
from kb.web.tenures import OfficeOnDay, offices_on_day
from kb.web.timeline import build_timeline
from kb.web.zoom import zoom_of

_STATE_TERMS = "stateTerms"
FEW = 10
"""So many organisations are shown at once, which is a page of the home page's query."""


class HomePage:
    """The home page of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        query = query_text("home")
        return [
            page_route("/", self.page, query, *EDGES),
            page_route("/picture.{form}", self.picture, query, *EDGES),
        ]

    async def page(self, request: Request) -> Response:
        values = await self._values(request)
        return _unknown(request, values) or html_page("home.html", values)

    async def picture(self, request: Request) -> Response:
        """The picture as a file of its own, or as the data that it draws."""
        form = request.path_params["form"]
        if form not in PICTURE_FORMS:
            return await self._site.unknown_address(request)
        values = await self._values(request, whole=form in TABLE_FORMS)
        if unknown := _unknown(request, values):
            return unknown
        picture, about = values["picture"], values["about"]
        assert isinstance(picture, Picture)
        title = "Who belonged when"
        if len(picture.sections) == 1:
            title = f"{picture.sections[0].name.text}: when"
        return picture_file(request, picture, title, about, form)

    async def _values(self, request: Request, *, whole: bool = False) -> Mapping[str, object]:
        """What the template of the page is given; data of the picture have `whole` lists."""
        params = {**request.query_params}
        counts = await self._site.ask(request, asked_as(counts_query(), {}, params))
        offered, featured = await self._offered(request, counts), _featured(counts)
        if offered:
            params = {"organisation": featured.slug or _first_slug(offered)} | params
            params.pop("organisations", None)
        begun = None if day_param(params, "on") else await self._beginning(request, params)
        day = begun.day if begun else params["on"]
        query = page_query("home", {"on": day, "withStates": not offered}, params)
        data = _begun_with(featured, await self._site.ask(request, query))
        if whole:
            data = await self._whole(request, query, data)
        zoom = zoom_of(params)
        timeline = build_timeline(data, date.today(), featured, zoom)
        return {
            "location": location_of(request),
            "about": data["about"],
            "counts": {name: _count_words(counts, name) for name in record_lists()},
            "offered": offered,
            "data": data,
            "names": await self._site.names_of(request, list_rows(data, "disagreements"), {}),
            "timeline": timeline,
            "picture": home_picture(timeline, data),
            "members": members_by_certainty(data),
            "tenures": _tenures(featured, data),
            "day": day,
            "beginning": begun,
            "page_query": query,
        }

    async def _whole(self, request: Request, query: PageQuery, data: JsonObject) -> JsonObject:
        """The answer with all rows of the lists that the picture draws a page of."""
        bodies: list[JsonObject] = []
        for body in list_rows(data, "organisations"):
            alone = query.given(organisation=body["slug"], organisations=None, withStates=False)
            rows: dict[str, Json] = {
                name: {"nodes": await self._rows(request, alone, body, name)}
                for name in PAGES_OF_ORGANISATION
            }
            bodies.append({**body, **rows})
        terms = {"nodes": await self._rows(request, query, data, _STATE_TERMS)}
        return {**data, "organisations": {"nodes": bodies}, _STATE_TERMS: terms}

    async def _rows(
        self, request: Request, query: PageQuery, page: JsonObject, name: str
    ) -> list[JsonObject]:
        """Of a list from this page on: it is the answer's, or that of its only organisation."""
        rows = [*list_rows(page, name)]
        while cursor := next_cursor(page, name):
            page = await self._site.ask(request, query.after(name, cursor))
            if name != _STATE_TERMS:
                page = list_rows(page, "organisations")[0]
            rows += list_rows(page, name)
        return rows

    async def _offered(self, request: Request, counts: JsonObject) -> JsonObject:
        """The organisations that can be picked, if they are many."""
        total = value_at(counts, "organisations.totalCount")
        if not isinstance(total, int) or total <= FEW:
            return {}
        return await self._site.ask(request, page_query("pick", {}, request.query_params))

    async def _beginning(self, request: Request, params: Mapping[str, str]) -> Beginning:
        """The last day that sources attest: of the organisations shown, or else of states."""
        data = await self._site.ask(request, page_query("attested", {}, params))
        shown = [*spans_of(list_rows(data, "organisations"))]
        terms = ("holders of offices", list_rows(data, "terms"))
        return beginning(data, ("members or holders", shown), terms, today=date.today())


def _unknown(request: Request, values: Mapping[str, object]) -> Response | None:
    """Where the address names an organisation that is not there."""
    slug, data = request.query_params.get("organisation"), values["data"]
    assert isinstance(data, Mapping)
    if not slug or list_rows(data, "organisations"):
        return None
    return not_found(request, data["about"], "organisation", slug)


def _featured(counts: JsonObject) -> Featured:
    offices = value_at(counts, "about.offices")
    assert isinstance(offices, list)
    return Featured(str(value_at(counts, "about.organisation.slug") or ""), offices)


def _count_words(counts: JsonObject, name: str) -> str:
    """Such as `13 states`, or `1 state`."""
    count = value_at(counts, f"{name}.totalCount")
    return f"{count} {in_words(record_lists()[name].node.name) if count == 1 else name}"


def _begun_with(featured: Featured, data: JsonObject) -> JsonObject:
    """The answer, whose organisations begin with the featured one."""
    connection, rows = data["organisations"], list_rows(data, "organisations")
    assert isinstance(connection, Mapping)
    nodes = sorted(rows, key=lambda each: each["slug"] != featured.slug)
    return {**data, "organisations": {**connection, "nodes": nodes}}


def _tenures(featured: Featured, data: JsonObject) -> list[OfficeOnDay]:
    """The offices of each organisation on the day, with the featured ones before its others."""
    return [
        office
        for each in list_rows(data, "organisations")
        for office in sorted(offices_on_day(each), key=lambda office: featured.place(office.name))
    ]


def _first_slug(offered: JsonObject) -> str:
    return next((str(each["slug"]) for each in list_rows(offered, "organisations")), "")
