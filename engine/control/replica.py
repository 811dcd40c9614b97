"""A console's picture of the engine, made of snapshots and deltas alone.

It knows no engine and does no input or output: give it each frame, send what it returns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TypeVar

from engine.control.protocol import (
    BOOK_PREFIX,
    DESK,
    FORECAST_PREFIX,
    INDEX,
    LOG,
    OUTSIDE,
    TAPE_PREFIX,
    WATCH,
    BookRows,
    Delta,
    DeskRows,
    IndexRows,
    LogRows,
    Resync,
    Rows,
    Snapshot,
    TapeRows,
    WatchRows,
)
from engine.control.rows.account import CashRow, FillRow, PositionRow
from engine.control.rows.forecasts import ForecastRows, ModelRow, ScanRow
from engine.control.rows.history import LogRow
from engine.control.rows.markets import IndexRow, Levels, MarketRow, QuoteRow, TradeRow
from engine.control.rows.orders import ConditionRow, LoadRow, OrderRow, PlanRow
from engine.control.rows.outside import HeadlineRow, ObservationRow, OutsideRows
from engine.control.rows.status import StatusRow
from engine.domain.forecast import Forecast, SeriesStatus
from engine.domain.newest import keep_newest
from engine.domain.order import TERMINAL_STATES, OrderState
from engine.domain.plan import PlanState
from engine.domain.trigger import ConditionState
from engine.domain.units import CountC, PriceBp

Key = TypeVar("Key")
Item = TypeVar("Item")
FILLS_KEPT = 200
ENDED_KEPT = 100
LINES_KEPT = 1_000
TRADES_KEPT = 500
HEADLINES_KEPT = 200
LEVEL_KINDS = ("spot", "index")
OBSERVATIONS_KEPT = 4_096
_ENDED = TERMINAL_STATES | {OrderState.ABSENT}


class DeskPicture:
    """``orders`` are those that work or are unknown, by client order id; ``ended`` the last ones that did."""

    def __init__(self) -> None:
        self.status: StatusRow | None = None
        self.cash: CashRow | None = None
        self.positions: dict[str, PositionRow] = {}
        self.orders: dict[str, OrderRow] = {}
        self.ended: dict[str, OrderRow] = {}
        self.fills: deque[FillRow] = deque(maxlen=FILLS_KEPT)
        self.plans: dict[str, PlanRow] = {}
        """Live ones by market."""
        self.conditions: dict[str, ConditionRow] = {}
        self.loads: dict[int, LoadRow] = {}
        """Slots that hold a ticket."""
        self.scan = ScanRow()
        self.orders_left_out = 0
        self.positions_left_out = 0
        self.news = 0
        """How often something beside the status was told."""

    @property
    def unknown_orders(self) -> list[OrderRow]:
        return [order for order in self.orders.values() if order.state is OrderState.UNKNOWN]

    def put(self, rows: DeskRows) -> None:
        self.news += rows != DeskRows(status=rows.status)
        if rows.status is not None:
            self.status = rows.status
        if rows.cash is not None:
            self.cash = rows.cash
        if rows.scan is not None:
            self.scan = rows.scan
        for position in rows.positions:
            if position.count_c:
                self.positions[position.ticker] = position
            else:
                self.positions.pop(position.ticker, None)
        for order in rows.orders:
            self._put_order(order)
        self.fills.extend(rows.fills)
        self._put_prepared(rows)

    def _put_prepared(self, rows: DeskRows) -> None:
        for plan in rows.plans:
            _keep(self.plans, plan.ticker, plan, is_there=plan.state is not PlanState.RETIRED)
        for condition in rows.conditions:
            is_there = condition.state is not ConditionState.REMOVED
            _keep(self.conditions, condition.condition_id, condition, is_there=is_there)
        for load in rows.loads:
            _keep(self.loads, load.slot, load, is_there=load.ticket is not None)

    def _put_order(self, order: OrderRow) -> None:
        name = order.client_order_id
        if order.state not in _ENDED:
            self.ended.pop(name, None)
            self.orders[name] = order
            return
        self.orders.pop(name, None)
        self.ended.pop(name, None)
        self.ended[name] = order
        while len(self.ended) > ENDED_KEPT:
            del self.ended[next(iter(self.ended))]


def _keep(rows: dict[Key, Item], key: Key, row: Item, *, is_there: bool) -> None:
    if is_there:
        rows[key] = row
    else:
        rows.pop(key, None)


class WatchPicture:
    """``is_whole`` is false while rows of a snapshot are still to come."""

    def __init__(self) -> None:
        self.markets: dict[str, MarketRow] = {}
        self.quotes: dict[str, QuoteRow] = {}
        self.models: dict[str, ModelRow] = {}
        self.is_whole = False
        self.listings = 0
        """Counts changes of ``markets``; quotes alone change nothing here."""

    def put(self, rows: WatchRows) -> None:
        if rows.markets or rows.gone:
            self.listings += 1
        for market in rows.markets:
            self.markets[market.ticker] = market
        for quote in rows.quotes:
            self.quotes[quote.ticker] = quote
        for model in rows.models:
            self.models[model.ticker] = model
        for ticker in rows.gone:
            self.markets.pop(ticker, None)
            self.quotes.pop(ticker, None)
            self.models.pop(ticker, None)
        self.is_whole = rows.left == 0


class BookPicture:
    """Levels on the YES leg, price to count."""

    def __init__(self) -> None:
        self.bids: dict[PriceBp, CountC] = {}
        self.asks: dict[PriceBp, CountC] = {}
        self.is_fresh = False
        self.stale_reason = ""

    def put(self, rows: BookRows) -> None:
        _put_levels(self.bids, rows.bids)
        _put_levels(self.asks, rows.asks)
        self.is_fresh = rows.is_fresh
        self.stale_reason = rows.stale_reason

    def bids_down(self) -> list[tuple[PriceBp, CountC]]:
        """Best first, here and in :meth:`asks_up`."""
        return sorted(self.bids.items(), reverse=True)

    def asks_up(self) -> list[tuple[PriceBp, CountC]]:
        return sorted(self.asks.items())


def _put_levels(side: dict[PriceBp, CountC], levels: Levels) -> None:
    for price_bp, count_c in levels:
        if count_c:
            side[price_bp] = count_c
        else:
            side.pop(price_bp, None)


class Replica:
    """Its pictures are for reading; :meth:`apply` alone writes."""

    def __init__(self) -> None:
        self.desk = DeskPicture()
        self.watch = WatchPicture()
        self.books: dict[str, BookPicture] = {}
        self.log: deque[LogRow] = deque(maxlen=LINES_KEPT)
        self.tapes: dict[str, deque[TradeRow]] = {}
        """Newest last."""
        self.indexes: dict[str, IndexRow] = {}
        self.observations: dict[tuple[str, str], ObservationRow] = {}
        """The newest of each kind and key."""
        self.headlines: deque[HeadlineRow] = deque(maxlen=HEADLINES_KEPT)
        """Newest last."""
        self.forecasts: dict[str, Forecast] = {}
        """Of the markets whose forecast is followed and that have one."""
        self.forecast_statuses: dict[str, SeriesStatus] = {}
        """Why a followed market has none."""
        self.gaps = 0
        """How often a delta did not go on from the picture that was here."""
        self._revs: dict[str, int] = {}

    @property
    def scan(self) -> ScanRow:
        return self.desk.scan

    def levels(self) -> set[str]:
        """Names that a condition on spot may look at: indexes of the exchange, and what collectors tell."""
        return {*self.indexes, *(key for kind, key in self.observations if kind in LEVEL_KINDS)}

    def rev(self, topic: str) -> int | None:
        """The revision of a topic's picture; None while there is none that may be trusted."""
        return self._revs.get(topic)

    def topics(self) -> Iterable[str]:
        """Those whose picture may be trusted."""
        return self._revs.keys()

    def apply(self, frame: Snapshot | Delta) -> Resync | None:
        """Takes a frame. A delta that leaves a gap is not taken: what is returned asks for a snapshot, and
        deltas are passed over until that comes."""
        if isinstance(frame, Snapshot):
            self._begin(frame.topic)
            self._revs[frame.topic] = frame.rev
            self._put(frame.topic, frame.rows)
            if isinstance(frame.rows, DeskRows):
                self.desk.orders_left_out = frame.rows.orders_left_out
                self.desk.positions_left_out = frame.rows.positions_left_out
            return None
        known = self._revs.get(frame.topic)
        if known is None:
            return None
        if known != frame.since:
            self.gaps += 1
            del self._revs[frame.topic]
            return Resync(frame.topic)
        self._revs[frame.topic] = frame.rev
        self._put(frame.topic, frame.rows)
        return None

    def drop(self, topic: str) -> None:
        """Forgets a topic that is not followed any more."""
        self._revs.pop(topic, None)
        if topic.startswith(BOOK_PREFIX):
            self.books.pop(topic.removeprefix(BOOK_PREFIX), None)
        elif topic.startswith(TAPE_PREFIX):
            self.tapes.pop(topic.removeprefix(TAPE_PREFIX), None)
        elif topic.startswith(FORECAST_PREFIX):
            self._put_forecast(topic, ForecastRows())
        elif topic != DESK:
            self._begin(topic)

    def distrust(self) -> None:
        """The connection is lost: pictures stay to be looked at, and none counts as current."""
        self._revs.clear()

    def _begin(self, topic: str) -> None:
        if topic == DESK:
            self.desk = DeskPicture()
        elif topic == WATCH:
            self.watch = WatchPicture()
        elif topic == LOG:
            self.log.clear()
        elif topic.startswith(BOOK_PREFIX):
            self.books[topic.removeprefix(BOOK_PREFIX)] = BookPicture()
        elif topic.startswith(TAPE_PREFIX):
            self.tapes[topic.removeprefix(TAPE_PREFIX)] = deque(maxlen=TRADES_KEPT)
        elif topic == INDEX:
            self.indexes.clear()
        elif topic == OUTSIDE:
            self.observations.clear()
            self.headlines.clear()
        elif topic.startswith(FORECAST_PREFIX):
            self._put_forecast(topic, ForecastRows())

    def _put(self, topic: str, rows: Rows) -> None:
        match rows:
            case DeskRows():
                self.desk.put(rows)
            case WatchRows():
                self.watch.put(rows)
            case BookRows():
                self.books.setdefault(topic.removeprefix(BOOK_PREFIX), BookPicture()).put(rows)
            case LogRows():
                self.log.extend(rows.lines)
            case TapeRows():
                name = topic.removeprefix(TAPE_PREFIX)
                self.tapes.setdefault(name, deque(maxlen=TRADES_KEPT)).extend(rows.trades)
            case IndexRows():
                self.indexes.update((row.index_id, row) for row in rows.values)
            case ForecastRows():
                self._put_forecast(topic, rows)
            case OutsideRows():
                for row in rows.values:
                    keep_newest(self.observations, (row.kind, row.key), row, OBSERVATIONS_KEPT)
                self.headlines.extend(rows.headlines)

    def _put_forecast(self, topic: str, rows: ForecastRows) -> None:
        ticker = topic.removeprefix(FORECAST_PREFIX)
        _put_or_drop(self.forecasts, ticker, rows.forecast)
        _put_or_drop(self.forecast_statuses, ticker, rows.status)


def _put_or_drop(table: dict[str, Item], key: str, value: Item | None) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value
