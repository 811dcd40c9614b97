"""Refusals of every shape are read, and the signed text is what the exchange signs."""

from __future__ import annotations

import pytest

from engine.wire.errors import ErrorBody, ErrorShape, error_bytes, parse_error
from engine.wire.signing import text_to_sign

RECORDED = [
    (
        b'{"error":{"code":"authentication_error","message":"authentication_error","details":"NOT_FOUND"}}',
        ErrorBody("authentication_error", "authentication_error", "NOT_FOUND"),
    ),
    (
        b'{"error":{"code":"header_timestamp_expired","message":"header timestamp expired"}}',
        ErrorBody("header_timestamp_expired", "header timestamp expired"),
    ),
    (
        b'{"code":"bad_request","message":"bad request","details":"json: cannot unmarshal number"}',
        ErrorBody("bad_request", "bad request", "json: cannot unmarshal number", ErrorShape.FLAT),
    ),
    (
        b'{"msg":"Parameter validation failed for GetMarkets"}',
        ErrorBody("", "Parameter validation failed for GetMarkets", "", ErrorShape.VALIDATION),
    ),
    (b'{"error":"too many requests"}', ErrorBody("", "too many requests", "", ErrorShape.TEXT)),
]


@pytest.mark.parametrize(("body", "error"), RECORDED)
def test_each_shape_is_read_and_written_back(body: bytes, error: ErrorBody) -> None:
    assert parse_error(body) == error
    assert error_bytes(error) == body


@pytest.mark.parametrize(
    "body", [b"", b"<html>502</html>", b"[]", b"null", b'{"error":7}', b"\xff\xfe", b"{}", b'{"err']
)
def test_what_has_no_shape_is_kept_as_text(body: bytes) -> None:
    error = parse_error(body)
    assert error.shape is ErrorShape.UNREADABLE
    assert error.code == ""
    assert error.message == body.decode(errors="replace").strip()


def test_the_query_is_not_signed() -> None:
    assert text_to_sign(1_700_000_000_123, "get", "/trade-api/v2/portfolio/balance?subaccount=0") == (
        b"1700000000123GET/trade-api/v2/portfolio/balance"
    )
