"""The faults of the side door that a history or a matrix goes through, but for delays, which each sets."""

from __future__ import annotations

REST_EFFECTS = (
    "reset_before_accept",
    "accept_then_reset",
    "accept_then_stall",
    "accept_then_503",
    "408",
    "429",
    "500",
    "502",
    "503",
    "504",
    "2xx_without_order",
    "garbage_body",
)
STREAM_EFFECTS = ("ws_drop", "ws_gap", "ws_duplicate", "ws_reorder", "ws_stale_snapshot")
PAUSES = ("pause_exchange", "pause_trading")
