"""The change feed by plain HTTP: pages of changes as lines of JSON, or as one JSON object.

In: GET or HEAD requests. Out: the changes that follow a place in the feed, as GraphQL gives them to
the same client, and where to go on; a `Link` leads there while there are more. One that may wait
is answered once there is something to tell. What is refused has a status, and a code in JSON.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

from graphql import GraphQLError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kb.errors import KBError, LimitError, TooManyRequests
from kb.query.subscription import BATCH_SIZE
from kb.server.context import Context
from kb.server.feed_request import JSON, NDJSON, FeedRequest, read_feed_request
from kb.server.own_queries import ask_schema
from kb.server.plain_refusal import plain_refusal, to_json
from kb.server.requests import PLAIN_JSON, least_revision
from schema.feed import MOST_DIGITS

_QUERY = """query FeedPage(
  $since: String, $after: String, $types: [RecordType!], $record: ID, $first: Int!
) {
  changes(since: $since, after: $after, types: $types, record: $record, first: $first) {
    nodes {
      revision position cursor commitEnd op type recordId document documentHash
      erasedBy erases at actor reason
    }
    pageInfo { hasNextPage }
  }
  feed { head headCursor }
}"""
_QUERY_WITH_BEFORE = _QUERY.replace(" document ", " before comparedWith document ")
_GLANCE = 1.0
"""Seconds after which it is seen that whoever waits has gone."""
_AGAIN = 10
"""Seconds after which there may be room again for one who waits."""
_Form = Callable[["FeedPage", str | None], str]


@dataclass(frozen=True)
class FeedPage:
    """Changes in order, and the place that they reach: the head, if there are no more."""

    changes: Sequence[dict[str, object]]
    head: int
    cursor: str
    position: str
    more: bool

    def end(self, next_page: str | None) -> dict[str, object]:
        """What tells that a page is whole, and how to go on."""
        return {
            "end": True,
            "position": self.position,
            "cursor": self.cursor,
            "more": self.more,
            "next": next_page,
            "head": self.head,
        }


class FeedPages:
    """The feed of one database."""

    def __init__(self, context: Context, public_url: str) -> None:
        self._context, self._public_url = context, public_url

    def routes(self) -> list[Route]:
        return [
            Route(NDJSON, partial(self._answer, form=_as_lines, media="application/x-ndjson")),
            Route(JSON, partial(self._answer, form=_as_object, media=PLAIN_JSON)),
        ]

    async def _answer(self, request: Request, form: _Form, media: str) -> Response:
        try:
            wanted = read_feed_request(request.scope["query_string"])
            sender = self._context.sent_by(request)
            context = await sender.reaching(least_revision(request))
            page = await _read_in_time(context, wanted, request.is_disconnected)
        except (GraphQLError, KBError) as error:
            return plain_refusal(error)
        url = f"{self._public_url}{request.scope['path']}?{wanted.next_query(page.cursor)}"
        next_page = url if page.more else None
        # Articles may be long.
        body = await run_in_threadpool(form, page, next_page)
        response = Response(body, media_type=f"{media}; charset=utf-8")
        response.headers["X-KB-Revision"] = str(page.head)
        if wanted.wait:
            response.headers["Cache-Control"] = "no-store"
        if next_page:
            response.headers["Link"] = f'<{next_page}>; rel="next"'
        return response


async def _read_in_time(
    context: Context, wanted: FeedRequest, is_gone: Callable[[], Awaitable[bool]]
) -> FeedPage:
    """The page as soon as there is something in it, or when the time to wait is over."""
    if not wanted.wait:
        return await _read(context, wanted)
    end = time.monotonic() + wanted.wait
    with ExitStack() as seat:
        _take_seat(context, seat)
        while True:
            seen = context.news.count
            page = await _read(context, wanted)
            if page.changes or not await _hears_news(context, seen, end, is_gone):
                return page
            await context.check_token()


def _take_seat(context: Context, seat: ExitStack) -> None:
    """One of those of subscriptions, which wait as long."""
    try:
        seat.enter_context(context.subscribed())
    except LimitError as error:
        raise TooManyRequests(error.message, _AGAIN) from None


async def _hears_news(
    context: Context, seen: int, end: float, is_gone: Callable[[], Awaitable[bool]]
) -> bool:
    """Whether there was a commit before the time is over, the client gone, or the service ends."""
    while (left := end - time.monotonic()) > 0 and not context.news.ended:
        try:
            async with asyncio.timeout(min(left, _GLANCE)):
                await context.news.wait_beyond(seen)
        except TimeoutError:
            if await is_gone():
                return False
        else:
            return not context.news.ended
    return False


async def _read(context: Context, wanted: FeedRequest) -> FeedPage:
    """A page in batches, so that no one statement, and no one text, is long."""
    changes: list[dict[str, object]] = []
    rest = wanted
    while True:
        batch = await _read_batch(context, rest)
        changes += batch.changes
        rest = rest.after(batch.cursor, len(batch.changes))
        if not batch.more or not rest.limit:
            return replace(batch, changes=changes)


async def _read_batch(context: Context, wanted: FeedRequest) -> FeedPage:
    variables = {**wanted.variables, "first": min(wanted.limit, BATCH_SIZE)}
    query = _QUERY_WITH_BEFORE if wanted.before else _QUERY
    data = await ask_schema(context, query, variables)
    page, feed = data["changes"], data["feed"]
    changes, more = [_line(node) for node in page["nodes"]], page["pageInfo"]["hasNextPage"]
    head = int(feed["head"])
    if more:
        last = changes[-1]
        return FeedPage(changes, head, str(last["cursor"]), str(last["position"]), more)
    return FeedPage(changes, head, feed["headCursor"], f"{head:0{MOST_DIGITS}}", more)


def _line(node: dict[str, object]) -> dict[str, object]:
    numbers = {
        name: None if node[name] is None else int(str(node[name]))
        for name in ("revision", "erasedBy")
    }
    return {**node, **numbers}


def _as_lines(page: FeedPage, next_page: str | None) -> str:
    return "".join(f"{to_json(line)}\n" for line in (*page.changes, page.end(next_page)))


def _as_object(page: FeedPage, next_page: str | None) -> str:
    return to_json({"changes": page.changes, **page.end(next_page)})
