"""The looks at what the size held can be sold for, and what they decide.

A stop loss needs two looks of a timer, some seconds apart, with none above it in between; single changes of
a book are not counted. The disaster level and a profit that is taken need one, in the step of the change.
"""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.exits.leaving import Leaving, exit_text
from engine.core.exits.levels import Levels, reach_bp, whole_bp
from engine.core.exits.plan_record import PlanRecord
from engine.core.exits.sight import Sight
from engine.core.exits.watch import Plans, Watch
from engine.core.timers import Due
from engine.core.triggers.settling import Settling
from engine.domain.book import Book
from engine.domain.plan import ExitCause, PlanState, PlanTerms
from engine.domain.units import SECOND_NS, CountC, PriceBp, cents

_PAUSED = "trading is paused, over, or has not settled down; stops wait"


def needs_prices(terms: PlanTerms) -> bool:
    """Whether a plan ends by prices that are looked at; a profit that rests needs no look."""
    return bool(terms.stop_loss or terms.disaster or terms.trailing_bp or terms.takes)


def needs_each_change(terms: PlanTerms) -> bool:
    """Whether one look is enough, so that each change of the book is worth one."""
    return terms.disaster is not None or (terms.takes and terms.take_profit is not None)


class Looks:
    def __init__(self, desk: Desk, plans: Plans, sight: Sight, settling: Settling, leaving: Leaving) -> None:
        self._desk = desk
        self._plans = plans
        self._sight = sight
        self._settling = settling
        self._leaving = leaving

    def look(self, record: PlanRecord, watch: Watch) -> None:
        """One look of the timer, or of a book that was read."""
        desk, ticker = self._desk, record.ticker
        if not desk.is_ready or record.is_leaving:
            return
        if not desk.exits_on:
            self._reset(record, watch)
            return
        levels = self._plans.levels(record)
        is_over = levels.ends_ns is not None and desk.at >= levels.ends_ns
        if not is_over and not needs_prices(record.terms):
            return
        if not self._settling.is_calm(ticker):
            self._reset(record, watch, _PAUSED)
            return
        if is_over:
            held_s = (desk.at - record.opened_at) // SECOND_NS
            numbers: dict[str, int | str] = {"held_s": held_s, "count_c": record.count_c}
            self._leaving.decide(record, ExitCause.TIME_STOP, "time stop: its time is over", numbers)
            return
        book = self._sight.book(ticker)
        if book is None:
            self._blind(record, watch)
            return
        watch.blind_since = None
        reference_bp = reach_bp(book, record.leg, record.count_c)
        if reference_bp is None:
            if levels.stop_bp is None and levels.disaster_bp is None:
                self._reset(record, watch)  # a stop under the grid is none, and nothing is blocked
            else:
                self._leaving.block(record, "nobody bids", "SL_BLOCKED")
        elif not self._one_look(record, book, levels):
            self._stop(record, watch, book, reference_bp, levels)

    def book_moved(self, record: PlanRecord, book: Book) -> None:
        """A level of a book changed on which one look is enough."""
        if self._desk.is_ready and self._desk.exits_on and not record.is_leaving:
            self._one_look(record, book, self._plans.levels(record))

    def _one_look(self, record: PlanRecord, book: Book, levels: Levels) -> bool:
        """The disaster level, and a profit that is taken; returns whether one of them decided."""
        disaster_bp, profit_bp = levels.disaster_bp, levels.take_profit_bp
        if disaster_bp is not None:
            reference_bp = reach_bp(book, record.leg, record.count_c)
            if reference_bp is not None and reference_bp <= disaster_bp and book.is_two_sided:
                return self._decide(record, book, ExitCause.DISASTER, reference_bp, disaster_bp)
        if profit_bp is not None and record.terms.takes and self._may_take(record):
            reference_bp = whole_bp(book, record.leg, record.count_c)
            if reference_bp is not None and reference_bp >= profit_bp:
                return self._decide(record, book, ExitCause.TAKE_PROFIT, reference_bp, profit_bp)
        return False

    def _may_take(self, record: PlanRecord) -> bool:
        """A profit that the exchange gave only a part of is asked for again after a moment."""
        return self._desk.mono >= self._plans.watches[record.ticker].next_exit_mono

    def _stop(
        self, record: PlanRecord, watch: Watch, book: Book, reference_bp: PriceBp, levels: Levels
    ) -> None:
        desk, times = self._desk, self._desk.settings.exits
        stop_bp = levels.stop_bp
        self._follow(record, watch, reference_bp)
        record = self._plans.live(record.ticker) or record
        if stop_bp is None or reference_bp > stop_bp or desk.mono < watch.grace_mono:
            self._reset(record, watch)
        elif not book.is_two_sided:
            self._leaving.block(record, "the book has one side only", "SL_BLOCKED")
        elif watch.confirm_mono is None:
            watch.confirm_mono = desk.mono + times.confirm_ns
            watch.low = record.leg, stop_bp
            text = f"{cents(reference_bp)} is at {cents(stop_bp)} or through it; a second look follows"
            self._plans.move(
                record,
                state=PlanState.GUARDING,
                cause="",
                text=text,
                low_at=desk.at,
                low_ns=times.confirm_ns,
            )
        elif desk.mono >= watch.confirm_mono:
            self._decide(record, book, levels.stop_cause, reference_bp, stop_bp)

    def _decide(
        self, record: PlanRecord, book: Book, cause: ExitCause, reference_bp: PriceBp, level: PriceBp
    ) -> bool:
        """A crossed book, or a market that has not settled down, decides nothing."""
        if book.is_crossed or not self._settling.is_calm(record.ticker):
            return False
        numbers = _seen(book, reference_bp, level, record.count_c)
        self._leaving.decide(record, cause, exit_text(cause, reference_bp, level), numbers)
        return True

    def _follow(self, record: PlanRecord, watch: Watch, reference_bp: PriceBp) -> None:
        """A trailing stop's best price, written down in steps."""
        if record.terms.trailing_bp is None:
            return
        if watch.best_bp is None or reference_bp > watch.best_bp:
            watch.best_bp = reference_bp
            written_bp, step_bp = record.best_bp, self._desk.settings.exits.best_step_bp
            if written_bp is None or reference_bp >= written_bp + step_bp:
                self._plans.move(record, best_bp=reference_bp)

    def _reset(self, record: PlanRecord, watch: Watch, text: str = "") -> None:
        """Nothing is at a stop, or nothing may be decided: the next look is a first one again."""
        watch.confirm_mono = None
        self._plans.move(record, state=PlanState.GUARDING, cause="", text=text, low_at=None, low_ns=0)

    def _blind(self, record: PlanRecord, watch: Watch) -> None:
        """No book from the stream: one is read. Without any for long, the stop is blocked."""
        desk, times = self._desk, self._desk.settings.exits
        self._sight.ask(record.ticker, times.poll_ns)
        if watch.blind_since is None:
            watch.blind_since = desk.mono
        elif desk.mono - watch.blind_since >= times.blind_ns:
            self._leaving.block(record, "no book can be read", "SL_BLOCKED")

    def again(self, record: PlanRecord) -> None:
        """Sets the time of the next look, where one is needed."""
        desk = self._desk
        desk.timers.after_mono(desk.mono + desk.settings.exits.look_ns, Due.EXIT_LOOK, record.ticker)


def _seen(book: Book, reference_bp: PriceBp, level: PriceBp, count_c: CountC) -> dict[str, int | str]:
    return {
        "reference_bp": reference_bp,
        "level_bp": level,
        "count_c": count_c,
        "bid_bp": "none" if book.best_bid_bp is None else book.best_bid_bp,
        "ask_bp": "none" if book.best_ask_bp is None else book.best_ask_bp,
    }
