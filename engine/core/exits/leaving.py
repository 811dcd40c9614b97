"""Out of a position: immediate-or-cancel, reduce-only, one order at a time, a little lower each second.

Nothing is sent while any other order of ours may still reduce the position, or while what one of them came to
is not known; so a position never turns over. What no step sold is held, told, and tried again.
"""

from __future__ import annotations

from engine.core.denial import Denial
from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.exits.levels import best_bp, grid_of, reach_bp
from engine.core.exits.own_orders import OwnOrders
from engine.core.exits.plan_record import PlanRecord
from engine.core.exits.sending import ExitSender
from engine.core.exits.sight import Sight
from engine.core.exits.thin import anchor_bp, is_deep, lowest_bp
from engine.core.exits.watch import Plans, Watch
from engine.core.timers import Due
from engine.core.triggers.settling import Settling
from engine.domain.book import Book
from engine.domain.plan import ExitCause, PlanState, PlanTerms
from engine.domain.units import CountC, PriceBp, cents, contracts

_PROFIT = ExitCause.TAKE_PROFIT


class Leaving:
    def __init__(
        self,
        desk: Desk,
        plans: Plans,
        own: OwnOrders,
        sight: Sight,
        settling: Settling,
        sender: ExitSender,
    ) -> None:
        self._desk = desk
        self._plans = plans
        self._own = own
        self._sight = sight
        self._settling = settling
        self._sender = sender

    def decide(self, record: PlanRecord, cause: ExitCause, text: str, numbers: dict[str, int | str]) -> None:
        """The position ends now. The first order goes out in the same step, if nothing stands in its way."""
        watch = self._plans.watches[record.ticker]
        watch.step, watch.exit_name, watch.next_exit_mono = 0, "", self._desk.mono
        watch.thin_mono = None
        self._plans.move(
            record,
            numbers,
            state=PlanState.EXITING,
            is_leaving=True,
            cause=cause.value,
            text=text,
            low_at=None,
            low_ns=0,
        )
        watch.confirm_mono = None
        level = AlertLevel.NOTE if cause is _PROFIT else AlertLevel.WARNING
        self._desk.alert(level, cause.value.upper(), f"{record.ticker}: {text}", record.ticker)
        self.pursue(record.ticker)

    def pursue(self, ticker: str) -> None:
        """Does what comes next; safe to call at any time."""
        record = self._plans.live(ticker)
        if record is None or not record.is_leaving:
            return
        desk, watch = self._desk, self._plans.watches[ticker]
        if not desk.exits_on:
            self._give_up(record, "exits by plan are off")
            return
        cause = ExitCause(record.cause)
        if cause is not _PROFIT:
            self._own.end_entries(ticker, record.leg)
        if not self._own.clear(ticker, record.leg):
            return
        if not self._take_note(record, watch, cause):
            return
        if desk.mono < watch.next_exit_mono:
            desk.timers.after_mono(watch.next_exit_mono, Due.EXIT_STEP, ticker)
            return
        if desk.is_ready and desk.held_c(ticker):
            self._try(self._plans.live(ticker) or record, watch, cause)

    def _take_note(self, record: PlanRecord, watch: Watch, cause: ExitCause) -> bool:
        """Of the end of the last order; returns whether to go on."""
        name, watch.exit_name = watch.exit_name, ""
        if not name:
            return True
        if cause is _PROFIT:
            # What is left stays guarded, and is taken when the book gives it again.
            self._give_up(record, "")
            return False
        if watch.thin_mono is not None and self._sold_some(record, name):
            return True
        watch.step += 1
        if watch.step < len(self._desk.settings.exits.steps):
            return True
        watch.step = 0
        watch.next_exit_mono = self._desk.mono + self._desk.settings.exits.hold_ns
        left = contracts(abs(self._desk.held_c(record.ticker)))
        self.block(record, f"{left} not sold at any step; held, tried again soon", "EXIT_HELD")
        return True

    def _try(self, record: PlanRecord, watch: Watch, cause: ExitCause) -> None:
        desk, ticker = self._desk, record.ticker
        if self._is_over(ticker):
            self._give_up(record, "trading is over; it waits for the result")
            return
        if not self._settling.is_calm(ticker):
            self._plans.move(record, text="trading is paused or has not settled down; the exit waits")
            return
        book = self._sight.book(ticker)
        if book is None and cause is _PROFIT:
            self._give_up(record, "")
            return
        count_c = abs(desk.held_c(ticker))
        price_bp = (
            "the book is stale" if book is None else self._price_bp(record, watch, book, count_c, cause)
        )
        if book is None or isinstance(price_bp, str):
            self._sight.ask(ticker, desk.settings.exits.step_ns)
            self.block(record, str(price_bp), "SL_BLOCKED")
            return
        why_numbers = self._numbers(record, book, watch.step)
        done = self._sender.sell(record, count_c, price_bp, cause=cause, why=why_numbers)
        watch.next_exit_mono = desk.mono + desk.settings.exits.step_ns
        if isinstance(done, Denial):
            desk.timers.after_mono(watch.next_exit_mono, Due.EXIT_STEP, ticker)
            self.block(record, f"refused: {done.text}", "EXIT_REFUSED")
            return
        watch.exit_name = done
        text = f"selling {contracts(count_c)} at {cents(price_bp)}"
        self._plans.move(record, state=PlanState.EXITING, text=text)

    def _price_bp(
        self, record: PlanRecord, watch: Watch, book: Book, count_c: CountC, cause: ExitCause
    ) -> PriceBp | str:
        """The reference, some steps lower each time; of a profit its level; in a thin book no lower than its
        time says. Not under the floor, unless the book itself bids less. Or what it waits for."""
        if cause is _PROFIT:
            return self._plans.levels(record).take_profit_bp or "no take profit"
        price_bp = reach_bp(book, record.leg, count_c)
        bid_bp = best_bp(book, record.leg)
        if not book.is_two_sided or price_bp is None or bid_bp is None:
            return "nobody bids"
        market = self._desk.markets.get(record.ticker)
        grid = None if market is None else grid_of(market.grid, record.leg)
        for _ in range(self._desk.settings.exits.steps[watch.step]):
            price_bp = (grid.down(price_bp) if grid else None) or price_bp
        lowest_bp = self._lowest_bp(record, watch, book, count_c, cause)
        if bid_bp < lowest_bp:
            return f"the best bid is {cents(bid_bp)}, it waits for {cents(lowest_bp)} a while"
        if price_bp < lowest_bp:
            price_bp = (grid.ceil(lowest_bp) if grid else None) or lowest_bp
        return max(price_bp, min(self._desk.limits.reduce_floor_bp, bid_bp))

    def _lowest_bp(
        self, record: PlanRecord, watch: Watch, book: Book, count_c: CountC, cause: ExitCause
    ) -> PriceBp:
        """How low this exit may sell now; 0 while the book is deep enough for what is held."""
        desk, times = self._desk, self._desk.settings.exits
        if is_deep(book, record.leg, count_c, times.near_bp, desk.settings.normal_spread_bp):
            watch.thin_mono = None
            return 0
        levels = self._plans.levels(record)
        if watch.thin_mono is None:
            watch.thin_mono = desk.mono
            found = anchor_bp(cause, levels)
            watch.thin_from_bp = (best_bp(book, record.leg) or 0) if found is None else found
        return lowest_bp(watch.thin_from_bp, levels, desk.mono - watch.thin_mono, times)

    def _sold_some(self, record: PlanRecord, name: str) -> bool:
        """Whether the last order sold a part: that is told, and what is left goes on at the same step."""
        order = self._desk.money.orders[name]
        if order.filled_c == 0:
            return False
        left = contracts(abs(self._desk.held_c(record.ticker)))
        text = f"{record.ticker}: sold {contracts(order.filled_c)} into a thin book, {left} left"
        self._desk.alert(AlertLevel.WARNING, "SL_PARTIAL", text, record.ticker)
        return True

    def block(self, record: PlanRecord, why: str, code: str) -> None:
        """It would leave, or look, and cannot: said once."""
        cause = record.cause or _guards_by(record.terms).value
        is_news = record.state is not PlanState.BLOCKED
        self._plans.move(record, state=PlanState.BLOCKED, cause=cause, text=why)
        if is_news:
            held = contracts(abs(self._desk.held_c(record.ticker)))
            what = f"{cause.replace('_', ' ')} of {held} {record.leg.upper()}"
            text = f"{record.ticker}: {what} is blocked: {why}"
            self._desk.alert(AlertLevel.URGENT, code, text, record.ticker)

    def _is_over(self, ticker: str) -> bool:
        market = self._desk.markets.get(ticker)
        return market is not None and self._desk.at >= market.close_ns

    def _give_up(self, record: PlanRecord, text: str) -> None:
        """Back to looking."""
        watch = self._plans.watches[record.ticker]
        watch.exit_name, watch.step = "", 0
        self._plans.move(record, state=PlanState.GUARDING, is_leaving=False, cause="", text=text)

    def _numbers(self, record: PlanRecord, book: Book, step: int) -> dict[str, int | str]:
        return {
            "bid_bp": "none" if book.best_bid_bp is None else book.best_bid_bp,
            "ask_bp": "none" if book.best_ask_bp is None else book.best_ask_bp,
            "entry_bp": record.entry_bp,
            "step": step,
        }


def _guards_by(terms: PlanTerms) -> ExitCause:
    """The stop that a plan has, for what is said before one of them decided."""
    if terms.stop_loss is not None:
        return ExitCause.STOP_LOSS
    if terms.trailing_bp is not None:
        return ExitCause.TRAILING
    if terms.disaster is not None:
        return ExitCause.DISASTER
    return ExitCause.TAKE_PROFIT if terms.takes else ExitCause.TIME_STOP


def exit_text(cause: ExitCause, reference_bp: PriceBp, level: PriceBp) -> str:
    """Why, in prices of the leg held."""
    return f"{cause.value.replace('_', ' ')}: {cents(reference_bp)} reached {cents(level)}"
