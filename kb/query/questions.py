"""What was asked, in a normal form: the same question is the same text.

In: a valid document, the name of the operation that is meant, and variables as they came. Out: the
operation with the fragments that it spreads, printed without comments; the variables that it has,
sorted by name; and a hash of both. The order of fields stays: it is that of the answer. Pure: no
connection.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from graphql import (
    DocumentNode,
    OperationDefinitionNode,
    get_operation_ast,
    print_ast,
    separate_operations,
)


@dataclass(frozen=True)
class Question:
    """`document` has one operation, `variables` are canonical JSON."""

    document: str
    variables: str

    @cached_property
    def sha256(self) -> str:
        return hash_of(self.document, self.variables)


def question_of(
    document: DocumentNode, name: str | None, variables: Mapping[str, object]
) -> Question:
    """Of a document that has an operation of this name, or one alone."""
    operation = get_operation_ast(document, name)
    assert operation is not None
    key = operation.name.value if operation.name else ""
    text = print_ast(separate_operations(document)[key])
    return Question(text, canonical_json(_own_variables(operation, variables)))


def _own_variables(
    operation: OperationDefinitionNode, variables: Mapping[str, object]
) -> Mapping[str, object]:
    names = {each.variable.name.value for each in operation.variable_definitions or ()}
    return {name: value for name, value in variables.items() if name in names}


def canonical_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(*parts: object) -> str:
    return sha256(canonical_json(parts).encode()).hexdigest()
