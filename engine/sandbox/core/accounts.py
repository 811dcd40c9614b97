"""Accounts: cash on each shard, holdings, and what their resting orders tie up."""

from __future__ import annotations

import msgspec

from engine.domain.fill import Fill
from engine.domain.market import Outcome
from engine.domain.order import BookSide
from engine.domain.units import CONTRACT_BP, CountC, MicroDollars, Nanoseconds, PriceBp
from engine.sandbox.core.orders import Order


class Holding(msgspec.Struct, eq=False, gc=False):
    """One account's contracts in one market; ``count_c`` above zero is YES, below is NO.

    ``cost_ud`` is the average cost, in prices of the leg held and without fees, of what is open. The ``yes_``
    and ``no_`` totals are everything bought of that leg since the market was listed.
    """

    ticker: str
    number: int
    """Its place among the account's holdings, in the order of the first fill."""
    count_c: CountC = 0
    cost_ud: MicroDollars = 0
    realised_ud: MicroDollars = 0
    fees_ud: MicroDollars = 0
    traded_c: CountC = 0
    total_traded_ud: MicroDollars = 0
    yes_count_c: CountC = 0
    yes_cost_ud: MicroDollars = 0
    no_count_c: CountC = 0
    no_cost_ud: MicroDollars = 0
    is_settled: bool = False
    updated_ns: Nanoseconds = 0

    def add(self, signed_c: CountC, price_bp: PriceBp, fee_ud: MicroDollars, at_ns: Nanoseconds) -> None:
        """Books one fill at a YES price; the same arithmetic as ``engine.domain.position``."""
        held = self.count_c
        if signed_c > 0:
            size, leg_price = signed_c, price_bp
            self.yes_count_c += size
            self.yes_cost_ud += size * leg_price
        else:
            size, leg_price = -signed_c, CONTRACT_BP - price_bp
            self.no_count_c += size
            self.no_cost_ud += size * leg_price
        opening = size
        if held * signed_c < 0:
            open_c = abs(held)
            closing = min(open_c, size)
            opening = size - closing
            released = self.cost_ud * closing // open_c
            self.cost_ud -= released
            self.realised_ud += closing * (CONTRACT_BP - leg_price) - released
        self.cost_ud += opening * leg_price
        self.count_c = held + signed_c
        self.fees_ud += fee_ud
        self.traded_c += size
        self.total_traded_ud += size * leg_price
        self.updated_ns = at_ns

    def settle(self, settlement_bp: PriceBp, at_ns: Nanoseconds) -> None:
        """Every contract is paid; ``settlement_bp`` is the value of one YES."""
        value_bp = settlement_bp if self.count_c > 0 else CONTRACT_BP - settlement_bp
        self.realised_ud += abs(self.count_c) * value_bp - self.cost_ud
        self.count_c = 0
        self.cost_ud = 0
        self.is_settled = True
        self.updated_ns = at_ns


class RestingTotals:
    """What an account rests in one market: the cost (in prices of the leg bought) and count of each side."""

    __slots__ = ("ask_count_c", "ask_value_ud", "bid_count_c", "bid_value_ud", "fee_ud", "reserved_ud")

    def __init__(self) -> None:
        self.bid_value_ud: MicroDollars = 0
        self.bid_count_c: CountC = 0
        self.ask_value_ud: MicroDollars = 0
        self.ask_count_c: CountC = 0
        self.fee_ud: MicroDollars = 0
        self.reserved_ud: MicroDollars = 0
        """What of the account's cash is set aside for them now."""

    def add(self, side: BookSide, price_bp: PriceBp, change_c: CountC) -> None:
        """Counts contracts at a price in, or (negative) out; their fees apart."""
        if side is BookSide.BID:
            self.bid_count_c += change_c
            self.bid_value_ud += change_c * price_bp
        else:
            self.ask_count_c += change_c
            self.ask_value_ud += change_c * (CONTRACT_BP - price_bp)


class Settlement(msgspec.Struct, frozen=True):
    """What one account was paid for one market. ``revenue_ud`` is the value of the leg held."""

    ticker: str
    event_ticker: str
    exchange_index: int
    outcome: Outcome
    settlement_bp: PriceBp
    yes_count_c: CountC
    yes_cost_ud: MicroDollars
    no_count_c: CountC
    no_cost_ud: MicroDollars
    revenue_ud: MicroDollars
    fee_ud: MicroDollars
    at_ns: Nanoseconds


class Deposit(msgspec.Struct, frozen=True):
    """Money that a customer brought, at the opening of the account or later."""

    exchange_index: int
    amount_ud: MicroDollars
    at_ns: Nanoseconds


class Account:
    """Money and contracts of one customer, or of a house account that provides liquidity on credit."""

    __slots__ = (
        "account_id",
        "cash_ud",
        "changed_holdings",
        "client_order_ids",
        "deposits",
        "deposits_saved",
        "fills",
        "fills_saved",
        "holdings",
        "is_house",
        "quotes",
        "reserved_ud",
        "resting",
        "resting_totals",
        "settlements",
        "settlements_saved",
        "shorts",
    )

    def __init__(self, account_id: str, cash_ud: dict[int, MicroDollars], *, is_house: bool) -> None:
        self.account_id = account_id
        self.is_house = is_house
        self.cash_ud = cash_ud
        self.reserved_ud: dict[int, MicroDollars] = dict.fromkeys(cash_ud, 0)
        self.holdings: dict[str, Holding] = {}
        self.resting: dict[str, Order] = {}
        """A customer's resting orders by order id."""
        self.resting_totals: dict[str, RestingTotals] = {}
        self.quotes: dict[str, dict[tuple[bool, PriceBp], Order]] = {}
        """A house account's resting orders by ticker, then by (is a bid, price)."""
        self.shorts: dict[str, dict[str, CountC]] = {}
        """Short contracts by exclusive event, then ticker; only unsettled ones above zero."""
        self.client_order_ids: set[str] = set()
        """Every client order id ever used; none may be used again."""
        self.fills: list[Fill] = []
        self.settlements: list[Settlement] = []
        self.deposits: list[Deposit] = []
        self.changed_holdings: dict[str, Holding] = {}
        self.fills_saved = 0
        self.settlements_saved = 0
        self.deposits_saved = 0

    def available_ud(self, exchange_index: int) -> MicroDollars:
        """Cash on a shard less what resting orders reserve there."""
        return self.cash_ud.get(exchange_index, 0) - self.reserved_ud.get(exchange_index, 0)

    def position_c(self, ticker: str) -> CountC:
        holding = self.holdings.get(ticker)
        return holding.count_c if holding is not None else 0
