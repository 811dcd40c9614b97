"""What a run keeps in mind of each live plan, beside what is written down; and how plans change."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.core.desk import Desk
from engine.core.exits.levels import Levels, levels_of
from engine.core.exits.plan_record import PlanRecord
from engine.core.facts.plans import PlanMoved
from engine.domain.order import Leg
from engine.domain.units import Nanoseconds, PriceBp


class Watch:
    """Monotonic times of this run. A restart makes it anew of the record."""

    __slots__ = (
        "best_bp",
        "blind_since",
        "confirm_mono",
        "exit_name",
        "grace_mono",
        "low",
        "next_exit_mono",
        "next_profit_mono",
        "profit_name",
        "refusals",
        "step",
        "thin_from_bp",
        "thin_mono",
    )

    def __init__(self, record: PlanRecord, desk: Desk) -> None:
        self.grace_mono = desk.mono + _left(desk, record.set_at, record.grace_ns)
        """Until then no stop loss looks."""
        self.confirm_mono: Nanoseconds | None = None
        """From when on a second look of a stop counts; None before the first."""
        if record.low_at is not None:
            self.confirm_mono = desk.mono + _left(desk, record.low_at, record.low_ns)
        self.low: tuple[Leg, PriceBp] | None = None
        """The stop that the first look found reached; None of one that an earlier run found."""
        self.best_bp: PriceBp | None = record.best_bp
        self.blind_since: Nanoseconds | None = None
        """Since when there has been no book that may be read."""
        self.exit_name = ""
        """The exit order that went out last, until its end was taken note of."""
        self.step = 0
        """Which of the steps of an exit the next order is."""
        self.thin_mono: Nanoseconds | None = None
        """Since when an exit finds too few bids near each other; None while it does not."""
        self.thin_from_bp: PriceBp = 0
        """The level from which its steps into such a book count."""
        self.next_exit_mono: Nanoseconds = 0
        self.profit_name = ""
        """The take profit that rests, or rested last."""
        self.next_profit_mono: Nanoseconds = 0
        self.refusals = 0
        """How often in a row a take profit was not taken by the exchange."""


class Plans:
    """The live plans with what is kept in mind of each."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.watches: dict[str, Watch] = {}

    def live(self, ticker: str) -> PlanRecord | None:
        record = self._desk.money.plans.get(ticker)
        return record if record is not None and record.is_live else None

    def begin(self, record: PlanRecord) -> Watch:
        """Keeps a plan in mind from now on; what was known of an earlier one's orders stays known."""
        desk = self._desk
        earlier = self.watches.get(record.ticker)
        watch = self.watches[record.ticker] = Watch(record, desk)
        if earlier is not None:
            watch.profit_name = earlier.profit_name
            self._confirm_on(record, earlier)
        return watch

    def _confirm_on(self, record: PlanRecord, earlier: Watch) -> None:
        """A stop that was reached is reached all the more if it stays or comes nearer: its second look comes
        when it was to come, however often the plan is set anew."""
        watch, desk = self.watches[record.ticker], self._desk
        stop_bp = self.levels(record).stop_bp
        if earlier.low is None or earlier.confirm_mono is None or stop_bp is None:
            return
        leg, low_bp = earlier.low
        if record.leg is leg and stop_bp >= low_bp:
            watch.low, watch.confirm_mono = earlier.low, earlier.confirm_mono
            left_ns = max(0, earlier.confirm_mono - desk.mono)
            self.move(record, low_at=desk.at, low_ns=left_ns)

    def grace_left_ns(self, ticker: str) -> Nanoseconds:
        """What the plan of now has left of it; 0 where there is none."""
        watch = self.watches.get(ticker)
        return 0 if watch is None else max(0, watch.grace_mono - self._desk.mono)

    def levels(self, record: PlanRecord) -> Levels:
        market = self._desk.markets.get(record.ticker)
        watch = self.watches.get(record.ticker)
        best_bp = None if watch is None else watch.best_bp
        return levels_of(record, None if market is None else market.grid, best_bp)

    def move(self, record: PlanRecord, numbers: dict[str, int | str] | None = None, **changes: Any) -> None:
        """Writes down what is different, if anything is."""
        moved = msgspec.structs.replace(record, **changes)
        if moved == record:
            return
        self._desk.record(
            PlanMoved(
                ticker=moved.ticker,
                state=moved.state,
                count_c=moved.count_c,
                entry_bp=moved.entry_bp,
                at=self._desk.at,
                is_leaving=moved.is_leaving,
                cause=moved.cause,
                text=moved.text,
                best_bp=moved.best_bp,
                low_at=moved.low_at,
                low_ns=moved.low_ns,
                numbers=numbers or {},
            )
        )
        self._desk.touch(moved.ticker)


def _left(desk: Desk, at_then: Nanoseconds, left_ns: Nanoseconds) -> Nanoseconds:
    """What is left, in monotonic time, of a deadline that was written down at ``at_then``."""
    return max(0, left_ns - desk.passed_since(at_then))
