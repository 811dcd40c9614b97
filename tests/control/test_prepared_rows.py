"""Conditions and loaded tickets on the desk and in the log."""

from __future__ import annotations

from core_bench import START, TICKER, CoreBench
from live_engine import LiveClock

from engine.control.limits import ControlLimits
from engine.control.protocol import Delta, LogRows, Snapshot, decode_server_frame
from engine.control.pushed_topics import DeskTopic, LogTopic
from engine.control.replica import DeskPicture, Replica
from engine.control.status_row import StatusSource
from engine.core.step import Step
from engine.domain.command import AddCondition, ChangeCondition, CommandBody, FireLoad, SetLoad
from engine.domain.feed import BookFresh, BookStale, StaleReason
from engine.domain.order import Leg
from engine.domain.trigger import ConditionState, ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import MINUTE_NS

TICKET = Ticket(TICKER, Leg.NO, True, 300, 5_100)
TERMS = ConditionTerms(Trigger(Source.BID, Crossing.AT_OR_BELOW, 4_500), TICKET)


class Told:
    """An engine, its desk and log topics, and a console's picture that only hears deltas."""

    def __init__(self) -> None:
        self.bench = CoreBench()
        self.bench.start()
        clock = LiveClock(0)
        engine, limits = self.bench.engine, ControlLimits()
        self.topic = DeskTopic(engine, StatusSource(engine, clock, 1, lambda: 5), limits)
        self.log = LogTopic(engine, clock, limits)
        self.lines: list[tuple[str, str, str]] = []
        self.replica = Replica()
        self._hear(self.topic.snapshot())

    @property
    def desk(self) -> DeskPicture:
        return self.replica.desk

    def anew(self) -> DeskPicture:
        """The picture of a console that connects now."""
        replica, frame = Replica(), decode_server_frame(self.topic.snapshot())
        assert isinstance(frame, Snapshot)
        replica.apply(frame)
        return replica.desk

    def ask(self, body: CommandBody) -> None:
        self.take(self.bench.ask(body))

    def book(self, bid_bp: int, ask_bp: int) -> None:
        self.take(self.bench.feed(BookFresh(TICKER, ((bid_bp, 10_000),), ((ask_bp, 10_000),), None)))

    def take(self, step: Step) -> None:
        data = self.topic.delta_of(step)
        if data is not None:
            self._hear(data)
        said = self.log.delta_of(step)
        if said is not None:
            frame = decode_server_frame(said)
            assert isinstance(frame, Delta)
            assert isinstance(frame.rows, LogRows)
            self.lines += [(line.level, line.code, line.text) for line in frame.rows.lines]

    def _hear(self, data: bytes) -> None:
        frame = decode_server_frame(data)
        assert isinstance(frame, Snapshot | Delta)
        assert self.replica.apply(frame) is None


def test_deltas_and_a_snapshot_come_to_the_same_conditions_and_loads() -> None:
    told = Told()
    told.ask(AddCondition("k1", TERMS))
    told.ask(AddCondition("k2", ConditionTerms(TERMS.trigger, TICKET, START + MINUTE_NS, ("k1",))))
    told.ask(AddCondition("k3", TERMS))
    told.ask(ChangeCondition("k3", "disable"))
    told.ask(SetLoad(2, Ticket(TICKER, Leg.NO, True, 400, 5_100)))
    told.ask(SetLoad(3, TICKET))
    assert {name: row.state.value for name, row in told.desk.conditions.items()} == {
        "k1": "armed",
        "k2": "armed",
        "k3": "disabled",
    }
    assert list(told.desk.loads) == [2, 3]
    assert (told.anew().conditions, told.anew().loads) == (told.desk.conditions, told.desk.loads)
    told.book(4_400, 4_600)
    told.ask(ChangeCondition("k3", "remove"))
    told.ask(SetLoad(3, None))
    told.book(4_900, 5_100)
    told.ask(FireLoad(2, "o2"))
    fired = told.desk.conditions["k1"]
    assert (fired.state, fired.client_order_id, fired.ended_ns) == (ConditionState.FIRED, "k1-o", START)
    canceled = told.desk.conditions["k2"]
    assert (canceled.state, canceled.cause) == (ConditionState.CANCELED, "k1 fired")
    assert "k3" not in told.desk.conditions
    assert told.desk.loads == {}
    assert (told.anew().conditions, told.anew().loads) == (told.desk.conditions, told.desk.loads)


def test_one_that_waits_to_be_seen_says_so() -> None:
    told = Told()
    told.take(told.bench.feed(BookStale(TICKER, StaleReason.GAP)))
    told.ask(AddCondition("k1", TERMS))
    assert "seen on the other side" in told.desk.conditions["k1"].cause
    told.book(4_900, 5_100)
    assert told.desk.conditions["k1"].cause == ""


def test_each_thing_that_happened_is_one_line_of_the_log() -> None:
    told = Told()
    told.ask(AddCondition("k1", TERMS))
    told.ask(ChangeCondition("k1", "disable"))
    told.ask(ChangeCondition("k1", "remove"))
    told.ask(SetLoad(1, TICKET))
    told.ask(SetLoad(1, None))
    told.ask(SetLoad(1, TICKET))
    told.ask(FireLoad(1, "o1"))
    assert told.lines == [
        ("note", "COND", "k1 armed: yes_bid<=45: buy no 3 @ 51"),
        ("note", "COND", "k1 disabled"),
        ("note", "COND", "k1 removed"),
        ("note", "LOAD", "load 1 holds buy no 3 @ 51"),
        ("note", "LOAD", "load 1 is empty: taken out"),
        ("note", "LOAD", "load 1 holds buy no 3 @ 51"),
        ("note", "ORDER", "buy 3 NO at 51 c (manual)"),
        ("note", "LOAD", "load 1 fired: o1"),
    ]


def test_a_firing_is_told_by_its_alert_alone() -> None:
    told = Told()
    cheap = Ticket(TICKER, Leg.NO, True, 300, 3_000)
    told.ask(AddCondition("k1", ConditionTerms(TERMS.trigger, cheap)))
    told.book(4_400, 4_600)
    assert [(level, code) for level, code, _ in told.lines] == [
        ("note", "COND"),
        ("note", "ORDER"),
        ("note", "COND_FIRED"),
    ]
