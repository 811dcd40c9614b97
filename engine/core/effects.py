"""What the core asks the shell to do. The shell does it after the record it came with is durable.

Effects that only read are not retried by the shell: each is answered by one VenueRead, and the core decides.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from engine.domain.decision import DecisionRow
from engine.domain.halt import Halt
from engine.domain.order import BookSide, OrderRequest
from engine.domain.units import CountC, Nanoseconds, PriceBp


class Lane(StrEnum):
    """Which requests go first when tokens are short: cancels and exits, then reconciling, then entries."""

    EXIT = "exit"
    RECONCILE = "reconcile"
    ENTRY = "entry"
    COLLECT = "collect"


class SubmitOrder(msgspec.Struct, frozen=True, gc=False):
    """POST once. A repetition of an unresolved one carries the same request and id."""

    request: OrderRequest
    lane: Lane


class CancelOrder(msgspec.Struct, frozen=True):
    client_order_id: str
    order_id: str
    ticker: str
    exchange_index: int


class CancelOrders(msgspec.Struct, frozen=True):
    """Several at once; answered by one CancelsAnswered."""

    orders: tuple[CancelOrder, ...]


class AmendOrder(msgspec.Struct, frozen=True):
    """``count_c`` is what was filled already and what is still wanted."""

    client_order_id: str
    order_id: str
    ticker: str
    side: BookSide
    price_bp: PriceBp
    count_c: CountC
    expires_ns: Nanoseconds | None


class GroupVerb(StrEnum):
    CREATE = "create"
    RESET = "reset"
    LIMIT = "limit"


class ChangeGroup(msgspec.Struct, frozen=True):
    """Something of a strategy's order group, sent once; ``key`` comes back in its GroupAnswered. ``limit_c``
    counts for CREATE and LIMIT, ``group_id`` for the others than CREATE."""

    key: str
    verb: GroupVerb
    group_id: str
    limit_c: CountC
    exchange_index: int


class ReadGroups(msgspec.Struct, frozen=True):
    """All order groups of the account."""


class ReadOrders(msgspec.Struct, frozen=True):
    """All orders of a market created since ``since_ns``, every status; with ticker "" all resting ones."""

    ticker: str
    since_ns: Nanoseconds


class ReadFills(msgspec.Struct, frozen=True):
    since_ns: Nanoseconds


class ReadPositions(msgspec.Struct, frozen=True):
    pass


class ReadSettlements(msgspec.Struct, frozen=True):
    since_ns: Nanoseconds


class ReadBalance(msgspec.Struct, frozen=True):
    pass


class ReadStatus(msgspec.Struct, frozen=True):
    pass


class ReadSchedule(msgspec.Struct, frozen=True):
    """The pauses that are announced for the days around ``at_ns``."""

    at_ns: Nanoseconds


class ReadMarkets(msgspec.Struct, frozen=True):
    series_ticker: str


class ReadMarket(msgspec.Struct, frozen=True):
    """One market in whatever state, with its event."""

    ticker: str


class ReadCandles(msgspec.Struct, frozen=True):
    """Of one market; times in unix seconds, inclusive."""

    ticker: str
    series_ticker: str
    period_min: int
    start_s: int
    end_s: int


class ReadBook(msgspec.Struct, frozen=True):
    """One market's book as the exchange lists it now."""

    ticker: str


class WatchBooks(msgspec.Struct, frozen=True):
    """The whole set of markets whose books the feed shall carry."""

    tickers: tuple[str, ...]


class WatchIndexes(msgspec.Struct, frozen=True):
    """The whole set of settlement indexes whose values the core shall be told; replaces those of before."""

    index_ids: tuple[str, ...]


class Compute(msgspec.Struct, frozen=True):
    """Work of a strategy that takes long; done off the loop and answered by ComputeDone."""

    strategy: str
    request_id: str
    payload: bytes


class KeepDecision(msgspec.Struct, frozen=True):
    """A verdict for the store, on which no money depends; ``is_told``: with a line in the log."""

    decision: DecisionRow
    is_told: bool = False


class WriteHalt(msgspec.Struct, frozen=True):
    """A kill for everybody to see: once it is written no process sends what adds risk."""

    halt: Halt


class LiftHalt(msgspec.Struct, frozen=True):
    """Takes the kill of this name away; another one, which came meanwhile, stays. Answered by HaltLifted."""

    halt_id: str


class Answer(msgspec.Struct, frozen=True):
    """What a command came to. ``deny_code`` is empty if it was accepted; ``numbers`` belong to a denial."""

    command_id: str
    client_order_id: str = ""
    deny_code: str = ""
    text: str = ""
    numbers: dict[str, int | str] = {}


class AlertLevel(StrEnum):
    NOTE = "note"
    WARNING = "warning"
    URGENT = "urgent"


class Alert(msgspec.Struct, frozen=True):
    """``subject`` is what it is about (an order, a market): repetitions of one code about one subject are
    told as one, counted. Empty: the text is."""

    level: AlertLevel
    code: str
    text: str
    subject: str = ""


Effect: TypeAlias = (
    SubmitOrder
    | CancelOrder
    | CancelOrders
    | AmendOrder
    | ChangeGroup
    | ReadGroups
    | ReadOrders
    | ReadFills
    | ReadPositions
    | ReadSettlements
    | ReadBalance
    | ReadStatus
    | ReadSchedule
    | ReadMarkets
    | ReadMarket
    | ReadCandles
    | ReadBook
    | WatchBooks
    | WatchIndexes
    | Compute
    | KeepDecision
    | WriteHalt
    | LiftHalt
    | Answer
    | Alert
)
