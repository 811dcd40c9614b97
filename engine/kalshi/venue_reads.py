"""The reading effects of the core, done over REST.

Where a read may prove an absence, the exchange's own statement of how fresh its account data is
(``user_data_timestamp``) is read after the pages: what happened before it is in them.
"""

from __future__ import annotations

import asyncio
from typing import TypeAlias, assert_never

from engine.core import effects, inputs
from engine.domain.feed import TickerQuote
from engine.domain.market import Market
from engine.domain.venue import MarketSheet
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiClient
from engine.kalshi.errors import DecodeError, KalshiError
from engine.kalshi.rest.candles import Period
from engine.kalshi.schedule import pauses

ReadEffect: TypeAlias = (
    effects.ReadOrders
    | effects.ReadFills
    | effects.ReadPositions
    | effects.ReadSettlements
    | effects.ReadBalance
    | effects.ReadStatus
    | effects.ReadSchedule
    | effects.ReadMarkets
    | effects.ReadMarket
    | effects.ReadCandles
    | effects.ReadBook
    | effects.ReadGroups
)


class VenueReads:
    """One account's reads; the account in the lane RECONCILE, history in COLLECT."""

    def __init__(self, client: KalshiClient) -> None:
        self._drift = client.drift
        self._reads = client.reads(Lane.RECONCILE)
        self._history = client.reads(Lane.COLLECT)
        self._looks = client.reads(Lane.EXIT)
        self._fresh: asyncio.Task[int] | None = None

    async def carry_out(self, effect: ReadEffect) -> inputs.CoreEvent:
        """The answer, or ReadFailed with one line."""
        try:
            return await self._read(effect)
        except KalshiError as error:
            return inputs.ReadFailed(type(effect).__name__, _scope(effect), str(error))

    async def _read(self, effect: ReadEffect) -> inputs.CoreEvent:
        match effect:
            case effects.ReadOrders():
                return await self._orders(effect)
            case effects.ReadFills():
                return await self._fills(effect)
            case effects.ReadPositions():
                as_of_ns = await self._fresh_ns()
                positions = await self._reads.portfolio.positions().collect()
                return inputs.PositionsRead(tuple(positions), as_of_ns, is_complete=True)
            case effects.ReadSettlements():
                paid = await self._reads.portfolio.settlements(from_ns=effect.since_ns).collect()
                return inputs.SettlementsRead(effect.since_ns, tuple(paid), is_complete=True)
            case effects.ReadBalance():
                return inputs.BalanceRead(await self._reads.portfolio.balance())
            case effects.ReadStatus():
                return await self._status()
            case effects.ReadSchedule() | effects.ReadGroups():
                return await self._plain(effect)
            case effects.ReadMarkets():
                return await self._markets(effect.series_ticker)
            case effects.ReadMarket():
                return await self._market(effect.ticker)
            case effects.ReadCandles():
                return await self._candles(effect)
            case effects.ReadBook():
                book = await self._looks.markets.orderbook(effect.ticker)
                return inputs.BookRead(effect.ticker, tuple(book.bids_down()), tuple(book.asks_up()))
            case _:
                assert_never(effect)

    async def _plain(self, effect: effects.ReadSchedule | effects.ReadGroups) -> inputs.CoreEvent:
        """What one request tells whole."""
        if isinstance(effect, effects.ReadGroups):
            return inputs.GroupsRead(await self._reads.order_groups.all())
        schedule = await self._reads.exchange.schedule()
        return inputs.ScheduleRead(pauses(schedule, effect.at_ns, self._drift))

    async def _fresh_ns(self) -> int:
        """Asked before the pages, which are newer then: asked after them it could promise what they lack.

        Reads that begin while it is on its way share the answer: for them it is older and promises less.
        """
        if self._fresh is None:
            self._fresh = asyncio.create_task(self._reads.exchange.user_data_ns())
            self._fresh.add_done_callback(self._answered)
        return await asyncio.shield(self._fresh)

    def _answered(self, asked: asyncio.Task[int]) -> None:
        self._fresh = None
        if not asked.cancelled():
            asked.exception()

    async def _orders(self, effect: effects.ReadOrders) -> inputs.OrdersRead:
        portfolio = self._reads.portfolio
        if effect.ticker:
            listing = portfolio.orders(ticker=effect.ticker, from_ns=effect.since_ns)
        else:
            listing = portfolio.orders(status="resting")
        as_of_ns = await self._fresh_ns()
        found = tuple(await listing.collect())
        return inputs.OrdersRead(effect.ticker, effect.since_ns, found, as_of_ns, is_complete=True)

    async def _fills(self, effect: effects.ReadFills) -> inputs.FillsRead:
        as_of_ns = await self._fresh_ns()
        found = tuple(await self._reads.portfolio.fills(from_ns=effect.since_ns).collect())
        return inputs.FillsRead(effect.since_ns, found, as_of_ns, is_complete=True)

    async def _status(self) -> inputs.StatusRead:
        status = await self._reads.exchange.status()
        rows = status.exchange_index_statuses
        by_shard = {
            row.exchange_index: (row.exchange_active, row.trading_active)
            for row in (rows if isinstance(rows, list) else ())
        }
        return inputs.StatusRead(status.exchange_active, status.trading_active, by_shard)

    async def _markets(self, series_ticker: str) -> inputs.MarketsRead:
        """Complete only if every event and market could be read."""
        series = await self._reads.series.one(series_ticker)
        listing = self._reads.events.list(
            series_ticker=series_ticker, status="open", with_nested_markets=True
        )
        events, is_complete = [], True
        markets: list[Market] = []
        quotes: list[TickerQuote] = []
        async for page in listing.pages():
            is_complete = is_complete and not page.rejected
            for sheet in page.items:
                events.append(sheet.event)
                fees = sheet.fees(series)
                for row in sheet.markets:
                    market = row.listed(sheet.event, fees)
                    if market is not None:
                        markets.append(market)
                        quotes.append(listed_quote(row))
        return inputs.MarketsRead(series_ticker, tuple(events), tuple(markets), is_complete, tuple(quotes))

    async def _market(self, ticker: str) -> inputs.MarketRead:
        """Wherever it is: markets move to the historical tier some time after they were paid."""
        sheet = await self._reads.both_tiers.market(ticker)
        event = await self._reads.events.one(sheet.event_ticker)
        fees = event.fees(await self._reads.series.one(event.event.series_ticker))
        market = sheet.listed(event.event, fees)
        if market is None:
            raise DecodeError("market", "status", sheet.status_text, "a status that is known")
        listed = (row.listed(event.event, fees) for row in event.markets if row.ticker != ticker)
        others = tuple(other for other in listed if other is not None)
        return inputs.MarketRead(event.event, market, others)

    async def _candles(self, effect: effects.ReadCandles) -> inputs.CandlesReady:
        candles = await self._history.candles.one(
            effect.series_ticker,
            effect.ticker,
            start_s=effect.start_s,
            end_s=effect.end_s,
            period=Period(effect.period_min),
        )
        return inputs.CandlesReady(effect.ticker, effect.period_min, candles)


def listed_quote(sheet: MarketSheet) -> TickerQuote:
    """What the list says of a market's prices, as of the market's last change. It does not say how much the
    last trade was of."""
    return TickerQuote(
        ticker=sheet.ticker,
        last_bp=sheet.last_bp,
        yes_bid_bp=sheet.quote.bid_bp,
        yes_ask_bp=sheet.quote.ask_bp,
        yes_bid_c=sheet.quote.bid_c,
        yes_ask_c=sheet.quote.ask_c,
        last_trade_c=None,
        volume_c=sheet.volume_c,
        open_interest_c=sheet.open_interest_c,
        at_ns=sheet.updated_ns,
    )


def _scope(effect: ReadEffect) -> str:
    match effect:
        case effects.ReadOrders() | effects.ReadMarket() | effects.ReadCandles() | effects.ReadBook():
            return effect.ticker
        case effects.ReadMarkets():
            return effect.series_ticker
        case _:
            return ""
