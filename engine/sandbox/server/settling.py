"""Settling a market by hand, from wherever it is in its life."""

from __future__ import annotations

from engine.domain.market import Market, MarketStatus
from engine.domain.units import PriceBp
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.lifecycle import LifecycleError
from engine.sandbox.server.answers import not_found
from engine.sandbox.server.side_body import refused

_OPEN = frozenset({MarketStatus.INITIALIZED, MarketStatus.ACTIVE, MarketStatus.INACTIVE})
_DECIDED = frozenset({MarketStatus.DETERMINED, MarketStatus.DISPUTED, MarketStatus.AMENDED})


def settle(exchange: Exchange, ticker: str, value_bp: PriceBp | None) -> Market:
    """Closes, determines and pays a market now; one that is determined already keeps its result unless a
    value is given. Raises BodyRefusal, and has changed nothing, for an unknown or settled market, where no
    value is known, or where an exclusive event would pay more than a dollar.
    """
    record = exchange.markets.get(ticker)
    if record is None:
        raise not_found(f"market: got {ticker}")
    status = record.market.status
    if value_bp is None and status not in _DECIDED:
        raise refused(
            f"value: got none, wanted yes, no, or 0 to 1 dollars (market {ticker} is {status.value})"
        )
    try:
        _settle(exchange, ticker, status, value_bp)
    except LifecycleError as error:
        raise refused(str(error)) from None
    return exchange.markets[ticker].market


def _settle(exchange: Exchange, ticker: str, status: MarketStatus, value_bp: PriceBp | None) -> None:
    if status in _OPEN:
        if value_bp is not None:
            exchange.check_result(ticker, value_bp)
        exchange.close_now(ticker)
    if value_bp is not None:
        if status is MarketStatus.DETERMINED or status is MarketStatus.DISPUTED:
            exchange.amend_result(ticker, value_bp)
        else:
            exchange.determine(ticker, value_bp)
    exchange.settle_now(ticker)
