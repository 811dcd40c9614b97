"""WebSocket commands that a client sends, and the frames that answer them."""

from __future__ import annotations

from typing import Any

from msgspec import UnsetType

from engine.wire.shape import ABSENT, MaybeText, Shape


class CommandParams(Shape, omit_defaults=True, frozen=True, kw_only=True):
    """The parameters of every command; which ones count depends on the command."""

    channels: list[str] | UnsetType = ABSENT
    market_ticker: str | UnsetType = ABSENT
    market_tickers: list[str] | UnsetType = ABSENT
    market_id: str | UnsetType = ABSENT
    market_ids: list[str] | UnsetType = ABSENT
    sid: int | UnsetType = ABSENT
    sids: list[int] | UnsetType = ABSENT
    action: str | UnsetType = ABSENT
    send_initial_snapshot: bool | UnsetType = ABSENT
    skip_ticker_ack: bool | UnsetType = ABSENT
    use_yes_price: bool | UnsetType = ABSENT
    index_ids: list[str] | UnsetType = ABSENT
    underlying_tickers: list[str] | UnsetType = ABSENT
    shard_factor: int | UnsetType = ABSENT
    shard_key: int | UnsetType = ABSENT


class Command(Shape, omit_defaults=True, frozen=True, kw_only=True):
    """``cmd`` is subscribe, update_subscription, unsubscribe or list_subscriptions; id 0 is no id."""

    id: int = 0
    cmd: str
    params: CommandParams | UnsetType = ABSENT


class Frame(Shape, tag_field="type", gc=False, frozen=True, kw_only=True):
    """What every frame may carry besides its own message."""

    sending_ts_ms: int | UnsetType = ABSENT


class SubscribedMessage(Shape, frozen=True, kw_only=True):
    channel: str
    sid: int


class Subscribed(Frame, tag="subscribed", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    msg: SubscribedMessage


class Ok(Frame, tag="ok", frozen=True, kw_only=True):
    """Answers update_subscription (``msg`` holds the full list after it) and list_subscriptions (a list)."""

    id: int | UnsetType = ABSENT
    sid: int | UnsetType = ABSENT
    seq: int | UnsetType = ABSENT
    msg: Any = ABSENT


class Unsubscribed(Frame, tag="unsubscribed", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    sid: int
    seq: int | UnsetType = ABSENT


class StreamErrorMessage(Shape, frozen=True, kw_only=True):
    code: int
    msg: str
    market_ticker: MaybeText = ABSENT
    market_tickers: list[str] | UnsetType | None = ABSENT


class StreamError(Frame, tag="error", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    sid: int | UnsetType = ABSENT
    seq: int | UnsetType = ABSENT
    msg: StreamErrorMessage


class StreamErrorCode:
    """The numbers of error frames."""

    CANNOT_PROCESS = 1
    PARAMS_REQUIRED = 2
    CHANNELS_REQUIRED = 3
    SIDS_REQUIRED = 4
    UNKNOWN_COMMAND = 5
    UNKNOWN_SID = 7
    UNKNOWN_CHANNEL = 8
    AUTHENTICATION_REQUIRED = 9
    CHANNEL_ERROR = 10
    INVALID_PARAMETER = 11
    EXACTLY_ONE_SID = 12
    UNSUPPORTED_ACTION = 13
    MARKET_REQUIRED = 14
    ACTION_REQUIRED = 15
    TIMEOUT = 18
    SHARD_FACTOR_NOT_POSITIVE = 19
    SHARD_FACTOR_REQUIRED = 20
    SHARD_KEY_OUT_OF_RANGE = 21
    SHARD_FACTOR_TOO_LARGE = 22
    MATCH_IDS = 23
    INDEX_IDS = 24
    BUFFER_OVERFLOW = 25
    MARKET_LIMIT = 26
    TOO_MANY_COMMANDS = 27
    UNDERLYINGS = 28
