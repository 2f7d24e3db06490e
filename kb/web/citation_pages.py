"""The pages of citations, and what is cited of them and of articles: references and annotations.

In: requests of browsers, and of programs that keep references. Out: HTML, references in each of
their forms, and Web Annotations as JSON-LD, which the address of the page gives, too, where these
are wanted.
"""

import json

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from kb.server.requests import HTML, preferred_media_type
from kb.web.annotations import ANNOTATION_TYPE, annotation, link_to_words
from kb.web.page_params import page_route
from kb.web.page_queries import PageQuery, page_query, query_text
from kb.web.pages import JSON_LD, Site, at_canonical_key, file_name, not_found
from kb.web.presentation import Json, JsonObject
from kb.web.reference_files import REFERENCE_FORMS
from kb.web.references import article_reference
from kb.web.rendering import html_page, location_of

_ANNOTATION = "jsonld"
_FORMS = {_ANNOTATION, *REFERENCE_FORMS}


class CitationPages:
    """Of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        """A key has no dot, but an ending may."""
        citation = query_text("citation")
        return [
            page_route(
                "/articles/{key}.{form}", at_canonical_key(self.article), query_text("reference")
            ),
            page_route("/citations/{key}.{form}", at_canonical_key(self.citation_file), citation),
            page_route("/citations/{key}", at_canonical_key(self.citation), citation),
        ]

    async def article(self, request: Request) -> Response:
        """The reference of an article as a file."""
        key, form = key_and_form(request)
        query = page_query("reference", {"key": key}, request.query_params)
        data = await self._site.ask(request, query)
        article = data["record"]
        if not isinstance(article, dict) or form not in REFERENCE_FORMS:
            what = "reference" if isinstance(article, dict) else "article"
            return not_found(request, data["about"], what, file_name(key, form, REFERENCE_FORMS))
        return reference_response(form, article_reference(article, location_of(request).whole))

    async def citation_file(self, request: Request) -> Response:
        """The annotation, or the reference of its article with the place in it."""
        key, form = key_and_form(request)
        _, about, citation = await self._citation(request, key)
        if citation is None or form not in _FORMS:
            return not_found(request, about, "citation", file_name(key, form, _FORMS))
        if form == _ANNOTATION:
            content = json.dumps(_annotation(request, citation), ensure_ascii=False, indent=2)
            return Response(f"{content}\n", media_type=ANNOTATION_TYPE)
        return reference_response(form, _reference_of_place(request, citation))

    async def citation(self, request: Request) -> Response:
        key, location = request.path_params["key"], location_of(request)
        vary = {"Vary": "Accept, Accept-Encoding"}
        if preferred_media_type(request, (HTML, JSON_LD)) == JSON_LD:
            return RedirectResponse(location.link(f"{location.path}.{_ANNOTATION}"), 303, vary)
        query, about, citation = await self._citation(request, key)
        if citation is None:
            return not_found(request, about, "citation", key)
        record: JsonObject = {"id": citation["id"]}
        values = {
            "location": location,
            "about": about,
            "citation": citation,
            "record": record,
            "names": await self._site.names_of(request, [citation], citation),
            "reference": _reference_of_place(request, citation),
            "link_to_words": link_to_words(citation),
            "page_query": query,
        }
        return html_page("citation.html", values, extra_headers=vary)

    async def _citation(
        self, request: Request, key: str
    ) -> tuple[PageQuery, Json, JsonObject | None]:
        query = page_query("citation", {"key": f"Citation:{key}"}, request.query_params)
        data = await self._site.ask(request, query)
        citation = data["record"]
        told = {"textShown": data["textShown"]}
        return query, data["about"], {**citation, **told} if isinstance(citation, dict) else None


def reference_response(form: str, item: JsonObject) -> Response:
    """A reference as a file."""
    written = REFERENCE_FORMS[form]
    return Response(written.text([item]), media_type=written.media_type)


def key_and_form(request: Request) -> tuple[str, str]:
    """Of a file's address: a key has no dot, but an ending may."""
    name = "{key}.{form}".format(**request.path_params)
    key, _, form = name.partition(".")
    return key, form


def _reference_of_place(request: Request, citation: JsonObject) -> JsonObject:
    article, paragraph = citation["article"], citation["paragraph"]
    assert isinstance(article, dict)
    place = f"para. {paragraph}" if paragraph else str(citation["locator"] or "")
    return article_reference(article, location_of(request).whole, place)


def _annotation(request: Request, citation: JsonObject) -> JsonObject:
    return annotation(citation, location_of(request).whole)
