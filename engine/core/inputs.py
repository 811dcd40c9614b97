"""Everything the core may be told. What the stream says is in :mod:`engine.domain.feed`; the rest is here.

The shell stamps each event once, when it takes it from the inbox: ``at`` is exchange time (closes, candles,
schedules, expiry), ``mono`` monotonic time (grace, confirmation, staleness, unknown windows). The core knows
no other time, and neither runs backwards inside it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from engine.core.effects import GroupVerb
from engine.domain.candle import Candlestick
from engine.domain.command import CommandBody
from engine.domain.feed import FeedEvent, Levels, TickerQuote
from engine.domain.fill import Fill
from engine.domain.forecast import Forecast, ForecastSource, NoForecast
from engine.domain.halt import Halt
from engine.domain.market import Event, Market
from engine.domain.units import CountC, Nanoseconds
from engine.domain.venue import Balance, OrderGroupState, Settlement, VenueOrder, VenuePosition


class Woken(msgspec.Struct, frozen=True):
    """The time that the core asked to be woken at has come; it brings nothing but its stamps."""


# What became of a request. Exactly one of these follows each SubmitOrder, AmendOrder or CancelOrder effect,
# unless the process dies first.


class NotSent(msgspec.Struct, frozen=True):
    """Proven: not a byte of the request reached the exchange."""

    client_order_id: str
    cause: str


class Acked(msgspec.Struct, frozen=True):
    """The exchange took the order under ``order_id``. Quantities are as of the answer."""

    client_order_id: str
    order_id: str
    filled_c: CountC
    remaining_c: CountC


class Rejected(msgspec.Struct, frozen=True):
    """The exchange refused for good (a definite 4xx)."""

    client_order_id: str
    status: int
    code: str
    details: str


class Unknown(msgspec.Struct, frozen=True):
    """Nobody can say whether the exchange acted: a time-out, a lost connection, 408, 5xx, an answer without
    the order, or ``order_already_exists``."""

    client_order_id: str
    cause: str


class CancelAcked(msgspec.Struct, frozen=True, tag=True):
    client_order_id: str
    reduced_c: CountC


class CancelGone(msgspec.Struct, frozen=True, tag=True):
    """404: it rests no more. A fill may have won the race."""

    client_order_id: str


class CancelFailed(msgspec.Struct, frozen=True, tag=True):
    """Refused, not sent, or unknown: the order may still rest."""

    client_order_id: str
    cause: str
    is_unknown: bool


class CancelsAnswered(msgspec.Struct, frozen=True):
    """What became of each order of a CancelOrders effect."""

    outcomes: tuple[CancelAcked | CancelGone | CancelFailed, ...]


Outcome: TypeAlias = (
    NotSent | Acked | Rejected | Unknown | CancelAcked | CancelGone | CancelFailed | CancelsAnswered
)


# What was read over REST. ``as_of_ns`` is the exchange's ``user_data_timestamp`` read before the pages: what
# happened before it is in them. ``is_complete`` is false if any page failed; such a read proves no absence.


class MarketsRead(msgspec.Struct, frozen=True):
    """Open markets of one series with their events, in no order, and the quotes that the list has."""

    series_ticker: str
    events: tuple[Event, ...]
    markets: tuple[Market, ...]
    is_complete: bool
    quotes: tuple[TickerQuote, ...] = ()


class MarketRead(msgspec.Struct, frozen=True):
    """One market in whatever state, and the event's others as far as the answer has them."""

    event: Event
    market: Market
    others: tuple[Market, ...] = ()


class OrdersRead(msgspec.Struct, frozen=True):
    """Orders of one market (all statuses, since ``since_ns``), or with ticker "" all resting ones."""

    ticker: str
    since_ns: Nanoseconds
    orders: tuple[VenueOrder, ...]
    as_of_ns: Nanoseconds
    is_complete: bool


class FillsRead(msgspec.Struct, frozen=True):
    """Fills since ``since_ns``."""

    since_ns: Nanoseconds
    fills: tuple[Fill, ...]
    as_of_ns: Nanoseconds
    is_complete: bool


class PositionsRead(msgspec.Struct, frozen=True):
    positions: tuple[VenuePosition, ...]
    as_of_ns: Nanoseconds
    is_complete: bool


class SettlementsRead(msgspec.Struct, frozen=True):
    since_ns: Nanoseconds
    settlements: tuple[Settlement, ...]
    is_complete: bool


class BalanceRead(msgspec.Struct, frozen=True):
    balance: Balance


class StatusRead(msgspec.Struct, frozen=True):
    """Whether the exchange and each of its shards trade now."""

    exchange_active: bool
    trading_active: bool
    by_shard: dict[int, tuple[bool, bool]]
    """Exchange and trading active, by shard."""


class ScheduleRead(msgspec.Struct, frozen=True):
    """Announced pauses of trading, start and end, in no order."""

    windows: tuple[tuple[Nanoseconds, Nanoseconds], ...]


