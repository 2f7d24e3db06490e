"""The pages of whole lists: every type's records, searched, narrowed, sorted, and as data.

In: requests of browsers. Out: HTML, and CSV, JSON and references of articles, which are made while
they are read, in memory that does not grow with the list.
"""

import csv
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from io import StringIO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from kb.web import presentation
from kb.web.facets import (
    MOST_BY_YEAR,
    facet_keys,
    group_selections,
    list_facets,
    years_selection,
)
from kb.web.list_params import WORDS, FormField, form_fields, list_names, list_variables
from kb.web.page_params import page_route
from kb.web.page_queries import PageQuery, asked_as, query_text, with_about
from kb.web.pages import Site
from kb.web.presentation import DisplayValue, Json, JsonObject
from kb.web.record_lists import Column, RecordList, names_query, record_lists
from kb.web.references import article_reference
from kb.web.rendering import html_page, location_of
from kb.web.value_words import VALUES, with_words

_FORMS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


class ListPages:
    """The pages of lists on a site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        return [
            page_route(path, page, record_list.query, *list_names(record_list))
            for name, record_list in record_lists().items()
            for path, page in ((f"/{name}", self.page), (f"/{name}.{{form}}", self.data))
        ]

    async def page(self, request: Request) -> Response:
        record_list = record_lists()[request.scope["path"].removeprefix("/")]
        query = with_about(_list_query(record_list, request, group_selections(record_list)))
        data = await self._site.ask(request, query)
        answer = data[record_list.name]
        assert isinstance(answer, Mapping)
        values = {
            "location": location_of(request),
            "about": data["about"],
            "record_list": record_list,
            "list": answer,
            **_table(record_list, await self._rows(request, answer)),
            **await self._narrowing(request, record_list, answer),
            "page_query": query,
        }
        return html_page("list.html", values)

    async def _narrowing(
        self, request: Request, record_list: RecordList, answer: JsonObject
    ) -> Mapping[str, object]:
        """What the list can be narrowed by: words, the fields of a form, and groups."""
        params, words = request.query_params, _words(record_list, request)
        fields = form_fields(record_list, params)
        years = "" if words else years_selection(record_list, params, answer)
        beside = await self._beside(request, record_list, fields, years)
        by_year = beside.pop("years", {})
        assert isinstance(by_year, Mapping)
        return {
            "words": words,
            "fields": fields,
            "suggestions": _suggestions(beside),
            "facets": [] if words else list_facets(record_list, params, answer, by_year),
            "most_by_year": MOST_BY_YEAR,
            "kept": _kept(record_list, fields),
            "is_narrowed": bool(list_variables(record_list, params)),
        }

    async def _beside(
        self, request: Request, record_list: RecordList, fields: Sequence[FormField], years: str
    ) -> dict[str, Json]:
        """The records whose keys a form takes, by their lists; and the list's years, if asked."""
        types, params = {field.key_of for field in fields}, request.query_params
        declared = f"($filter: {record_list.arguments['filter'].type})" if years else ""
        query = names_query(types, years, declared)
        if not query:
            return {}
        given = list_variables(record_list, params) if years else {}
        variables = {name: value for name, value in given.items() if name == "filter"}
        return {**await self._site.ask(request, asked_as(query, variables, params))}

    async def _rows(self, request: Request, connection: Json) -> list[JsonObject]:
        """The records of a page, each with what its place in the list tells of it."""
        edges = presentation.value_at(connection, "edges")
        assert isinstance(edges, list)
        rows: list[JsonObject] = [{**edge, **edge["node"]} for edge in edges]
        if not any(name in row for row in rows[:1] for name in VALUES):
            return rows
        names = await self._site.names_of(request, rows, {})
        return [with_words(row, names) for row in rows]

    async def data(self, request: Request) -> Response:
        """The whole list, or what of it comes after a cursor of the address.

        Its first page is there before the answer begins, for what it refuses.
        """
        name, form = request.scope["path"].removeprefix("/").split(".", 1)
        record_list = record_lists()[name]
        if form not in {*_FORMS, *record_list.reference_forms}:
            return await self._site.unknown_address(request)
        pages = self._pages(request, record_list)
        first = await anext(pages)
        if written := record_list.reference_forms.get(form):
            items = self._references(request, first, pages)
            return StreamingResponse(written.parts(items), media_type=written.media_type)
        write = _csv_lines if form == "csv" else _json_lines
        return StreamingResponse(write(record_list.columns, first, pages), media_type=_FORMS[form])

    async def _references(
        self, request: Request, first: list[JsonObject], pages: AsyncIterator[list[JsonObject]]
    ) -> AsyncIterator[list[JsonObject]]:
        """Of the articles of each page."""
        page_of = location_of(request).whole
        async for rows in _batches(first, pages):
            ids = [row["id"] for row in rows]
            query = asked_as(query_text("references"), {"ids": ids}, request.query_params)
            articles = presentation.list_rows(await self._site.ask(request, query), "nodes")
            yield [article_reference(article, page_of) for article in articles]

    async def _pages(
        self, request: Request, record_list: RecordList
    ) -> AsyncIterator[list[JsonObject]]:
        query = _list_query(record_list, request)
        while True:
            data = await self._site.ask(request, query)
            yield await self._rows(request, data[record_list.name])
            cursor = presentation.next_cursor(data, record_list.name)
            if cursor is None:
                return
            query = query.after(record_list.name, cursor)


