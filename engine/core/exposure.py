"""What is spoken for: cash at the worst case, contracts of reducing orders, and whose a market is."""

from __future__ import annotations

from functools import lru_cache

from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.facts.orders import OrderTerms
from engine.core.order_record import OrderRecord
from engine.domain.fee import FeeSchedule
from engine.domain.order import BookSide, OrderState
from engine.domain.units import CONTRACT_BP, CountC, MicroDollars, PriceBp, complement, dollars

_BID = BookSide.BID


def leg_price_bp(side: BookSide, price_bp: PriceBp) -> PriceBp:
    """What one contract of the leg bought costs: YES for a bid, NO at the complement for an ask."""
    return price_bp if side is _BID else complement(price_bp)


def worst_loss_ud(terms: OrderTerms, count_c: CountC, fees: FeeSchedule | None) -> MicroDollars:
    """What ``count_c`` of an order can lose: its price and, where the schedule is known, the taker's fee."""
    return worst_loss_at_ud(terms.side, terms.price_bp, count_c, fees)


@lru_cache(maxsize=8_192)
def worst_loss_at_ud(
    side: BookSide, price_bp: PriceBp, count_c: CountC, fees: FeeSchedule | None
) -> MicroDollars:
    """Remembered: a fee's integers are the longest there are, and orders come at few prices and counts."""
    cost_ud = count_c * (price_bp if side is _BID else CONTRACT_BP - price_bp)
    if fees is None or count_c == 0:
        return cost_ud
    return cost_ud + fees.fee_ud(price_bp, count_c, is_taker=True)


def reducing_c(desk: Desk, ticker: str, but: str = "") -> CountC:
    """Contracts that working orders of ours may still take off a market's position, but for one order."""
    return sum(
        record.remaining_c
        for record in desk.working(ticker)
        if not record.terms.opens and record.terms.client_order_id != but
    )


def owner_of(desk: Desk, ticker: str) -> str:
    """Who holds exposure in a market, else who has a working entry there; empty if nobody."""
    return owner_and_held(desk, ticker)[0]


def owner_and_held(desk: Desk, ticker: str) -> tuple[str, CountC]:
    """As :func:`owner_of`, with how much is held: above zero YES, below zero NO."""
    held = desk.money.positions.get(ticker)
    if held is not None:
        count_c = held.position.count_c
        if count_c:
            return held.owner, count_c
    for client_order_id in desk.working_names(ticker):
        terms = desk.money.orders[client_order_id].terms
        if terms.opens:
            return terms.owner, 0
    return "", 0


_ASKING = (OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN)


class Spending:
    """Cash that orders took, or may take, and that the last balance read does not show yet.

    Sums are kept and corrected by the orders that changed since they were last looked at.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._losses: dict[str, MicroDollars] = {}
        """By client order id: the worst case of each order counted."""
        self._total_ud: MicroDollars = 0
        self._by_shard_ud: dict[int, MicroDollars] = {}
        self._at_ask: tuple[str, ...] | None = None

    def opened(self, terms: OrderTerms, loss_ud: MicroDollars) -> None:
        """A new entry of this worst loss was sent."""
        self._losses[terms.client_order_id] = loss_ud
        self._total_ud += loss_ud
        by_shard, shard = self._by_shard_ud, terms.exchange_index
        by_shard[shard] = by_shard.get(shard, 0) + loss_ud

    def found(self, client_order_id: str) -> None:
        """An order was under way at the start."""
        self._losses[client_order_id] = 0
        self._desk.changed_orders[client_order_id] = None

    def asked(self) -> None:
        """A balance read goes out: what was placed and answered before it is in what it will say."""
        self._at_ask = tuple(name for name in self._losses if self._is_in_balance(name))

    def read(self) -> None:
        """The balance that was asked for came."""
        for name in self._at_ask or ():
            self._count(name, 0)
            self._losses.pop(name, None)
        self._at_ask = None

    def all_ud(self) -> MicroDollars:
        """On all shards together."""
        if self._desk.changed_orders:
            self._correct()
        return self._total_ud

    def refused(self, client_order_id: str, shard: int, loss_ud: MicroDollars) -> Denial | None:
        """Whether an order of this worst loss is more than all cash has free, or the shard's."""
        desk = self._desk
        cash = desk.money.cash
        if cash is None:
            return Denial(DenyCode.NO_CASH_KNOWN, "the balance is not known yet")
        if desk.changed_orders:
            self._correct()
        # An order that goes out again is among what is spoken for.
        own_ud = self._losses.get(client_order_id, 0)
        free_ud = cash.cash_ud - self._total_ud + own_ud
        if loss_ud > free_ud:
            return _short(DenyCode.INSUFFICIENT_BALANCE, "balance", loss_ud, free_ud, cash.cash_ud)
        cash_ud = cash.by_shard_ud.get(shard, 0)
        free_ud = cash_ud - self._by_shard_ud.get(shard, 0) + own_ud
        if loss_ud > free_ud:
            where = f"cash on shard {shard}"
            return _short(DenyCode.INSUFFICIENT_SHARD_CASH, where, loss_ud, free_ud, cash_ud)
        return None

    def _correct(self) -> None:
        changed = self._desk.changed_orders
        for name in changed:
            if name in self._losses:
                self._count(name, self._loss_ud(self._desk.money.orders[name]))
        changed.clear()

    def _is_in_balance(self, name: str) -> bool:
        """Whether the exchange's balance leaves out what the order took and reserves."""
        desk = self._desk
        if desk.money.orders[name].state in _ASKING or name in desk.in_flight:
            return False
        return desk.settings.balance_excludes_resting or name not in desk.money.working

    def _count(self, name: str, loss_ud: MicroDollars) -> None:
        moved_ud = loss_ud - self._losses.get(name, 0)
        self._losses[name] = loss_ud
        self._total_ud += moved_ud
        shard = self._desk.money.orders[name].terms.exchange_index
        self._by_shard_ud[shard] = self._by_shard_ud.get(shard, 0) + moved_ud

    def _loss_ud(self, record: OrderRecord) -> MicroDollars:
        """What traded and what still may; nothing of a rest that ended."""
        if not record.terms.opens:
            return 0
        market = self._desk.markets.get(record.terms.ticker)
        count_c = max(record.filled_c, record.venue_filled_c) + record.remaining_c
        return worst_loss_ud(record.terms, count_c, market.fees if market else None)


def _short(
    code: DenyCode, what: str, needed_ud: MicroDollars, free_ud: MicroDollars, cash_ud: MicroDollars
) -> Denial:
    text = f"{what}: needs ${dollars(needed_ud)}, has ${dollars(free_ud)} free"
    numbers: dict[str, int | str] = {"needed_ud": needed_ud, "free_ud": free_ud}
    return Denial(code, text, numbers | {"spoken_for_ud": cash_ud - free_ud})
