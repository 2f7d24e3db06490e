"""What pages ask of the public schema, and the addresses that lead on from them.

In: the name of a query in `queries/`, and what the request for a page gave. Out: a document with
its variables, as it is run and as the explorer opens it, and links that keep what they need of the
request. Pure, but for reading the package's own files.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode


@dataclass(frozen=True)
class Asked:
    """A query, as it is run and as the explorer opens it."""

    query: str
    variables: Mapping[str, str]

    @property
    def explorer(self) -> str:
        variables = json.dumps(self.variables, ensure_ascii=False)
        return "/graphql?" + urlencode({"query": self.query, "variables": variables})

    def after(self, name: str, cursor: str) -> "Asked":
        """The same, with one of its lists from a cursor on."""
        return replace(self, variables={**self.variables, name: cursor})


def asked(name: str, variables: Mapping[str, str], params: Mapping[str, str]) -> Asked:
    """Of what an address gives, the day as known on and the cursors of lists are asked."""
    query = text_of(name)
    cursors = {one: value for one, value in params.items() if f"${one}: String" in query}
    given = {**cursors, **variables}
    known = params.get("known")
    return Asked(_viewed(query), {**given, "known": known}) if known else Asked(query, given)


def _viewed(query: str) -> str:
    """The query, of what a reader could know on a day."""
    head, _, rest = query.partition("{ ...Page }")
    head = head.rstrip().removesuffix(")").rstrip() + (", " if "(" in head else "(")
    return f"{head}$known: Date!) {{ view(knownAt: $known) {{ ...Page }} }}{rest}"


@dataclass(frozen=True)
class Here:
    """Where a page stands, and what it was asked with."""

    path: str
    params: Mapping[str, str]

    @property
    def known(self) -> str:
        """The day on which a reader is to have known what the page tells; empty if it is today.

        What is no day is told by the schema, and does not go on to other pages.
        """
        day = self.params.get("known", "")
        with suppress(ValueError):
            return day if date.fromisoformat(day).isoformat() == day else ""
        return ""

    def to(self, href: str) -> str:
        """Another page, as known on the same day."""
        inside = self.known and href.startswith("/")
        return f"{href}?{urlencode({'known': self.known})}" if inside else href

    def at(self, name: str, cursor: str | None, **more: str) -> str:
        """This page, with one of its lists from a cursor on, or from its start."""
        params = {**self._without(name), **more, **({name: cursor} if cursor else {})}
        return f"{_address(self.path, params)}#{name}"

    def whole(self, *names: str) -> str:
        """This page without what these names ask of it."""
        return _address(self.path, self._without(*names))

    def kept(self, *names: str) -> Mapping[str, str]:
        """What a form sends along; cursors are of what was listed before."""
        return {name: self.params[name] for name in names if self.params.get(name)}

    def _without(self, *names: str) -> Mapping[str, str]:
        return {one: value for one, value in self.params.items() if one not in names}


def _address(path: str, params: Mapping[str, str]) -> str:
    return f"{path}{'?' if params else ''}{urlencode(params)}"


@cache
def text_of(name: str) -> str:
    """A query with the fragments that it and they spread, each of which is a file."""
    parts = [_text("queries", f"{name}.graphql")]
    for part in parts:
        spread = {*re.findall(r"\.\.\.(\w+)", part)} - {"Page"}
        found = (_text("fragments", f"{one}.graphql") for one in sorted(spread))
        # Those of the fragments that come to it here are looked for in their turn.
        parts += [one for one in found if one not in parts]
    return "\n".join(parts)


@cache
def examples() -> list[Mapping[str, str]]:
    """What the explorer opens with, in the order of its tabs."""
    found = sorted(one.name for one in (files("kb.web") / "examples").iterdir())
    return [{"query": _text("examples", name)} for name in found if name.endswith(".graphql")]


def _text(folder: str, name: str) -> str:
    return (files("kb.web") / folder / name).read_text(encoding="utf-8")
