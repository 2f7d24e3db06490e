"""What is used of Strawberry under names that it may change without notice: here, and only here.

In: a schema of Strawberry's, an operation on its way through it. Out: the GraphQL library's own
schema, the name of the operation as it was given, whether a page may open a WebSocket.
"""

from collections.abc import Iterable, Mapping

import strawberry
from graphql import GraphQLSchema
from strawberry.http.websocket_origin import is_same_origin
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType


class _Execution(ExecutionContext):
    """One operation on its way."""

    @property
    def operation_type(self) -> OperationType:
        """A query where there is no such operation: what is wrong then is for later steps to say.

        The library would stop here, with less to say than validation and execution have.
        """
        try:
            return super().operation_type
        except RuntimeError:
            return OperationType.QUERY


class AdaptedSchema(strawberry.Schema):
    """A schema that shows its core, and leaves it to later steps to refuse an operation."""

    @property
    def core(self) -> GraphQLSchema:
        return self._schema

    def _create_execution_context(
        self,
        query: str | None,
        allowed_operation_types: Iterable[OperationType],
        variable_values: dict[str, object] | None = None,
        context_value: object = None,
        root_value: object = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, object] | None = None,
    ) -> ExecutionContext:
        return _Execution(
            query,
            self,
            allowed_operation_types,
            context_value,
            variable_values,
            root_value=root_value,
            provided_operation_name=operation_name,
            operation_extensions=operation_extensions,
        )


def operation_name(execution: ExecutionContext) -> str | None:
    """As the client gave it.

    The public name falls back to the first operation, where the specification wants an error.
    """
    return execution._provided_operation_name


def may_connect(headers: Mapping[str, str]) -> bool:
    """Whether who asks for a WebSocket is no page of another site."""
    origin = headers.get("origin")
    if origin is None or headers.get("sec-fetch-site") == "same-origin":
        return True
    return is_same_origin(origin, headers.get("host"))
