"""Content codings: which one a client likes best, and bytes in it.

In: the header `Accept-Encoding`, and bytes. Out: the name of a coding, empty for none; the bytes
compressed by it.
"""

import gzip
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import brotli
import zstandard

QUICKEST = ("zstd", "br", "gzip")
"""Codings by how long they take, for what is compressed as it is sent."""
SMALLEST = ("br", "zstd", "gzip")
"""Codings by what they leave, for what is compressed once and for all."""
LEAST = 1_000
"""Bytes from which on it is worth the while: what is shorter goes in one packet either way."""
LEVEL = 4
"""Of each coding: above it, time grows faster than bytes shrink."""

_MOST_OF_HEADER = 1_000
"""Characters of a header that is taken apart; a longer one counts as none."""
_PART = re.compile(r"\s*([\w*.+-]+)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.ASCII)
_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.ZstdCompressor(LEVEL).compress(body),
    "br": lambda body: brotli.compress(body, quality=LEVEL),
    "gzip": lambda body: gzip.compress(body, LEVEL, mtime=0),
}


@lru_cache(256)
def preferred_coding(accept_encoding: bytes, offers: tuple[str, ...] = QUICKEST) -> str:
    """The coding with the highest quality, of equal ones the first offered; empty for none.

    A part that is not understood counts as not there.
    """
    if len(accept_encoding) > _MOST_OF_HEADER:
        return ""
    parts = map(_PART.fullmatch, accept_encoding.decode("latin-1").lower().split(","))
    named = {part[1]: float(part[2] or 1) for part in parts if part}
    qualities = {offer: named.get(offer, named.get("*", 0.0)) for offer in offers}
    best = max(offers, key=lambda offer: qualities[offer])
    return best if qualities[best] and qualities[best] >= named.get("identity", 0.0) else ""


def accepted_coding(
    headers: Iterable[tuple[bytes, bytes]], offers: tuple[str, ...] = QUICKEST
) -> str:
    """That of a request with these headers."""
    accepted = b",".join(value for name, value in headers if name == b"accept-encoding")
    return preferred_coding(accepted, offers)


def compress(body: bytes, coding: str) -> bytes:
    return _COMPRESS[coding](body)
