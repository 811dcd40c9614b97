"""Which markets of the mirrored exchange are worth following, as an engine would choose them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.domain.market import Market, MarketStatus
from engine.domain.units import CONTRACT_BP
from engine.domain.venue import MarketSheet
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.sources.upstream.words import MirrorOptions


def chosen_markets(
    exchange: Exchange,
    options: MirrorOptions,
    sheets: Mapping[str, MarketSheet],
    followed: Iterable[str],
) -> tuple[str, ...]:
    """Those that are held, rest orders or are looked at; then of each event that closes soon the legs nearest
    to an even price, the next to close first; at most ``options.most_markets``."""
    chosen = dict.fromkeys(ticker for ticker in (*_needed(exchange), *followed) if _is_open(exchange, ticker))
    for legs in _by_event(exchange, options):
        nearest = sorted(legs, key=lambda market: _distance(market, sheets.get(market.ticker)))
        for market in nearest[: options.legs_per_event]:
            if len(chosen) >= options.most_markets:
                return tuple(chosen)
            chosen[market.ticker] = None
    return tuple(chosen)[: options.most_markets]


def _needed(exchange: Exchange) -> list[str]:
    needed: dict[str, None] = {}
    for account in exchange.accounts.values():
        if account.is_house:
            continue
        needed.update(dict.fromkeys(order.ticker for order in account.resting.values()))
        needed.update(
            dict.fromkeys(ticker for ticker, holding in account.holdings.items() if holding.count_c)
        )
    return list(needed)


def _is_open(exchange: Exchange, ticker: str) -> bool:
    record = exchange.markets.get(ticker)
    return record is not None and record.market.status in (MarketStatus.ACTIVE, MarketStatus.INACTIVE)


def _by_event(exchange: Exchange, options: MirrorOptions) -> list[list[Market]]:
    last_ns = exchange.now_ns + options.horizon_ns
    events: dict[str, list[Market]] = {}
    open_now = [
        record.market
        for record in exchange.markets.values()
        if record.market.status is MarketStatus.ACTIVE and record.market.close_ns <= last_ns
    ]
    for market in sorted(open_now, key=lambda market: (market.close_ns, market.ticker)):
        events.setdefault(market.event_ticker, []).append(market)
    return list(events.values())


def _distance(market: Market, sheet: MarketSheet | None) -> tuple[bool, int, str]:
    middle_bp = None
    if sheet is not None:
        sides = [bp for bp in (sheet.quote.bid_bp, sheet.quote.ask_bp) if bp is not None]
        middle_bp = sum(sides) // len(sides) if sides else None
    away = 0 if middle_bp is None else abs(middle_bp - CONTRACT_BP // 2)
    return (middle_bp is None, away, market.ticker)
