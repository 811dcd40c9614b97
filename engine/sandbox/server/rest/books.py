"""Order books: ``/markets/{ticker}/orderbook`` and ``/markets/orderbooks``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.server.answers import json_response
from engine.sandbox.server.rest.context import exchange_of, record_of
from engine.sandbox.server.rest.projection import book_levels
from engine.sandbox.server.rest.query import Query
from engine.wire.markets import MarketOrderBook, OrderBookAnswer, OrderBooksAnswer

DEPTH_MAX = 100
TICKERS_MAX = 100


async def orderbook(request: Request) -> Response:
    """The best ``depth`` levels of each leg; 0, the default, is all of them."""
    depth = Query(request, "GetMarketOrderbook").integer("depth", minimum=0, maximum=DEPTH_MAX) or 0
    return json_response(OrderBookAnswer(orderbook_fp=book_levels(record_of(request), depth)))


async def orderbooks(request: Request) -> Response:
    """Whole books in the order asked for; tickers that are not listed are left out."""
    query = Query(request, "GetMarketOrderbooks")
    tickers = list(dict.fromkeys(query.texts("tickers")))
    if not tickers:
        raise query.broken("tickers", "required")
    if len(tickers) > TICKERS_MAX:
        raise query.broken("tickers", "max")
    markets = exchange_of(request).markets
    return json_response(
        OrderBooksAnswer(
            orderbooks=[
                MarketOrderBook(ticker=ticker, orderbook_fp=book_levels(markets[ticker]))
                for ticker in tickers
                if ticker in markets
            ]
        )
    )


routes = [
    Route("/markets/orderbooks", orderbooks),
    Route("/markets/{ticker}/orderbook", orderbook),
]
