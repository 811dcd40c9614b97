"""What a request's signature covers, and the headers that carry it."""

from __future__ import annotations

KEY_HEADER = "KALSHI-ACCESS-KEY"
TIMESTAMP_HEADER = "KALSHI-ACCESS-TIMESTAMP"
SIGNATURE_HEADER = "KALSHI-ACCESS-SIGNATURE"

REST_ROOT = "/trade-api/v2"
WEBSOCKET_PATH = "/trade-api/ws/v2"


def text_to_sign(timestamp_ms: int, method: str, path: str) -> bytes:
    """``timestamp + METHOD + path``: unix milliseconds, the path from the host's root, without its query.

    The body is not signed. A WebSocket upgrade signs ``GET`` and :data:`WEBSOCKET_PATH`.
    """
    return f"{timestamp_ms}{method.upper()}{path.partition('?')[0]}".encode()
