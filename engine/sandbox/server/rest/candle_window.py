"""The time range of a candlestick request, and the candles of a market in it."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request

from engine.domain.candle import Candlestick, Ohlc
from engine.domain.units import SECOND_NS
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.aggregation import aggregate
from engine.sandbox.server.rest.context import world_of
from engine.sandbox.server.rest.query import Query

PERIODS_MIN = ("1", "60", "1440")
_NOTHING = Ohlc()
FIRST_SPAN_S = 3_600
_PIECE_S = 3_600


class CandleWindow(msgspec.Struct, frozen=True):
    """Candles whose end lies in ``[start_s, end_s]``; ``period_s`` is 60, 3600 or 86400."""

    start_s: int
    end_s: int
    period_s: int
    with_latest_before: bool

    @property
    def periods(self) -> int:
        """How many candles there could be."""
        return max(0, self.end_s // self.period_s - -(-self.start_s // self.period_s) + 1)


def read_window(query: Query) -> CandleWindow:
    start_s, end_s = query.required("start_ts", minimum=0), query.required("end_ts", minimum=0)
    if end_s < start_s:
        raise query.broken("end_ts", "gtefield")
    if query.text("period_interval") is None:
        raise query.broken("period_interval", "required")
    query.choice("period_interval", PERIODS_MIN)
    minutes = query.required("period_interval")
    return CandleWindow(start_s, end_s, minutes * 60, query.flag("include_latest_before_start"))


async def candles_of(request: Request, record: MarketRecord, window: CandleWindow) -> list[Candlestick]:
    """Sparse, oldest first; the first may be the synthetic one that carries the state before the start.

    Made in pieces of an hour or a period, with a turn for everybody else after each: the exchange goes on
    quoting while somebody asks for weeks of many markets.
    """
    world = world_of(request)
    period_s = window.period_s
    first_end_s = -(-window.start_s // period_s) * period_s
    last_end_s = window.end_s // period_s * period_s
    found: list[Candlestick] = []
    if window.with_latest_before:
        found.extend(_latest_before(request, record, window, first_end_s))
    piece_s = max(period_s, _PIECE_S)
    for start_s in range(first_end_s - period_s, last_end_s, piece_s):
        end_s = min(start_s + piece_s, last_end_s)
        known = world.past_periods.get(record, period_s, end_s)
        if known is None:
            minutes = world.candles.candles(record.ticker, start_s + 60, end_s)
            known = world.past_periods.put(record, period_s, end_s, aggregate(minutes, period_s))
            await asyncio.sleep(0)
        found.extend(known)
    return found


def _latest_before(
    request: Request, record: MarketRecord, window: CandleWindow, first_end_s: int
) -> list[Candlestick]:
    """One candle without prices of its own: ``previous`` and the open interest as they stood at the start."""
    end_s = first_end_s - window.period_s
    last = _last_candle(request, record, end_s)
    if last is None:
        return []
    previous_bp = last.previous_bp if last.price.close_bp is None else last.price.close_bp
    return [Candlestick(end_s, _NOTHING, _NOTHING, _NOTHING, None, previous_bp, 0, last.open_interest_c)]


def _last_candle(request: Request, record: MarketRecord, end_s: int) -> Candlestick | None:
    """The last minute that ends by ``end_s``; looks back in spans that double, down to the opening."""
    opened_s = record.market.open_ns // SECOND_NS
    candles, span_s = world_of(request).candles, FIRST_SPAN_S
    while end_s >= opened_s:
        start_s = max(opened_s, end_s - span_s + 1)
        found = candles.candles(record.ticker, start_s, end_s)
        if found:
            return found[-1]
        end_s, span_s = start_s - 1, span_s * 2
    return None
