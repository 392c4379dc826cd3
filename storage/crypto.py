"""Words at rest: AES-256-GCM under a ring of keys.

The first key of the ring writes; every key of it reads. A ciphertext is bound to its tenant and row, so it
cannot be moved to another. A key is named by its own hash: a wrong key cannot pass for the right one.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
PROOF = b"alongside"
AUDIT = b"alongside audit"
"""What the keys that seal the audit are derived for: no key does two things."""


class KeyFault(Exception):
    """The keys do not fit the database. Nothing was read or changed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """`nonce` is 12 bytes; `body` is the ciphertext with its tag."""

    key: str
    nonce: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by their names; `current` is the one that writes."""

    current: str
    _ciphers: dict[str, AESGCM] = field(repr=False)
    _stamps: dict[str, bytes] = field(repr=False)

    @classmethod
    def of(cls, keys: Sequence[bytes]) -> "KeyRing":
        """A ring of raw keys (32 bytes each), the one that writes first.

        Raises:
            KeyFault: there is none, or one has the wrong length.
        """
        if not keys:
            raise KeyFault("There is no key. Name at least one in ALONGSIDE_KEYS.")
        ciphers, stamps = dict[str, AESGCM](), dict[str, bytes]()
        for number, key in enumerate(keys, 1):
            if len(key) != KEY_BYTES:
                raise KeyFault(f"Key {number} has {len(key)} bytes; a key has {KEY_BYTES}.")
            name = sha256(key).hexdigest()[:16]
            ciphers[name] = AESGCM(key)
            stamps[name] = HKDF(SHA256(), KEY_BYTES, salt=None, info=AUDIT).derive(key)
        return cls(next(iter(ciphers)), ciphers, stamps)

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """A ring from text: base64 keys separated by spaces, commas or new lines."""
        keys = []
        for number, piece in enumerate(text.replace(",", " ").split(), 1):
            try:
                keys.append(base64.b64decode(piece, validate=True))
            except (binascii.Error, ValueError):
                raise KeyFault(
                    f"Key {number} is not base64. Each key is 32 random bytes in base64."
                ) from None
        return cls.of(keys)

    def names(self) -> Sequence[str]:
        """The names of all keys that can read, in their order: first the one that writes."""
        return tuple(self._ciphers)

    def seal(self, tenant: str, row: str, text: bytes) -> Sealed:
        """Encrypt under the current key, bound to its tenant and row."""
        nonce = os.urandom(12)
        body = self._ciphers[self.current].encrypt(nonce, text, _bound(tenant, row))
        return Sealed(self.current, nonce, body)

    def open(self, tenant: str, row: str, sealed: Sealed) -> bytes:
        """Decrypt.

        Raises:
            KeyFault: the key is not in the ring, or the row was tampered with.
        """
        cipher = self._ciphers.get(sealed.key)
        if cipher is None:
            raise KeyFault(f"Key {sealed.key} is missing: words that were written with it cannot be read.")
        try:
            return cipher.decrypt(sealed.nonce, sealed.body, _bound(tenant, row))
        except InvalidTag:
            raise KeyFault(f"Row {row} does not open with key {sealed.key}.") from None

    def stamp(self, text: str) -> bytes:
        """What only whoever holds the current key can put to `text`; for what is no secret, and may not be forged."""
        return hmac.digest(self._stamps[self.current], text.encode(), "sha256")

    def is_stamped(self, key: str, text: str, stamp: bytes) -> bool:
        """Whether it was put there with that key.

        Raises:
            KeyFault: the key is not in the ring.
        """
        known = self._stamps.get(key)
        if known is None:
            raise KeyFault(f"Key {key} is missing: what was sealed with it cannot be checked.")
        return hmac.compare_digest(hmac.digest(known, text.encode(), "sha256"), stamp)


def new_key() -> str:
    """A fresh key as base64."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def _bound(tenant: str, row: str) -> bytes:
    return f"{tenant}/{row}".encode()
