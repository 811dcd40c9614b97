"""A key whose signature is a keyed hash: for simulations in which millions of requests are signed.

Everything around the signature is as it is with a real key (headers, time, which key, what text). The curves
themselves, which would take a fifth of a simulation's time, are proven against the real clients and servers.
"""

from __future__ import annotations

from hashlib import blake2b

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine.sandbox.server.auth import KeyRing


class QuickPrivateKey:
    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, text: bytes) -> bytes:
        return blake2b(text, key=self._secret).digest()


class QuickPublicKey:
    """Of the same secret."""

    def __init__(self, secret: bytes) -> None:
        self._private = QuickPrivateKey(secret)

    def verify(self, signature: bytes, text: bytes) -> None:
        """Raises InvalidSignature."""
        if signature != self._private.sign(text):
            raise InvalidSignature


Ed25519PrivateKey.register(QuickPrivateKey)
Ed25519PublicKey.register(QuickPublicKey)


def take_quick_key(keys: KeyRing, key_id: str, secret: bytes) -> None:
    """From now on that key of the ring signs by ``secret``; a ring that is read again forgets it."""
    record, _ = keys._keys[key_id]
    keys._keys[key_id] = (record, QuickPublicKey(secret))  # type: ignore[assignment]
