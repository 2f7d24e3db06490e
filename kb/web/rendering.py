"""Templates made into pages, each of which may run nothing but the service's own files.

In: the name of a template with its values, and the request that it answers. Out: HTML. Pure, but
for reading the package's own files.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response

from kb.web import passages, presentation
from kb.web.assets import asset_path
from kb.web.page_params import counts_visits
from kb.web.page_queries import Location
from kb.web.record_lists import record_lists
from kb.web.reference_files import REFERENCE_FORMS
from kb.web.references import reference_words
from kb.web.value_words import claim_words, value_words

PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# Its editor makes styles as it goes, and has its own font.
EXPLORER_POLICY = PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
EXPLORER_POLICY = f"{EXPLORER_POLICY}; font-src 'self'; worker-src 'self'"


def location_of(connection: HTTPConnection) -> Location:
    state, path = connection.app.state, quote(connection.scope["path"])
    given = connection.query_params.items()
    params = {name: value for name, value in given if not counts_visits(name)}
    return Location(path, params, state.is_locked, state.public_url)


def asset_address(location: Location, name: str) -> str:
    return location.root + asset_path(name)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("kb.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "presentation": presentation,
        "passages": passages,
        "asset": asset_address,
        "claim_words": claim_words,
        "value_words": value_words,
        "record_lists": record_lists,
        "reference_forms": REFERENCE_FORMS,
        "reference_words": reference_words,
    }
    return environment


def html_page(
    template: str,
    values: Mapping[str, object],
    status: int = 200,
    extra_headers: Mapping[str, str] = MappingProxyType({}),
    *,
    policy: str = PAGE_POLICY,
) -> HTMLResponse:
    headers = {
        **extra_headers,
        "Content-Security-Policy": policy,
        "Cache-Control": "no-cache",
    }
    return HTMLResponse(_templates().get_template(template).render(values), status, headers)


def svg_picture(values: Mapping[str, object], template: str = "picture.svg") -> Response:
    """A picture that can stand anywhere: it asks for no other file."""
    text = _templates().get_template(template).render(values)
    headers = {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-cache"}
    return Response(text, headers=headers, media_type="image/svg+xml")
