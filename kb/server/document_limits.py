"""What a document may ask for at most, found out before any other rule looks at it.

In: a parsed document. Out: nothing, or one error that says the number found and the limit, with the
code TOO_LARGE. Validation stops at it: other rules may take far longer than this one, which counts
each definition once (`kb.server.document_size`).

Strawberry's own limiters of depth and aliases would not do: they go into a fragment wherever it is
spread, so that twenty fragments of which each spreads the next one twice take them a million steps;
and they stop no other rule.
"""

from collections import Counter
from collections.abc import Iterator

from graphql import (
    DocumentNode,
    NoFragmentCyclesRule,
    OperationDefinitionNode,
    ValidationRule,
    validate,
)
from graphql.validation.validate import ValidationAbortedError

from kb.errors import LimitError
from kb.server.document_size import (
    ALIASES,
    DIRECTIVES,
    FIELDS,
    FRAGMENTS,
    VALUES,
    VARIABLES,
    Definition,
    DefinitionTallies,
    MergedFields,
)

MOST_TOKENS, MOST_CHARACTERS = 4_000, 100_000
"""Of a document, comments counted; the parser stops there."""
MOST_DEFINITIONS = 200
"""Operations and fragments of a document."""
MOST = {
    FIELDS: 2_000,
    FRAGMENTS: 500,
    ALIASES: 500,
    DIRECTIVES: 200,
    VALUES: 2_000,
    VARIABLES: 200,
}
"""Of what a document has, its fragments spread out, all operations together."""
MOST_DEPTH = 100
"""Fields that stand within one another."""
MOST_ROOTS = 100
"""Fields at the root of an operation."""
MOST_PAIRS = 5_000
"""Fields of one name, or fragments, that stand in one place: GraphQL compares every two of them."""

_UNCOUNTED = 10**9


class DocumentTooLarge(ValidationAbortedError):
    """The document is beyond a limit: this error ends its validation."""

    def __init__(self, count: int, most: int, what: str) -> None:
        number = f"{count:,}" if count < _UNCOUNTED else "over a billion"
        message = f"the document has {number} {what}, more than the {most:,} allowed"
        super().__init__(f"{message}; ask for less at once", extensions={"code": LimitError.code})


class CyclicFragments(Exception):
    """The document's fragments spread one another."""


class LimitsRule(ValidationRule):
    """The rule that runs first, and so bounds the work of all others."""

    def enter_document(self, node: DocumentNode, *_: object) -> None:
        try:
            check_limits(node)
        except CyclicFragments:
            (error, *_others) = validate(self.context.schema, node, [NoFragmentCyclesRule])
            raise ValidationAbortedError(error.message, error.nodes) from None


def check_limits(document: DocumentNode) -> int:
    """The number of nodes visited; raises DocumentTooLarge or CyclicFragments."""
    _check_count(len(document.definitions), MOST_DEFINITIONS, "operations and fragments")
    tallies, merged = DefinitionTallies(document), MergedFields(document)
    counts: Counter[str] = Counter()
    for definition in _definitions_in_order(document, tallies, merged):
        tally = tallies.total_tally(definition)
        if tallies.cyclic:
            raise CyclicFragments
        counts.update(tally.counts)
        for what, most in MOST.items():
            _check_count(counts[what], most, f"{what} with its fragments spread out")
        _check_count(tally.depth, MOST_DEPTH, "levels of fields within one another")
        merged.add(definition)
        _check_count(merged.roots, MOST_ROOTS, "fields at the root of an operation")
        _check_count(merged.pairs, MOST_PAIRS, "pairs of fields or fragments to be compared")
    return tallies.visited + merged.visited


def _check_count(count: int, most: int, what: str) -> None:
    if count > most:
        raise DocumentTooLarge(count, most, what)


def _definitions_in_order(
    document: DocumentNode, tallies: DefinitionTallies, merged: MergedFields
) -> Iterator[Definition]:
    """Operations, then fragments that none of them uses: other rules look at these too."""
    definitions = [
        definition for definition in document.definitions if isinstance(definition, Definition)
    ]
    spread = {
        name for definition in definitions for name, _ in tallies.own_tally(definition).spreads
    }

    def rank(definition: Definition) -> int:
        if isinstance(definition, OperationDefinitionNode):
            return 0
        return 2 if definition.name.value in spread else 1

    for definition in sorted(definitions, key=rank):
        if id(definition) not in merged.seen:
            yield definition
