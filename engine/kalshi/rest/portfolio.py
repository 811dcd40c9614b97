"""The account: cash, positions, orders, fills, settlements, money in and out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

from engine.domain.fill import Fill
from engine.domain.units import CENT_UD, CountC, MicroDollars, Nanoseconds
from engine.domain.venue import (
    Balance,
    MoneyMovement,
    Settlement,
    VenueEventPosition,
    VenueOrder,
    VenuePosition,
)
from engine.kalshi import decode
from engine.kalshi.fields import Fields
from engine.kalshi.listing import Listing, ListSpec
from engine.kalshi.query import csv, path_of
from engine.kalshi.rest.group import ReadGroup
from engine.kalshi.rest.trades import time_range
from engine.wire import orders as wire_orders
from engine.wire import portfolio as wire

ORDERS = ListSpec("orders", wire_orders.Order, decode.venue_order, lambda o: o.order_id, is_complete=True)
FILLS = ListSpec("fills", wire.Fill, decode.fill, lambda f: (f.trade_id, f.order_id), is_complete=True)
POSITIONS = ListSpec(
    "market_positions",
    wire.MarketPosition,
    decode.position,
    lambda p: (p.ticker, p.exchange_index),
    is_complete=True,
)
_EVENT_POSITIONS = ListSpec(
    "event_positions", wire.EventPosition, decode.event_position, lambda p: p.event_ticker, is_complete=True
)
_SETTLEMENTS = ListSpec(
    "settlements",
    wire.Settlement,
    decode.settlement,
    lambda s: (s.ticker, s.settled_ns, s.exchange_index),
    is_complete=True,
)
OrderStatus: TypeAlias = Literal["resting", "canceled", "executed"]
SettlementStatus: TypeAlias = Literal["unsettled", "settled", "all"]


def _movements(key: str) -> ListSpec[MoneyMovement]:
    def identity(movement: MoneyMovement) -> object:
        return movement.movement_id or movement

    return ListSpec(key, wire.MoneyMovement, decode.money_movement, identity, is_complete=True)


_DEPOSITS = _movements("deposits")
_WITHDRAWALS = _movements("withdrawals")


class QueuePosition(msgspec.Struct, frozen=True):
    """``ahead_c``: contracts that are served before the order."""

    order_id: str
    ticker: str
    ahead_c: CountC


class PortfolioReads(ReadGroup):
    """Lists of our own account: one item that cannot be read makes the page a DecodeError.

    Reads lag writes: an order just acknowledged may be missing for half a second, a position for a second.
    ``exchange_index`` and ``subaccount`` narrow a list down; without them it holds everything.
    """

    async def balance(self, *, exchange_index: int | None = None, subaccount: int | None = None) -> Balance:
        """``GET /portfolio/balance``: has a bucket of its own, one a second."""
        row = await self._get(
            "/portfolio/balance", wire.Balance, exchange_index=exchange_index, subaccount=subaccount
        )
        return decode.balance(row, self._reader.drift)

    def positions(
        self,
        *,
        ticker: str | None = None,
        event_ticker: str | None = None,
        count_filter: str | None = None,
        settlement_status: SettlementStatus | None = None,
        exchange_index: int | None = None,
        subaccount: int | None = None,
        limit: int = 1000,
    ) -> Listing[VenuePosition]:
        """``GET /portfolio/positions``. ``count_filter``: position, total_traded or both with a comma."""
        return self._list(
            "/portfolio/positions",
            POSITIONS,
            ticker=ticker,
            event_ticker=event_ticker,
            count_filter=count_filter,
            settlement_status=settlement_status,
            exchange_index=exchange_index,
            subaccount=subaccount,
            limit=limit,
        )

    def event_positions(
        self, *, event_ticker: str | None = None, subaccount: int | None = None, limit: int = 1000
    ) -> Listing[VenueEventPosition]:
        """The same endpoint, summed by event."""
        return self._list(
            "/portfolio/positions",
            _EVENT_POSITIONS,
            event_ticker=event_ticker,
            subaccount=subaccount,
            limit=limit,
        )

    def orders(
        self,
        *,
        ticker: str | None = None,
        event_tickers: Sequence[str] | None = None,
        status: OrderStatus | None = None,
        from_ns: Nanoseconds | None = None,
        to_ns: Nanoseconds | None = None,
        exchange_index: int | None = None,
        subaccount: int | None = None,
        limit: int = 1000,
    ) -> Listing[VenueOrder]:
        """``GET /portfolio/orders``; what ended before the cutoff is under historical."""
        return self._list(
            "/portfolio/orders",
            ORDERS,
            ticker=ticker,
            event_ticker=csv(event_tickers),
            status=status,
            exchange_index=exchange_index,
            subaccount=subaccount,
            limit=limit,
            **time_range(from_ns, to_ns),
        )

    async def order(self, order_id: str) -> VenueOrder:
        """``GET /portfolio/orders/{order_id}``."""
        answer = await self._get(path_of("portfolio", "orders", order_id), wire_orders.OrderAnswer)
        return decode.venue_order(answer.order, self._reader.drift)

    async def queue_positions(
        self,
        *,
        tickers: Sequence[str] | None = None,
        event_ticker: str | None = None,
        subaccount: int | None = None,
    ) -> tuple[QueuePosition, ...]:
        """``GET /portfolio/orders/queue_positions``."""
        answer = await self._get(
            "/portfolio/orders/queue_positions",
            wire_orders.QueuePositions,
            market_tickers=csv(tickers),
            event_ticker=event_ticker,
            subaccount=subaccount,
        )
        read = Fields("queue position", self._reader.drift)
        return tuple(
            QueuePosition(
                row.order_id, row.market_ticker, read.count("queue_position_fp", row.queue_position_fp)
            )
            for row in answer.queue_positions
        )

    async def queue_position_c(self, order_id: str) -> CountC:
        """``GET /portfolio/orders/{order_id}/queue_position``: contracts ahead of the order."""
        answer = await self._get(
            path_of("portfolio", "orders", order_id, "queue_position"), wire_orders.QueuePositionAnswer
        )
        read = Fields("queue position", self._reader.drift)
        return read.count("queue_position_fp", answer.queue_position_fp)

    def fills(
        self,
        *,
        tickers: Sequence[str] | None = None,
        order_id: str | None = None,
        from_ns: Nanoseconds | None = None,
        to_ns: Nanoseconds | None = None,
        exchange_index: int | None = None,
        subaccount: int | None = None,
        limit: int = 1000,
    ) -> Listing[Fill]:
        """``GET /portfolio/fills``. The client order id is not told here."""
        return self._list(
            "/portfolio/fills",
            FILLS,
            ticker=csv(tickers),
            order_id=order_id,
            exchange_index=exchange_index,
            subaccount=subaccount,
            limit=limit,
            **time_range(from_ns, to_ns),
        )

    def settlements(
        self,
        *,
        ticker: str | None = None,
        event_ticker: str | None = None,
        from_ns: Nanoseconds | None = None,
        to_ns: Nanoseconds | None = None,
        subaccount: int | None = None,
        limit: int = 1000,
    ) -> Listing[Settlement]:
        """``GET /portfolio/settlements``."""
        return self._list(
            "/portfolio/settlements",
            _SETTLEMENTS,
            ticker=ticker,
            event_ticker=event_ticker,
            subaccount=subaccount,
            limit=limit,
            **time_range(from_ns, to_ns),
        )

    def deposits(self, *, limit: int = 500) -> Listing[MoneyMovement]:
        """``GET /portfolio/deposits``, at most 500 a page."""
        return self._list("/portfolio/deposits", _DEPOSITS, limit=limit)

    def withdrawals(self, *, limit: int = 500) -> Listing[MoneyMovement]:
        """``GET /portfolio/withdrawals``, at most 500 a page."""
        return self._list("/portfolio/withdrawals", _WITHDRAWALS, limit=limit)

    async def resting_value_ud(self) -> MicroDollars:
        """``GET /portfolio/summary/total_resting_order_value``, in whole cents on the wire."""
        path = "/portfolio/summary/total_resting_order_value"
        answer = await self._get(path, wire.RestingOrderValue)
        return answer.total_resting_order_value * CENT_UD
