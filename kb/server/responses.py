"""The form of answers, which is the same by every transport.

In: results of operations, and whatever was raised instead of one. Out: responses as the
specification has them, their JSON, in which the text of an answer stands as the database made it,
and the status that goes with them by HTTP.
"""

import json
from collections.abc import Mapping

from cross_web import HTTPException
from graphql import GraphQLError
from strawberry.http import GraphQLHTTPResponse
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult

from kb.errors import (
    DatabaseLost,
    DatabaseMissing,
    Overloaded,
    RequestError,
    StorageError,
    TooSlow,
    Unavailable,
)
from kb.query.executor import Answer, to_graphql
from kb.server.error_codes import ErrorCode, failure
from kb.server.requests import GRAPHQL_JSON
from kb.telemetry.record import note_code

_FAILURES = {
    str(ErrorCode.INTERNAL): 500,
    DatabaseLost.code: 503,
    DatabaseMissing.code: 503,
    Overloaded.code: 503,
    StorageError.code: 507,
    TooSlow.code: 503,
    Unavailable.code: 503,
}


def response_of(result: ExecutionResult) -> GraphQLHTTPResponse:
    """A result in the form of the specification; without `data` if the operation was refused."""
    if result.errors:
        _note_code(result.errors[0])
    errors: list[object] = [error.formatted for error in result.errors or ()]
    if errors and result.data is None:
        return {"errors": errors}
    return {"data": result.data, "errors": errors} if errors else {"data": result.data}


def _note_code(error: GraphQLError) -> None:
    note_code(str((error.extensions or {})["code"]))


def response_to(error: Exception) -> tuple[GraphQLHTTPResponse, int]:
    """The response for an exception, and its status; an internal error is not described."""
    if isinstance(error, HTTPException):
        error = _translate(error)
    match error:
        case RequestError():
            graphql_error, status = to_graphql(error), error.status
        case Unavailable() | TooSlow():
            graphql_error, status = to_graphql(error), _FAILURES.get(error.code, 503)
        case _:
            graphql_error, status = failure(error), 500
    _note_code(graphql_error)
    return {"errors": [graphql_error.formatted]}, status


def _translate(error: HTTPException) -> RequestError:
    """The library's refusal of a method, or of an operation that this method may not carry."""
    wrong_method = isinstance(error.__cause__, InvalidOperationTypeError)
    status = 405 if wrong_method else error.status_code
    return RequestError(error.reason.rstrip("."), "send the operation by POST", status)


def encode_json(data: object) -> str:
    """JSON, in which the text of an `Answer` is used as it is, without being parsed."""
    if isinstance(data, dict) and isinstance(data.get("data"), Answer):
        rest = {key: value for key, value in data.items() if key != "data"}
        tail = json.dumps(rest, ensure_ascii=False)[1:] if rest else "}"
        return f'{{"data":{data["data"].json}{"," if rest else ""}{tail}'
    return json.dumps(data, ensure_ascii=False, default=dict)


def revision_of(response: Mapping[str, object]) -> str | None:
    """The revision of a query's answer that has no errors; None for all else."""
    data = response.get("data")
    return data.revision if isinstance(data, Answer) and not response.get("errors") else None


def status_of(response: GraphQLHTTPResponse, media: str) -> int:
    for error in response.get("errors") or ():
        assert isinstance(error, dict)
        if status := _FAILURES.get(error["extensions"]["code"]):
            return status
    return 400 if media == GRAPHQL_JSON and "data" not in response else 200
