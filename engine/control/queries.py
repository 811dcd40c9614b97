"""What may be asked of the engine and its ledger: for each kind its arguments and the rows of its answer."""

from __future__ import annotations

from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from engine.control.rows.account import FillRow, PositionRow, SettlementRow
from engine.control.rows.alerts import SinkRow, ToldRow
from engine.control.rows.forecasts import ForecastRow
from engine.control.rows.history import JournalRow, RunRow
from engine.control.rows.markets import EventRow, FactsRow, LegRow, TradeRow
from engine.control.rows.orders import OrderRow
from engine.control.rows.strategies import EvidenceRow
from engine.domain.candle import Candlestick
from engine.domain.decision import DecisionRow
from engine.domain.order import OrderState
from engine.domain.units import Nanoseconds
from engine.domain.xray import Xray

Item = TypeVar("Item")
MOST_ITEMS = 500
"""Of one page."""


class Args(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Empty fields select everything. A field that the kind does not have is refused."""


class NoArgs(Args, frozen=True):
    pass


class OrdersArgs(Args, frozen=True):
    ticker: str = ""
    states: tuple[OrderState, ...] = ()
    owner: str = ""
    updated_since_ns: Nanoseconds | None = None


class OrderArgs(Args, frozen=True):
    """A client order id or the exchange's order id."""

    order: str


class FillsArgs(Args, frozen=True):
    """``until_ns`` is exclusive, here and below."""

    ticker: str = ""
    client_order_id: str = ""
    since_ns: Nanoseconds | None = None
    until_ns: Nanoseconds | None = None


class SettlementsArgs(Args, frozen=True):
    since_ns: Nanoseconds | None = None
    until_ns: Nanoseconds | None = None


class JournalArgs(Args, frozen=True):
    """``subject`` is a client order id, a market, a run or a stream."""

    subject: str = ""
    kinds: tuple[str, ...] = ()
    since_ns: Nanoseconds | None = None
    until_ns: Nanoseconds | None = None


class MarketsArgs(Args, frozen=True):
    """``text`` is looked for in tickers and titles, in any case; ``streamed`` leaves out those whose books
    the feed does not carry."""

    series: str = ""
    event: str = ""
    text: str = ""
    streamed: bool = False


class EventArgs(Args, frozen=True):
    event_ticker: str


class PositionsArgs(Args, frozen=True):
    """``flat`` adds markets where nothing is held any more."""

    ticker: str = ""
    flat: bool = False


class FactsArgs(Args, frozen=True):
    ticker: str


class CandlesArgs(Args, frozen=True):
    """``period_min`` is 1, 60 or 1440; the span is of candles' ends, unix seconds, inclusive."""

    ticker: str
    period_min: int
    start_s: int
    end_s: int


class TradesArgs(Args, frozen=True):
    ticker: str


class DecisionsArgs(Args, frozen=True):
    """``verdict`` is ``TAKE`` or ``PASS``; empty: both."""

    strategy: str = ""
    ticker: str = ""
    verdict: str = ""
    since_ns: Nanoseconds | None = None


class WhyArgs(Args, frozen=True):
    """A market, or an order by its client order id or the exchange's."""

    subject: str


class DryRunArgs(Args, frozen=True):
    """Of one strategy by its name; empty: of all."""

    strategy: str = ""


class ForecastsArgs(Args, frozen=True):
    series: str


class Kind(NamedTuple):
    args: type[Args]
    rows: type[tuple[Any, ...]]


@cache
def rows_of(kind: str) -> msgspec.json.Decoder[tuple[Any, ...]]:
    """Reads the rows of an answer. Made when one comes: to make all of them takes time of each start."""
    return msgspec.json.Decoder(KINDS[kind].rows)


KINDS: dict[str, Kind] = {
    "orders": Kind(OrdersArgs, tuple[OrderRow, ...]),
    "order": Kind(OrderArgs, tuple[OrderRow, ...]),
    "fills": Kind(FillsArgs, tuple[FillRow, ...]),
    "settlements": Kind(SettlementsArgs, tuple[SettlementRow, ...]),
    "journal": Kind(JournalArgs, tuple[JournalRow, ...]),
    "runs": Kind(NoArgs, tuple[RunRow, ...]),
    "markets": Kind(MarketsArgs, tuple[LegRow, ...]),
    "event": Kind(EventArgs, tuple[EventRow, ...]),
    "strategies": Kind(NoArgs, tuple[EvidenceRow, ...]),
    "positions": Kind(PositionsArgs, tuple[PositionRow, ...]),
    "facts": Kind(FactsArgs, tuple[FactsRow, ...]),
    "candles": Kind(CandlesArgs, tuple[Candlestick, ...]),
    "trades": Kind(TradesArgs, tuple[TradeRow, ...]),
    "alerts": Kind(NoArgs, tuple[ToldRow, ...]),
    "sinks": Kind(NoArgs, tuple[SinkRow, ...]),
    "decisions": Kind(DecisionsArgs, tuple[DecisionRow, ...]),
    "dry_run": Kind(DryRunArgs, tuple[DecisionRow, ...]),
    "forecasts": Kind(ForecastsArgs, tuple[ForecastRow, ...]),
    "why": Kind(WhyArgs, tuple[DecisionRow, ...]),
    "xray": Kind(NoArgs, tuple[Xray, ...]),
}
"""The first six are read from the ledger, newest first, the next four from the engine. Facts, candles
(oldest first) and trades (newest first) are asked of the exchange, each one page. Alerts and decisions are
newest first; ``why`` is answered with the last decisions on its subject, ``xray`` with one row, or none
before the account's history was imported."""


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """``cursor`` asks for the next page; None after the last."""

    items: tuple[Item, ...]
    cursor: str | None = None
