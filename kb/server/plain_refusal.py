"""What is refused of what plain HTTP gives, whoever gives it: the feed, downloads and imports.

In: an error. Out: a response with its status, and the code, what is wrong and what to do in JSON.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType

from graphql import GraphQLError
from starlette.responses import Response

from kb.errors import (
    ExpiredError,
    ForkedError,
    KBError,
    RequestError,
    RevisionExpired,
    RevisionUnknown,
)
from kb.query.executor import to_graphql
from kb.server.endpoint import RETRY, headers_of
from kb.server.requests import GRAPHQL_JSON, PLAIN_JSON
from kb.server.responses import status_of
from kb.telemetry.record import note_code

_STATUSES = {
    ForkedError.code: 409,
    ExpiredError.code: 410,
    RevisionExpired.code: 410,
    RevisionUnknown.code: 404,
}


def plain_refusal(
    error: GraphQLError | KBError, more_headers: Mapping[str, str] = MappingProxyType({})
) -> Response:
    """`more_headers` go with what is refused for now (503)."""
    told = to_graphql(error) if isinstance(error, KBError) else error
    code = str((told.extensions or {})["code"])
    note_code(code)
    status = _STATUSES.get(code) or status_of({"errors": [told.formatted]}, GRAPHQL_JSON)
    if isinstance(error, RequestError):
        status = error.status
    headers = headers_of(error) if isinstance(error, KBError) else {}
    if status == 503:
        headers = {**RETRY, **headers, **more_headers}
    # Of an error of ours the two stand one after the other.
    message, _, remedy = told.message.partition("; ")
    body = to_json({"code": code, "message": message, "remedy": remedy})
    return Response(body, status, headers, f"{PLAIN_JSON}; charset=utf-8")


def to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
