"""The rows that the exchange is written down in, each with its kind and type."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from engine.domain.fill import Fill
from engine.domain.market import Event, Market, Series
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp
from engine.sandbox.core.accounts import Deposit, Holding, Settlement
from engine.sandbox.core.day_window import DayStep
from engine.sandbox.core.feed import EventFeesChanged, Traded
from engine.sandbox.core.orders import Order
from engine.sandbox.core.past import Past
from engine.sandbox.core.shards import ShardStatus


class Kind(StrEnum):
    META = "meta"
    SERIES = "series"
    EVENT = "event"
    FEE_CHANGE = "fee_change"
    MARKET = "market"
    PAST = "past"
    TALLY = "tally"
    DAY_STEP = "day_step"
    TRADE = "trade"
    STATUS = "status"
    ACCOUNT = "account"
    HOLDING = "holding"
    CLIENT_ID = "client_id"
    GROUP = "group"
    ORDER = "order"
    FILL = "fill"
    SETTLEMENT = "settlement"
    DEPOSIT = "deposit"


class MetaRow(msgspec.Struct, frozen=True):
    world_id: str
    now_ns: Nanoseconds
    next_id: int
    next_priority: int
    fees_ud: dict[int, MicroDollars]


class SeriesRow(msgspec.Struct, frozen=True):
    """``number``, here and below, is the place in the order of coming."""

    number: int
    series: Series


class EventRow(msgspec.Struct, frozen=True):
    number: int
    event: Event


class FeeChangeRow(msgspec.Struct, frozen=True):
    number: int
    change: EventFeesChanged


class MarketRow(msgspec.Struct, frozen=True):
    number: int
    market: Market


class PastRow(msgspec.Struct, frozen=True):
    ticker: str
    past: Past


class TallyRow(msgspec.Struct, frozen=True):
    """A market's running figures."""

    ticker: str
    clock: int
    last_trade_bp: PriceBp | None
    last_trade_c: CountC
    volume_c: CountC
    dollar_volume_ud: MicroDollars
    open_interest_c: CountC
    trade_count: int


class DayStepRow(msgspec.Struct, frozen=True):
    ticker: str
    step: DayStep


class TradeRow(msgspec.Struct, frozen=True):
    number: int
    trade: Traded


class StatusRow(msgspec.Struct, frozen=True):
    status: ShardStatus
    in_maintenance: bool


class AccountRow(msgspec.Struct, frozen=True):
    number: int
    account_id: str
    is_house: bool
    cash_ud: dict[int, MicroDollars]


class HoldingRow(msgspec.Struct, frozen=True):
    account_id: str
    holding: Holding


class ClientIdRow(msgspec.Struct, frozen=True):
    """A client order id that is used up though no order carries it."""

    account_id: str
    client_order_id: str


class GroupRow(msgspec.Struct, frozen=True):
    number: int
    order_group_id: str
    account_id: str
    contracts_limit_c: CountC
    exchange_index: int
    is_triggered: bool
    matches: list[tuple[Nanoseconds, CountC]]


class FillRow(msgspec.Struct, frozen=True):
    number: int
    account_id: str
    fill: Fill


class SettlementRow(msgspec.Struct, frozen=True):
    number: int
    account_id: str
    settlement: Settlement


class DepositRow(msgspec.Struct, frozen=True):
    number: int
    account_id: str
    deposit: Deposit


RowValue: TypeAlias = (
    MetaRow
    | SeriesRow
    | EventRow
    | FeeChangeRow
    | MarketRow
    | PastRow
    | TallyRow
    | DayStepRow
    | TradeRow
    | StatusRow
    | AccountRow
    | HoldingRow
    | ClientIdRow
    | GroupRow
    | Order
    | FillRow
    | SettlementRow
    | DepositRow
)

VALUE_TYPES: dict[Kind, type[RowValue]] = {
    Kind.META: MetaRow,
    Kind.SERIES: SeriesRow,
    Kind.EVENT: EventRow,
    Kind.FEE_CHANGE: FeeChangeRow,
    Kind.MARKET: MarketRow,
    Kind.PAST: PastRow,
    Kind.TALLY: TallyRow,
    Kind.DAY_STEP: DayStepRow,
    Kind.TRADE: TradeRow,
    Kind.STATUS: StatusRow,
    Kind.ACCOUNT: AccountRow,
    Kind.HOLDING: HoldingRow,
    Kind.CLIENT_ID: ClientIdRow,
    Kind.GROUP: GroupRow,
    Kind.ORDER: Order,
    Kind.FILL: FillRow,
    Kind.SETTLEMENT: SettlementRow,
    Kind.DEPOSIT: DepositRow,
}
"""The type as which a stored value of each kind is decoded (msgspec, JSON or MessagePack)."""


class Row(msgspec.Struct, frozen=True):
    """One value to keep under (kind, key) in place of what is there; None: forget it."""

    kind: Kind
    key: str
    value: RowValue | None


def trade_key(ticker: str, number: int) -> str:
    """The key of a market's print, counted from 0; the keys of later ones sort after it."""
    return f"{ticker}|{number:010d}"
