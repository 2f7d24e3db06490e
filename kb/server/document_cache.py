"""Documents read: parsed and validated once, and kept while they are in use.

In: the texts that clients send. Out: documents that are valid, or what is wrong with them. What is
new is read beside the event loop: the largest that the limits allow take a good part of a second.
"""

from dataclasses import dataclass, field
from sys import getsizeof

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    parse,
    specified_rules,
    validate,
)

from kb.cache import WeightedCache
from kb.query.executor import Executor, Operation, PreparedOperation
from kb.query.variables import MOST_ERRORS
from kb.server.document_limits import MOST_CHARACTERS, MOST_TOKENS, LimitsRule

_MOST_KEPT = 64_000_000
_ALONE, _TOKEN, _TEXTS = 20_000, 500, 3
"""Bytes of memory for a document and for each of its tokens; copies of its text that it holds."""


@dataclass(frozen=True, slots=True)
class ValidDocument:
    """A valid document, and its prepared operations by name."""

    document: DocumentNode
    prepared: dict[str | None, PreparedOperation] = field(default_factory=dict)


class DocumentCache:
    """Valid documents by their text."""

    def __init__(self) -> None:
        self._documents: WeightedCache[str, ValidDocument] = WeightedCache(_MOST_KEPT)

    def add(self, operation: Operation, prepared: PreparedOperation) -> None:
        """Keeps the prepared operation beside its document, if that is kept."""
        if valid := self._documents.find(operation.text):
            valid.prepared[operation.name] = prepared

    def find(self, text: str, name: str | None) -> tuple[DocumentNode, PreparedOperation] | None:
        valid = self._documents.find(text)
        prepared = valid.prepared.get(name) if valid else None
        return (valid.document, prepared) if valid and prepared else None

    async def read(self, executor: Executor, text: str) -> tuple[DocumentNode, list[GraphQLError]]:
        """The document, and what is wrong with it; raises GraphQLError if it is none."""
        if valid := self._documents.find(text):
            return valid.document, []

        def find() -> tuple[DocumentNode, list[GraphQLError]] | None:
            valid = self._documents.find(text)
            return (valid.document, []) if valid else None

        async def read() -> tuple[DocumentNode, list[GraphQLError]]:
            document, errors, weight = await executor.background.run(
                read_document, executor.schema, text
            )
            if not errors:
                self._documents.keep(text, ValidDocument(document), weight)
            return document, errors

        return await executor.background.once(text, find, read)


def read_document(
    schema: GraphQLSchema, text: str, *more_rules: type[ASTValidationRule]
) -> tuple[DocumentNode, list[GraphQLError], int]:
    """The document, what is wrong with it, and its weight; raises GraphQLError if it is none."""
    document = parse(text, max_tokens=MOST_TOKENS, max_source_length=MOST_CHARACTERS)
    rules: list[type[ASTValidationRule]] = [LimitsRule, *more_rules, *specified_rules]
    return document, validate(schema, document, rules, MOST_ERRORS), _weight(document, text)


def _weight(document: DocumentNode, text: str) -> int:
    return _ALONE + _tokens(document) * _TOKEN + getsizeof(text) * _TEXTS


def _tokens(document: DocumentNode) -> int:
    count, token = 0, document.loc and document.loc.start_token
    while token:
        count, token = count + 1, token.next
    return count
