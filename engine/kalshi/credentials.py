"""An API key: its id, its private key and the venue it belongs to. Nothing here ever prints key material."""

from __future__ import annotations

import os
import re
import stat
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from engine.kalshi.hosts import Venue

_KEY_ID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_SMALLEST_RSA_BITS = 2048
_SLOW_RSA_BITS = 3072
_LARGEST_FILE = 65_536
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
_SHA256 = hashes.SHA256()


class CredentialError(ValueError):
    """A key that cannot be used; one line that says why, without a byte of the key."""


class KeyKind(StrEnum):
    RSA = "RSA"
    ED25519 = "Ed25519"


class Credentials:
    """A loaded key. Copying it into a pickle is refused, and its text shows only the id's first letters."""

    __slots__ = ("_private_key", "key_id", "kind", "signs_slowly", "venue")

    def __init__(self, key_id: str, private_key: RSAPrivateKey | Ed25519PrivateKey, venue: Venue) -> None:
        if _KEY_ID.fullmatch(key_id) is None:
            raise CredentialError("key id: wanted 1 to 128 visible ASCII characters")
        self.key_id = key_id
        self.venue = venue
        self._private_key = private_key
        is_rsa = isinstance(private_key, RSAPrivateKey)
        self.kind = KeyKind.RSA if is_rsa else KeyKind.ED25519
        self.signs_slowly = isinstance(private_key, RSAPrivateKey) and private_key.key_size >= _SLOW_RSA_BITS
        """Whether a signature takes long enough (milliseconds) to be made off the loop."""

    def sign(self, text: bytes) -> bytes:
        """RSA-PSS with SHA-256, MGF1-SHA256 and a salt of 32 bytes, or the raw Ed25519 signature."""
        if isinstance(self._private_key, RSAPrivateKey):
            return self._private_key.sign(text, _PSS, _SHA256)
        return self._private_key.sign(text)

    def __repr__(self) -> str:
        return f"Credentials('{self.key_id[:4]}…', {self.kind}, venue {self.venue}, private key hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials: cannot be copied or stored")


def load_credentials(key_id: str, pem: str | bytes, venue: Venue) -> Credentials:
    """Reads a PEM private key (RSA of at least 2048 bits, or Ed25519). Raises CredentialError."""
    data = pem.encode() if isinstance(pem, str) else pem
    return Credentials(key_id, _private_key(data), venue)


def load_credentials_file(key_id: str, path: Path, venue: Venue) -> Credentials:
    """As :func:`load_credentials`, from a file that its owner alone can read.

    Raises CredentialError, naming the file, where group or others may read or write it.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise CredentialError(
                    f"key file {path}: mode {mode:03o} lets others in, wanted 600 (chmod 600)"
                )
            data = file.read(_LARGEST_FILE + 1)
    except OSError as problem:
        raise CredentialError(f"key file {path}: {problem.strerror or 'cannot be read'}") from None
    if len(data) > _LARGEST_FILE:
        raise CredentialError(f"key file {path}: larger than {_LARGEST_FILE} bytes, so no private key")
    try:
        return load_credentials(key_id, data, venue)
    except CredentialError as problem:
        raise CredentialError(f"key file {path}: {problem}") from None


def _private_key(data: bytes) -> RSAPrivateKey | Ed25519PrivateKey:
    wanted = "wanted an RSA or Ed25519 private key in PEM"
    if b"PRIVATE KEY-----" not in data:
        found = "a public key or certificate" if b"-----BEGIN" in data else "no PEM block"
        raise CredentialError(f"private key: got {found}, {wanted}")
    try:
        key = load_pem_private_key(data.strip() + b"\n", password=None)
    except TypeError:
        raise CredentialError("private key: got one under a passphrase, wanted it without") from None
    except (ValueError, UnsupportedAlgorithm):
        raise CredentialError(f"private key: got one that cannot be read, {wanted}") from None
    if isinstance(key, RSAPrivateKey):
        if key.key_size < _SMALLEST_RSA_BITS:
            raise CredentialError(
                f"private key: got RSA of {key.key_size} bits, wanted at least {_SMALLEST_RSA_BITS}"
            )
        return key
    if isinstance(key, Ed25519PrivateKey):
        return key
    kind = type(key).__name__.removeprefix("_").removesuffix("PrivateKey")
    raise CredentialError(f"private key: got kind {kind}, {wanted}")
