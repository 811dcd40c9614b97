"""Candlesticks: of one market, of many, of an event."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.answers import json_response, not_found
from engine.sandbox.server.rest.candle_window import CandleWindow, candles_of, read_window
from engine.sandbox.server.rest.context import cutoff_ns, exchange_of, is_historical, record_of
from engine.sandbox.server.rest.projection_candles import historical_candle, live_candle
from engine.sandbox.server.rest.query import Query, query_refusal
from engine.wire.markets import (
    BatchCandlesticks,
    EventCandlesticks,
    HistoricalCandlesticks,
    LiveCandlestick,
    LiveCandlesticks,
    MarketCandlesticks,
)

CANDLES_MAX = 5_000
BATCH_CANDLES_MAX = 10_000
BATCH_TICKERS_MAX = 100


def _require_at_most(periods: int, maximum: int, what: str) -> None:
    if periods > maximum:
        raise query_refusal(f"{what}: {periods}, max candlesticks: {maximum}")


_ONE = "requested time range with candlesticks"
_ALL = "requested candlesticks across all markets"


async def _live(request: Request, record: MarketRecord, window: CandleWindow) -> list[LiveCandlestick]:
    return [live_candle(candle) for candle in await candles_of(request, record, window)]


async def of_market(request: Request) -> Response:
    record = record_of(request)
    window = read_window(Query(request, "GetMarketCandlesticks"))
    _require_at_most(window.periods, CANDLES_MAX, _ONE)
    series = request.path_params["series_ticker"]
    if record.market.series_ticker != series or is_historical(record, cutoff_ns(request)):
        raise not_found(f"market: got {record.ticker} in series {series}")
    candles = await _live(request, record, window)
    return json_response(LiveCandlesticks(ticker=record.ticker, candlesticks=candles))


async def of_historical_market(request: Request) -> Response:
    record = record_of(request)
    window = read_window(Query(request, "GetHistoricalMarketCandlesticks"))
    _require_at_most(window.periods, CANDLES_MAX, _ONE)
    if not is_historical(record, cutoff_ns(request)):
        raise not_found(f"historical market: got {record.ticker}")
    candles = [historical_candle(candle) for candle in await candles_of(request, record, window)]
    return json_response(HistoricalCandlesticks(ticker=record.ticker, candlesticks=candles))


async def of_many(request: Request) -> Response:
    """Unknown tickers are left out; a market without candles has an empty list."""
    query = Query(request, "BatchGetMarketCandlesticks")
    tickers = query.csv("market_tickers", BATCH_TICKERS_MAX)
    if not tickers:
        raise query.broken("market_tickers", "required")
    window = read_window(query)
    _require_at_most(window.periods * len(tickers), BATCH_CANDLES_MAX, _ALL)
    listed, cutoff = exchange_of(request).markets, cutoff_ns(request)
    records = [listed[ticker] for ticker in tickers if ticker in listed]
    return json_response(
        BatchCandlesticks(
            markets=[
                MarketCandlesticks(
                    market_ticker=record.ticker,
                    candlesticks=[
                        live_candle(candle) for candle in await candles_of(request, record, window)
                    ],
                )
                for record in records
                if not is_historical(record, cutoff)
            ]
        )
    )


async def of_event(request: Request) -> Response:
    """All markets of an event. A range of too many candlesticks ends earlier, and says where."""
    exchange, event_ticker = exchange_of(request), request.path_params["event_ticker"]
    event = exchange.events.get(event_ticker)
    window = read_window(Query(request, "GetEventCandlesticks"))
    if event is None or event.series_ticker != request.path_params["series_ticker"]:
        raise not_found(f"event: got {event_ticker}")
    cutoff = cutoff_ns(request)
    records = [r for r in exchange.markets_of(event_ticker) if not is_historical(r, cutoff)]
    if window.periods * len(records) > BATCH_CANDLES_MAX:
        kept = BATCH_CANDLES_MAX // len(records)
        first_end_s = -(-window.start_s // window.period_s) * window.period_s
        end_s = first_end_s + (kept - 1) * window.period_s
        window = msgspec.structs.replace(window, end_s=end_s)
    return json_response(
        EventCandlesticks(
            market_tickers=[record.ticker for record in records],
            market_candlesticks=[
                [live_candle(candle) for candle in await candles_of(request, record, window)]
                for record in records
            ],
            adjusted_end_ts=window.end_s,
        )
    )


routes = [
    Route("/markets/candlesticks", of_many),
    Route("/series/{series_ticker}/markets/{ticker}/candlesticks", of_market),
    Route("/series/{series_ticker}/events/{event_ticker}/candlesticks", of_event),
    Route("/historical/markets/{ticker}/candlesticks", of_historical_market),
]
