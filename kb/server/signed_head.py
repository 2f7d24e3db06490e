"""The head of the change feed, signed: who keeps it can prove later what the service had said.

In: GET or HEAD requests. Out: a note in the form of C2SP's `tlog-checkpoint`, signed with each of
the service's keys, and the keys to verify it by. Its lines are the origin, which is the name of the
first key and the stream's; the newest revision; and the hash of its commit, in base64, which rests
on all changes before it. That hash is a chain's, not a Merkle tree's: the feed itself proves that
one head follows another (docs/copying.md).
"""

import base64

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kb.errors import HeadUnsigned, KBError
from kb.server.context import Context
from kb.server.plain_refusal import plain_refusal
from kb.server.requests import least_revision
from kb.signed_note import SigningKey, sign

HEAD, KEY = "/feed/head", "/feed/key"
_NEWEST = ("select stream, revision, chain from head",)


class SignedHead:
    """`keys` sign what the database of `context` has."""

    def __init__(self, context: Context, keys: tuple[SigningKey, ...]) -> None:
        self._context, self._keys = context, keys

    def routes(self) -> list[Route]:
        return [Route(HEAD, self._head), Route(KEY, self._key)]

    async def _head(self, request: Request) -> Response:
        try:
            self._check_signed()
            context = await self._context.sent_by(request).reaching(least_revision(request))
            stream, revision, chain = map(str, await context.reader.fetch(_NEWEST, ()))
            if not chain:
                raise HeadUnsigned("nothing was committed yet", "come again later")
        except KBError as error:
            return plain_refusal(error)
        text = head_text(f"{self._keys[0].name}/{stream}", revision, chain)
        return PlainTextResponse(sign(text, self._keys), headers={"X-KB-Revision": revision})

    async def _key(self, _: Request) -> Response:
        try:
            self._check_signed()
        except KBError as error:
            return plain_refusal(error)
        return PlainTextResponse("".join(f"{key.verifier}\n" for key in self._keys))

    def _check_signed(self) -> None:
        if not self._keys:
            what = "the head of the feed is not signed here"
            raise HeadUnsigned(what, "ask the operator for a key (`KB_SIGNING_KEY`)")


def head_text(origin: str, revision: str, chain: str) -> str:
    digest = base64.b64encode(bytes.fromhex(chain)).decode()
    return f"{origin}\n{revision}\n{digest}\n"
