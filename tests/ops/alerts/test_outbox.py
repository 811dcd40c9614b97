"""Which alert goes where and when, with time in the test's hand."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.effects import Alert, AlertLevel
from engine.domain.units import MINUTE_NS, SECOND_NS
from engine.ops.alerts import outbox as rules
from engine.ops.alerts.codes import SINK_FAILING
from engine.ops.alerts.entries import Entry, Job, SinkSpec
from engine.ops.alerts.outbox import Outbox

NOTE, WARNING, URGENT = AlertLevel.NOTE, AlertLevel.WARNING, AlertLevel.URGENT
ALL = SinkSpec("all", NOTE)
PHONE = SinkSpec("phone", URGENT)
START_WALL = 1_700_000_000 * SECOND_NS


class Desk:
    """An outbox, its time, and sinks that are up or down."""

    def __init__(self, *sinks: SinkSpec) -> None:
        self.specs = sinks or (ALL,)
        self.now = SECOND_NS
        self.down: set[str] = set()
        self.got: list[Job] = []
        self.outbox = Outbox("sandbox", self.specs)

    @property
    def wall(self) -> int:
        return START_WALL + self.now

    def tell(
        self, code: str = "FILL", text: str = "text", level: AlertLevel = NOTE, subject: str = ""
    ) -> None:
        self.outbox.take(Alert(level, code, text, subject), self.now, self.wall)
        self.deliver()

    def deliver(self) -> None:
        for spec in self.specs:
            while (job := self.outbox.next_job(spec.name, self.now)) is not None:
                if spec.name in self.down:
                    self.outbox.failed(job, "down", False, self.now, self.wall)
                else:
                    self.outbox.delivered(job, self.now, self.wall)
                    self.got.append(job)

    def run(self, duration_ns: int) -> None:
        """Wakes whenever something is due, as the keeper does."""
        end = self.now + duration_ns
        for _ in range(100_000):
            due = self.outbox.next_due()
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            self.outbox.advance(self.now)
            self.deliver()
        self.now = end

    def restart(self, pause_ns: int = 0) -> None:
        """A new process with what the file would hold; monotonic time goes on here."""
        kept = [msgspec.json.decode(msgspec.json.encode(e), type=Entry) for e in self.outbox.entries.values()]
        self.now += pause_ns
        self.outbox = Outbox("sandbox", self.specs)
        self.outbox.recall(kept, self.now, self.wall)

    def lines(self, sink: str = "all") -> list[str]:
        return [job.body for job in self.got if job.sink == sink]


def test_each_sink_gets_what_is_from_its_level_on() -> None:
    desk = Desk(ALL, SinkSpec("mail", WARNING), PHONE)
    desk.tell("FILL")
    desk.tell("FEED_LOST")
    desk.tell("SL_BLOCKED")
    names = {sink: [job.title.rpartition(" ")[2] for job in desk.got if job.sink == sink] for sink in
             ("all", "mail", "phone")}  # fmt: skip
    assert names["all"] == ["FILL", "FEED_LOST", "SL_BLOCKED"]
    assert names["mail"] == ["FEED_LOST", "SL_BLOCKED"]
    assert names["phone"] == ["SL_BLOCKED"]


def test_the_table_raises_a_level_and_never_lowers_one() -> None:
    desk = Desk()
    desk.tell("SL_BLOCKED", level=NOTE)
    desk.tell("FILL", level=WARNING)
    desk.tell("NEVER_HEARD_OF", level=WARNING)
    assert [job.level for job in desk.got] == [URGENT, WARNING, WARNING]


def test_repetitions_within_a_minute_are_told_as_one_at_its_end() -> None:
    desk = Desk()
    for number in range(5):
        desk.tell("FILL", f"fill {number}", subject="c1")
        desk.run(5 * SECOND_NS)
    assert desk.lines() == ["FILL: fill 0"]
    desk.run(MINUTE_NS)
    assert desk.lines() == ["FILL: fill 0", "FILL x5: fill 4"]
    desk.tell("FILL", "fill 5", subject="c1")
    assert desk.lines()[2:] == ["FILL: fill 5"]


def test_another_subject_is_another_alert() -> None:
    desk = Desk()
    desk.tell("FILL", "one", subject="c1")
    desk.tell("FILL", "two", subject="c2")
    desk.tell("MODE_SET", "three")
    desk.tell("MODE_SET", "four")
    assert [entry.count for entry in desk.outbox.entries.values()] == [1, 1, 1, 1]


def test_an_urgent_alert_repeats_each_minute_then_each_five_until_acknowledged() -> None:
    desk = Desk()
    began = desk.now
    desk.tell("SL_BLOCKED")
    times = [began]
    for _ in range(8):
        due = desk.outbox.next_due()
        assert due is not None
        desk.run(due - desk.now)
        times.append(desk.now)
    assert [(after - before) // SECOND_NS for before, after in pairwise(times)] == ([60] * 5 + [300] * 3)
    assert len(desk.got) == 9
    assert desk.got[1].body.startswith("SL_BLOCKED: text [#1, again]")
    assert [entry.no for entry in desk.outbox.acknowledge(1, "me", desk.wall)] == [1]
    assert desk.outbox.open == []
    desk.run(3_600 * SECOND_NS)
    assert len(desk.got) == 9


def test_acknowledging_one_leaves_the_others_open() -> None:
    desk = Desk()
    desk.tell("SL_BLOCKED", subject="a")
    desk.tell("SL_BLOCKED", subject="b")
    desk.outbox.acknowledge(1, "me", desk.wall)
    assert [entry.no for entry in desk.outbox.open] == [2]
    assert desk.outbox.acknowledge(7, "me", desk.wall) == []
    assert [entry.no for entry in desk.outbox.acknowledge(None, "me", desk.wall)] == [2]


def test_what_was_acknowledged_before_a_sink_got_it_still_reaches_it_once() -> None:
    desk = Desk()
    desk.down.add("all")
    desk.tell("SL_BLOCKED")
    desk.outbox.acknowledge(None, "me", desk.wall)
    desk.down.clear()
    desk.run(3_600 * SECOND_NS)
    assert desk.lines() == ["SL_BLOCKED: text"]


def test_an_open_alert_that_happens_again_is_counted_and_told_once_a_minute_at_most() -> None:
    desk = Desk()
    desk.tell("SL_BLOCKED", subject="m")
    desk.run(12 * MINUTE_NS)
    told = len(desk.got)
    desk.tell("SL_BLOCKED", "worse", subject="m")
    desk.run(0)
    assert [entry.count for entry in desk.outbox.entries.values()] == [2]
    assert desk.lines()[told:] == [
        "SL_BLOCKED x2: worse [#1, again]\nRepeats until acknowledged: sparko ack, or the console's key."
    ]
    for _ in range(50):
        desk.tell("SL_BLOCKED", "worse", subject="m")
        desk.run(SECOND_NS)
    assert len(desk.got) == told + 1


def test_an_acknowledged_alert_is_not_sent_again_for_what_was_counted_before() -> None:
    desk = Desk()
    desk.tell("SL_BLOCKED", subject="m")
    desk.tell("SL_BLOCKED", subject="m")
    desk.outbox.acknowledge(None, "me", desk.wall)
    desk.run(10 * MINUTE_NS)
    assert len(desk.got) == 1


def test_after_it_was_acknowledged_the_same_thing_is_a_new_alert() -> None:
    desk = Desk()
    desk.tell("SL_BLOCKED", subject="m")
    desk.outbox.acknowledge(None, "me", desk.wall)
    desk.tell("SL_BLOCKED", subject="m")
    assert [entry.no for entry in desk.outbox.open] == [2]


def test_a_sink_that_is_down_is_tried_ever_more_rarely_and_loses_nothing() -> None:
    desk = Desk()
    desk.down.add("all")
    tries = []
    desk.tell("FILL", "fill 0", subject="0")
    for number in range(1, 9):
        due = desk.outbox.sinks["all"].next_try_mono
        tries.append((due - desk.now) // SECOND_NS)
        desk.run(due - desk.now)
        desk.outbox.take(Alert(NOTE, "FILL", f"fill {number}", str(number)), desk.now, desk.wall)
    assert tries == [2, 4, 8, 16, 32, 60, 60, 60]
    desk.down.clear()
    desk.run(MINUTE_NS)
    (job,) = desk.got
    assert job.body.splitlines() == [f"FILL: fill {number}" for number in range(9)]


def test_a_sink_that_refuses_is_left_alone_for_longer() -> None:
    outbox = Outbox("live", [ALL])
    outbox.take(Alert(NOTE, "FILL", "x"), 0, START_WALL)
    now = 0
    for _ in range(12):
        job = outbox.next_job("all", now)
        assert job is not None
        outbox.failed(job, "the service answered 404", True, now, START_WALL)
        now = outbox.sinks["all"].next_try_mono
    assert outbox.sinks["all"].next_try_mono - now == 0
    job = outbox.next_job("all", now)
    assert job is not None
    outbox.failed(job, "the service answered 404", True, now, START_WALL)
    assert outbox.sinks["all"].next_try_mono - now == rules.REFUSED_RETRY_NS


def test_the_other_sinks_hear_of_one_that_fails() -> None:
    desk = Desk(ALL, SinkSpec("mail", NOTE))
    desk.down.add("mail")
    desk.tell("FILL")
    desk.run(2 * MINUTE_NS)
    (told,) = [body for body in desk.lines() if SINK_FAILING in body]
    assert "alerts do not reach mail: down; 1 wait" in told
    desk.down.clear()
    desk.run(2 * MINUTE_NS)
    assert [body for body in desk.lines("mail") if SINK_FAILING in body] == []


def test_the_worst_comes_first_in_a_message_and_the_rest_follows() -> None:
    desk = Desk()
    desk.down.add("all")
    for number in range(15):
        desk.tell("FILL", f"fill {number}", subject=str(number))
    desk.tell("SL_BLOCKED")
    desk.down.clear()
    desk.run(MINUTE_NS - 10 * SECOND_NS)
    first, second = desk.got
    assert first.title == "Sparko SANDBOX urgent: SL_BLOCKED and 9 more"
    assert first.body.startswith("SL_BLOCKED: text [#16]\nFILL: fill 0")
    assert first.body.endswith("(6 more follow)")
    assert second.body.splitlines() == [f"FILL: fill {number}" for number in range(9, 15)]


def test_the_least_important_make_room_and_that_is_said() -> None:
    desk = Desk()
    desk.down.add("all")
    for number in range(100):
        desk.tell("SL_BLOCKED", subject=f"urgent {number}")
    for number in range(rules.MOST_KEPT):
        desk.tell("FILL", subject=str(number))
    kept = list(desk.outbox.entries.values())
    assert len(kept) == rules.MOST_KEPT
    assert len([entry for entry in kept if entry.is_urgent]) == 100
    desk.down.clear()
    desk.run(MINUTE_NS)
    assert "(100 older alerts were dropped: too many waited)" in desk.got[0].body
    assert all("dropped" not in job.body for job in desk.got[1:])


def test_a_restart_delivers_what_was_not_delivered() -> None:
    desk = Desk()
    desk.down.add("all")
    desk.tell("FILL", "before")
    desk.tell("SL_BLOCKED", "blocked")
    desk.restart()
    desk.down.clear()
    desk.deliver()
    (job,) = desk.got
    assert "FILL: before" in job.body
    assert "SL_BLOCKED: blocked" in job.body
    desk.run(MINUTE_NS)
    assert len(desk.got) == 2, "what is open repeats after a restart too"


def test_what_was_counted_before_a_restart_is_told_after_it() -> None:
    desk = Desk()
    desk.tell("FILL", "first", subject="c")
    desk.tell("FILL", "second", subject="c")
    desk.restart(2 * MINUTE_NS)
    desk.run(SECOND_NS)
    assert desk.lines() == ["FILL: first", "FILL x2: second"]


def test_an_engine_that_starts_again_and_again_is_told_once_a_minute() -> None:
    desk = Desk()
    for _ in range(24):
        desk.tell("ENGINE_STARTED", subject="engine")
        desk.run(5 * SECOND_NS)
        desk.restart()
    assert 2 <= len(desk.got) <= 4
    assert sum(entry.count for entry in desk.outbox.entries.values()) == 24


def test_a_sink_that_is_gone_from_the_configuration_is_not_waited_for() -> None:
    desk = Desk(ALL, PHONE)
    desk.down.update(("all", "phone"))
    desk.tell("SL_BLOCKED")
    desk.specs = (PHONE,)
    desk.restart()
    assert desk.outbox.entries[1].waiting == ["phone"]


def test_without_sinks_alerts_are_kept_and_nothing_is_due() -> None:
    desk = Desk()
    desk.specs = ()
    desk.restart()
    desk.tell("SL_BLOCKED")
    desk.tell("SL_BLOCKED")
    assert [(entry.count, entry.times) for entry in desk.outbox.open] == [(2, 0)]
    assert desk.outbox.next_due() is None


def test_a_text_is_one_line_without_commands_for_a_terminal() -> None:
    desk = Desk()
    desk.tell("FILL", "a\x1b[2Jb\nc\x07  d")
    assert desk.lines() == ["FILL: a [2Jb c d"]


def test_a_long_text_leaves_room_in_the_message() -> None:
    desk = Desk()
    desk.tell("FILL", "x" * 5_000)
    assert len(desk.lines()[0]) < 1_024


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), st.sampled_from(["FILL", "FEED_LOST", "SL_BLOCKED"]), st.integers(0, 2)),
        st.tuples(st.just("run"), st.integers(0, 400), st.just(0)),
        st.tuples(st.just("down"), st.sampled_from(["all", "phone"]), st.just(0)),
        st.tuples(st.just("up"), st.sampled_from(["all", "phone"]), st.just(0)),
        st.tuples(st.just("restart"), st.integers(0, 90), st.just(0)),
        st.tuples(st.just("ack"), st.just(0), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(ACTIONS)
def test_whatever_fails_every_sink_hears_of_everything_in_the_end(
    actions: list[tuple[str, object, int]],
) -> None:
    desk = Desk(ALL, PHONE)
    happened = 0
    for kind, what, number in actions:
        match kind:
            case "tell":
                desk.tell(str(what), subject=str(number))
                happened += 1
            case "run":
                desk.run(int(str(what)) * SECOND_NS)
            case "down":
                desk.down.add(str(what))
            case "up":
                desk.down.discard(str(what))
            case "restart":
                desk.restart(int(str(what)) * SECOND_NS)
            case "ack":
                desk.outbox.acknowledge(None, "me", desk.wall)
    desk.down.clear()
    desk.outbox.acknowledge(None, "me", desk.wall)
    desk.run(20 * MINUTE_NS)
    entries = [entry for entry in desk.outbox.entries.values() if entry.code != SINK_FAILING]
    assert sum(entry.count for entry in entries) == happened
    assert all(entry.is_settled for entry in entries)
    for entry in entries:
        # What somebody acknowledged is not sent again, however often it had happened by then.
        assert entry.told["all"] == entry.count or entry.acknowledged_by
        assert ("phone" in entry.told) == entry.is_urgent
    assert desk.outbox.next_due() is None
