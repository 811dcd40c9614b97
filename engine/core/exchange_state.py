"""Pauses of the exchange: told before they come, held through, and let settle down after.

The exchange says its schedule (a trading pause each Thursday from 03:00 to 05:00 Eastern) and its state.
While it pauses, cancels go on as far as it takes them, entries are held, and what is unknown stays unknown.
"""

from __future__ import annotations

from engine.core.cancels import Cancels
from engine.core.desk import Desk
from engine.core.doubts import Doubts
from engine.core.effects import AlertLevel, ReadSchedule, ReadStatus
from engine.core.exposure import worst_loss_ud
from engine.core.extending import Extending
from engine.core.inputs import ScheduleRead, StatusRead
from engine.core.killing import working_entries
from engine.core.pauses import is_paused
from engine.core.reconcile import Reconciliation
from engine.core.timers import Due
from engine.domain.eastern import eastern
from engine.domain.units import MINUTE_NS, MicroDollars, Nanoseconds, dollars

_EVERYWHERE = -1
"""Stands for the exchange as a whole among shards."""


class ExchangeState:
    def __init__(
        self,
        desk: Desk,
        doubts: Doubts,
        reconciliation: Reconciliation,
        extending: Extending,
        cancels: Cancels,
    ) -> None:
        self._desk = desk
        self._doubts = doubts
        self._reconciliation = reconciliation
        self._extending = extending
        self._cancels = cancels
        self._windows: tuple[tuple[Nanoseconds, Nanoseconds], ...] = ()
        self._paused: tuple[int, ...] = ()
        self._status_mono: Nanoseconds | None = None
        self._told: Nanoseconds | None = None
        """Start of the pause that people were told of last."""
        self.notice = ""
        """What the exchange has announced or does, and what that means here."""

    def start(self) -> None:
        self.ask_schedule()

    def ask_schedule(self) -> None:
        """Until it is answered it is asked for again."""
        desk = self._desk
        desk.ask(ReadSchedule(desk.at))
        desk.timers.after_mono(desk.mono + desk.timings.schedule_retry_ns, Due.SCHEDULE)

    def schedule(self, read: ScheduleRead) -> None:
        desk = self._desk
        self._windows = tuple(sorted(window for window in read.windows if window[1] > desk.at))
        desk.timers.after_mono(desk.mono + desk.timings.schedule_each_ns, Due.SCHEDULE)
        self.look_ahead()
        pause = desk.next_pause
        if pause is not None and self._is_near(pause) and self._told != pause[0]:
            self._warn(*pause)

    def look_ahead(self) -> None:
        """Sets the next moment at which a pause is told, prepared, begins or ends."""
        desk = self._desk
        coming = [window for window in self._windows if window[1] > desk.at]
        desk.next_pause = coming[0] if coming else None
        self._renew_notice()
        if not coming:
            return
        start, end = coming[0]
        warnings = (start - before for before in desk.timings.warn_before_pause_ns)
        moments = [when for when in (*warnings, start, end) if when > desk.at]
        desk.timers.after_at(min(moments), Due.PAUSE)

    def moment(self) -> None:
        """One of the moments of a pause has come."""
        desk = self._desk
        pause = desk.next_pause
        if pause is not None and desk.at < pause[0]:
            self._warn(*pause)
        else:
            self.ask_status()
        self.look_ahead()

    def ask_status(self) -> None:
        """Now, and again soon for as long as something may be paused."""
        desk = self._desk
        if self._status_mono is not None and desk.mono - self._status_mono < desk.timings.status_each_ns:
            return
        self._status_mono = desk.mono
        desk.ask(ReadStatus())
        desk.timers.after_mono(desk.mono + desk.timings.status_each_ns, Due.EXCHANGE_STATUS)

    def status(self, read: StatusRead) -> None:
        self._reconciliation.status(read)
        before, self._paused = self._paused, self._paused_now()
        if self._paused and self._paused != before:
            self._began()
        if set(before) - set(self._paused):
            self._over()
        self._renew_notice()
        if not self._paused and not self._is_in_window():
            self._desk.timers.drop(Due.EXCHANGE_STATUS)
        elif not self._desk.timers.is_set(Due.EXCHANGE_STATUS):
            self.ask_status()

    def _paused_now(self) -> tuple[int, ...]:
        desk = self._desk
        shards = [shard for shard in sorted(desk.shards) if is_paused(desk, shard)]
        return (_EVERYWHERE, *shards) if desk.exchange != (True, True) else tuple(shards)

    def _began(self) -> None:
        desk = self._desk
        desk.resumed_mono = None
        what = f"{self._what_is_paused()}; entries are held, {self._stake_text()}"
        desk.alert(AlertLevel.WARNING, "EXCHANGE_PAUSED", what)

    def _over(self) -> None:
        """Some or all of it trades again: books are let settle down, and everything is read."""
        desk = self._desk
        desk.resumed_mono = desk.mono
        desk.alert(AlertLevel.NOTE, "EXCHANGE_RESUMED", "trading goes on; entries wait for two-sided books")
        if desk.run_id:
            self._doubts.look_everywhere()
            self._reconciliation.reached_anew()
            self._reconciliation.begin()

    def _warn(self, start: Nanoseconds, end: Nanoseconds) -> None:
        """People are told; shortly before, resting entries are extended over the pause, or taken back."""
        desk = self._desk
        self._told = start
        minutes = -((desk.at - start) // MINUTE_NS)
        text = f"trading pauses {_hours(start, end)}, in {minutes} min: {self._stake_text()}"
        desk.alert(AlertLevel.WARNING, "PAUSE_AHEAD", text)
        if start - desk.at > min(desk.timings.warn_before_pause_ns):
            return
        entries = working_entries(desk, foreign=False)
        if not desk.settings.keep_entries_over_pause:
            self._cancels.want_all(entries)
            return
        for record in entries:
            self._extending.extend(record.terms.client_order_id)

    def _stake_text(self) -> str:
        desk = self._desk
        held = [record for record in desk.money.positions.values() if record.position.count_c]
        entries = working_entries(desk, foreign=True)
        return (
            f"{len(held)} positions that no exit can leave meanwhile, {len(entries)} resting entries, "
            f"worst case ${dollars(self._worst_case_ud())}"
        )

    def _worst_case_ud(self) -> MicroDollars:
        """Everything held is paid nothing, and everything that rests is filled and is paid nothing."""
        desk = self._desk
        at_stake = sum(record.position.cost_ud for record in desk.money.positions.values())
        for record in working_entries(desk, foreign=True):
            market = desk.markets.get(record.terms.ticker)
            fees = market.fees if market is not None else None
            at_stake += worst_loss_ud(record.terms, record.remaining_c, fees)
        return at_stake

    def _what_is_paused(self) -> str:
        desk = self._desk
        if desk.exchange is not None and not desk.exchange[0]:
            return "the exchange is paused: nothing is taken, cancels neither"
        if _EVERYWHERE in self._paused:
            return "trading is paused, cancels are taken"
        return f"shard {', '.join(str(shard) for shard in self._paused)} of the exchange is paused"

    def _is_in_window(self) -> bool:
        pause = self._desk.next_pause
        return pause is not None and pause[0] <= self._desk.at < pause[1]

    def _is_near(self, pause: tuple[Nanoseconds, Nanoseconds]) -> bool:
        """Not begun yet, and soon enough to be told of."""
        return 0 < pause[0] - self._desk.at <= max(self._desk.timings.warn_before_pause_ns)

    def _renew_notice(self) -> None:
        pause = self._desk.next_pause
        self.notice = ""
        if self._paused:
            self.notice = f"{self._what_is_paused()}; entries are held"
        elif pause is not None and self._is_near(pause):
            self.notice = f"trading pauses {_hours(*pause)}: no entries, no exits, cancels are taken"


def _hours(start: Nanoseconds, end: Nanoseconds) -> str:
    one, other = eastern(start), eastern(end)
    return f"{one.hour:02d}:{one.minute:02d} to {other.hour:02d}:{other.minute:02d} ET"
