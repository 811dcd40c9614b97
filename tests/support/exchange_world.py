"""Small exchanges for tests: one series on each shard kind, exclusive or not, at fixed times."""

from __future__ import annotations

from msgspec.structs import replace

from engine.domain.fee import FeeSchedule
from engine.domain.market import Event, Market, Series, Strike, StrikeType
from engine.domain.order import BookSide, OrderRequest
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DOLLAR_UD, HOUR_NS, SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.rules import ExchangeRules

START_NS = 1_790_000_000 * SECOND_NS
CLOSE_NS = START_NS + 2 * HOUR_NS
NO_MAINTENANCE = ExchangeRules(maintenance=None)
BID, ASK = BookSide.BID, BookSide.ASK


def market(
    ticker: str, *, event: str = "EV", fees: FeeSchedule | None = None, structure: str = "linear_cent"
) -> Market:
    """A market that is open from the start for two hours."""
    return Market(
        ticker=ticker,
        event_ticker=event,
        series_ticker="SER",
        title=ticker,
        yes_sub_title="yes",
        no_sub_title="no",
        rules_primary="",
        open_ns=START_NS - HOUR_NS,
        close_ns=CLOSE_NS,
        expected_expiration_ns=CLOSE_NS,
        latest_expiration_ns=CLOSE_NS + HOUR_NS,
        strike=Strike(StrikeType.CUSTOM),
        price_level_structure=structure,
        grid=STRUCTURES[structure],
        fees=fees if fees is not None else FeeSchedule(),
    )


def world(
    *tickers: str,
    exclusive: bool = False,
    fees: FeeSchedule | None = None,
    rules: ExchangeRules = NO_MAINTENANCE,
    cash_dollars: int = 1_000,
    accounts: tuple[str, ...] = ("ann", "bob", "cat"),
) -> Exchange:
    """An exchange with these markets in one event and a few funded customers, feed drained."""
    exchange = Exchange(world_id="w", now_ns=START_NS, rules=rules)
    schedule = fees if fees is not None else FeeSchedule()
    exchange.list_series(Series("SER", "series", "test", "daily", schedule))
    exchange.list_event(Event("EV", "SER", "event", "", mutually_exclusive=exclusive))
    for ticker in tickers or ("M",):
        exchange.list_market(market(ticker, fees=schedule))
    for account_id in accounts:
        exchange.open_account(account_id, {0: cash_dollars * DOLLAR_UD})
    exchange.drain()
    return exchange


def limit(side: BookSide, price_bp: int, count_c: int, ticker: str = "M", **options: object) -> OrderRequest:
    """A good-till-canceled limit order, changed by ``options``."""
    return replace(OrderRequest(ticker, side, price_bp, count_c), **options)
