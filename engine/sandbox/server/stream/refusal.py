"""A refused command: the number and the words of an error frame."""

from __future__ import annotations

from collections.abc import Sequence

from engine.wire.stream import StreamErrorCode

TEXTS: dict[int, str] = {
    StreamErrorCode.CANNOT_PROCESS: "Unable to process message",
    StreamErrorCode.PARAMS_REQUIRED: "Params required",
    StreamErrorCode.CHANNELS_REQUIRED: "Channels required",
    StreamErrorCode.SIDS_REQUIRED: "Subscription IDs required",
    StreamErrorCode.UNKNOWN_COMMAND: "Unknown command",
    StreamErrorCode.UNKNOWN_SID: "Unknown subscription ID",
    StreamErrorCode.UNKNOWN_CHANNEL: "Unknown channel name",
    StreamErrorCode.AUTHENTICATION_REQUIRED: "Authentication required",
    StreamErrorCode.INVALID_PARAMETER: "Invalid parameter",
    StreamErrorCode.EXACTLY_ONE_SID: "Exactly one subscription ID is required",
    StreamErrorCode.UNSUPPORTED_ACTION: "Unsupported action",
    StreamErrorCode.MARKET_REQUIRED: "Market Ticker required",
    StreamErrorCode.ACTION_REQUIRED: "Action required",
    StreamErrorCode.SHARD_FACTOR_NOT_POSITIVE: "shard_factor must be > 0",
    StreamErrorCode.SHARD_FACTOR_REQUIRED: "shard_factor is required when shard_key is set",
    StreamErrorCode.SHARD_KEY_OUT_OF_RANGE: "shard_key must be >= 0 and < shard_factor",
    StreamErrorCode.SHARD_FACTOR_TOO_LARGE: "shard_factor must be <= 100",
    StreamErrorCode.INDEX_IDS: "Index IDs required",
    StreamErrorCode.BUFFER_OVERFLOW: "Subscription buffer overflow",
    StreamErrorCode.MARKET_LIMIT: "Subscription market limit exceeded",
    StreamErrorCode.TOO_MANY_COMMANDS: "Too many requests",
    StreamErrorCode.UNDERLYINGS: "Underlying tickers required",
}
"""What the exchange says with each code. Codes 10 and 18 (channel error, command timeout) have no cause in
the sandbox: commands run at once. Code 23 belongs to a channel that the sandbox does not know."""


class CommandRefused(Exception):
    """A command that changed nothing. ``detail`` says the field, what came and what was wanted."""

    def __init__(
        self,
        code: int,
        detail: str = "",
        *,
        sid: int | None = None,
        market_tickers: Sequence[str] = (),
    ) -> None:
        self.code = code
        self.text = f"{TEXTS[code]}: {detail}" if detail else TEXTS[code]
        self.sid = sid
        self.market_tickers = list(market_tickers)
        super().__init__(f"{code} {self.text}")
