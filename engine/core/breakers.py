"""Breakers: what has gone wrong often enough, or long enough, that no entry may follow for a while.

Each cause has its own. One that is about results waits for a resume by a person. One that is about answers
lets a single entry through when its time has come, and closes if that one is taken; it opens again, for twice
as long, if not. One that is about a condition looks at it again. Open ones live in the money state.
"""

from __future__ import annotations

from engine.core.breaker_record import BreakerCause, BreakerRecord, LossRecord, StreakRecord
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Asked, Desk
from engine.core.effects import AlertLevel
from engine.core.facts.limits import BreakerReset, BreakerTripped, StreakCounted
from engine.core.inputs import Acked, ClockSkewSeen, CommitSlow, NotSent, Rejected, Unknown
from engine.core.risk_checks import RiskChecks
from engine.core.risk_day import RiskDay
from engine.core.timers import Due
from engine.domain.order import OrderState
from engine.domain.units import MINUTE_NS, SECOND_NS, Nanoseconds, dollars

_LOSSES, _DAY = BreakerCause.LOSSES_IN_A_ROW, BreakerCause.DAILY_LOSS
_REJECTS, _UNKNOWNS = BreakerCause.REJECT_STREAK, BreakerCause.UNKNOWN_STREAK
_FEED, _CLOCK, _DISK = BreakerCause.STALE_FEED, BreakerCause.CLOCK_SKEW, BreakerCause.SLOW_DISK
_GROUP = BreakerCause.ORDER_GROUP
_STREAKS = (_REJECTS, _UNKNOWNS)
_LONGEST_WAIT_NS = 10 * MINUTE_NS
_DAY_LOOKS = 3
"""Looks at the day's result, a second apart, that must agree before it stops the day: a book that is empty
for a moment is no loss."""
_ENGINE = "engine"
_LONGEST_REASON = 500


