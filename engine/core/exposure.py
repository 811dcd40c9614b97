"""What is spoken for: cash at the worst case, contracts of reducing orders, and whose a market is."""

from __future__ import annotations

from engine.core.changes import OrderTerms
from engine.core.desk import Desk
from engine.core.money import OrderRecord
from engine.domain.fee import FeeSchedule
from engine.domain.order import BookSide, OrderState
from engine.domain.units import CountC, MicroDollars, PriceBp, complement


def leg_price_bp(side: BookSide, price_bp: PriceBp) -> PriceBp:
    """What one contract of the leg bought costs: YES for a bid, NO at the complement for an ask."""
    return price_bp if side is BookSide.BID else complement(price_bp)


def worst_loss_ud(terms: OrderTerms, count_c: CountC, fees: FeeSchedule | None) -> MicroDollars:
    """What ``count_c`` of an order can lose: its price and, where the schedule is known, the taker's fee."""
    cost_ud = count_c * leg_price_bp(terms.side, terms.price_bp)
    if fees is None or count_c == 0:
        return cost_ud
    return cost_ud + fees.fee_ud(terms.price_bp, count_c, is_taker=True)


def reducing_c(desk: Desk, ticker: str, but: str = "") -> CountC:
    """Contracts that working orders of ours may still take off a market's position, but for one order."""
    return sum(
        record.remaining_c
        for record in desk.working(ticker)
        if not record.terms.opens and record.terms.client_order_id != but
    )


def owner_of(desk: Desk, ticker: str) -> str:
    """Who holds exposure in a market, else who has a working entry there; empty if nobody."""
    held = desk.money.positions.get(ticker)
    if held is not None and held.position.count_c != 0:
        return held.owner
    for record in desk.working(ticker):
        if record.terms.opens:
            return record.terms.owner
    return ""


class Spending:
    """Cash that orders took, or may take, and that the last balance read does not show yet."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._since_read: dict[str, None] = {}
        self._at_ask: tuple[str, ...] | None = None

    def opened(self, client_order_id: str) -> None:
        self._since_read[client_order_id] = None

    def asked(self) -> None:
        """A balance read goes out: what was placed and answered before it is in what it will say."""
        asking = (OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN)
        orders = self._desk.money.orders
        self._at_ask = tuple(
            name
            for name in self._since_read
            if orders[name].state not in asking and name not in self._desk.in_flight
        )

    def read(self) -> None:
        """The balance that was asked for came."""
        for name in self._at_ask or ():
            self._since_read.pop(name, None)
        self._at_ask = None

    def spoken_for_ud(self, but: str = "") -> tuple[MicroDollars, dict[int, MicroDollars]]:
        """In all, and by shard: entries since the last balance read, and all working ones where the
        exchange's balance does not leave out their reserves."""
        desk = self._desk
        names = dict(self._since_read)
        if not desk.settings.balance_excludes_resting:
            names.update(desk.money.working)
        names.pop(but, None)
        total = 0
        by_shard: dict[int, MicroDollars] = {}
        for name in names:
            loss_ud = self._loss_ud(desk.money.orders[name])
            shard = desk.money.orders[name].terms.exchange_index
            by_shard[shard] = by_shard.get(shard, 0) + loss_ud
            total += loss_ud
        return total, by_shard

    def _loss_ud(self, record: OrderRecord) -> MicroDollars:
        """What traded and what still may; nothing of a rest that ended."""
        if not record.terms.opens:
            return 0
        market = self._desk.markets.get(record.terms.ticker)
        count_c = max(record.filled_c, record.venue_filled_c) + record.remaining_c
        return worst_loss_ud(record.terms, count_c, market.fees if market else None)
