"""Why the core refuses something: one enum of codes, and the numbers of each refusal."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class DenyCode(StrEnum):
    """Every code that an Answer may carry. The first group is the risk gate's."""

    UNKNOWN_MARKET = "UNKNOWN_MARKET"
    MARKET_NOT_ACTIVE = "MARKET_NOT_ACTIVE"
    MARKET_CLOSING = "MARKET_CLOSING"
    EXCHANGE_PAUSED = "EXCHANGE_PAUSED"
    OFF_GRID = "OFF_GRID"
    COUNT_NOT_POSITIVE = "COUNT_NOT_POSITIVE"
    COUNT_TOO_FINE = "COUNT_TOO_FINE"
    ORDER_COUNT = "ORDER_COUNT"
    ORDER_DOLLARS = "ORDER_DOLLARS"
    COLLAR = "COLLAR"
    FAR_PRICE = "FAR_PRICE"
    NO_CASH_KNOWN = "NO_CASH_KNOWN"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    INSUFFICIENT_SHARD_CASH = "INSUFFICIENT_SHARD_CASH"
    STALE_BOOK = "STALE_BOOK"
    LOOKS_DUPLICATE = "LOOKS_DUPLICATE"
    NOT_READY = "NOT_READY"
    NOT_ARMED = "NOT_ARMED"
    MARKET_OWNED = "MARKET_OWNED"
    NOT_REDUCING = "NOT_REDUCING"
    PRICE_FLOOR = "PRICE_FLOOR"
    ENTRIES_OFF = "ENTRIES_OFF"
    STOPPING = "STOPPING"
    ID_USED = "ID_USED"
    ID_INVALID = "ID_INVALID"

    NO_POSITION = "NO_POSITION"
    NO_PRICE = "NO_PRICE"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    ORDER_ENDED = "ORDER_ENDED"
    ARMED_ELSEWHERE = "ARMED_ELSEWHERE"
    TOO_MANY_MARKETS = "TOO_MANY_MARKETS"
    UNKNOWN_MODE = "UNKNOWN_MODE"
    RESUME_NEEDED = "RESUME_NEEDED"
    REASON_MISSING = "REASON_MISSING"

    NOT_SENT = "NOT_SENT"
    REJECTED = "REJECTED"
    CANCEL_FAILED = "CANCEL_FAILED"


class Denial(msgspec.Struct, frozen=True):
    """``text`` is one line for a person: the field, what was got, what would be right."""

    code: DenyCode
    text: str
    numbers: dict[str, int | str] = {}
