"""The hashes by which the change feed proves itself: of documents, of commits, of all of a type.

In: documents, and changes in their order. Out: the hash of a commit, which rests on the stream and
on all commits before it; and the checksum of a type. Pure: no I/O.
"""

import hashlib
from dataclasses import dataclass

from kb.records.canonical import without_text

_MODULUS = 2**256


def digest(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()


def digests(document: str) -> tuple[str, str]:
    """Of a document, with the text of an article and without it."""
    whole, textless = digest(document), without_text(document)
    return whole, whole if textless is document else digest(textless)


class Chain:
    """The hash of one commit. The stream's name in it tells histories apart that begin alike."""

    def __init__(self, before: str, stream: str) -> None:
        self._hash = hashlib.sha256(f"{before} {stream}\n".encode())

    def add(self, type_name: str, key: str, digest: str = "") -> None:
        """A record, with the digest of its document without text; none if it was removed."""
        self._hash.update(f"{type_name}:{key} {digest}\n".encode())

    def end(self) -> str:
        return self._hash.hexdigest()


@dataclass
class Total:
    """How many records of a type there are, or are more, and the sum of their digests."""

    count: int = 0
    sum: int = 0

    def add(self, sha256: str) -> None:
        self.count += 1
        self.sum += int(sha256, 16)

    def drop(self, sha256: str) -> None:
        self.count -= 1
        self.sum -= int(sha256, 16)

    def checksum(self, before: str = "0") -> str:
        """Added to another checksum."""
        return f"{(int(before, 16) + self.sum) % _MODULUS:064x}"
