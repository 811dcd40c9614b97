"""The day's result as the risk gate counts it, and positions that ended.

The day begins at midnight in New York. Its result is what was realised since, less fees, and what is open at
what the bids would give for it, less its cost. A position of which nobody can say a price counts as worth
nothing: the market's word on its settlement, else a fresh book, else nothing. Marks are looked at each second
while something is held.
"""

from __future__ import annotations

import msgspec

from engine.core.day_result import earned_before_in_ud, earned_ud, last_trip_ud
from engine.core.desk import Desk
from engine.core.facts.money import TripEnded
from engine.core.timers import Due
from engine.domain.book import Book
from engine.domain.eastern import eastern_midnight_ns, next_eastern_midnight_ns
from engine.domain.position import Position
from engine.domain.units import CountC, MicroDollars, Nanoseconds, complement


class Mark(msgspec.Struct, frozen=True, gc=False):
    """What a position brings over its cost: by what can be read now, and by what was read last."""

    value_ud: MicroDollars
    """What it would bring now, for certain."""
    open_ud: MicroDollars
    last_open_ud: MicroDollars
    """Of a book that cannot be read now: by its last levels or its last quote; without any, nothing made and
    nothing lost."""


_NO_MARK = Mark(0, 0, 0)


class RiskDay:
    """Sums are kept, and corrected by the positions that moved and by each look at the marks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._earned: dict[str, tuple[MicroDollars, MicroDollars]] = {}
        """By market: what it earned in all, and before the day began."""
        self._today_ud: MicroDollars = 0
        self._marks: dict[str, Mark] = {}
        """Of what is held."""
        self._value_ud: MicroDollars = 0
        self._open_ud: MicroDollars = 0
        """The sums over all marks."""
        self._sides: dict[str, int] = {}
        """+1 YES, -1 NO: how each market that is held was held when it was last looked at."""
        self._began_at: Nanoseconds = 0
        self._ends_at: Nanoseconds = 0
        self._marked_mono: Nanoseconds = 0

    def start(self) -> None:
        """Counts everything; called once the first times are known."""
        desk = self._desk
        for ticker, held in desk.money.positions.items():
            self._sides[ticker] = _sign(held.position.count_c)
        desk.moved_positions.clear()
        self._begin()

    def day_ended(self) -> None:
        """Midnight."""
        self._begin()

    def look(self) -> None:
        """Each second while something is held: marks it anew."""
        desk = self._desk
        self._marked_mono = desk.mono
        for ticker in [*self._marks]:
            self._mark(ticker)
        self._look_again()

    def positions_moved(self) -> None:
        """Takes in what was filled, adopted or settled since; writes down positions that ended."""
        desk = self._desk
        moved, desk.moved_positions = desk.moved_positions, {}
        for ticker in moved:
            self._count(ticker)
            self._compare_side(ticker)
        self._look_again()

    @property
    def began_at(self) -> Nanoseconds:
        return self._began_at

    @property
    def today_ud(self) -> MicroDollars:
        """Realised since midnight, less fees."""
        return self._today_ud

    def now_ud(self) -> tuple[MicroDollars, MicroDollars]:
        """The day's result as entries are judged by, and what all that is held would bring: what cannot be
        priced is worth nothing."""
        desk = self._desk
        if desk.moved_positions or desk.mono - self._marked_mono >= desk.timings.look_around_ns:
            self._be_current()
        return self._today_ud + self._open_ud, self._value_ud

    @property
    def seen_ud(self) -> tuple[MicroDollars, MicroDollars]:
        """The same as of the last look, for who may not look."""
        return self._today_ud + self._open_ud, self._value_ud

    @property
    def last_result_ud(self) -> MicroDollars:
        """The day's result with the last known prices of what cannot be priced now."""
        return self._today_ud + sum(mark.last_open_ud for mark in self._marks.values())

    def _be_current(self) -> None:
        """Marks that nobody looked at for a while are made anew, so that none is older than two looks."""
        desk = self._desk
        for ticker in desk.moved_positions:
            self._count(ticker)
        if self._marks and desk.mono - self._marked_mono >= desk.timings.look_around_ns:
            self.look()

    def _begin(self) -> None:
        desk = self._desk
        self._began_at = eastern_midnight_ns(desk.at)
        self._ends_at = next_eastern_midnight_ns(desk.at)
        desk.timers.after_at(self._ends_at, Due.DAY_END)
        self._earned.clear()
        self._marks.clear()
        self._today_ud = self._value_ud = self._open_ud = 0
        for ticker in desk.money.positions:
            self._count(ticker)
        self._look_again()

    def _count(self, ticker: str) -> None:
        """One market's part of the day, and its mark."""
        money = self._desk.money
        position = money.positions[ticker].position
        before = self._earned.get(ticker, (0, 0))
        now = (earned_ud(position), earned_before_in_ud(money, ticker, self._began_at))
        self._earned[ticker] = now
        self._today_ud += (now[0] - now[1]) - (before[0] - before[1])
        if position.count_c:
            self._mark(ticker)
        else:
            self._put(ticker, None)

    def _mark(self, ticker: str) -> None:
        position = self._desk.money.positions[ticker].position
        value_ud, last_ud = self._values_ud(position)
        cost_ud = position.cost_ud
        self._put(ticker, Mark(value_ud, value_ud - cost_ud, last_ud - cost_ud))

    def _put(self, ticker: str, mark: Mark | None) -> None:
        before = self._marks.get(ticker, _NO_MARK)
        after = mark or _NO_MARK
        self._value_ud += after.value_ud - before.value_ud
        self._open_ud += after.open_ud - before.open_ud
        if mark is None:
            self._marks.pop(ticker, None)
        else:
            self._marks[ticker] = mark

    def _values_ud(self, position: Position) -> tuple[MicroDollars, MicroDollars]:
        """What a position is worth: for certain, and by the last that was known."""
        desk, count_c = self._desk, position.count_c
        market = desk.markets.get(position.ticker)
        if market is not None and market.settlement_bp is not None:
            paid_bp = market.settlement_bp if count_c > 0 else complement(market.settlement_bp)
            return (abs(count_c) * paid_bp,) * 2
        view = desk.books.get(position.ticker)
        if view is not None and not desk.is_book_stale(view):
            return (bid_value_ud(view.book, count_c),) * 2
        last_ud = 0 if view is None else bid_value_ud(view.book, count_c)
        return 0, last_ud or self._quoted_ud(position)

    def _quoted_ud(self, position: Position) -> MicroDollars:
        """At the last quote, or the last price, of the leg held; where nobody ever said one, at its cost."""
        quote = self._desk.quotes.get(position.ticker)
        if quote is None:
            return position.cost_ud
        count_c = position.count_c
        side_bp = quote.yes_bid_bp if count_c > 0 else quote.yes_ask_bp
        yes_bp = quote.last_bp if side_bp is None else side_bp
        if yes_bp is None:
            return position.cost_ud
        return abs(count_c) * (yes_bp if count_c > 0 else complement(yes_bp))

    def _compare_side(self, ticker: str) -> None:
        desk = self._desk
        was = self._sides.get(ticker, 0)
        side = self._sides[ticker] = _sign(desk.held_c(ticker))
        if was == 0 or side == was:
            return
        result_ud = last_trip_ud(desk.money, ticker)
        if result_ud is not None:
            desk.record(TripEnded(ticker, result_ud, desk.at))

    def _look_again(self) -> None:
        desk = self._desk
        if self._marks and not desk.timers.is_set(Due.DAY_LOOK):
            desk.timers.after_mono(desk.mono + desk.timings.look_around_ns, Due.DAY_LOOK)


def bid_value_ud(book: Book, signed_count_c: CountC) -> MicroDollars:
    """What selling as much of a position as the book takes brings, before fees; the rest is worth nothing."""
    left_c = abs(signed_count_c)
    is_yes = signed_count_c > 0
    value_ud = 0
    for price_bp, available_c in book.bids_down() if is_yes else book.asks_up():
        taken_c = min(left_c, available_c)
        value_ud += taken_c * (price_bp if is_yes else complement(price_bp))
        left_c -= taken_c
        if left_c == 0:
            break
    return value_ud


def _sign(count_c: CountC) -> int:
    return (count_c > 0) - (count_c < 0)
