"""What pages ask of the public schema, and the addresses that lead on from them.

In: the name of a query in `queries/`, and what the request for a page gave. Out: a document with
its variables, as it is run and as the explorer opens it, and links that keep what they need of the
request. Pure, but for reading the package's own files.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode, urlsplit

from graphql import parse, print_ast

from kb.web.address_values import day_param, is_day
from kb.web.presentation import Json, JsonObject

EDGES = ("from", "to")
"""What addresses call the first and the last day of a picture."""
KNOWN = "known"
"""What addresses call the day of a view."""
_OPEN_VARIABLE = re.compile(r"\$(on(?=: Date!)|\w+(?=: String\b(?!!)))")


@dataclass(frozen=True)
class PageQuery:
    """A query with its variables, as it is run and as the explorer opens it."""

    query: str
    variables: JsonObject

    @property
    def explorer(self) -> str:
        variables = json.dumps(self.variables, ensure_ascii=False)
        return "/graphql?" + urlencode({"query": self.query, "variables": variables})

    def after(self, name: str, cursor: str) -> "PageQuery":
        """The same query, with one of its lists from a cursor on."""
        return self.given(**{name: cursor})

    def given(self, **variables: Json) -> "PageQuery":
        """The same query, with these variables."""
        return replace(self, variables={**self.variables, **variables})


_ROOTS = "{ ...Page }"
"""What each of the queries selects."""
_ABOUT = "about { title description licence contact }"
"""What heads every page."""


def page_query(name: str, variables: JsonObject, params: Mapping[str, str]) -> PageQuery:
    """The query of that name, as a page asks it."""
    return with_about(asked_as(query_text(name), variables, params))


def asked_as(query: str, variables: JsonObject, params: Mapping[str, str]) -> PageQuery:
    """The query; from a page's parameters come its cursors, and the day of a view.

    Raises GraphQLError for what is no day.
    """
    known = day_param(params, KNOWN)
    given = {name: params[name] for name in address_variables(query) if name in params}
    values = {**given, **variables}
    if known:
        return PageQuery(_within_view(query), {**values, "known": known})
    return PageQuery(query, values)


@cache
def address_variables(query: str) -> Sequence[str]:
    """Those that an address may give: cursors, what need not be given, and the day of offices."""
    return tuple(_OPEN_VARIABLE.findall(query))


def with_about(query: PageQuery) -> PageQuery:
    """The query with what heads every page: within a view as that has it."""
    return replace(query, query=query.query.replace(_ROOTS, f"{{ {_ABOUT} ...Page }}", 1))


def script_documents() -> Mapping[str, str]:
    """What the pages' scripts ask, by the ids that they send."""
    query = query_text("typed")
    return {"x-kb-typed": query, "x-kb-typed-known": _within_view(query)}


def _within_view(query: str) -> str:
    """The query within `view(knownAt:)`: what a reader could know on a day."""
    head, _, rest = query.partition(_ROOTS)
    head = head.rstrip().removesuffix(")").rstrip() + (", " if "(" in head else "(")
    return f"{head}$known: Date!) {{ view(knownAt: $known) {_ROOTS} }}{rest}"


