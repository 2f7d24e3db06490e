"""Records as linked data: JSON-LD of all that is recorded of one, beside its page.

In: requests of programs. Out: JSON-LD, whole with its citations, as known on a day if one is given.
What is asked of the schema follows from the forms of documents, so that no field is forgotten.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Final

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from kb.dates import PartialDate
from kb.linked.description import Describer, span_text
from kb.linked.terms import context
from kb.periods import EndKind, Period
from kb.records.documents import FORMS, SOURCED
from kb.records.traits import DocumentField, fields_of_document
from kb.records.types import in_words
from kb.web.page_params import page_route
from kb.web.page_queries import asked_as, with_about
from kb.web.pages import JSON_LD, Site, at_canonical_key, not_found
from kb.web.presentation import TYPE_OF_FOLDER, Json, JsonObject, list_rows, next_cursor, value_at
from kb.web.rendering import location_of

_CITATIONS: Final = "citations"
_CITED: Final = (
    "citations(first: 100, after: $citations) { pageInfo { hasNextPage endCursor } nodes {"
    " key article { id } stance claim field value observedOn locator paragraph start end sha256 } }"
)
_ANCHOR: Final = ("paragraph", "start", "end", "sha256")


class LinkedData:
    """Of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        """A file takes no cursor: it is whole."""
        return [*chain.from_iterable(map(self._route, TYPE_OF_FOLDER))]

    def _route(self, folder: str) -> Iterator[BaseRoute]:
        record_type = TYPE_OF_FOLDER[folder]

        async def answer(request: Request) -> Response:
            return await self._record(request, record_type)

        yield page_route(f"/{folder}/{{key}}.jsonld", at_canonical_key(answer), "")

    async def _record(self, request: Request, record_type: str) -> Response:
        key = request.path_params["key"]
        about, record = await self._ask(request, record_type, key, None)
        if record is None:
            return not_found(request, about, in_words(record_type), key)
        citations, cursor = [*list_rows(record, _CITATIONS)], next_cursor(record, _CITATIONS)
        while cursor:
            _, page = await self._ask(request, record_type, key, cursor)
            # It may be gone since it was begun.
            citations += list_rows(page or {}, _CITATIONS)
            cursor = next_cursor(page or {}, _CITATIONS)
        describer = Describer(location_of(request).public_url or location_of(request).root)
        document = {**_document(FORMS[record_type], record), "key": key}
        same_as = [str(url) for each in list_rows(record, "identifiers") if (url := each["url"])]
        cited = [_citation(each, f"{record_type}:{key}") for each in citations]
        node = describer.record(record_type, document, same_as, cited)
        content = json.dumps({"@context": context(), **node}, ensure_ascii=False, indent=2)
        return Response(f"{content}\n", media_type=JSON_LD)

    async def _ask(
        self, request: Request, record_type: str, key: str, cursor: str | None
    ) -> tuple[Json, JsonObject | None]:
        variables: dict[str, Json] = {"key": f"{record_type}:{key}"}
        if cursor:
            variables[_CITATIONS] = cursor
        query = asked_as(query_of(record_type), variables, request.query_params)
        data = await self._site.ask(request, with_about(query))
        record = data["record"]
        return data["about"], record if isinstance(record, Mapping) else None


@cache
def query_of(record_type: str) -> str:
    """All fields of a record of the type, and its citations if it has any."""
    is_sourced = record_type in SOURCED
    cursor = ", $citations: String" if is_sourced else ""
    selected = [_selection(FORMS[record_type]), *([_CITED] if is_sourced else [])]
    return (
        f"query LinkedData($key: ID!{cursor}) {{ ...Page }}\n"
        "fragment Page on Query { record: node(id: $key) { id"
        f" ... on {record_type} {{ {' '.join(selected)} }} }} }}"
    )


def _selection(form: type[BaseModel]) -> str:
    return " ".join(_selected(field) for field in fields_of_document(form).values())


def _selected(field: DocumentField) -> str:
    if part := _part(field):
        # Where an identifier leads is told by its scheme, and by itself.
        more = " url" if field.alias == "identifiers" else ""
        return f"{field.alias} {{ {_selection(part)}{more} }}"
    if field.reference and not _is_key(field):
        return f"{field.alias} {{ id }}"
    if field.is_span:
        return f"{field.alias} {{ start {{ edtf }} end {{ edtf }} endKind }}"
    return f"{field.alias} {{ edtf }}" if field.is_date else field.alias


def _part(field: DocumentField) -> type[BaseModel] | None:
    part = field.plain_type
    return part if isinstance(part, type) and issubclass(part, BaseModel) else None


def _is_key(field: DocumentField) -> bool:
    """Whether the schema has the key itself: of the scheme of an identifier alone."""
    return field.reference is not None and field.reference.type == "Scheme"


def _document(form: type[BaseModel], answer: JsonObject) -> dict[str, object]:
    """The answer as a document has it."""
    fields = fields_of_document(form).values()
    return {field.alias: _given(field, answer[field.alias]) for field in fields}


def _given(field: DocumentField, value: Json) -> object:
    if isinstance(value, list):
        return [_given(field, each) for each in value]
    if not isinstance(value, Mapping):
        return value
    if part := _part(field):
        return _document(part, value)
    if field.reference:
        return _key(value)
    return _span(value) if field.is_span else value["edtf"]


def _span(period: JsonObject) -> str:
    """As its bounds are told: of a view, they may be fewer than were written."""
    start, end = (_bound(value_at(period, f"{name}.edtf")) for name in ("start", "end"))
    kind = EndKind(str(period["endKind"]))
    return span_text(Period.from_ends(start, end, kind))


def _bound(edtf: Json) -> PartialDate | None:
    return PartialDate.parse(str(edtf)) if edtf else None


def _key(record: Json) -> str:
    return str(value_at(record, "id")).partition(":")[2]


def _citation(answer: JsonObject, subject: str) -> dict[str, object]:
    """The citation as a document has it."""
    anchor = {name: answer[name] for name in _ANCHOR}
    has_anchor = answer["paragraph"] is not None
    return {
        **answer,
        "subject": subject,
        "article": _key(answer["article"]),
        "anchor": anchor if has_anchor else None,
    }
