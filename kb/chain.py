"""The hash of a commit of the change feed, which rests on the stream and on all commits before it.

In: the hash before it, the stream's name, and its changes in their order. Out: its hash, and the
digests of documents that go into it. Pure: no I/O.
"""

import hashlib


def digest(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()


class Chain:
    """Of one commit; the stream in it parts histories that begin alike."""

    def __init__(self, before: str, stream: str) -> None:
        self._hash = hashlib.sha256(f"{before} {stream}\n".encode())

    def add(self, kind: str, key: str, digest: str = "") -> None:
        """A record, with the digest of its document; none if it was removed."""
        self._hash.update(f"{kind}:{key} {digest}\n".encode())

    def end(self) -> str:
        return self._hash.hexdigest()
