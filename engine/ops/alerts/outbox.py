"""Which alert goes to which sink, and when: repetitions, back-off, acknowledgement and bounds.

It reads no clock and does nothing itself. ``now`` is monotonic, ``wall`` is for people; what changed since
the last look is in :attr:`Outbox.changed` and :attr:`Outbox.removed`, for the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.core.effects import Alert, AlertLevel
from engine.domain.units import MINUTE_NS, SECOND_NS, Nanoseconds
from engine.ops.alerts.codes import RANK, SINK_FAILING, level_of
from engine.ops.alerts.entries import Entry, Job, SinkSpec, SinkState
from engine.ops.alerts.message import body, fitting, plain, title

SAME_WITHIN_NS = MINUTE_NS
"""The same code about the same subject within this is one alert, counted."""
REPEAT_NS = MINUTE_NS
SLOW_REPEAT_NS = 5 * MINUTE_NS
ROUNDS_BEFORE_SLOW = 6
MOST_KEPT = 1_000
SETTLED_KEPT = 200
FIRST_RETRY_NS = 2 * SECOND_NS
LONGEST_RETRY_NS = MINUTE_NS
REFUSED_RETRY_NS = 15 * MINUTE_NS
FAILURES_TOLD = 5


class Outbox:
    """``venue`` is named in each message; ``entries`` and ``sinks`` are for reading."""

    def __init__(self, venue: str, sinks: Sequence[SinkSpec]) -> None:
        self._venue = venue
        self.sinks = {spec.name: SinkState(spec) for spec in sinks}
        self.entries: dict[int, Entry] = {}
        self.changed: dict[int, None] = {}
        self.removed: dict[int, None] = {}
        self._rounds: dict[int, Nanoseconds] = {}
        """When an entry goes to its sinks again."""
        self._together_until: dict[tuple[AlertLevel, str, str], tuple[int, Nanoseconds]] = {}
        self._last_no = 0

    def recall(self, kept: Iterable[Entry], now: Nanoseconds, wall: Nanoseconds) -> None:
        """What a run before left: what nobody got goes out at once, urgent ones repeat a while later. Where
        numbers are taken already, because it could not be read earlier, it gets new ones."""
        for entry in kept:
            if entry.no <= self._last_no:
                self.removed[entry.no] = None
                entry.no = self._last_no + 1
                self.changed[entry.no] = None
            self._last_no = entry.no
            self._recall(entry, now, wall)

    @property
    def open(self) -> list[Entry]:
        """What waits for somebody to acknowledge it, oldest first."""
        return [entry for entry in self.entries.values() if entry.is_open]

    def take(self, alert: Alert, now: Nanoseconds, wall: Nanoseconds) -> Entry:
        """An alert came."""
        made = Entry(0, level_of(alert), alert.code, alert.subject, plain(alert.text), wall, wall)
        known = self._same(made, now)
        if known is not None:
            return self._again(known, alert, now, wall)
        self._last_no += 1
        made.no = self._last_no
        self.entries[made.no] = made
        self._together_until[made.key] = (made.no, now + SAME_WITHIN_NS)
        self._begin_round(made, now)
        self._make_room()
        return made

    def acknowledge(self, number: int | None, who: str, wall: Nanoseconds) -> list[Entry]:
        """Ends the repetition of one urgent alert, or (None) of all. Returns those that it ended."""
        found = [entry for entry in self.open if number is None or entry.no == number]
        for entry in found:
            entry.acknowledged_by, entry.acknowledged_ns = who, wall
            # Who did not get it yet still gets it once; nobody gets it again.
            self._rounds.pop(entry.no, None)
            self._together_until.pop(entry.key, None)
            self.changed[entry.no] = None
        self._make_room()
        return found

    def advance(self, now: Nanoseconds) -> None:
        """Begins the rounds that are due and forgets the minutes that are over."""
        for number in [number for number, due in self._rounds.items() if due <= now]:
            entry = self.entries[number]
            self._begin_round(entry, now)
        over = [key for key, (_, until) in self._together_until.items() if until <= now]
        for key in over:
            if not self.entries[self._together_until[key][0]].is_open:
                del self._together_until[key]

    def next_job(self, name: str, now: Nanoseconds) -> Job | None:
        """The next message for a sink that is free: the worst first, then the oldest."""
        sink = self.sinks[name]
        if sink.is_busy or now < sink.next_try_mono:
            return None
        waiting = [entry for entry in self.entries.values() if name in entry.waiting]
        if not waiting:
            return None
        waiting.sort(key=lambda entry: (-RANK[entry.level], entry.no))
        chosen = fitting(waiting)
        sink.is_busy = True
        return Job(
            name,
            chosen[0].level,
            title(self._venue, chosen),
            body(chosen, len(waiting) - len(chosen), sink.dropped),
            {entry.no: entry.count for entry in chosen},
            sink.dropped,
        )

    def delivered(self, job: Job, now: Nanoseconds, wall: Nanoseconds) -> bool:
        """A sink took a message. Returns whether it had failed before."""
        sink = self.sinks[job.sink]
        was_failing = sink.failures >= FAILURES_TOLD
        sink.is_busy, sink.failures, sink.failure, sink.next_try_mono = False, 0, "", now
        sink.sent += 1
        sink.last_sent_ns = wall
        sink.dropped -= job.dropped
        for number, count in job.counts.items():
            entry = self.entries.get(number)
            if entry is None:
                continue
            # What was counted meanwhile is told anew, unless a round for it is to come.
            is_told = count == entry.count or number in self._rounds
            if is_told and job.sink in entry.waiting:
                entry.waiting.remove(job.sink)
            entry.told[job.sink] = count
            entry.sent_ns[job.sink] = wall
            self.changed[number] = None
        self._make_room()
        return was_failing

    def failed(self, job: Job, reason: str, is_refused: bool, now: Nanoseconds, wall: Nanoseconds) -> bool:
        """A sink did not take a message; it waits for the next try. ``is_refused``: asking again soon will
        not help. Returns whether this is to be told in the log."""
        sink = self.sinks[job.sink]
        sink.is_busy = False
        sink.failures += 1
        sink.failure = reason
        longest = REFUSED_RETRY_NS if is_refused else LONGEST_RETRY_NS
        sink.next_try_mono = now + min(longest, FIRST_RETRY_NS << min(sink.failures - 1, 10))
        if sink.failures != FAILURES_TOLD:
            return sink.failures == 1
        waiting = sum(1 for entry in self.entries.values() if job.sink in entry.waiting)
        text = f"alerts do not reach {job.sink}: {reason}; {waiting} wait, it is tried again and again"
        told = self.take(Alert(AlertLevel.WARNING, SINK_FAILING, text, job.sink), now, wall)
        if job.sink in told.waiting:
            told.waiting.remove(job.sink)
        return True

    def hurry(self, now: Nanoseconds) -> None:
        """The end is near: each sink gets one more try at once."""
        for sink in self.sinks.values():
            sink.next_try_mono = now

    def next_due(self) -> Nanoseconds | None:
        """When there is something to do again; None: not before something comes."""
        dues = list(self._rounds.values())
        dues += [until for number, until in self._together_until.values() if not self.entries[number].is_open]
        for name, sink in self.sinks.items():
            if not sink.is_busy and any(name in entry.waiting for entry in self.entries.values()):
                dues.append(sink.next_try_mono)
        return min(dues, default=None)

    def _recall(self, entry: Entry, now: Nanoseconds, wall: Nanoseconds) -> None:
        self.entries[entry.no] = entry
        takers = self._takers(entry)
        entry.waiting = [name for name in takers if name in entry.waiting]
        began = max(entry.sent_ns.values(), default=entry.first_ns) if entry.is_open else entry.first_ns
        left = min(max(0, began + SAME_WITHIN_NS - wall), SAME_WITHIN_NS)
        if left or entry.is_open:
            self._together_until[entry.key] = (entry.no, now + left)
        if entry.is_open:
            self._rounds[entry.no] = now + REPEAT_NS
        elif any(entry.told.get(name, entry.count) < entry.count for name in takers):
            self._rounds[entry.no] = now + left

    def _same(self, made: Entry, now: Nanoseconds) -> Entry | None:
        """The entry that a new alert only repeats: within the minute, or while an urgent one is open."""
        number, until = self._together_until.get(made.key, (0, 0))
        entry = self.entries.get(number)
        return entry if entry is not None and (entry.is_open or now < until) else None

    def _again(self, entry: Entry, alert: Alert, now: Nanoseconds, wall: Nanoseconds) -> Entry:
        """The sinks hear of it at the end of the minute, or with the next repetition if that is sooner."""
        entry.count += 1
        entry.text, entry.last_ns = plain(alert.text), wall
        self.changed[entry.no] = None
        _, until = self._together_until[entry.key]
        if self._takers(entry):
            soon = max(now, until)
            self._rounds[entry.no] = min(self._rounds.get(entry.no, soon), soon)
        return entry

    def _begin_round(self, entry: Entry, now: Nanoseconds) -> None:
        takers = self._takers(entry)
        if not entry.is_open:
            takers = [name for name in takers if entry.told.get(name) != entry.count]
        self._rounds.pop(entry.no, None)
        self.changed[entry.no] = None
        if not takers:
            return
        entry.times += 1
        entry.waiting = takers
        if entry.is_open:
            pause = REPEAT_NS if entry.times < ROUNDS_BEFORE_SLOW else SLOW_REPEAT_NS
            self._rounds[entry.no] = now + pause
            self._together_until[entry.key] = (entry.no, now + SAME_WITHIN_NS)

    def _takers(self, entry: Entry) -> list[str]:
        rank = RANK[entry.level]
        return [name for name, sink in self.sinks.items() if rank >= RANK[sink.spec.min_level]]

    def _make_room(self) -> None:
        """First the oldest that are settled, then what matters least."""
        settled = [entry for entry in self.entries.values() if entry.is_settled and not self._is_young(entry)]
        for entry in settled[: max(0, len(settled) - SETTLED_KEPT)]:
            self._remove(entry)
        while len(self.entries) > MOST_KEPT:
            least = min(
                self.entries.values(),
                key=lambda entry: (not entry.is_settled, RANK[entry.level], entry.is_open, entry.no),
            )
            for name in least.waiting:
                self.sinks[name].dropped += 1
            self._remove(least)

    def _is_young(self, entry: Entry) -> bool:
        """Whether a repetition would still be counted with it."""
        return self._together_until.get(entry.key, (0, 0))[0] == entry.no

    def _remove(self, entry: Entry) -> None:
        del self.entries[entry.no]
        self._rounds.pop(entry.no, None)
        if self._is_young(entry):
            del self._together_until[entry.key]
        self.changed.pop(entry.no, None)
        self.removed[entry.no] = None
