"""Documents read: parsed and validated once, and kept while they are in use.

In: the texts that clients send. Out: documents that are valid, or what is wrong with them. What is
new is read beside the event loop: the largest that the limits allow take a good part of a second.
"""

from dataclasses import dataclass, field
from sys import getsizeof

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, specified_rules, validate

from kb.cache import WeightedCache
from kb.query.executor import Executor, Operation, Prepared
from kb.query.variables import MOST_ERRORS
from kb.server.document_limits import MOST_CHARACTERS, MOST_TOKENS, Limits

_MOST_KEPT = 64_000_000
_ALONE, _TOKEN, _TEXTS = 20_000, 500, 3
"""Bytes that a document takes at least, for each of its tokens, and how often it holds its text."""


@dataclass(frozen=True, slots=True)
class Known:
    """A valid document, and its operations by the names that they were asked by."""

    document: DocumentNode
    prepared: dict[str | None, Prepared] = field(default_factory=dict)


class Documents:
    """Those that are known to be valid, by their text."""

    def __init__(self) -> None:
        self._kept: WeightedCache[str, Known] = WeightedCache(_MOST_KEPT)

    def add(self, operation: Operation, prepared: Prepared) -> None:
        """What of a document is meant by an operation's name."""
        if known := self._kept.find(operation.text):
            known.prepared[operation.name] = prepared

    def find(self, text: str, name: str | None) -> tuple[DocumentNode, Prepared] | None:
        known = self._kept.find(text)
        prepared = known.prepared.get(name) if known else None
        return (known.document, prepared) if known and prepared else None

    async def read(self, executor: Executor, text: str) -> tuple[DocumentNode, list[GraphQLError]]:
        """The document, and what is wrong with it; raises GraphQLError if it is none."""
        if known := self._kept.find(text):
            return known.document, []
        async with executor.background.turn():
            if known := self._kept.find(text):
                return known.document, []
            document, errors, weight = await executor.background.run(_read, executor.schema, text)
        if not errors:
            self._kept.keep(text, Known(document), weight)
        return document, errors


def _read(schema: GraphQLSchema, text: str) -> tuple[DocumentNode, list[GraphQLError], int]:
    document = parse(text, max_tokens=MOST_TOKENS, max_source_length=MOST_CHARACTERS)
    errors = validate(schema, document, (Limits, *specified_rules), MOST_ERRORS)
    return document, errors, _weight(document, text)


def _weight(document: DocumentNode, text: str) -> int:
    return _ALONE + _tokens(document) * _TOKEN + getsizeof(text) * _TEXTS


def _tokens(document: DocumentNode) -> int:
    count, token = 0, document.loc and document.loc.start_token
    while token:
        count, token = count + 1, token.next
    return count
