"""Strawberry's private names, which it may change without notice: used here, and only here.

In: a Strawberry schema, an operation that it executes, the headers of a request. Out: the GraphQL
library's own schema, the operation's name as it was given, whether a page of another origin asks.
"""

from collections.abc import Iterable, Mapping

import strawberry
from graphql import GraphQLSchema
from strawberry.http.websocket_origin import is_same_origin
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType


class _Execution(ExecutionContext):
    """The execution of an operation."""

    @property
    def operation_type(self) -> OperationType:
        """A query where the document has no such operation: later steps then report the error.

        Strawberry would stop here, with a less useful error than those of validation and execution.
        """
        try:
            return super().operation_type
        except RuntimeError:
            return OperationType.QUERY


class AdaptedSchema(strawberry.Schema):
    """A schema that exposes the GraphQL library's own, and executes by `_Execution`."""

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
    """The operation's name as the client gave it.

    Strawberry's public attribute falls back to the first operation, where the specification has an
    error.
    """
    return execution._provided_operation_name


def is_cross_origin(headers: Mapping[str, str], host: str | None) -> bool:
    """Whether a page asks that is of another origin than the service, which has that host."""
    origin = headers.get("origin")
    if origin is None or headers.get("sec-fetch-site") == "same-origin":
        return False
    return not is_same_origin(origin, host)
