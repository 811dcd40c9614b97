"""The take profit that rests at the exchange: one order, at the level, for the whole position.

The exchange takes no reduce-only order that rests, so the order itself must never be larger than what is
held: it is canceled in the step in which the position shrinks, and another one follows once it is known what
came of it.
"""

from __future__ import annotations

from engine.core.denial import Denial
from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.exits.levels import Levels, best_bp
from engine.core.exits.own_orders import OwnOrders, sells
from engine.core.exits.plan_record import PlanRecord
from engine.core.exits.sending import ExitSender
from engine.core.exits.sight import Sight
from engine.core.exits.watch import Plans, Watch
from engine.core.facts.orders import CancelState
from engine.core.order_record import OrderRecord
from engine.domain.market import MarketStatus
from engine.domain.order import OrderState, book_order
from engine.domain.plan import ExitCause
from engine.domain.units import SECOND_NS, CountC, PriceBp, cents

_TELL_AFTER = 3


class RestingProfits:
    def __init__(self, desk: Desk, plans: Plans, own: OwnOrders, sight: Sight, sender: ExitSender) -> None:
        self._desk = desk
        self._plans = plans
        self._own = own
        self._sight = sight
        self._sender = sender

    def tend(self, record: PlanRecord, watch: Watch, *, makes_room: bool = False) -> None:
        """Makes the resting order what the plan and the position ask for. ``makes_room``: none shall rest."""
        levels = self._plans.levels(record)
        profit_bp = self._wanted_bp(record, levels, makes_room=makes_room)
        self._note_end(record, watch)
        resting = self._own.resting_profits(record.ticker)
        if resting:
            self._adjust(record, watch, resting, profit_bp)
        elif profit_bp is not None and self._own.is_known(record.ticker, record.leg):
            self._place(record, watch, profit_bp)

    def _wanted_bp(self, record: PlanRecord, levels: Levels, *, makes_room: bool) -> PriceBp | None:
        desk = self._desk
        is_asked = record.terms.take_profit is not None and not record.terms.takes
        is_free = desk.is_ready and desk.exits_on and not record.is_leaving and not makes_room
        return levels.take_profit_bp if is_asked and is_free else None

    def _adjust(
        self, record: PlanRecord, watch: Watch, resting: list[OrderRecord], profit_bp: PriceBp | None
    ) -> None:
        """Keeps the first if it fits; whatever does not fit is taken back."""
        kept = resting[0]
        fits = profit_bp is not None and self._is_at(record, kept, profit_bp)
        lacks_c = self._free_c(record, but=kept) - max(0, kept.terms.count_c - kept.filled_c)
        is_early = self._desk.mono < watch.next_profit_mono
        if not fits or lacks_c < 0 or (lacks_c > 0 and not is_early):
            self._own.take_back(kept)
        for other in resting[1:]:
            self._own.take_back(other)

    def _is_at(self, record: PlanRecord, order: OrderRecord, profit_bp: PriceBp) -> bool:
        _, yes_bp = book_order(record.leg, buys=False, price_bp=profit_bp)
        return order.terms.price_bp == yes_bp and order.terms.side is sells(record.leg)

    def _free_c(self, record: PlanRecord, but: OrderRecord | None = None) -> CountC:
        """What is held and no other order may sell."""
        return abs(self._desk.held_c(record.ticker)) - self._own.may_sell_c(record.ticker, record.leg, but)

    def _place(self, record: PlanRecord, watch: Watch, profit_bp: PriceBp) -> None:
        desk = self._desk
        count_c = self._free_c(record)
        if count_c <= 0 or desk.mono < watch.next_profit_mono or not self._rests_there(record.ticker):
            return
        book = self._sight.book(record.ticker)
        bid_bp = None if book is None else best_bp(book, record.leg)
        crosses = bid_bp is not None and bid_bp >= profit_bp
        done = self._sender.sell(
            record,
            count_c,
            profit_bp,
            cause=ExitCause.TAKE_PROFIT,
            rests=True,
            post_only=not crosses and not watch.refusals,
            why={"take_profit_bp": profit_bp, "entry_bp": record.entry_bp},
        )
        watch.next_profit_mono = desk.mono + desk.settings.exits.resize_ns
        if isinstance(done, Denial):
            self._refused(record, watch, done.text)
        else:
            watch.profit_name = done

    def _rests_there(self, ticker: str) -> bool:
        market = self._desk.markets.get(ticker)
        return market is not None and market.status is MarketStatus.ACTIVE and self._desk.at < market.close_ns

    def _note_end(self, record: PlanRecord, watch: Watch) -> None:
        """Takes note of how the last one ended: by itself, without a fill of all of it, is a refusal."""
        name = watch.profit_name
        order = self._desk.money.orders.get(name)
        if order is None or name in self._desk.money.working:
            return
        watch.profit_name = ""
        if order.state in (OrderState.FILLED, OrderState.ABSENT) or order.cancel is not CancelState.NONE:
            watch.refusals = 0
        else:
            self._refused(record, watch, order.cause)

    def _refused(self, record: PlanRecord, watch: Watch, cause: str) -> None:
        """Tries again, later each time: first as an order that may take, should its price have been met."""
        desk = self._desk
        watch.refusals += 1
        longest = desk.settings.exits.retry_longest_ns
        watch.next_profit_mono = desk.mono + min(longest, SECOND_NS << min(watch.refusals - 1, 10))
        if watch.refusals == _TELL_AFTER:
            profit_bp = self._plans.levels(record).take_profit_bp
            at = "" if profit_bp is None else f" at {cents(profit_bp)}"
            text = f"{record.ticker}: no take profit rests{at}: {cause}; it is tried again"
            desk.alert(AlertLevel.URGENT, "TP_REFUSED", text, record.ticker)