class Breakers:
    def __init__(self, desk: Desk, checks: RiskChecks, day: RiskDay) -> None:
        self._desk = desk
        self._checks = checks
        self._day = day
        self._day_looks = 0
        self._probes: dict[str, None] = {}
        """Entries that were let through to see whether all is well again."""
        self._heard_mono: Nanoseconds = 0
        """When the feed was last known to be there."""
        self._due_mono: dict[BreakerCause, Nanoseconds] = {}
        self.pause_until_mono: Nanoseconds = 0

    def start(self) -> None:
        """What was open when the last run ended is open; waits go on where they were."""
        desk, money = self._desk, self._desk.money
        for record in money.breakers.values():
            if record.wait_ns is not None:
                self._await(record.cause, max(0, record.wait_ns - desk.passed_since(record.since)))
        if money.losses.last_at is not None:
            elapsed_ns = desk.passed_since(money.losses.last_at)
            self.pause_until_mono = desk.mono + max(0, desk.limits.loss_pause_ns - elapsed_ns)
        self._heard_mono = desk.mono
        self._watch_feed(desk.timings.feed_patience_ns)

    def check(self) -> Denial | None:
        """Why no entry may go out now."""
        desk = self._desk
        if _FEED in desk.money.breakers:
            self.feed_watch()
        for record in desk.money.breakers.values():
            # A group holds its own strategy alone, which the groups themselves refuse.
            if record.cause is not _GROUP and not self._lets_through(record):
                return self._denial(record)
        left_ns = self.pause_until_mono - desk.mono
        if left_ns <= 0:
            return None
        left_s = -(-left_ns // SECOND_NS)
        text = f"the last position ended with a loss; entries go on in {left_s} s"
        return Denial(DenyCode.LOSS_PAUSE, text, {"left_ns": left_ns, "limit_ns": desk.limits.loss_pause_ns})

    def sent(self, client_order_id: str) -> None:
        """An entry went out although a breaker is open: it is what its half-open state waits for."""
        if any(cause in self._desk.money.breakers for cause in _STREAKS):
            self._probes[client_order_id] = None

    def acked(self, event: Acked) -> None:
        """Called before the order itself hears of it, as the others are."""
        if self._is_submit(event.client_order_id):
            self._count_streaks(StreakRecord())
            self._probes.pop(event.client_order_id, None)
            for cause in _STREAKS:
                if self._is_half_open(cause):
                    self._close(cause, "the exchange took an order again")

    def rejected(self, event: Rejected) -> None:
        if self._is_submit(event.client_order_id):
            streaks = self._count_streaks(StreakRecord(self._streaks.rejects + 1, self._streaks.unknowns))
            what = f"refused by the exchange ({event.code or event.status})"
            most = self._desk.settings.rejects_open
            self._count(event.client_order_id, _REJECTS, streaks.rejects, most, what)

    def unknown(self, event: Unknown) -> None:
        if self._is_submit(event.client_order_id):
            streaks = self._count_streaks(StreakRecord(self._streaks.rejects, self._streaks.unknowns + 1))
            what = f"without an answer ({event.cause})"
            most = self._desk.settings.unknowns_open
            self._count(event.client_order_id, _UNKNOWNS, streaks.unknowns, most, what)

    def not_sent(self, event: NotSent) -> None:
        """It says nothing of the exchange: another one may try."""
        self._probes.pop(event.client_order_id, None)

    def positions_moved(self) -> None:
        """A position may have ended with a loss."""
        desk = self._desk
        before = desk.money.losses
        self._day.positions_moved()
        losses = desk.money.losses
        if losses == before:
            return
        if losses.in_a_row:
            self.pause_until_mono = desk.mono + desk.limits.loss_pause_ns
        if losses.in_a_row >= desk.limits.losses_in_a_row and _LOSSES not in desk.money.breakers:
            self._open(_LOSSES, f"positions in a row that ended with a loss: {losses.in_a_row}")

    def day_look(self) -> None:
        """Each second while something is held; a book that cannot be read counts by what it last said."""
        self._day.look()
        self._judge_day()

    def skew(self, event: ClockSkewSeen) -> None:
        limit_ms = self._desk.settings.most_skew_ms
        if abs(event.offset_ms) <= limit_ms:
            self._close(_CLOCK, f"the clock is {event.offset_ms} ms off")
        elif _CLOCK not in self._desk.money.breakers:
            text = (
                f"the machine's clock is {event.offset_ms} ms from the exchange's, wanted at most {limit_ms}"
            )
            self._open(_CLOCK, text, self._desk.timings.breaker_wait_ns)

    def slow_commit(self, event: CommitSlow) -> None:
        """Each slow commit puts the next look off."""
        desk = self._desk
        if event.ms < desk.settings.slow_commit_ms:
            return
        if _DISK in desk.money.breakers:
            self._await(_DISK, desk.timings.breaker_wait_ns)
        else:
            text = f"the ledger took {event.ms} ms to commit, wanted under {desk.settings.slow_commit_ms}"
            self._open(_DISK, text, desk.timings.breaker_wait_ns)

    def feed_watch(self) -> None:
        """Looks at the feed when it should have been heard, and sooner while it is silent."""
        desk, patience_ns = self._desk, self._desk.timings.feed_patience_ns
        if desk.feed_mono is not None:
            self._heard_mono = desk.feed_mono
        silent_ns = desk.mono - self._heard_mono
        if silent_ns < patience_ns:
            if desk.feed_mono is not None and silent_ns <= desk.timings.stale_book_ns:
                self._close(_FEED, "the feed is heard again")
            wait_ns = SECOND_NS if _FEED in desk.money.breakers else patience_ns - silent_ns
            self._watch_feed(wait_ns)
            return
        if _FEED not in desk.money.breakers:
            self._open(_FEED, f"nothing was heard of the feed for {silent_ns // SECOND_NS} s", SECOND_NS)
        self._watch_feed(SECOND_NS)

    def hold(self, text: str, strategy: str) -> None:
        """The exchange triggered the order group of a strategy: its entries wait for a resume."""
        desk = self._desk
        known = desk.money.breakers.get(_GROUP)
        text = f"strategy {strategy}: {text}"
        self._open(_GROUP, text, times=1 if known is None else known.times + 1)

    def feed_lost(self) -> None:
        """Until now it was there."""
        self._heard_mono = self._desk.mono

    def due(self, name: str) -> None:
        """The wait of an open breaker is over: a condition is taken for good, an answer has to be tried."""
        cause = BreakerCause(name)
        if cause is _DISK and cause in self._desk.money.breakers:
            self._close(cause, "no commit was slow for a while")

    def resume(self, who: str, reason: str) -> str:
        """Closes every breaker and forgets the streaks and losses that opened it; a condition that still
        holds opens its own again at the next look. Returns what keeps entries off all the same."""
        desk = self._desk
        reason = reason.strip()[:_LONGEST_REASON]
        for cause in [record.cause for record in desk.money.breakers.values()]:
            self._close(cause, reason, who)
        if desk.money.losses != LossRecord():
            desk.record(BreakerReset(_LOSSES, who, reason, desk.at))
        self._probes.clear()
        self.pause_until_mono = 0
        self._count_streaks(StreakRecord())
        self._day_looks = 0
        refused = self.check() or self._checks.day_loss()
        return "" if refused is None else refused.text

    def probe_at(self, record: BreakerRecord) -> Nanoseconds | None:
        """When a breaker tries by itself, exchange time."""
        if record.wait_ns is None:
            return None
        left_ns = max(0, self._due_mono.get(record.cause, self._desk.mono) - self._desk.mono)
        return self._desk.at + left_ns

    @property
    def pause_left_ns(self) -> Nanoseconds:
        return max(0, self.pause_until_mono - self._desk.mono)

    def _judge_day(self) -> None:
        """A loss that is known stops the day; one that may be is the limit's alone to refuse."""
        if not self._desk.is_ready:
            return
        limit_ud = self._checks.day_limit_ud(self._checks.equity_ud)
        lost_ud = -self._day.last_result_ud
        if limit_ud is None or lost_ud < limit_ud or lost_ud <= 0 or _DAY in self._desk.money.breakers:
            self._day_looks = 0
            return
        self._day_looks += 1
        if self._day_looks >= _DAY_LOOKS:
            text = f"the day has lost ${dollars(lost_ud)}, the limit is ${dollars(limit_ud)}"
            self._open(_DAY, text)

    def _is_submit(self, client_order_id: str) -> bool:
        return self._desk.in_flight.get(client_order_id) is Asked.SUBMIT

    @property
    def _streaks(self) -> StreakRecord:
        """Part of the money, so that a crash of the engine does not begin them anew."""
        return self._desk.money.streaks

    def _count_streaks(self, streaks: StreakRecord) -> StreakRecord:
        """Writes down how many in a row there are now."""
        if streaks != self._streaks:
            self._desk.record(StreakCounted(streaks.rejects, streaks.unknowns, self._desk.at))
        return streaks

    def _count(self, client_order_id: str, cause: BreakerCause, streak: int, most: int, what: str) -> None:
        """One more bad answer. A probe that gets one opens again what it tried."""
        breakers, wait_ns = self._desk.money.breakers, self._desk.timings.breaker_wait_ns
        if client_order_id in self._probes:
            del self._probes[client_order_id]
            for record in [breakers[tried] for tried in _STREAKS if tried in breakers]:
                longer_ns = min(_LONGEST_WAIT_NS, wait_ns << record.times)
                text = f"the order that tried again was {what}"
                self._open(record.cause, text, longer_ns, record.times + 1)
        elif streak >= most and cause not in breakers:
            self._open(cause, f"{streak} orders in a row were {what}", wait_ns)

    def _lets_through(self, record: BreakerRecord) -> bool:
        """Half open: its time has come, nothing is in doubt, and no other entry tries already."""
        return not self._probes and self._is_half_open(record.cause)

    def _is_half_open(self, cause: BreakerCause) -> bool:
        desk = self._desk
        if cause not in _STREAKS or cause not in desk.money.breakers:
            return False
        if desk.mono < self._due_mono.get(cause, 0):
            return False
        return not any(record.state is OrderState.UNKNOWN for record in desk.working())

    def _denial(self, record: BreakerRecord) -> Denial:
        numbers: dict[str, int | str] = {"cause": record.cause.value, "since_ns": record.since}
        probe_ns = self.probe_at(record)
        if probe_ns is None:
            remedy = "resume with a reason"
        elif self._probes:
            remedy = "one entry tries it now"
        else:
            left_s = max(0, probe_ns - self._desk.at) // SECOND_NS
            remedy = f"it is tried again in {left_s} s"
        code = DenyCode.DAILY_LOSS if record.cause is _DAY else DenyCode.BREAKER_OPEN
        return Denial(code, f"breaker {record.cause}: {record.text}; {remedy}", numbers)

    def _open(
        self, cause: BreakerCause, text: str, wait_ns: Nanoseconds | None = None, times: int = 1
    ) -> None:
        desk = self._desk
        desk.record(BreakerTripped(cause, text, desk.at, wait_ns, times))
        if wait_ns is not None:
            self._await(cause, wait_ns)
        code = {_DAY: "DAILY_LOSS", _GROUP: "ORDER_GROUP"}.get(cause, "BREAKER_OPEN")
        what = "its entries are held" if cause is _GROUP else "entries are off"
        desk.alert(AlertLevel.URGENT, code, f"{what}, breaker {cause}: {text}", cause.value)

    def _close(self, cause: BreakerCause, reason: str, who: str = _ENGINE) -> None:
        desk = self._desk
        if cause not in desk.money.breakers:
            return
        desk.record(BreakerReset(cause, who, reason, desk.at))
        desk.timers.drop(Due.BREAKER, cause.value)
        self._due_mono.pop(cause, None)
        desk.alert(AlertLevel.WARNING, "BREAKER_CLOSED", f"breaker {cause} is closed: {reason}", cause.value)

    def _await(self, cause: BreakerCause, wait_ns: Nanoseconds) -> None:
        desk = self._desk
        self._due_mono[cause] = desk.mono + wait_ns
        desk.timers.after_mono(desk.mono + wait_ns, Due.BREAKER, cause.value)

    def _watch_feed(self, wait_ns: Nanoseconds) -> None:
        self._desk.timers.after_mono(self._desk.mono + wait_ns, Due.FEED_WATCH)
