"""The pages of answers with permanent links, and references to these.

In: requests of browsers, and of programs that keep references. Out: HTML with the question, the
answer as it is given again or why it is not, how to cite it, and the articles behind it; and the
reference in each of its forms.
"""

import json
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kb.errors import AnswerError, TooSlow, Unavailable
from kb.models import KeptAnswer
from kb.query.executor import to_graphql
from kb.server.answer_endpoint import PATH, AnswerEndpoint
from kb.server.kept_answers import find_answer
from kb.web.answer_sources import Sources, sources_of
from kb.web.citation_pages import key_and_form, reference_response
from kb.web.page_params import PageHandler, check_params
from kb.web.page_queries import PageQuery, page_query
from kb.web.pages import Site, file_name, not_found
from kb.web.presentation import JsonObject
from kb.web.reference_files import REFERENCE_FORMS
from kb.web.references import answer_reference
from kb.web.rendering import html_page, location_of

_DATA = "json"
MOST_SHOWN = 200_000
"""Bytes of an answer that its page shows, with the articles behind it."""


@dataclass(frozen=True)
class Replay:
    """What became of an answer: `text` in lines, if it is short; `why` and `status` if it is not
    given.
    """

    size: int = 0
    text: str = ""
    sources: Sources | None = None
    why: str = ""
    status: int = 200


class AnswerPages:
    """Of one site."""

    def __init__(self, site: Site, endpoint: AnswerEndpoint) -> None:
        self._site, self._endpoint = site, endpoint
        self._context, self._answers = endpoint.context, endpoint.answers

    def routes(self) -> list[BaseRoute]:
        return [
            Route(f"{PATH}/{{key}}.{{form}}", _without_params(self.file, is_file=True)),
            Route(f"{PATH}/{{key}}", _without_params(self.page, is_file=False)),
        ]

    async def file(self, request: Request) -> Response:
        """The answer itself, or the reference to it."""
        key, form = key_and_form(request)
        if form == _DATA:
            return await self._endpoint.replay(request, key)
        about, answer = await self._find(request, key)
        if answer is None or form not in REFERENCE_FORMS:
            what = "reference" if answer else "answer"
            return not_found(request, about, what, file_name(key, form, REFERENCE_FORMS))
        return reference_response(form, self._reference(request, about, answer))

    async def page(self, request: Request) -> Response:
        key = request.path_params["key"]
        about, answer = await self._find(request, key)
        if answer is None:
            return not_found(request, about, "answer", key)
        replay = await self._replay(request, answer)
        values = {
            "location": location_of(request),
            "about": about,
            "answer": answer,
            "is_shown": self._is_shown(request, answer),
            "replay": replay,
            "question": PageQuery(answer.document, json.loads(answer.variables)),
            "reference": self._reference(request, about, answer),
        }
        return html_page("answer.html", values, replay.status)

    async def _find(self, request: Request, key: str) -> tuple[JsonObject, KeptAnswer | None]:
        """What the site is about, and the answer."""
        data = await self._site.ask(request, page_query("site", {}, {}))
        about = data["about"]
        answer = await find_answer(self._context.reader, key)
        return about if isinstance(about, dict) else {}, answer

    async def _replay(self, request: Request, answer: KeptAnswer) -> Replay:
        """Raises GraphQLError where the database does not answer."""
        context = self._context.sent_by(request)
        try:
            body = await self._answers.replay(context, answer)
            if len(body) > MOST_SHOWN:
                return Replay(len(body))
            sources = await sources_of(self._answers, context, answer)
        except AnswerError as error:
            return Replay(why=str(error), status=error.status)
        except (TooSlow, Unavailable) as error:
            raise to_graphql(error) from None
        return Replay(len(body), _in_lines(body), sources)

    def _is_shown(self, request: Request, answer: KeptAnswer) -> bool:
        return self._answers.is_shown(self._context.sent_by(request), answer)

    def _reference(self, request: Request, about: JsonObject, answer: KeptAnswer) -> JsonObject:
        page = location_of(request).whole(f"{PATH}/{answer.id}")
        hash_ = answer.sha256 if self._is_shown(request, answer) else ""
        return answer_reference(answer, str(about.get("title", "")), page, hash_)


def _in_lines(body: bytes) -> str:
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2)


def _without_params(page: PageHandler, *, is_file: bool) -> PageHandler:
    """An answer has no day but its own."""

    async def answer(request: Request) -> Response:
        check_params(request, {}, is_file=is_file)
        return await page(request)

    return answer
