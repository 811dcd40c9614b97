"""Why a request is refused, as the exchange says it: an HTTP status, a code, a message and the numbers."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """Every refusal of the core as (status, code, message). The codes of pauses are not published."""

    INVALID_ORDER = (400, "invalid_order", "invalid order")
    INVALID_PRICE = (400, "invalid_price", "invalid price")
    INVALID_PARAMETERS = (400, "invalid_parameters", "invalid parameters")
    INSUFFICIENT_BALANCE = (400, "insufficient_balance", "insufficient balance")
    MARKET_INACTIVE = (400, "market_inactive", "market inactive")
    USER_NOT_FOUND = (404, "user_not_found", "user not found")
    NOT_FOUND = (404, "not_found", "not found")
    ORDER_ALREADY_EXISTS = (409, "order_already_exists", "order already exists")
    FILL_OR_KILL = (
        409,
        "fill_or_kill_insufficient_resting_volume",
        "fill or kill insufficient resting volume",
    )
    EXCHANGE_PAUSED = (503, "exchange_paused", "exchange is paused")
    TRADING_PAUSED = (503, "trading_paused", "trading is paused")


class Refusal(Exception):
    """A request that was not carried out. ``details`` says the field, what came and what was wanted."""

    def __init__(self, reason: Reason, details: str = "") -> None:
        self.reason = reason
        self.status, self.code, self.message = reason.value
        self.details = details
        super().__init__(f"{self.code}: {details}" if details else self.code)
