"""Notes that prove who wrote them: text signed by Ed25519, in the form of C2SP's `signed-note`.

In: the name of a signer, texts of private keys, and text. Out: new private keys, the keys by which
others verify, and signed notes. The private key is in the form of Go's `note`, as programs that
make them give it. Pure, but for the random bytes of a new key.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ED25519 = b"\x01"
_PRIVATE = re.compile(r"PRIVATE\+KEY\+([^\s+\x00-\x1f]+)\+([0-9a-f]{8})\+([0-9A-Za-z+/=]+)")
_NAME = re.compile(r"[^\s+\x00-\x1f]+")
_ID_BYTES, _SEED_BYTES = 4, 32


@dataclass(frozen=True)
class SigningKey:
    """The private key of a name, which is best an address without its scheme: `example.org/kb`."""

    name: str
    _key: "Ed25519PrivateKey"

    @classmethod
    def make(cls, name: str) -> Self:
        """A new one. Raises ValueError for a name with blanks or a plus."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if not _NAME.fullmatch(name):
            raise ValueError(name)
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises ValueError for what is no private key, without repeating it."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        match = _PRIVATE.fullmatch(text)
        if match is None:
            raise ValueError
        name, key_id, encoded = match.groups()
        try:
            kind, seed = (data := base64.b64decode(encoded, validate=True))[:1], data[1:]
        except binascii.Error:
            raise ValueError from None
        if kind != _ED25519 or len(seed) != _SEED_BYTES:
            raise ValueError
        key = cls(name, Ed25519PrivateKey.from_private_bytes(seed))
        if key._id.hex() != key_id:
            raise ValueError
        return key

    @property
    def _public(self) -> bytes:
        return _ED25519 + self._key.public_key().public_bytes_raw()

    @property
    def _id(self) -> bytes:
        return sha256(f"{self.name}\n".encode() + self._public).digest()[:_ID_BYTES]

    @property
    def text(self) -> str:
        """What is to be kept secret."""
        seed = _ED25519 + self._key.private_bytes_raw()
        return f"PRIVATE+KEY+{self.name}+{self._id.hex()}+{_encode(seed)}"

    @property
    def verifier(self) -> str:
        """What others verify by."""
        return f"{self.name}+{self._id.hex()}+{_encode(self._public)}"

    def signature_line(self, text: str) -> str:
        signature = self._id + self._key.sign(text.encode())
        return f"— {self.name} {_encode(signature)}\n"


def read_signing_keys(text: str) -> tuple[SigningKey, ...]:
    """Private keys, by blanks; raises ValueError."""
    return tuple(map(SigningKey.read, text.split()))


def sign(text: str, keys: tuple[SigningKey, ...]) -> str:
    """`text` ends in a newline."""
    return f"{text}\n{''.join(key.signature_line(text) for key in keys)}"


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()
