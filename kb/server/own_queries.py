"""Queries of the service's own, which pages, tools and the feed ask of the public schema.

In: a query, its variables, and the context of whoever it is asked for. Out: its data; GraphQLError
for what is wrong with it. One that was asked before goes without the library, as on the fast path.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLError
from strawberry.types.graphql import OperationType

from kb.query.executor import Operation
from kb.server.context import Context
from kb.server.fast_path import choose_query
from kb.server.served_schema import served_schema
from kb.telemetry.record import current

_EVERY = tuple(OperationType)


async def ask_schema(
    context: Context,
    text: str,
    variables: Mapping[str, object],
    types: Iterable[OperationType] = _EVERY,
) -> Mapping[str, Any]:
    """`types` are those of operations that may be asked. Raises GraphQLError."""
    data = await _ask_planned(context, text, variables)
    if data is not None:
        return data
    result = await served_schema().execute(
        text, dict(variables), context, allowed_operation_types=types
    )
    if result.errors:
        raise result.errors[0]
    if result.data is None:
        raise GraphQLError("nothing was answered")
    answered: Mapping[str, Any] = result.data
    return answered


async def _ask_planned(
    context: Context, text: str, variables: Mapping[str, object]
) -> Mapping[str, Any] | None:
    known = context.documents.find(text, None)
    if known is None:
        return None
    document, prepared = known
    current().operation = prepared.label
    chosen = choose_query(prepared, Operation(text, document, None, variables))
    if chosen is None:
        return None
    result = await context.executor.answer(chosen, context.reader)
    if result.errors:
        raise result.errors[0]
    return result.data
