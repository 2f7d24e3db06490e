"""What tools ask of the public schema, and how it is asked: as known on a day, as of a revision.

In: a prepared query of `queries/`, its variables, and the moment that a call names. Out: its data.
Tools read nothing else, so that what is kept from whoever asks, and every limit, holds for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from kb.errors import QueryError
from kb.server.context import Context
from kb.server.own_queries import ask_schema
from kb.web.page_queries import Location, with_fragments
from kb.web.presentation import JsonObject

_ROOTS = "{ ...Page }"
"""What each of the queries selects."""


@dataclass(frozen=True)
class AskedMoment:
    """As known on a day, as of a revision, both, or now."""

    known_at: str | None = None
    revision: int | None = None

    def within(self, roots: str) -> str:
        """These roots, at the moment."""
        if self.known_at:
            roots = f"{{ view(knownAt: $knownAt) {roots} }}"
        return f"{{ at(revision: $revision) {roots} }}" if self.revision is not None else roots

    @property
    def variables(self) -> dict[str, object]:
        known = {"knownAt": self.known_at} if self.known_at else {}
        past = {"revision": str(self.revision)} if self.revision is not None else {}
        return {**known, **past}

    @property
    def declared(self) -> str:
        """The variables as an operation declares them."""
        types = {"knownAt": "Date!", "revision": "Revision!"}
        return ", ".join(f"${name}: {types[name]}" for name in self.variables)

    def unwrapped(self, data: JsonObject) -> JsonObject:
        """What was asked within it; a view in the roots themselves stays."""
        for name, is_around in (("at", self.revision is not None), ("view", bool(self.known_at))):
            inner = data[name] if is_around else data
            assert isinstance(inner, Mapping)
            data = inner
        return data


@dataclass(frozen=True)
class Asker:
    """Who asks, and as of when."""

    context: Context
    moment: AskedMoment
    public_url: str

    @cached_property
    def _view(self) -> str:
        """What addresses end with; made once, since an answer has dozens of them."""
        known_at = self.moment.known_at
        return Location("/", {"known": known_at}).whole("") if known_at else ""

    def url(self, href: str) -> str:
        """The address of a page; a path where no host is told."""
        return f"{self.public_url}{href}{self._view}"

    async def ask(self, name: str, /, **variables: object) -> JsonObject:
        """The data of a prepared query; raises GraphQLError."""
        text = prepared(name, self.moment.declared, self.moment.within(_ROOTS))
        return self.moment.unwrapped(await self.run(text, {**variables, **self.moment.variables}))

    async def run(self, text: str, variables: Mapping[str, object]) -> JsonObject:
        """The data of a query; raises GraphQLError, or QueryError for what is none."""
        try:
            return await ask_schema(self.context, text, variables, {OperationType.QUERY})
        except InvalidOperationTypeError:
            raise QueryError("a tool only reads", "send a query") from None


@cache
def prepared(name: str, declared: str, roots: str) -> str:
    """A query of the package, at a moment."""
    query = (files("kb.mcp") / "queries" / f"{name}.graphql").read_text(encoding="utf-8")
    head, _, rest = query.partition(_ROOTS)
    if declared:
        head = head.rstrip()
        head = f"{head[:-1]}, {declared}) " if head.endswith(")") else f"{head}({declared}) "
    return with_fragments(f"{head}{roots}{rest}")
