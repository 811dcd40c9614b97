"""What a strategy is to the core: a pure function of a view and its own state, and what it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import msgspec

from engine.core.book_view import BookView
from engine.core.denial import Denial
from engine.core.holdings import PositionRecord
from engine.core.inputs import ComputeDone, Observation
from engine.core.order_record import OrderRecord
from engine.domain.candle import Candlestick
from engine.domain.decision import DecisionRow
from engine.domain.feed import TickerQuote
from engine.domain.forecast import Forecast, SeriesStatus
from engine.domain.market import Market
from engine.domain.order import Leg, TimeInForce
from engine.domain.plan import PlanTerms
from engine.domain.units import MINUTE_NS, CountC, Nanoseconds, PriceBp


class Needs(msgspec.Struct, frozen=True):
    """``every_ns`` is exchange time; candles are read at each of these times, for every market of the series
    that is open. ``on_book`` asks for a decision at each change of a book."""

    series: tuple[str, ...]
    every_ns: Nanoseconds = MINUTE_NS
    candle_periods_min: tuple[int, ...] = ()
    candle_lookback_s: int = 3_600
    observations: tuple[str, ...] = ()
    on_book: bool = False
    forecast: bool = False
    """A decision at each scan of the forecaster; entries are refused while that is down or late."""


class Enter(msgspec.Struct, frozen=True):
    """Buy ``leg``, at a price of that leg."""

    ticker: str
    leg: Leg
    price_bp: PriceBp
    count_c: CountC
    time_in_force: TimeInForce = TimeInForce.IMMEDIATE_OR_CANCEL
    far: bool = False
    plan: PlanTerms | None = None
    """What guards what is bought, from its first fill on."""
    wait_ns: Nanoseconds | None = None
    """How long it may rest, in monotonic time, before what is left is canceled; None: 15 s."""


class Leave(msgspec.Struct, frozen=True):
    """Sell what is held (``count_c`` of it; 0: all) at the book's price, not under ``limit_bp``."""

    ticker: str
    count_c: CountC = 0
    limit_bp: PriceBp | None = None


class Withdraw(msgspec.Struct, frozen=True):
    """Cancel one of the strategy's own orders."""

    client_order_id: str


class Work(msgspec.Struct, frozen=True):
    """Something that takes long; its result comes back as ComputeDone."""

    request_id: str
    payload: bytes


class Judged(msgspec.Struct, frozen=True):
    """A verdict on one market with every gate that was looked at; without ``enter`` it is a PASS. The host
    fills in id, time, strategy, stage and order."""

    row: DecisionRow
    enter: Enter | None = None


Decision: TypeAlias = Enter | Leave | Withdraw | Work | Judged


class View(msgspec.Struct, frozen=True):
    """What a strategy may look at. Mappings are the core's own: for reading only.

    ``missing`` names what it needs and is not there: ``candles:TICKER:MINUTES``, ``observation:KIND``,
    ``book:TICKER``. Missing is never a value. ``cause`` says why it is asked now: schedule, candles,
    observation, compute, book or forecast.
    """

    at: Nanoseconds
    mono: Nanoseconds
    cause: str
    markets: tuple[Market, ...]
    books: Mapping[str, BookView]
    quotes: Mapping[str, TickerQuote]
    positions: Mapping[str, PositionRecord]
    """Those that the strategy owns."""
    orders: tuple[OrderRecord, ...]
    """Its working ones."""
    candles: Mapping[tuple[str, int], tuple[Candlestick, ...]]
    observations: Mapping[tuple[str, str], Observation]
    computed: ComputeDone | None
    missing: tuple[str, ...]
    denials: tuple[Denial, ...]
    """What the gate refused of its last decisions."""
    forecasts: Mapping[str, Forecast] = {}
    """The last of each market; ``forecast_refusal`` says why they may not be acted on."""
    without_forecast: Mapping[str, SeriesStatus] = {}
    forecast_refusal: Denial | None = None
    venue: str = ""
    stage: str = ""
    refused: tuple[str, ...] = ()
    """Markets of verdicts of the last decisions that the gate did not let enter; the shadow lets them."""


class Strategy(Protocol):
    """``decide`` is called with None first, then with the state that it returned, over restarts too: a state
    that changed is written into the journal with the decisions it came with. It is None or a ``state_type``,
    which msgspec can encode and decode. One that changes with each change of a book fills the journal."""

    @property
    def name(self) -> str: ...

    @property
    def params(self) -> Any: ...

    @property
    def state_type(self) -> Any: ...

    def needs(self, params: Any) -> Needs: ...

    def decide(self, view: View, state: Any) -> tuple[Sequence[Decision], Any]: ...