def _list_query(record_list: RecordList, request: Request, selections: str = "") -> PageQuery:
    """What the address asks: words to be found, or filters and orders."""
    params = request.query_params
    variables = list_variables(record_list, params)
    if words := _words(record_list, request):
        return asked_as(record_list.search, {WORDS: words}, params)
    return asked_as(record_list.query_with(selections), variables, params)


def _table(record_list: RecordList, rows: Sequence[JsonObject]) -> Mapping[str, object]:
    """The rows of a page, and the columns that have anything in them."""
    columns = [column for column in record_list.columns if column.room != "data"]
    filled = [column for column in columns if any(cells(row, column) for row in rows)]
    return {"rows": rows, "columns": filled, "cells": cells}


def _suggestions(beside: JsonObject) -> Mapping[str, Sequence[DisplayValue]]:
    """By type the records whose keys a form takes, if there are no more than a page of them."""
    lists = [(record_lists()[name].node.name, rows) for name, rows in beside.items()]
    return {
        type_name: [presentation.display(row) for row in presentation.list_rows({"": rows}, "")]
        for type_name, rows in lists
        if not presentation.value_at(rows, "pageInfo.hasNextPage")
    }


def _kept(record_list: RecordList, fields: Sequence[FormField]) -> list[str]:
    """What narrows the list by its groups, and has no field in the form."""
    named = {field.name for field in fields}
    return [key.param for key in facet_keys(record_list) if key.param not in named]


def _words(record_list: RecordList, request: Request) -> str:
    return request.query_params.get(WORDS, "").strip() if record_list.is_searched else ""


def cells(row: JsonObject, column: Column) -> list[DisplayValue]:
    """The values of a column, without those that are empty."""
    value = presentation.value_at(row, column.path)
    if column.path == "field":
        return [DisplayValue(presentation.field_words(value))]
    if column.path == "claim":
        key = str(row["id"]).partition(":")[2]
        return [DisplayValue(str(value), presentation.citation_address(key))]
    values = value if isinstance(value, list) else [value]
    shown = (presentation.display(each, column.path, is_enum=column.is_enum) for each in values)
    return [cell for cell in shown if cell.text]


def _texts(row: JsonObject, columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    """Headings and what stands under them, with the ids of records beside their names."""
    for column in columns:
        values = cells(row, column)
        yield column.heading, "; ".join(value.text for value in values)
        if column.of_records:
            yield f"{column.heading} id", "; ".join(value.id for value in values)


async def _csv_lines(
    columns: Sequence[Column], first: list[JsonObject], pages: AsyncIterator[list[JsonObject]]
) -> AsyncIterator[str]:
    headings = [
        heading
        for column in columns
        for heading in (column.heading, f"{column.heading} id")[: 1 + column.of_records]
    ]
    yield _line(headings)
    async for row in _all(first, pages):
        yield _line([text for _, text in _texts(row, columns)])


def _line(values: Sequence[str]) -> str:
    text = StringIO(newline="")
    csv.writer(text).writerow(values)
    return text.getvalue()


async def _json_lines(
    columns: Sequence[Column], first: list[JsonObject], pages: AsyncIterator[list[JsonObject]]
) -> AsyncIterator[str]:
    """One array, with a record in each line."""
    before = "[\n"
    async for row in _all(first, pages):
        record = {heading: text or None for heading, text in _texts(row, columns)}
        yield before + json.dumps(record, ensure_ascii=False)
        before = ",\n"
    yield "\n]\n" if before == ",\n" else "[]\n"


async def _all(
    first: list[JsonObject], pages: AsyncIterator[list[JsonObject]]
) -> AsyncIterator[JsonObject]:
    async for page in _batches(first, pages):
        for row in page:
            yield row


async def _batches(
    first: list[JsonObject], pages: AsyncIterator[list[JsonObject]]
) -> AsyncIterator[list[JsonObject]]:
    yield first
    async for page in pages:
        yield page
