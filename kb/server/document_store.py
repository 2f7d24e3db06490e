"""Documents by name: those that are listed in manifests, and those that clients sent with a hash.

In: what a request says of its document. Out: the document's text, or a DocumentError. Names are
those of GraphQL over HTTP: an id of a manifest, or `sha256:` and the SHA-256 of the text.
"""

from collections.abc import Mapping
from hashlib import sha256
from sys import getsizeof

from kb.cache import ENTRY_OVERHEAD, WeightedCache
from kb.errors import HashingDisabled, HashMismatch, UnknownDocument, UnknownHash, UnlistedDocument
from kb.server.strict_json import show_text

MOST_SENT = 8_000_000
"""Bytes of texts that clients sent with their hashes; those asked for last are kept."""


class DocumentStore:
    """With `locked`, only what is listed may be asked for, by whatever name or as its text."""

    def __init__(self, listed: Mapping[str, str], *, locked: bool) -> None:
        self.locked = locked
        self._listed = {**{_hash_id(text): text for text in listed.values()}, **listed}
        self._texts = frozenset(listed.values())
        self._sent: WeightedCache[str, str] = WeightedCache(MOST_SENT)

    def accept(self, text: str, hash_: str | None) -> str:
        """A text that was sent, and kept if it came with its hash."""
        if self.locked and text not in self._texts:
            what = "this service answers only the documents that are listed in its manifests"
            raise UnlistedDocument(what, "have this one added, or ask a listed one", 403)
        if hash_ is not None and self._listed.get(hash_) != text:
            self._keep(text, hash_)
        return text

    def _keep(self, text: str, hash_: str) -> None:
        id_ = _hash_id(text)
        if id_ != f"sha256:{hash_}":
            what = "`sha256Hash` is not the SHA-256 of `query`"
            raise HashMismatch(what, "hash the text that is sent, as UTF-8, in lower-case hex")
        if id_ not in self._listed:
            self._sent.keep(id_, text, getsizeof(text) + ENTRY_OVERHEAD)

    def find_by_hash(self, hash_: str) -> str:
        """Ids of manifests are taken for hashes, too: clients send either in the same place."""
        text = self._listed.get(hash_) or self._find(f"sha256:{hash_}")
        if text is None:
            raise HashingDisabled if self.locked else UnknownHash
        return text

    def find_by_id(self, id_: str) -> str:
        text = self._find(id_)
        if text is None:
            what = f"no document has the id {show_text(id_)}"
            raise UnknownDocument(what, "send its text as `query`, or have it listed", 404)
        return text

    @property
    def weight(self) -> int:
        """Bytes of the texts that were sent."""
        return self._sent.weight

    def _find(self, id_: str) -> str | None:
        return self._listed.get(id_) or self._sent.find(id_)


def _hash_id(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"
