"""The rows of which a console's picture of the engine is made.

Prices are basis points (``_bp``), counts hundredths of a contract (``_c``), money micro-dollars (``_ud``),
times and durations nanoseconds (``_ns``). ``None`` is what nobody knows. Prices of orders, fills and
positions are prices of their ``leg``; those of markets and books are YES prices.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from engine.control.outside_rows import SourceRow
from engine.domain.market import Event, Market, MarketStatus, Outcome, Strike
from engine.domain.order import Leg, OrderState, TimeInForce
from engine.domain.plan import PlanState, PlanTerms
from engine.domain.trigger import ConditionState, ConditionTerms, Ticket
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp

Levels: TypeAlias = tuple[tuple[PriceBp, CountC], ...]


class ExchangeRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """``is_connected`` is the stream, ``rest`` a word for requests (``ok``, ``failing``, or empty before
    any); ``clock_offset_ns`` is the exchange's clock less ours."""

    is_connected: bool = False
    rest: str = ""
    is_trading: bool | None = None
    clock_offset_ns: Nanoseconds | None = None
    prices: str = ""
    """Of a sandbox: ``generated`` or ``recorded``; of a paper exchange ``mirrored`` or ``polled``."""
    prices_age_ns: Nanoseconds | None = None
    """Of a paper exchange: how long ago its prices were heard, as it says itself."""
    speed_millionths: int = 1_000_000
    """How fast the exchange's time runs; 0 while it stands still."""


class FeedRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """``state`` is live, stale or lost; ``age_ns`` is how long ago it was last heard."""

    name: str
    state: str
    age_ns: Nanoseconds | None = None


class LeaseRow(msgspec.Struct, frozen=True):
    """Who may send interactive entries, and for how much longer."""

    who: str
    left_ns: Nanoseconds


class LimitRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One limit and what of it is used. ``unit`` is ``count`` (hundredths of a contract), ``ud``
    (micro-dollars), ``bp``, ``times`` or ``ns``; ``used`` None: it bounds each order by itself."""

    name: str
    unit: str
    limit: int
    used: int | None = None
    remedy: str = ""
    """What makes room again, in a few words."""
    pending: int | None = None
    """A higher value that was asked for and acts at ``pending_at_ns``."""
    pending_at_ns: Nanoseconds | None = None


class BreakerRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A breaker that is open. ``probe_ns`` is when it tries by itself whether all is well again; None: it
    waits for a resume."""

    cause: str
    since_ns: Nanoseconds
    text: str
    probe_ns: Nanoseconds | None = None


class StopRow(msgspec.Struct, frozen=True):
    """Something that keeps entries off, or some of them; ``code`` is the denial's that they would get."""

    code: str
    text: str


class StrategyRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """``stage`` is off, shadow or money; ``failure`` why it was switched off by itself."""

    name: str
    stage: str
    failure: str = ""


class EvidenceRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What speaks for a strategy. ``shadowed`` counts the entries that it decided and did not send, since
    ``shadowed_since_ns``; ``events`` are those that it traded and in which nothing is held any more, with
    their mean result after fees and half the width of its 95 % interval (None: too few)."""

    name: str
    stage: str
    failure: str = ""
    shadowed: int = 0
    shadowed_since_ns: Nanoseconds | None = None
    entries: int = 0
    fills: int = 0
    events: int = 0
    net_ud: MicroDollars = 0
    mean_ud: MicroDollars | None = None
    half_width_ud: MicroDollars | None = None
    verdict: str = ""
    """``no evidence``, ``unproven``, ``gains`` or ``loses``."""


class AlertRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """An urgent alert that nobody has acknowledged yet. ``times`` is how often it was sent."""

    alert_id: str
    level: str
    code: str
    text: str
    at_ns: Nanoseconds
    times: int = 1


class ToldRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An alert of any level, as it is kept. ``count`` is how often it happened, ``times`` in how many rounds
    it went to the sinks; ``sent`` are those that have it, ``waiting`` those that do not have the last round
    yet."""

    alert_id: str
    level: str
    code: str
    text: str
    first_ns: Nanoseconds
    last_ns: Nanoseconds
    count: int = 1
    times: int = 0
    is_open: bool = False
    acknowledged_by: str = ""
    acknowledged_ns: Nanoseconds | None = None
    sent: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


class SinkRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where alerts go. ``failures`` counts those in a row, ``failure`` says why the last one was; both are
    empty while all is well."""

    name: str
    min_level: str
    sent: int = 0
    last_sent_ns: Nanoseconds | None = None
    waiting: int = 0
    failures: int = 0
    failure: str = ""


class StatusRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The engine at ``exchange_ns``. ``rev`` counts the engine's steps that changed something."""

    venue: str
    mode: str
    account: str = ""
    build: str = ""
    run_id: str = ""
    pid: int
    uptime_ns: Nanoseconds
    rev: int
    exchange_ns: Nanoseconds = 0
    is_ready: bool = False
    is_stopping: bool = False
    exchange: ExchangeRow = ExchangeRow()
    feeds: tuple[FeedRow, ...] = ()
    sources: tuple[SourceRow, ...] = ()
    """Of the collectors that run beside the engine."""
    lease: LeaseRow | None = None
    positions: int = 0
    resting_orders: int = 0
    unknown_orders: int = 0
    markets: int = 0
    books_fresh: int = 0
    clients: int = 0
    limits: tuple[LimitRow, ...] = ()
    day_pnl_ud: MicroDollars | None = None
    """Realised since the start of the Eastern day, plus what is open at the bid, less fees; None while a
    position has no price."""
    entries_stopped: str = ""
    """Why no entries are taken; empty while they are."""
    stops: tuple[StopRow, ...] = ()
    """Everything that keeps entries off, or those of some: what is over all first."""
    exits_off: str = ""
    """Why exits by plan do not work; empty while they do."""
    plans: int = 0
    """Positions that a live plan guards."""
    breakers: tuple[BreakerRow, ...] = ()
    strategies: tuple[StrategyRow, ...] = ()
    alerts: tuple[AlertRow, ...] = ()
    notice: str = ""
    """What the exchange has announced and what that means here: a pause, with its time and what is held."""


class CashRow(msgspec.Struct, frozen=True):
    """Cash that may be spent, all in all and on each shard; ``portfolio_value_ud`` is the exchange's word."""

    cash_ud: MicroDollars
    portfolio_value_ud: MicroDollars
    by_shard_ud: dict[int, MicroDollars]
    updated_ns: Nanoseconds


class PositionRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """``count_c`` contracts of ``leg`` (None when flat) that cost ``cost_ud``.

    ``exit_ud`` is what selling all of them into the book brings now, before fees; None while the book may not
    be read or does not hold that many. ``settled_bp`` is what one YES was paid.
    """

    ticker: str
    leg: Leg | None = None
    count_c: CountC = 0
    cost_ud: MicroDollars = 0
    exit_ud: MicroDollars | None = None
    realised_ud: MicroDollars = 0
    fees_ud: MicroDollars = 0
    owner: str = ""
    settled_bp: PriceBp | None = None

    @property
    def unrealised_ud(self) -> MicroDollars | None:
        """P&L if all were sold now, before fees."""
        return None if self.exit_ud is None else self.exit_ud - self.cost_ud


class PlanRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The live plan of a market's position, or (RETIRED) its end. Prices are of ``leg``.

    The levels are what the terms come to with the entry's average price as it is now.
    """

    ticker: str
    leg: Leg
    owner: str
    terms: PlanTerms
    state: PlanState
    take_profit_bp: PriceBp | None = None
    stop_loss_bp: PriceBp | None = None
    """The highest of stop loss and trailing stop."""
    disaster_bp: PriceBp | None = None
    ends_ns: Nanoseconds | None = None
    """When the time stop closes the position, exchange time."""
    exit_cause: str = ""
    """Of the exit order under way, or of the one that is blocked."""
    text: str = ""
    """What the plan waits for or why it is blocked; why it is over."""


class ConditionRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A conditional order; REMOVED rows leave. ``cause`` is why it ended, or what came of its order."""

    condition_id: str
    terms: ConditionTerms
    state: ConditionState
    created_ns: Nanoseconds
    ended_ns: Nanoseconds | None = None
    client_order_id: str = ""
    cause: str = ""


class LoadRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One slot, 1 to 9; without a ticket it is empty."""

    slot: int
    ticket: Ticket | None = None
    expires_ns: Nanoseconds | None = None


class OrderRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """``filled_c`` is the higher of what the exchange counts and what fills say; ``booked_c``, ``booked_ud``
    and ``fees_ud`` are of the fills that are booked."""

    client_order_id: str
    order_id: str = ""
    ticker: str
    owner: str
    leg: Leg
    buys: bool
    price_bp: PriceBp
    count_c: CountC
    state: OrderState
    filled_c: CountC = 0
    remaining_c: CountC = 0
    booked_c: CountC = 0
    booked_ud: MicroDollars = 0
    """Price times count of the booked fills."""
    fees_ud: MicroDollars = 0
    time_in_force: TimeInForce = TimeInForce.GOOD_TILL_CANCELED
    opens: bool = True
    intended_ns: Nanoseconds
    updated_ns: Nanoseconds
    expires_ns: Nanoseconds | None = None
    sends: int = 1
    cancel: str = ""
    """Empty, ``asked`` or ``unknown``."""
    key: str = ""
    cause: str = ""
    plan: PlanTerms | None = None
    """What an entry's position gets."""
    exit_cause: str = ""
    """Of an order that carries out a plan."""


class FillRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    trade_id: str
    order_id: str
    client_order_id: str = ""
    ticker: str
    owner: str
    leg: Leg
    buys: bool
    price_bp: PriceBp
    count_c: CountC
    fee_ud: MicroDollars
    is_taker: bool
    at_ns: Nanoseconds


class SettlementRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a market paid us; ``value_bp`` is what one YES got."""

    ticker: str
    event_ticker: str
    result: Outcome | None
    value_bp: PriceBp
    yes_c: CountC = 0
    no_c: CountC = 0
    cost_ud: MicroDollars = 0
    revenue_ud: MicroDollars = 0
    fee_ud: MicroDollars = 0
    settled_ns: Nanoseconds


class JournalRow(msgspec.Struct, frozen=True):
    """One fact of the journal; ``fact`` has the fields of its kind."""

    seq: int
    at_ns: Nanoseconds
    kind: str
    subject: str
    fact: dict[str, object]


class RunRow(msgspec.Struct, frozen=True):
    """One run of the engine; ``ended_ns`` is None while it lasts, and for one that was killed."""

    run_id: str
    build: str
    started_ns: Nanoseconds
    ended_ns: Nanoseconds | None


class MarketRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What of a market rarely moves."""

    ticker: str
    event_ticker: str
    series_ticker: str
    title: str
    yes_sub_title: str = ""
    status: MarketStatus
    close_ns: Nanoseconds
    exchange_index: int = 0
    settlement_bp: PriceBp | None = None
    strike: Strike | None = None


class QuoteRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """The best of both sides with their sizes, and the totals.

    ``is_fresh`` says that bid and ask come from a book that may be read; otherwise they are what was last
    said.
    """

    ticker: str
    bid_bp: PriceBp | None = None
    bid_c: CountC = 0
    ask_bp: PriceBp | None = None
    ask_c: CountC = 0
    last_bp: PriceBp | None = None
    volume_c: CountC | None = None
    open_interest_c: CountC | None = None
    is_fresh: bool = False


class LegRow(msgspec.Struct, frozen=True):
    market: MarketRow
    quote: QuoteRow
    position: PositionRow | None = None


class EventRow(msgspec.Struct, frozen=True):
    """An event with its listed markets, each with its quote, by strike."""

    ticker: str
    series_ticker: str
    title: str
    sub_title: str
    mutually_exclusive: bool
    legs: tuple[LegRow, ...]


class FactsRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A market in full, with its event and how its series settles. ``settlement_sources`` are pairs of name
    and address; ``index_id`` is the index by which it settles, empty if nothing on the wire says."""

    market: Market
    event: Event
    series_title: str = ""
    settlement_sources: tuple[tuple[str, str], ...] = ()
    index_id: str = ""


class TradeRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A public trade, in the price of YES; ``taker`` is the leg that its taker bought."""

    trade_id: str
    ticker: str
    price_bp: PriceBp
    count_c: CountC
    taker: Leg
    at_ns: Nanoseconds


class IndexRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last value of a settlement index, as the exchange writes it: a decimal number."""

    index_id: str
    value: str
    source_ns: Nanoseconds
    received_ns: Nanoseconds


class LogRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of what the engine did; ``level`` is note, warning or urgent, ``no`` counts from 1."""

    no: int
    at_ns: Nanoseconds
    level: str
    code: str
    text: str
    ticker: str = ""