class BookRead(msgspec.Struct, frozen=True):
    """One market's levels, prices of the YES leg, as they were while the request was under way."""

    ticker: str
    bids: Levels
    asks: Levels


class GroupsRead(msgspec.Struct, frozen=True):
    """Every order group of the account."""

    groups: tuple[OrderGroupState, ...]


class ReadFailed(msgspec.Struct, frozen=True):
    """A read effect came to nothing."""

    effect: str
    scope: str
    cause: str


class GroupOutcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    GONE = "gone"
    """404: there is no such group."""
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class GroupAnswered(msgspec.Struct, frozen=True):
    """What a ChangeGroup came to; ``group_id`` of a CREATE that was done is the new one's."""

    key: str
    verb: GroupVerb
    outcome: GroupOutcome
    group_id: str = ""
    limit_c: CountC = 0
    cause: str = ""


VenueRead: TypeAlias = (
    MarketsRead
    | OrdersRead
    | FillsRead
    | PositionsRead
    | SettlementsRead
    | BalanceRead
    | StatusRead
    | ScheduleRead
    | MarketRead
    | BookRead
    | GroupsRead
    | ReadFailed
)


class Command(msgspec.Struct, frozen=True, gc=False):
    """A request over the control socket. ``command_id`` comes back in its Answer; ``who`` is the client."""

    command_id: str
    who: str
    body: CommandBody
    is_interactive: bool = False
    """Typed at a console: an entry needs the arm lease."""


# What strategies are told.


class CandlesReady(msgspec.Struct, frozen=True):
    ticker: str
    period_min: int
    candles: tuple[Candlestick, ...]


class Observation(msgspec.Struct, frozen=True):
    """One value of the outside world; ``value`` is decimal text in the unit of its kind."""

    kind: str
    key: str
    value: str
    source_ns: Nanoseconds
    received_ns: Nanoseconds


class SourceSeen(msgspec.Struct, frozen=True):
    """Whether a source of observations may be relied on; told at the start and whenever that changes.
    ``kinds`` are those that it tells of, ``reason`` is one line: why not."""

    name: str
    kinds: tuple[str, ...]
    is_live: bool
    reason: str = ""


class ComputeDone(msgspec.Struct, frozen=True):
    """What a Compute effect came to: ``result`` is bytes of the strategy's own making, None if it failed."""

    strategy: str
    request_id: str
    result: bytes | None
    error: str = ""


class ForecastReady(msgspec.Struct, frozen=True):
    """A scan of the forecaster: what it says anew (the others stay), markets that it has nothing for, and
    those that it does not look at any more. ``source_ns`` is exchange time at which it was asked."""

    source: ForecastSource
    source_ns: Nanoseconds
    forecasts: tuple[Forecast, ...] = ()
    absent: tuple[NoForecast, ...] = ()
    gone: tuple[str, ...] = ()
    problem: str = ""
    """Why it did not come to its end; forecasts then may not be acted on, until a scan does. One line."""


class ForecastLost(msgspec.Struct, frozen=True):
    """A scan came to nothing; forecasts may not be acted on until one does. One line."""

    reason: str


StrategyAnswer: TypeAlias = (
    CandlesReady | Observation | SourceSeen | ComputeDone | ForecastReady | ForecastLost
)


class HaltSeen(msgspec.Struct, frozen=True):
    """A kill lies in the home, whoever wrote it: told at the start, and when one appears."""

    halt: Halt


class HaltLifted(msgspec.Struct, frozen=True):
    """What came of LiftHalt: it is gone if ``problem`` is empty, else it is there still as ``halt_id``."""

    halt_id: str
    problem: str = ""


class ClockSkewSeen(msgspec.Struct, frozen=True):
    """How far the machine's clock is from the exchange's: above zero it is late. Told while that is much, and
    once when it is over."""

    offset_ms: int


class CommitSlow(msgspec.Struct, frozen=True):
    """A commit of the ledger took so long, or takes so long already."""

    ms: int


class Stopping(msgspec.Struct, frozen=True):
    """The process is asked to end: take no new entries, cancel working ones that add risk."""


class Recovered(msgspec.Struct, frozen=True):
    """The ledger is loaded, the venue is reachable: reconcile, then open for business. ``run_id`` is new."""

    run_id: str


CoreEvent: TypeAlias = (
    FeedEvent
    | Woken
    | Outcome
    | VenueRead
    | GroupAnswered
    | Command
    | StrategyAnswer
    | HaltSeen
    | HaltLifted
    | ClockSkewSeen
    | CommitSlow
    | Stopping
    | Recovered
)


class Input(msgspec.Struct, frozen=True, gc=False):
    """One event with the two times at which the shell took it."""

    at: Nanoseconds
    mono: Nanoseconds
    event: CoreEvent
