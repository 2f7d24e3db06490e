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
    Merged,
    Tallies,
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


class TooLarge(ValidationAbortedError):
    """Stops the validation."""

    def __init__(self, found: int, most: int, what: str) -> None:
        number = f"{found:,}" if found < _UNCOUNTED else "over a billion"
        told = f"the document has {number} {what}, more than the {most:,} allowed"
        super().__init__(f"{told}; ask for less at once", extensions={"code": LimitError.code})


class Cyclic(Exception):
    """The document's fragments spread one another."""


class Limits(ValidationRule):
    """The one rule that bounds all others."""

    def enter_document(self, node: DocumentNode, *_: object) -> None:
        try:
            check(node)
        except Cyclic:
            (error, *_others) = validate(self.context.schema, node, [NoFragmentCyclesRule])
            raise ValidationAbortedError(error.message, error.nodes) from None


def check(document: DocumentNode) -> int:
    """How many nodes were looked at; raises TooLarge or Cyclic."""
    _hold(len(document.definitions), MOST_DEFINITIONS, "operations and fragments")
    tallies, merged = Tallies(document), Merged(document)
    counts: Counter[str] = Counter()
    for definition in _uses(document, tallies, merged):
        tally = tallies.total(definition)
        if tallies.cyclic:
            raise Cyclic
        counts.update(tally.counts)
        for what, most in MOST.items():
            _hold(counts[what], most, f"{what} with its fragments spread out")
        _hold(tally.depth, MOST_DEPTH, "levels of fields within one another")
        merged.add(definition)
        _hold(merged.roots, MOST_ROOTS, "fields at the root of an operation")
        _hold(merged.pairs, MOST_PAIRS, "pairs of fields or fragments to be compared")
    return tallies.visited + merged.visited


def _hold(found: int, most: int, what: str) -> None:
    if found > most:
        raise TooLarge(found, most, what)


def _uses(document: DocumentNode, tallies: Tallies, merged: Merged) -> Iterator[Definition]:
    """Operations, then fragments that none of them uses: other rules look at these too."""
    definitions = [one for one in document.definitions if isinstance(one, Definition)]
    spread = {name for one in definitions for name, _ in tallies.alone(one).spreads}

    def rank(one: Definition) -> int:
        if isinstance(one, OperationDefinitionNode):
            return 0
        return 2 if one.name.value in spread else 1

    for definition in sorted(definitions, key=rank):
        if id(definition) not in merged.seen:
            yield definition
