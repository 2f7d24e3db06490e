"""Answers compressed as clients like it, while they are sent.

In: ASGI calls. Out: the same calls, passed on; text of some length is sent in the coding that the
client prefers. What has one already passes as it is, and so do events and Parquet.
"""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type, remove_compress_type

from kb.content_coding import LEAST, LEVEL, QUICKEST, accepted_coding

_TEXTS = ("application/x-ndjson", "text/csv")
"""Media types that the library does not know for text."""


class Compression:
    """The library's middleware for each coding: of several it would not weigh the qualities."""

    def __init__(self, app: ASGIApp) -> None:
        for media_type in _TEXTS:
            add_compress_type(media_type)
        # Each event would be compressed by itself, and be held back by whoever gathers bytes.
        remove_compress_type("text/event-stream")
        self._by_coding = {
            coding: CompressMiddleware(
                app,
                minimum_size=LEAST,
                zstd=coding == "zstd",
                zstd_level=LEVEL,
                brotli=coding == "br",
                brotli_quality=LEVEL,
                gzip=coding == "gzip",
                gzip_level=LEVEL,
            )
            for coding in (*QUICKEST, "")
        }

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        coding = accepted_coding(scope["headers"]) if scope["type"] == "http" else ""
        return self._by_coding[coding](scope, receive, send)
