"""The parameters that pages and their files take: what else an address has is refused, in words.

In: the query of a page and what the page reads besides; the names in an address. Out: a route to
it; GraphQLError for a name that it does not take, with the one that may be meant. Without it the
answer would be another than the one that is asked for. Pure: no I/O.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from difflib import get_close_matches

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kb.dates import quote_text
from kb.errors import alternatives
from kb.web.address_values import MOST_QUOTED, address_fault
from kb.web.page_queries import KNOWN, address_variables

PageHandler = Callable[[Request], Awaitable[Response]]
Taken = Mapping[str, str]
"""What a page takes, each with what the schema calls it."""
_IN_SCHEMA = {KNOWN: "knownAt", "on": "asOf", "q": "query", "order": "orderBy"}
_CONTROL = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""What no page can repeat: HTML has no such characters."""
_MOST_NAMED = 15


def page_route(path: str, page: PageHandler, query: str, *more: str) -> Route:
    """The page at its address; it takes the day of a view, what its query leaves open, and more."""
    taken, is_file = taken_params(query, more), path.endswith(".{form}")

    async def answer(request: Request) -> Response:
        check_params(request, taken, is_file=is_file)
        response = await page(request)
        # What is no value is told as that.
        _check_characters(request, taken)
        return response

    return Route(path, answer)


def taken_params(query: str, more: Sequence[str] = ()) -> Taken:
    cursors = {*re.findall(r"after: \$(\w+)", query)}
    return {
        name: "after" if name in cursors else _IN_SCHEMA.get(name, name)
        for name in (KNOWN, *address_variables(query), *more)
    }


def check_params(request: Request, taken: Taken, *, is_file: bool = False) -> None:
    """What others append to a link for counting visits is let pass, but for files: these are data.

    Raises GraphQLError.
    """
    given = (name for name, _ in request.query_params.multi_items())
    names = [name for name in given if is_file or not counts_visits(name)]
    for at, name in enumerate(names):
        if name not in taken:
            raise _unknown(name, taken, "file" if is_file else "page")
        if name in names[:at]:
            raise address_fault(f"{_quoted(name)} is given twice; give it once")


def _check_characters(request: Request, taken: Taken) -> None:
    for name, text in request.query_params.items():
        if name in taken and (control := _CONTROL.search(text)):
            sign = f"U+{ord(control[0]):04X}"
            raise address_fault(f"{_quoted(name)} has the character {sign}; leave it out")


def counts_visits(name: str) -> bool:
    return name.startswith("utm_") or name.endswith("clid")


def _unknown(name: str, taken: Taken, what: str) -> GraphQLError:
    near = _near(name, taken)
    begun = [*dict.fromkeys(map(_begin, taken))]
    takes = _listed(begun) if begun else "none"
    remedy = f"write it as {_listed(near)}" if near else f"this {what} takes {takes}"
    return address_fault(f"no parameter is called {_quoted(name)}; {remedy}")


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _MOST_NAMED:
        return alternatives(names)
    return f"{', '.join(f'`{name}`' for name in names[:_MOST_NAMED])} and others"


def _quoted(name: str) -> str:
    return quote_text(name if len(name) <= MOST_QUOTED else f"{name[:MOST_QUOTED]}…")


def _near(name: str, taken: Taken) -> list[str]:
    """What may be meant: in another case, by the schema's name, by its beginning, or nearly."""
    given = {name.casefold(), _IN_SCHEMA.get(name, name).casefold()}
    if same := [param for param, schema in taken.items() if given & _folded(param, schema)]:
        return same
    begin = _begin(name).casefold()
    if begun := [param for param in taken if _begin(param).casefold() == begin]:
        return begun
    words = _folded(*taken, *taken.values(), *map(_begin, taken))
    close = {*get_close_matches(name[:MOST_QUOTED].casefold(), sorted(words), n=1, cutoff=0.75)}
    exact = [param for param, schema in taken.items() if close & _folded(param, schema)]
    return exact or [param for param in taken if close & _folded(_begin(param))]


def _folded(*names: str) -> set[str]:
    return {name.casefold() for name in names}


def _begin(name: str) -> str:
    """Of the path of a filter's field, the field of the list's filter."""
    return name.partition(".")[0]
