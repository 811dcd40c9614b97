"""The ledger against the exchange: at start, after each reconnect, on a timer.

The exchange is the truth for quantities, the ledger for reasons. What an empty, failed or implausible page
says is held and looked at again; nothing is flattened or forgotten because a page lacks it.
"""

from __future__ import annotations

from engine.core.cash import Cash
from engine.core.desk import Asked, Desk
from engine.core.doubts import Doubts
from engine.core.effects import AlertLevel, ReadOrders, ReadPositions, ReadStatus
from engine.core.evidence import sighting
from engine.core.facts.money import PositionAdopted
from engine.core.fills import Fills
from engine.core.inputs import (
    BalanceRead,
    FillsRead,
    MarketsRead,
    OrdersRead,
    PositionsRead,
    ReadFailed,
    SettlementsRead,
    StatusRead,
    Unknown,
)
from engine.core.orders import Orders
from engine.core.read_pace import ReadPace
from engine.core.settlements import Settlements
from engine.core.timers import Due
from engine.core.universe import Universe
from engine.domain.order import OrderState
from engine.domain.units import SECOND_NS, CountC, Nanoseconds

STATUS = "ReadStatus"
BALANCE = "ReadBalance"
POSITIONS = "ReadPositions"
ORDERS = "ReadOrders"
FILLS = "ReadFills"
SETTLEMENTS = "ReadSettlements"
MARKETS = "ReadMarkets:"
CONFIRM = "confirm"
_ZERO_BELIEVED_AFTER = 3
_SERIES_TRIES = 2


