"""Operations asked as of what was recorded after a revision.

In: the text of an operation, and a revision. Out: the same operation within `at`.
"""

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    parse,
    print_ast,
)


def at_revision(text: str, revision: str) -> str:
    return print_ast(
        DocumentNode(
            definitions=tuple(
                _wrap(each, revision) if isinstance(each, OperationDefinitionNode) else each
                for each in parse(text).definitions
            )
        )
    )


def _wrap(operation: OperationDefinitionNode, revision: str) -> OperationDefinitionNode:
    argument = ArgumentNode(
        name=NameNode(value="revision"), value=StringValueNode(value=revision, block=False)
    )
    field = FieldNode(
        name=NameNode(value="at"),
        arguments=(argument,),
        directives=(),
        selection_set=operation.selection_set,
    )
    return OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=operation.variable_definitions,
        directives=operation.directives,
        selection_set=SelectionSetNode(selections=(field,)),
    )
