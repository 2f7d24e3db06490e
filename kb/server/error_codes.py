"""The errors of operations as clients get them: each with its permanent code, none with internals.

In: errors as the libraries and this project raised them. Out: the same ones, coded in place; those
that nobody foresaw say nothing of their cause, which is logged once. `kb.errors` lists the codes.
"""

import logging
import re
from enum import StrEnum

from graphql import GraphQLError, GraphQLSyntaxError, get_operation_ast
from strawberry.types import ExecutionContext

from kb.errors import KBError, LimitError, for_client
from schema.adapter import AdaptedSchema, operation_name

_LOGGER = logging.getLogger(__name__)
FAILED = "the server failed to answer this; it is logged, so try again or report it"
_TOO_DEEP = "the operation nests too deeply; ask for the inner parts by their ids"
MOST_MESSAGE = 1_000
"""Characters of a message."""
_PARSING_ABORTED, _VALIDATION_ABORTED = "Parsing aborted.", "Validation aborted."
"""How the GraphQL library ends what it says of its own limits."""


_DIGITS = re.compile(r", but encountered error 'Exceeds the limit [^']*'")
"""What Python says of an integer that is too long for it."""
_NAMES = {"None": "null", "True": "true", "False": "false"}
_PYTHON = re.compile(rf"'[^']*'|\"[^\"]*\"|\b(?:{'|'.join(_NAMES)})\b")


class ErrorCode(StrEnum):
    """The codes of errors that are not of this project's own making."""

    SYNTAX = "GRAPHQL_PARSE_FAILED"
    VALIDATION = "GRAPHQL_VALIDATION_FAILED"
    OPERATION = "UNKNOWN_OPERATION"
    VARIABLES = "BAD_VARIABLES"
    INTERNAL = "INTERNAL"


class CodedSchema(AdaptedSchema):
    """A schema whose operations fail with codes, in the order that the specification gives."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Every error of every operation comes here once, before anybody else sees it."""
        for error in errors:
            if "code" not in (error.extensions or {}):
                _give_code(error, execution_context)
            error.message = _shorten(error.message)


def failure(error: Exception | None) -> GraphQLError:
    """An internal error as clients get it, without its cause, which is logged."""
    _LOGGER.error("an operation failed", exc_info=error)
    return GraphQLError(FAILED, extensions={"code": str(ErrorCode.INTERNAL)})


def _shorten(message: str) -> str:
    """The message, cut if it is long, as it may quote what a client sent."""
    more = len(message) - MOST_MESSAGE
    return message if more <= 0 else f"{message[:MOST_MESSAGE]}… and {more:,} characters more"


def _give_code(error: GraphQLError, execution: ExecutionContext | None) -> None:
    code, cause = _code(error, execution), error.original_error
    if code == ErrorCode.INTERNAL:
        error.message = failure(cause).message
    elif isinstance(cause, KBError) and cause.public:
        error.message = for_client(cause)
    elif isinstance(cause, RecursionError) and code == LimitError.code:
        error.message = _TOO_DEEP
    elif code in (ErrorCode.VARIABLES, ErrorCode.VALIDATION):
        error.message = _PYTHON.sub(_spell_in_graphql, _DIGITS.sub("", error.message))
    error.extensions = {**(error.extensions or {}), "code": str(code)}


def _spell_in_graphql(match: re.Match[str]) -> str:
    """`null`, `true` and `false` for Python's names of them; quoted text stays as it was sent."""
    return _NAMES.get(match[0], match[0])


def _code(error: GraphQLError, execution: ExecutionContext | None) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return LimitError.code if error.message.endswith(_PARSING_ABORTED) else ErrorCode.SYNTAX
    # Scalars raise too, while values are coerced: such errors have a place, but no path.
    if error.original_error and (error.path or not error.nodes):
        return _code_of_exception(error.original_error)
    if execution is None or execution.graphql_document is None:
        return ErrorCode.INTERNAL
    if execution.result is None:
        too_much = error.message == _VALIDATION_ABORTED
        return LimitError.code if too_much else ErrorCode.VALIDATION
    chosen = get_operation_ast(execution.graphql_document, operation_name(execution))
    return ErrorCode.VARIABLES if chosen else ErrorCode.OPERATION


def _code_of_exception(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return LimitError.code
    return error.code if isinstance(error, KBError) else ErrorCode.INTERNAL
