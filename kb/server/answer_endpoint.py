"""`POST /answers`: the answer of a query gets a permanent link, and is given again as JSON by that.

In: what `POST /graphql` takes, and `revision` beside it for an answer that was given before; the id
of one that is kept. Out: 201 and the link of a new one, 200 and that of one which was kept already;
the answer byte for byte as it was; or errors in GraphQL's form.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kb.errors import RequestError, TooSlow, Unavailable, UnknownAnswer, alternatives
from kb.models import KeptAnswer
from kb.server.answers import AnswerRefused, Answers
from kb.server.context import Context
from kb.server.endpoint import error_response
from kb.server.kept_answers import find_answer
from kb.server.requests import (
    GRAPHQL_JSON,
    PLAIN_JSON,
    StrictRequestAdapter,
    least_revision,
    operation_of_members,
)
from kb.server.responses import encode_json, response_of, status_of
from kb.server.strict_json import show_text

PATH = "/answers"
_TAKEN = ("query", "documentId", "variables", "operationName", "extensions", "revision")
_DIGITS = 18


@dataclass(frozen=True)
class AnswerEndpoint:
    """Of one service."""

    context: Context
    answers: Answers

    def route(self) -> Route:
        return Route(PATH, self.post, methods=["POST"])

    async def post(self, request: Request) -> Response:
        return await _or_errors(request, self._keep(request))

    async def replay(self, request: Request, key: str) -> Response:
        """The answer of that id as JSON."""
        return await _or_errors(request, self._replay(request, key))

    async def _keep(self, request: Request) -> Response:
        context = (await self.context.reaching(least_revision(request))).sent_by(request)
        members = await StrictRequestAdapter(request).read_members()
        _check_names(members)
        revision = _revision(members.get("revision"))
        data = operation_of_members(members, context.store)
        kept = await self.answers.keep(context, data, revision)
        told = as_json(kept.answer, request.app.state.public_url)
        headers = {"Location": told["url"]}
        return JSONResponse(told, 201 if kept.is_new else 200, headers)

    async def _replay(self, request: Request, key: str) -> Response:
        context = self.context.sent_by(request)
        answer = await find_answer(context.reader, key)
        if answer is None:
            raise UnknownAnswer
        return Response(await self.answers.replay(context, answer), media_type=PLAIN_JSON)


async def _or_errors(request: Request, response: Awaitable[Response]) -> Response:
    try:
        return await response
    except AnswerRefused as refused:
        data = response_of(refused.result)
        return Response(encode_json(data), status_of(data, GRAPHQL_JSON), media_type=GRAPHQL_JSON)
    except (RequestError, TooSlow, Unavailable) as error:
        return error_response(request, error)


def _check_names(members: Mapping[str, object]) -> None:
    """Of a misspelt `revision` the link would be of now, and a footnote of another moment."""
    for name in members:
        if name not in _TAKEN:
            raise RequestError(
                f"there is no member {show_text(name)}", f"send {alternatives(_TAKEN)}"
            )


def _revision(given: object) -> str | None:
    """Digits, or a whole number, as lines of the feed have it."""
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) <= _DIGITS:
        return given
    raise RequestError("`revision` is none", "send one that an answer gave, or leave it out")


def as_json(answer: KeptAnswer, public_url: str) -> dict[str, str]:
    """What is told of an answer that is kept; its address is a path where no host is known."""
    return {
        "id": answer.id,
        "url": f"{public_url}{PATH}/{answer.id}",
        "revision": str(answer.revision),
        "sha256": answer.sha256,
        "at": answer.at,
    }
