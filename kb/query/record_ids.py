"""Which records an answer tells of, whether or not it was asked for their ids.

In: the text of a valid document, and later its answer. Out: the document in which each record gives
its id beside what was selected of it; the ids, each once, in the order of the answer. Pure: no
connection.
"""

import json
from collections.abc import Iterator
from functools import cache

from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    is_abstract_type,
    parse,
    print_ast,
    visit,
)
from graphql.utilities import do_types_overlap

_KEY, _RECORD = "__record", "Node"
"""How the ids are called in the answer, and the type of all that has one."""


def with_record_ids(schema: GraphQLSchema, text: str) -> str:
    types = TypeInfo(schema)
    return print_ast(visit(parse(text), TypeInfoVisitor(types, _AddIds(schema, types))))


def record_ids(answer: str) -> list[str]:
    """Of the JSON that the document with ids was answered."""
    return [*dict.fromkeys(_ids_in(json.loads(answer)))]


class _AddIds(Visitor):
    def __init__(self, schema: GraphQLSchema, types: TypeInfo) -> None:
        super().__init__()
        self._schema, self._types = schema, types

    def leave_selection_set(self, node: SelectionSetNode, *_: object) -> SelectionSetNode | None:
        parent, record = self._types.get_parent_type(), self._schema.get_type(_RECORD)
        assert is_abstract_type(record)
        if parent is None or not do_types_overlap(self._schema, parent, record):
            return None
        return SelectionSetNode(selections=(*node.selections, *_id_selections()))


@cache
def _id_selections() -> tuple[SelectionNode, ...]:
    operation = parse(f"{{ ... on {_RECORD} {{ {_KEY}: id }} }}").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return tuple(operation.selection_set.selections)


def _ids_in(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _ids_in(each)
    elif isinstance(value, dict):
        if isinstance(key := value.get(_KEY), str):
            yield key
        for each in value.values():
            yield from _ids_in(each)
