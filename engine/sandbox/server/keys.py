"""API keys: pairs of RSA-2048 or Ed25519, and checking what they signed."""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

RSA_BITS = 2048

PublicKey: TypeAlias = rsa.RSAPublicKey | ed25519.Ed25519PublicKey
PrivateKey: TypeAlias = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class KeyType(StrEnum):
    RSA = "rsa"
    ED25519 = "ed25519"


class InvalidKey(ValueError):
    """A key that is none of the two kinds, or no key at all."""


def generate(key_type: KeyType) -> PrivateKey:
    if key_type is KeyType.ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def private_pem(key: PrivateKey) -> str:
    """PKCS#8 text, as the exchange hands it out once."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_pem(key: PublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def load_private(text: str) -> PrivateKey:
    """Reads a private key; raises InvalidKey with one line for anything else."""
    if "-----BEGIN PUBLIC KEY-----" in text or "-----BEGIN RSA PUBLIC KEY-----" in text:
        raise InvalidKey("private key: got a public key, wanted an RSA or Ed25519 private key")
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidKey("private key: got no readable PEM, wanted an RSA or Ed25519 private key") from None
    if isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        return key
    raise InvalidKey(f"private key: got {type(key).__name__}, wanted RSA or Ed25519")


def load_public(text: str) -> PublicKey:
    """Reads a public key; raises InvalidKey with one line for anything else."""
    try:
        key = serialization.load_pem_public_key(text.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidKey("public key: got no readable PEM, wanted an RSA or Ed25519 public key") from None
    if isinstance(key, rsa.RSAPublicKey | ed25519.Ed25519PublicKey):
        return key
    raise InvalidKey(f"public key: got {type(key).__name__}, wanted RSA or Ed25519")


def is_signed_by(key: PublicKey, signature_base64: str, text: bytes) -> bool:
    """Whether the signature is of ``text``: Ed25519 raw, or RSA-PSS over SHA-256 with MGF1-SHA256.

    The salt is as long as the digest; the longest possible one is taken too, as the exchange is reported to.
    """
    try:
        signature = base64.b64decode(signature_base64, validate=True)
    except (binascii.Error, ValueError):
        return False
    if isinstance(key, ed25519.Ed25519PublicKey):
        return _verifies_ed25519(key, signature, text)
    return any(
        _verifies_pss(key, signature, text, salt) for salt in (hashes.SHA256.digest_size, _longest_salt(key))
    )


def _verifies_ed25519(key: ed25519.Ed25519PublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _longest_salt(key: rsa.RSAPublicKey) -> int:
    """RFC 8017, section 9.1.1: what the encoded message has left beside the hash and two bytes."""
    return (key.key_size + 6) // 8 - hashes.SHA256.digest_size - 2


def _verifies_pss(key: rsa.RSAPublicKey, signature: bytes, text: bytes, salt: int) -> bool:
    try:
        key.verify(signature, text, padding.PSS(padding.MGF1(hashes.SHA256()), salt), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