@dataclass(frozen=True)
class Location:
    """The address of a page, and links that lead on from it."""

    path: str
    params: Mapping[str, str]
    is_locked: bool = False
    """Whether there is neither an explorer nor the schema to lead to."""
    public_url: str = ""
    """Under what all pages stand, such as `https://example.org/kb`; empty if that is not told."""

    @property
    def root(self) -> str:
        """What links to pages and files of the service begin with."""
        return urlsplit(self.public_url).path

    @property
    def url(self) -> str:
        """What names the page's record for machines; a path, where no host is told."""
        return self.public_url + self.path

    @property
    def canonical(self) -> str:
        """The page itself, whatever else its address says."""
        return self.whole(self.path)

    def whole(self, href: str) -> str:
        """What names another page for machines, as known on the same day; a path, as `url` is."""
        return _address(self.public_url + href, self._view_params)

    @property
    def known_at(self) -> str:
        """The day of a view, as of which the page shows what was known; empty for none.

        What is no day is told where it is asked for, and does not go on to other pages.
        """
        day = self.params.get(KNOWN, "")
        return day if is_day(day) else ""

    def link(self, href: str, **params: str) -> str:
        """The address of another page, as known on the same day."""
        if not href.startswith("/"):
            return href
        return _address(self.root + href, {**params, **self._view_params})

    @property
    def _view_params(self) -> Mapping[str, str]:
        return {KNOWN: self.known_at} if self.known_at else {}

    def list_from(self, name: str, cursor: str | None, **more: str) -> str:
        """This page, with one of its lists from a cursor on, or from its start."""
        params = {**self._params_without(name), **more, **({name: cursor} if cursor else {})}
        return f"{_address(self.root + self.path, params)}#{name}"

    def pick(self, name: str, value: str) -> str:
        """This page with another value of a parameter, and what else holds for that, too."""
        kept = self.form_params(KNOWN, "on")
        return _address(self.root + self.path, {**kept, name: value})

    def zoomed(self, edges: Mapping[str, str]) -> str:
        """This page with another part of the time in its picture; with all of it by no edges."""
        params = {**self._params_without(*EDGES), **edges}
        return f"{_address(self.root + self.path, params)}#picture"

    def picture_file(self, form: str) -> str:
        """The picture of this page as a file, of all that the address says."""
        page = self.root + self.path.rstrip("/")
        return _address(f"{page}/picture.{form}", self._params_without())

    @property
    def pictured(self) -> str:
        """The page whose picture this is, as its file names it."""
        page = self.url.rpartition("/picture.")[0] or "/"
        return _address(page, self._params_without())

    def without(self, *names: str) -> str:
        """This page without these parameters."""
        return _address(self.root + self.path, self._params_without(*names))

    def as_data(self, form: str, *left_out: str) -> str:
        """All that this page shows a part of, but for these parameters, as a file."""
        return _address(f"{self.root}{self.path}.{form}", self._params_without(*left_out))

    def form_params(self, *names: str) -> Mapping[str, str]:
        """Those of these parameters that are given, for a form to send along."""
        return {name: self.params[name] for name in names if self.params.get(name)}

    def _params_without(self, *names: str) -> Mapping[str, str]:
        """Those that forms send without a value are none."""
        given = self.params.items()
        return {param: value for param, value in given if value and param not in names}


def _address(path: str, params: Mapping[str, str]) -> str:
    return f"{path}{'?' if params else ''}{urlencode(params)}"


@cache
def query_text(name: str) -> str:
    """A query's text, with its fragments."""
    return with_fragments(_text("queries", f"{name}.graphql"))


def with_fragments(query: str) -> str:
    """A query with all fragments that it and these spread; each that it has not is a file."""
    parts, present = [query], {"Page", *re.findall(r"fragment (\w+) on", query)}
    for part in parts:
        spread = {*re.findall(r"\.\.\.(\w+)", part)} - present
        fragments = (_text("fragments", f"{fragment}.graphql") for fragment in sorted(spread))
        # Those of the fragments that come to it here are looked for in their turn.
        parts += [fragment for fragment in fragments if fragment not in parts]
    return "\n".join(parts)


def explorer_queries(examples: Sequence[Mapping[str, object]]) -> list[Mapping[str, str]]:
    """What the explorer opens with, in the order of its tabs; one that fits any data if nothing."""
    told = [f"# {each['title']}\n{_broken_into_lines(str(each['query']))}\n" for each in examples]
    return [{"query": query} for query in told or [_text("examples", "begin.graphql")]]


def _broken_into_lines(query: str) -> str:
    """A query that is stored on one line, as people read it."""
    return print_ast(parse(query))


def _text(folder: str, name: str) -> str:
    return (files("kb.web") / folder / name).read_text(encoding="utf-8")