class Reconciliation:
    """A round is over when every read of it was answered; reads that fail are asked for again."""

    def __init__(
        self,
        desk: Desk,
        doubts: Doubts,
        orders: Orders,
        fills: Fills,
        settlements: Settlements,
        cash: Cash,
        universe: Universe,
        pace: ReadPace,
    ) -> None:
        self._desk = desk
        self._doubts = doubts
        self._orders = orders
        self._fills = fills
        self._settlements = settlements
        self._cash = cash
        self._universe = universe
        self._pace = pace
        self.rounds = 0
        self._waiting: dict[str, None] = {}
        self._pausing: dict[str, None] = {}
        """Reads of this round that failed and are not asked for again yet."""
        self._is_wanted_again = False
        self._positions: PositionsRead | None = None
        self._differing: dict[str, CountC | None] = {}
        self._reported: dict[str, CountC | None] = {}
        self._zeros: dict[str, int] = {}
        """Rounds in a row in which a position that we hold was told as none."""
        self._begun_mono: Nanoseconds = 0
        self._failures: dict[str, str] = {}
        """Why reads of this round failed."""
        self._series_misses: dict[str, int] = {}
        """How often in a row the markets of a series could not be read whole."""
        self._is_told_late = False

    def begin(self) -> None:
        """Starts a round; one that is wanted while another runs follows it."""
        if self._waiting:
            self._is_wanted_again = True
            return
        self._positions = None
        self._differing.clear()
        self._begun_mono = self._desk.mono
        self._failures.clear()
        for key in (STATUS, BALANCE, POSITIONS, ORDERS, FILLS, SETTLEMENTS):
            self._waiting[key] = None
            self.ask(key)
        self._ask_for_absent()
        if self.rounds == 0:
            for series_ticker in self._universe.refresh():
                self._await(MARKETS + series_ticker)

    def _ask_for_absent(self) -> None:
        """What was found absent lately may be at the exchange by now, and over. It is in no doubt: no exit
        waits for this."""
        desk, timings = self._desk, self._desk.timings
        since: dict[str, Nanoseconds] = {}
        for record in (desk.money.orders[name] for name in desk.absent):
            if desk.at - record.updated_at <= timings.absent_doubted_ns:
                ticker = record.terms.ticker
                since[ticker] = min(since.get(ticker, record.intended_at), record.intended_at)
        for ticker, at in since.items():
            desk.ask(ReadOrders(ticker, max(0, at - timings.listing_overlap_ns)))

    def reached_anew(self) -> None:
        """There is a new way to the exchange: what pauses after failures is asked for at once."""
        self._pace.forget()
        self._ask_pausing()

    def ask(self, key: str) -> None:
        """Asks for one read of a round, again if need be."""
        desk = self._desk
        match key:
            case "ReadStatus":
                desk.ask(ReadStatus())
            case "ReadBalance":
                self._cash.ask()
            case "ReadPositions":
                desk.ask(ReadPositions())
            case "ReadOrders":
                desk.ask(ReadOrders("", 0))
            case "ReadFills":
                self._fills.ask()
            case "ReadSettlements":
                self._settlements.ask()
            case _:
                self._universe.ask(key.removeprefix(MARKETS))
        self._await(key)

    def retry(self, key: str) -> None:
        """The time of a read that failed, or was never answered, has come."""
        if key == CONFIRM:
            self.ask(POSITIONS)
        elif key in self._waiting:
            self._tell_if_late()
            self.ask(key)

    def failed(self, event: ReadFailed) -> None:
        if event.effect == "ReadMarkets":
            self._series_missed(event.scope, event.cause)
            return
        key = event.effect
        self._failures[key] = event.cause
        if key not in self._waiting and key != BALANCE:
            return
        wait_ns = self._pace.failed(key)
        if key == BALANCE:
            self._cash.failed(wait_ns)
        if key in self._waiting:
            self._pausing[key] = None
            self._again_in(wait_ns, key)

    def status(self, read: StatusRead) -> None:
        self._desk.exchange = (read.exchange_active, read.trading_active)
        self._desk.shards = dict(read.by_shard)
        self._done(STATUS)

    def balance(self, read: BalanceRead) -> None:
        self._cash.read(read.balance)
        self._done(BALANCE)

    def orders(self, read: OrdersRead) -> None:
        """All resting orders. One of ours that is missing is looked for, not forgotten."""
        desk = self._desk
        for seen in sorted(read.orders, key=lambda order: (order.created_ns or 0, order.order_id)):
            self._orders.seen(sighting(seen), read.as_of_ns)
        if not read.is_complete:
            self._again_later(ORDERS)
            return
        self._overdue()
        listed = {order.order_id for order in read.orders}
        for record in desk.working():
            terms = record.terms
            is_due = read.as_of_ns > record.updated_at + desk.timings.freshness_margin_ns
            is_resting = record.state in (OrderState.RESTING, OrderState.PARTIAL)
            is_missing = is_resting and is_due and record.order_id not in listed
            if is_missing and terms.client_order_id not in self._doubts.by_order:
                self._doubts.begin(terms.client_order_id)
        self._done(ORDERS)

    def _overdue(self) -> None:
        """A request whose outcome never came is an unknown one."""
        desk = self._desk
        for record in desk.working():
            name = record.terms.client_order_id
            sent_mono = desk.intended.get(name, desk.mono)
            is_asking = record.state in (OrderState.INTENT, OrderState.SENT)
            if is_asking and desk.mono - sent_mono > desk.timings.read_patience_ns:
                self._orders.unknown(Unknown(name, "no outcome came"))

    def fills(self, read: FillsRead) -> None:
        for fill in sorted(read.fills, key=lambda fill: (fill.at_ns, fill.trade_id, fill.order_id)):
            self._orders.fill(fill)
        if not read.is_complete:
            self._again_later(FILLS)
            return
        self._fills.read_through(max((fill.at_ns for fill in read.fills), default=0))
        self._done(FILLS)

    def positions(self, read: PositionsRead) -> None:
        if not read.is_complete:
            self._again_later(POSITIONS)
            return
        self._positions = read
        if self._differing:
            # A second look: fills read after it explain what they can.
            self.ask(FILLS)
        self._done(POSITIONS)

    def settlements(self, read: SettlementsRead) -> None:
        if self._settlements.read(read):
            self._fills.ask()
            self._again_later(SETTLEMENTS, renew=True)
        elif not read.is_complete:
            self._again_later(SETTLEMENTS)
        else:
            self._done(SETTLEMENTS)

    def markets(self, read: MarketsRead) -> None:
        series_ticker = read.series_ticker
        self._universe.read(read)
        if not read.is_complete:
            self._series_missed(series_ticker, "some of what it lists is not understood")
            return
        if self._series_misses.pop(series_ticker, 0) >= _SERIES_TRIES:
            text = f"series {series_ticker}: its markets are read whole again"
            self._desk.alert(AlertLevel.NOTE, "SERIES_READ", text, series_ticker)
        self._done(MARKETS + series_ticker)

    def _series_missed(self, series_ticker: str, why: str) -> None:
        """One series that cannot be read whole keeps nothing else from going on, least of all the exits of
        another: after a second try it is told, and tried again with each round."""
        desk, key = self._desk, MARKETS + series_ticker
        self._failures[key] = why
        misses = self._series_misses[series_ticker] = self._series_misses.get(series_ticker, 0) + 1
        if misses < _SERIES_TRIES:
            self._again_later(key, renew=True)
            return
        if misses == _SERIES_TRIES:
            text = f"series {series_ticker}: its markets cannot be read whole: {why}"
            desk.alert(AlertLevel.WARNING, "SERIES_NOT_READ", text, series_ticker)
        desk.timers.after_mono(desk.mono + desk.timings.reconcile_period_ns, Due.UNIVERSE, series_ticker)
        self._done(key)

    def _await(self, key: str) -> None:
        desk = self._desk
        self._pausing.pop(key, None)
        self._waiting[key] = None
        desk.timers.after_mono(desk.mono + desk.timings.read_patience_ns, Due.READ_RETRY, key)

    def _again_later(self, key: str, renew: bool = False) -> None:
        """Asks again after a pause, if a round waits for it (or ``renew`` says that one should)."""
        desk = self._desk
        if renew:
            self._begun_mono = self._begun_mono if self._waiting else desk.mono
            self._waiting[key] = None
        if key in self._waiting:
            self._again_in(desk.timings.read_retry_ns, key)

    def _again_in(self, wait_ns: Nanoseconds, key: str) -> None:
        self._desk.timers.after_mono(self._desk.mono + wait_ns, Due.READ_RETRY, key)

    def _ask_pausing(self) -> None:
        for key in list(self._pausing):
            self.ask(key)

    def _tell_if_late(self) -> None:
        """A round that does not come to its end is told once: until then the ledger goes on unchecked."""
        desk = self._desk
        waited_ns = desk.mono - self._begun_mono
        if self._is_told_late or waited_ns < desk.timings.reconcile_late_ns:
            return
        self._is_told_late = True
        reads = ", ".join(f"{key}: {self._failures.get(key, 'no whole answer')}" for key in self._waiting)
        text = f"for {waited_ns // SECOND_NS} s the ledger could not be compared with the exchange: {reads}"
        desk.alert(AlertLevel.WARNING, "RECONCILE_LATE", text)

    def _done(self, key: str) -> None:
        self._pausing.pop(key, None)
        if self._pace.answered(key):
            self._ask_pausing()
        if self._waiting.pop(key, "") is None:
            self._desk.timers.drop(Due.READ_RETRY, key)
            if not self._waiting:
                self._conclude()

    def _conclude(self) -> None:
        """Everything was read: compare, and look twice where the two sides differ."""
        if self._compare():
            desk = self._desk
            desk.timers.after_mono(desk.mono + desk.timings.confirm_ns, Due.READ_RETRY, CONFIRM)
            return
        desk = self._desk
        self.rounds += 1
        if self._is_told_late:
            self._is_told_late = False
            desk.alert(AlertLevel.NOTE, "RECONCILE_BACK", "the ledger is compared with the exchange again")
        self._universe.carry()
        desk.timers.after_mono(desk.mono + desk.timings.reconcile_period_ns, Due.RECONCILE)
        if self._is_wanted_again:
            self._is_wanted_again = False
            self.begin()

    def _compare(self) -> bool:
        """Returns whether positions have to be read once more before they are believed."""
        read, self._positions = self._positions, None
        if read is None:
            return False
        there = {position.ticker: position for position in read.positions}
        differing: dict[str, CountC | None] = {}
        for ticker in sorted({*there, *self._held()}):
            row = there.get(ticker)
            count_c = None if row is None else row.count_c
            if not self._is_moving(ticker, read.as_of_ns) and (count_c or 0) != self._desk.held_c(ticker):
                differing[ticker] = count_c
        confirmed = {t: count for t, count in differing.items() if self._differing.get(t, -1) == count}
        is_new = len(confirmed) < len(differing)
        self._differing = differing
        for ticker, count_c in confirmed.items():
            if count_c is None or self._is_held(ticker, count_c):
                self._report_missing(ticker, is_page_empty=not there)
            else:
                row = there[ticker]
                self._adopt(ticker, count_c, row.exposure_ud, read.as_of_ns)
        return is_new

    def _held(self) -> list[str]:
        return [t for t, record in self._desk.money.positions.items() if record.position.count_c]

    def _is_moving(self, ticker: str, as_of_ns: Nanoseconds) -> bool:
        """Whether something under way may explain a difference, or the market only waits to be paid."""
        desk = self._desk
        held = desk.money.positions.get(ticker)
        if held is not None and held.last_fill is not None and held.last_fill[0] >= as_of_ns:
            return True
        market = desk.markets.get(ticker)
        is_closed = market is not None and desk.at >= market.close_ns
        sending = any(
            desk.in_flight.get(record.terms.client_order_id) is Asked.SUBMIT
            or record.state is OrderState.UNKNOWN
            for record in desk.working(ticker)
        )
        held_back = any(fill.ticker == ticker for fill in self._fills.held.values())
        return is_closed or sending or held_back

    def _is_held(self, ticker: str, count_c: CountC) -> bool:
        """Whether a zero is not believed yet: the exchange has told everybody zeros before."""
        if count_c:
            self._zeros.pop(ticker, None)
            return False
        self._zeros[ticker] = self._zeros.get(ticker, 0) + 1
        return self._zeros[ticker] < _ZERO_BELIEVED_AFTER

    def _adopt(self, ticker: str, count_c: CountC, cost_ud: int, as_of_ns: int) -> None:
        desk = self._desk
        text = (
            f"{ticker}: the exchange holds {count_c} hundredths, the ledger {desk.held_c(ticker)}; taken over"
        )
        desk.alert(AlertLevel.URGENT, "POSITION_ADOPTED", text)
        desk.record(PositionAdopted(ticker, count_c, cost_ud, as_of_ns))
        desk.touch(ticker)
        self._universe.hint(ticker.partition("-")[0])

    def _report_missing(self, ticker: str, is_page_empty: bool) -> None:
        """Never flattened by a page that lacks it; said once for each count."""
        held_c = self._desk.held_c(ticker)
        if self._reported.get(ticker) == held_c:
            return
        self._reported[ticker] = held_c
        page = "an empty page" if is_page_empty else "a page"
        text = f"{ticker}: holds {held_c} hundredths here and is missing from {page} of positions; kept"
        self._desk.alert(AlertLevel.URGENT, "POSITION_MISSING", text)
