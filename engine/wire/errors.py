"""The bodies of refusals. The exchange answers in three shapes, and once in a fourth."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from engine.wire.shape import UNREADABLE


class ErrorShape(StrEnum):
    NESTED = "nested"
    """``{"error": {"code", "message", "details"?}}``: authentication, trading, not found."""
    FLAT = "flat"
    """``{"code", "message", "details"?}``: the body could not be decoded."""
    VALIDATION = "validation"
    """``{"msg": text}``: a query parameter failed its rule."""
    TEXT = "text"
    """``{"error": text}``: too many requests."""
    UNREADABLE = "unreadable"
    """Something else: HTML from a proxy, half a body, nothing."""


class ErrorBody(msgspec.Struct, frozen=True):
    """A refusal, whatever its shape. ``code`` is empty where the shape has none."""

    code: str
    message: str
    details: str = ""
    shape: ErrorShape = ErrorShape.NESTED

    def __str__(self) -> str:
        return ": ".join(part for part in (self.code, self.message, self.details) if part)


class _Inner(msgspec.Struct, frozen=True, omit_defaults=True):
    code: str | None = ""
    message: str | None = ""
    details: str | None = None


class _AnyShape(msgspec.Struct, frozen=True):
    error: _Inner | str | None = None
    code: str | None = None
    message: str | None = None
    details: str | None = None
    msg: str | None = None


_decoder = msgspec.json.Decoder(_AnyShape)


def parse_error(body: bytes) -> ErrorBody:
    """Reads a refusal of any shape; what is no shape at all keeps the start of its text as the message."""
    try:
        found = _decoder.decode(body)
    except UNREADABLE:
        return ErrorBody("", body[:200].decode(errors="replace").strip(), shape=ErrorShape.UNREADABLE)
    if isinstance(found.error, _Inner):
        inner = found.error
        return ErrorBody(inner.code or "", inner.message or "", inner.details or "")
    if found.error is not None:
        return ErrorBody("", found.error, shape=ErrorShape.TEXT)
    if found.code is not None:
        return ErrorBody(found.code, found.message or "", found.details or "", ErrorShape.FLAT)
    if found.msg is not None:
        return ErrorBody("", found.msg, shape=ErrorShape.VALIDATION)
    return ErrorBody("", body[:200].decode(errors="replace").strip(), shape=ErrorShape.UNREADABLE)


def error_bytes(error: ErrorBody) -> bytes:
    """The body that carries ``error`` in its shape; the inverse of :func:`parse_error`."""
    inner = _Inner(error.code, error.message, error.details or None)
    match error.shape:
        case ErrorShape.NESTED:
            return msgspec.json.encode({"error": inner})
        case ErrorShape.FLAT:
            return msgspec.json.encode(inner)
        case ErrorShape.VALIDATION:
            return msgspec.json.encode({"msg": error.message})
        case ErrorShape.TEXT:
            return msgspec.json.encode({"error": error.message})
        case ErrorShape.UNREADABLE:
            return error.message.encode()
