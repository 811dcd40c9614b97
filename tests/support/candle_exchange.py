"""A small exchange for candle collectors, in this process: lists, both tiers, limits, and faults on demand.

It speaks the documented shapes of the listing and candlestick endpoints and knows nothing of accounts; what a
candlestick holds follows from its market and its end alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import httpx

HOUR_S = 3_600
_ROOT = "/trade-api/v2"
_FILTERS = {"open": ("active",), "closed": ("closed", "determined"), "settled": ("finalized",)}


@dataclass
class Listed:
    ticker: str
    open_s: int
    close_s: int
    settled_s: int | None
    status: str = "finalized"

    @property
    def event_ticker(self) -> str:
        return self.ticker.rpartition("-")[0]


@dataclass
class Bucket:
    """As the exchange counts: tokens a second, and how many may be saved up."""

    rate: float
    capacity: float
    level: float = 0.0
    at_s: float = 0.0

    def take(self, tokens: float, now_s: float) -> bool:
        self.level = min(self.capacity, self.level + (now_s - self.at_s) * self.rate)
        self.at_s = now_s
        if self.level < tokens - 1e-6:
            return False
        self.level -= tokens
        return True


@dataclass
class CandleExchange(httpx.AsyncBaseTransport):
    """``now_s`` gives the exchange's time. ``fails`` maps a part of a path or query to how often it fails
    and with what status; ``gone`` are tickers that no candlestick endpoint knows."""

    now_s: Callable[[], float]
    markets: dict[str, Listed] = field(default_factory=dict)
    cutoff_s: int = 0
    fails: dict[str, list[int]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    bucket: Bucket | None = None
    refused: int = 0
    latency_s: float = 0.0
    latency_spread_s: float = 0.0
    page: int = 50
    says_date: bool = False
    """Whether answers have a ``Date``."""

    def list_event(
        self, event_ticker: str, legs: int, open_s: int, close_s: int, settled_s: int | None, status: str = ""
    ) -> None:
        for leg in range(legs):
            ticker = f"{event_ticker}-T{leg}"
            word = status or ("active" if settled_s is None else "finalized")
            self.markets[ticker] = Listed(ticker, open_s, close_s, settled_s, word)

    def truth(self, series: str, period_s: int = HOUR_S) -> set[tuple[str, int]]:
        """Every candlestick there is of a series by now: ticker and end."""
        return {
            (market.ticker, candle["end_period_ts"])
            for market in self.markets.values()
            if market.ticker.startswith(f"{series}-")
            for candle in self._candles(market, 0, int(self.now_s()) - 10, period_s, "_dollars")
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._handled(request)
        if self.says_date:
            answer.headers["Date"] = formatdate(self.now_s(), usegmt=True)
        return answer

    async def _handled(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode().removeprefix(_ROOT)
        self.asked.append(target)
        if self.latency_s:
            # Before the exchange counts the request: one may overtake another.
            await asyncio.sleep(self.latency_s + self.latency_spread_s * (_fraction(target) * 2 - 1))
        if self.bucket is not None and not self.bucket.take(10, self.now_s()):
            self.refused += 1
            return httpx.Response(429, json={"error": "too many requests"})
        for part, statuses in self.fails.items():
            if part in target and statuses:
                return httpx.Response(statuses.pop(0), json={"error": "too many requests"})
        return self._answer(request.url.path.removeprefix(_ROOT), dict(request.url.params))

    def _answer(self, path: str, query: dict[str, str]) -> httpx.Response:
        match path.strip("/").split("/"):
            case ["markets"]:
                return self._listing(query, historical=False)
            case ["historical", "markets"]:
                return self._listing(query, historical=True)
            case ["historical", "cutoff"]:
                at = _iso(self.cutoff_s)
                names = ("market_settled_ts", "trades_created_ts", "orders_updated_ts")
                return httpx.Response(200, json=dict.fromkeys(names, at))
            case ["markets", "candlesticks"]:
                return self._batch(query)
            case ["series", series, "markets", ticker, "candlesticks"] if ticker.startswith(series):
                return self._one(ticker, query, historical=False)
            case ["historical", "markets", ticker, "candlesticks"]:
                return self._one(ticker, query, historical=True)
        return httpx.Response(404, json={"error": {"code": "not_found", "message": "not found"}})

    def _listing(self, query: dict[str, str], *, historical: bool) -> httpx.Response:
        series, statuses = query["series_ticker"], _FILTERS.get(query.get("status", ""))
        least = int(query.get("min_settled_ts", 0))
        found = [
            market
            for _, market in sorted(self.markets.items())
            if market.ticker.startswith(f"{series}-")
            and self._is_historical(market) is historical
            and (statuses is None or market.status in statuses)
            and (market.settled_s or least) >= least
        ]
        start = int(query.get("cursor") or 0)
        rows = [self._market(market) for market in found[start : start + self.page]]
        cursor = str(start + self.page) if start + self.page < len(found) else ""
        return httpx.Response(200, json={"markets": rows, "cursor": cursor})

    def _batch(self, query: dict[str, str]) -> httpx.Response:
        tickers = query["market_tickers"].split(",")
        start_s, end_s, period_s = _window(query)
        periods = (end_s // period_s - -(-start_s // period_s) + 1) * len(tickers)
        if len(tickers) > 100 or periods > 10_000:
            return httpx.Response(400, json={"error": {"code": "bad_request", "message": f"{periods}"}})
        rows = [
            {
                "market_ticker": ticker,
                "candlesticks": self._candles(self.markets[ticker], start_s, end_s, period_s, "_dollars"),
            }
            for ticker in tickers
            if self._serves(ticker, historical=False)
        ]
        return httpx.Response(200, json={"markets": rows})

    def _one(self, ticker: str, query: dict[str, str], *, historical: bool) -> httpx.Response:
        if not self._serves(ticker, historical=historical):
            return httpx.Response(404, json={"error": {"code": "not_found", "message": "not found"}})
        start_s, end_s, period_s = _window(query)
        if end_s // period_s - -(-start_s // period_s) + 1 > 5_000:
            return httpx.Response(400, json={"error": {"code": "bad_request", "message": "too many"}})
        suffix = "" if historical else "_dollars"
        rows = self._candles(self.markets[ticker], start_s, end_s, period_s, suffix)
        return httpx.Response(200, json={"ticker": ticker, "candlesticks": rows})

    def _serves(self, ticker: str, *, historical: bool) -> bool:
        market = self.markets.get(ticker)
        return market is not None and ticker not in self.gone and self._is_historical(market) is historical

    def _is_historical(self, market: Listed) -> bool:
        return market.settled_s is not None and market.settled_s < self.cutoff_s

    def _candles(
        self, market: Listed, start_s: int, end_s: int, period_s: int, suffix: str
    ) -> list[dict[str, Any]]:
        """Three periods in four have one, a third of those without a trade."""
        first = max(start_s, market.open_s + 1)
        last = min(end_s, -(-market.close_s // period_s) * period_s, int(self.now_s()))
        ends = range(-(-first // period_s) * period_s, last + 1, period_s)
        found = [(end, hashlib.sha256(f"{market.ticker} {end}".encode()).digest()) for end in ends]
        return [_candle(end, mark, suffix) for end, mark in found if mark[0] % 4]

    def _market(self, market: Listed) -> dict[str, Any]:
        row = {
            "ticker": market.ticker,
            "event_ticker": market.event_ticker,
            "open_time": _iso(market.open_s),
            "close_time": _iso(market.close_s),
            "status": market.status,
            "result": "" if market.settled_s is None else "yes",
            **_PLAIN,
        }
        if market.settled_s is not None:
            row |= {"settlement_ts": _iso(market.settled_s), "settlement_value_dollars": "1.0000"}
        if market.ticker in self.unreadable:
            del row["open_time"]
        return row


def _fraction(text: str) -> float:
    """From 0 to 1, by the text alone."""
    return hashlib.sha256(text.encode()).digest()[0] / 255


def _window(query: dict[str, str]) -> tuple[int, int, int]:
    return int(query["start_ts"]), int(query["end_ts"]), int(query["period_interval"]) * 60


def _candle(end_s: int, mark: bytes, suffix: str) -> dict[str, Any]:
    bid = 1_000 + mark[1] * 10

    def bar(low: int) -> dict[str, str]:
        cents = {"open": low, "high": low + 30, "low": low - 20, "close": low + 10}
        return {f"{name}{suffix}": f"{value / 10_000:.4f}" for name, value in cents.items()}

    price: dict[str, Any] = {f"previous{suffix}": f"{bid / 10_000:.4f}"}
    if mark[2] % 3:
        price |= bar(bid + 50) | {f"mean{suffix}": f"{(bid + 55) / 10_000:.4f}"}
    elif not suffix:
        price |= dict.fromkeys(("open", "high", "low", "close", "mean"))
    counts = {"volume": f"{mark[3]}.50", "open_interest": f"{mark[4]}.00"}
    ending = "_fp" if suffix else ""
    return {
        "end_period_ts": end_s,
        "yes_bid": bar(bid),
        "yes_ask": bar(bid + 100),
        "price": price,
        **{f"{name}{ending}": value for name, value in counts.items()},
    }


def _iso(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_PLAIN: dict[str, Any] = json.loads(
    """{"market_type": "binary", "yes_sub_title": "yes", "no_sub_title": "no", "title": "t",
    "created_time": "2026-01-01T00:00:00Z", "updated_time": "2026-01-01T00:00:00Z",
    "latest_expiration_time": "2027-01-01T00:00:00Z", "settlement_timer_seconds": 60,
    "yes_bid_dollars": "0.4000", "yes_bid_size_fp": "1.00", "yes_ask_dollars": "0.4200",
    "yes_ask_size_fp": "1.00", "no_bid_dollars": "0.5800", "no_ask_dollars": "0.6000",
    "last_price_dollars": "0.4100", "volume_fp": "10.00", "volume_24h_fp": "1.00", "can_close_early": false,
    "open_interest_fp": "5.00", "notional_value_dollars": "1.0000", "previous_yes_bid_dollars": "0.4000",
    "previous_yes_ask_dollars": "0.4200", "previous_price_dollars": "0.4100",
    "settlement_bounds_type": "default", "expiration_value": "83", "rules_primary": "If so, Yes.",
    "rules_secondary": "", "price_level_structure": "linear_cent", "strike_type": "greater",
    "floor_strike": 83, "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}]}"""
)
