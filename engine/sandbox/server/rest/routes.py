"""All routes below the REST root in the order in which they are looked at: what must be fast comes first, and
fixed paths before templates that they also fit."""

from __future__ import annotations

from starlette.routing import Route

from engine.sandbox.server.rest import (
    account,
    batches,
    books,
    candlesticks,
    exchange,
    fills,
    historical,
    indexes,
    legacy,
    markets,
    order_groups,
    order_reads,
    order_writes,
    portfolio,
    series_events,
    trades,
    transfers,
)

routes: list[Route] = [
    *batches.routes,
    *order_writes.routes,
    *order_reads.routes,
    *exchange.routes,
    *account.routes,
    *series_events.routes,
    *candlesticks.routes,
    *markets.routes,
    *trades.routes,
    *books.routes,
    *markets.routes_by_ticker,
    *order_groups.routes,
    *legacy.routes,
    *fills.routes,
    *portfolio.routes,
    *transfers.routes,
    *historical.routes,
    *indexes.routes,
]
