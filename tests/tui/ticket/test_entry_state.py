"""The way from a ticket to an order: what every sequence of keys, moves and losses may and may not do."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from ticket_scene import TICKER, buy, held, own_order, scene, sell

from console.tui.ticket import events
from console.tui.ticket.editing import Draft
from console.tui.ticket.entry import Entry, Stage
from console.tui.ticket.entry_state import DEAD_NS, may_open, step
from console.tui.ticket.scene import Scene
from console.tui.ticket.sent import ASK_AGAIN_WITHIN_NS, LOOK_EACH_NS
from console.tui.ticket.ticket import Ticket, Verb
from engine.control.protocol import AnswerState, CommandAnswer
from engine.domain.order import Leg, OrderState, TimeInForce
from engine.domain.units import MILLISECOND_NS, SECOND_NS


class Walk:
    """An entry with a clock; keeps every effect."""

    def __init__(self, there: Scene | None = None) -> None:
        self.scene = there or scene()
        self.entry = Entry()
        self.mono = 1_000 * SECOND_NS
        self.effects: list[events.Effect] = []
        self._ids = count(1)

    def do(self, event: events.Event) -> Entry:
        done = step(self.entry, event)
        assert step(self.entry, event) == done  # the same arguments always give the same
        self.entry = done.entry
        self.effects += done.effects
        return self.entry

    def open(self, ticket: Ticket | None = None, *, reviews: bool = False) -> Entry:
        return self.do(events.Opened(Draft(ticket or buy(count_c=300)), self.scene, self.fresh(), reviews))

    def fresh(self) -> str:
        return f"id-{next(self._ids)}"

    def key(self, name: str) -> Entry:
        return self.do(events.Key(name, self.mono, self.scene, self.fresh()))

    def seen(self, wait_ns: int = DEAD_NS) -> None:
        self.do(events.Painted(self.mono))
        self.mono += wait_ns

    def sent(self, ticket: Ticket | None = None) -> events.Send:
        """The whole way, as a person goes it."""
        self.open(ticket)
        self.key("enter")
        self.seen()
        self.key("enter")
        (found,) = self.sends[-1:]
        return found

    @property
    def sends(self) -> list[events.Send]:
        return [effect for effect in self.effects if isinstance(effect, events.Send)]

    def answer(self, state: AnswerState = AnswerState.ACCEPTED, **fields: Any) -> Entry:
        flight = self.sends[-1].flight
        if state is AnswerState.ACCEPTED and "order" not in fields:
            fields["order"] = own_order(client_order_id=flight.client_order_id, state=OrderState.FILLED)
        return self.do(events.Answered(CommandAnswer(flight.command_id, state, **fields)))

    def tick(self, is_attached: bool = True) -> list[events.Effect]:
        before = len(self.effects)
        self.do(events.Tick(self.mono, is_attached))
        return self.effects[before:]


def test_a_ticket_is_reviewed_sent_and_acknowledged() -> None:
    walk = Walk()
    assert walk.open().stage is Stage.TICKET
    assert walk.key("enter").stage is Stage.REVIEW
    walk.seen()
    assert walk.key("enter").stage is Stage.SENT
    body = walk.sends[0].flight.body
    assert (body.ticker, body.leg, body.buys, body.price_bp, body.count_c) == (
        TICKER,
        Leg.YES,
        True,
        5_900,
        300,
    )
    assert body.opens
    assert walk.answer().stage is Stage.ACK
    walk.seen()
    assert walk.key("escape").stage is Stage.CLOSED


def test_a_burst_of_enters_on_a_review_sends_exactly_one() -> None:
    walk = Walk()
    walk.open()
    walk.key("enter")
    walk.seen()
    for _ in range(20):
        walk.key("enter")
        walk.mono += MILLISECOND_NS
    assert len(walk.sends) == 1
    walk.answer()
    for _ in range(20):
        walk.key("enter")
    assert walk.entry.stage is Stage.ACK
    assert len(walk.sends) == 1


def test_a_held_enter_sends_nothing() -> None:
    walk = Walk()
    walk.open()
    for _ in range(100):
        walk.key("enter")
        walk.do(events.Painted(walk.mono))
        walk.mono += 30 * MILLISECOND_NS
    assert walk.entry.stage is Stage.REVIEW
    assert walk.sends == []
    walk.mono += DEAD_NS
    walk.key("enter")
    assert len(walk.sends) == 1


def test_what_forbade_sending_is_not_said_any_longer_than_it_is_so() -> None:
    walk = Walk(scene(is_armed=False))
    walk.open()
    walk.key("enter")
    walk.seen()
    refused = walk.key("enter")
    assert refused.stage is Stage.REVIEW
    assert refused.note == refused.blocks[0].text
    assert walk.do(events.SceneMoved(scene())).note == ""
    assert walk.sends == []


def test_keys_before_the_review_was_seen_for_a_moment_do_not_count() -> None:
    walk = Walk()
    walk.open()
    walk.key("enter")
    walk.mono += SECOND_NS
    walk.key("enter")  # not painted yet
    assert walk.entry.stage is Stage.REVIEW
    walk.mono += SECOND_NS
    walk.seen(DEAD_NS - 1)
    walk.key("escape")
    assert walk.entry.stage is Stage.REVIEW
    walk.mono += 1
    assert walk.key("escape").stage is Stage.TICKET


def test_a_moved_book_is_reviewed_again_under_the_same_id() -> None:
    walk = Walk()
    walk.open()
    walk.key("enter")
    walk.seen()
    first = walk.entry.client_order_id
    walk.scene = scene(asks=((5_800, 100),))
    walk.do(events.SceneMoved(walk.scene))
    assert "moved" in walk.entry.note
    walk.key("enter")
    assert walk.entry.stage is Stage.REVIEW
    assert walk.sends == []
    walk.key("enter")  # the new one was not seen yet
    assert walk.sends == []
    walk.mono += DEAD_NS
    walk.seen()
    walk.key("enter")
    assert walk.sends[0].flight.client_order_id == first


def test_what_forbids_sending_is_that_of_now() -> None:
    walk = Walk(scene(is_armed=False))
    walk.open()
    walk.key("enter")
    walk.seen()
    walk.key("enter")
    assert walk.sends == []
    assert "A arms" in walk.entry.note
    walk.scene = scene()
    walk.do(events.SceneMoved(walk.scene))
    assert walk.entry.blocks == ()
    walk.scene = scene(is_attached=False)
    walk.key("enter")
    assert walk.sends == []
    walk.scene = scene()
    walk.key("enter")
    assert len(walk.sends) == 1


def test_a_close_goes_to_review_at_once_and_needs_no_arming() -> None:
    walk = Walk(scene(position=held(), is_armed=False))
    walk.open(sell(count_c=1_000, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL), reviews=True)
    assert walk.entry.stage is Stage.REVIEW
    walk.seen()
    walk.key("enter")
    body = walk.sends[0].flight.body
    assert (body.buys, body.opens, body.count_c) == (False, False, 1_000)


def test_a_denial_is_told_and_the_ticket_can_be_mended_under_a_new_id() -> None:
    walk = Walk()
    first = walk.sent().flight.client_order_id
    walk.answer(AnswerState.DENIED, deny_code="COLLAR", text="price: too far")
    assert walk.entry.stage is Stage.REJECT
    walk.seen()
    assert walk.key("enter").stage is Stage.TICKET
    walk.key("enter")
    assert walk.entry.client_order_id != first


def test_unknown_stays_until_the_engine_shows_what_became_of_it() -> None:
    walk = Walk()
    name = walk.sent().flight.client_order_id
    walk.answer(AnswerState.UNKNOWN, text="unknown")
    assert walk.entry.stage is Stage.UNKNOWN
    walk.seen()
    for key in ("escape", "enter", "1"):
        assert walk.key(key).stage is Stage.UNKNOWN
    walk.do(events.OrderSeen(own_order(client_order_id=name, state=OrderState.UNKNOWN)))
    assert walk.entry.stage is Stage.UNKNOWN
    walk.do(events.OrderSeen(own_order(client_order_id=name, state=OrderState.RESTING)))
    assert walk.entry.stage is Stage.ACK
    assert len(walk.sends) == 1


def test_a_lost_connection_asks_the_same_command_again_and_never_a_new_order() -> None:
    walk = Walk()
    sent = walk.sent().flight
    walk.do(events.ConnectionLost(sent.command_id, "the engine is gone"))
    assert walk.entry.stage is Stage.SENT
    assert walk.tick(is_attached=False) == []
    (again,) = walk.tick()
    assert isinstance(again, events.AskAgain)
    assert (again.flight.command_id, again.flight.body) == (sent.command_id, sent.body)
    assert walk.tick() == []
    assert walk.answer().stage is Stage.ACK
    assert len(walk.sends) == 1


def test_long_after_its_review_a_lost_order_is_looked_up_instead() -> None:
    walk = Walk()
    sent = walk.sent().flight
    walk.do(events.ConnectionLost(sent.command_id, "the engine is gone"))
    walk.mono += ASK_AGAIN_WITHIN_NS + 1
    assert [type(effect) for effect in walk.tick()] == [events.LookUp]
    assert walk.entry.stage is Stage.UNKNOWN
    walk.do(events.NeverArrived(sent.command_id))
    assert walk.entry.stage is Stage.UNKNOWN  # one look is no proof
    walk.mono += LOOK_EACH_NS
    assert [type(effect) for effect in walk.tick()] == [events.LookUp]
    walk.do(events.NeverArrived(sent.command_id))
    assert walk.entry.stage is Stage.REJECT
    assert walk.entry.answer is not None
    assert walk.entry.answer.deny_code == "NEVER_ARRIVED"


def test_while_one_is_under_way_risk_waits_and_the_way_out_is_open() -> None:
    walk = Walk(scene(position=held()))
    first = walk.sent().flight
    assert may_open(walk.entry, Verb.OPEN)
    walk.open(buy(Leg.NO))
    assert walk.entry.stage is Stage.SENT
    walk.open(sell(count_c=1_000), reviews=True)
    assert walk.entry.stage is Stage.REVIEW
    assert walk.entry.parked == (first,)
    walk.seen()
    walk.key("enter")
    assert len(walk.sends) == 2
    assert {flight.client_order_id for flight in walk.entry.flights} == {
        first.client_order_id,
        walk.sends[1].flight.client_order_id,
    }
    walk.answer()
    walk.mono += SECOND_NS
    walk.seen()
    walk.key("escape")
    assert walk.entry.stage is Stage.SENT  # the one below is still under way
    assert walk.entry.flight == first
    walk.do(events.Answered(CommandAnswer(first.command_id, AnswerState.DENIED, deny_code="X", text="no")))
    assert walk.entry.stage is Stage.REJECT


class Desk(RuleBasedStateMachine):
    """Anything may happen in any order; what must never happen is looked for after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.walk = Walk()
        self.shown_since: int | None = None
        self.face: tuple[object, ...] = ()
        self.sent_ids: list[str] = []

    def _follow(self) -> None:
        entry = self.walk.entry
        face = (entry.stage, id(entry.review))
        if face != self.face:
            self.face, self.shown_since = face, None

    def _key(self, name: str) -> None:
        walk = self.walk
        before, known = walk.entry, len(walk.sends)
        walk.key(name)
        for sent in walk.sends[known:]:
            assert name == "enter"
            assert before.stage is Stage.REVIEW
            assert self.shown_since is not None
            assert walk.mono - self.shown_since >= DEAD_NS
            assert walk.scene.is_armed or not sent.flight.body.opens
            assert walk.scene.is_attached
            assert sent.flight.client_order_id == before.client_order_id
            assert before.review is not None
            assert sent.flight.body.price_bp == before.review.ticket.price_bp
            assert sent.flight.body.count_c == before.review.ticket.count_c
            self.sent_ids.append(sent.flight.client_order_id)
        self._follow()

    @rule(leg=st.sampled_from(Leg), count_c=st.sampled_from([100, 300, 900]))
    def open_entry(self, leg: Leg, count_c: int) -> None:
        self.walk.open(buy(leg, count_c, 5_900 if leg is Leg.YES else 4_500))
        self._follow()

    @rule()
    def open_close(self) -> None:
        self.walk.open(sell(count_c=300, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL), reviews=True)
        self._follow()

    @rule(times=st.integers(1, 20))
    def enters(self, times: int) -> None:
        for _ in range(times):
            self._key("enter")

    @rule(key=st.sampled_from(["escape", "1", "+", "a", "j", "x", "tab", "5", ".", "o", "%"]))
    def other_key(self, key: str) -> None:
        self._key(key)

    @rule()
    def paint(self) -> None:
        if self.shown_since is None:
            self.shown_since = self.walk.mono
        self.walk.do(events.Painted(self.walk.mono))

    @rule(milliseconds=st.sampled_from([1, 30, 149, 150, 400, 6_000, 20_000]))
    def wait(self, milliseconds: int) -> None:
        self.walk.mono += milliseconds * MILLISECOND_NS

    @rule()
    def read_and_send(self) -> None:
        self.paint()
        self.wait(400)
        self._key("enter")

    @rule(
        asks=st.sampled_from([((5_800, 300), (5_900, 900)), ((5_700, 100),), ((5_900, 2_000),), ()]),
        is_armed=st.booleans(),
        is_attached=st.booleans(),
        position=st.sampled_from([None, held(), held(Leg.NO)]),
    )
    def scene_moves(self, **changes: Any) -> None:
        self.walk.scene = replace(self.walk.scene, **changes)
        self.walk.do(events.SceneMoved(self.walk.scene))
        self._follow()

    @rule(
        state=st.sampled_from(AnswerState),
        order_state=st.sampled_from([None, OrderState.FILLED, OrderState.UNKNOWN, OrderState.REJECTED]),
    )
    def answer(self, state: AnswerState, order_state: OrderState | None) -> None:
        if not self.walk.entry.flights:
            return
        flight = self.walk.entry.flights[-1]
        order = (
            None
            if order_state is None
            else own_order(client_order_id=flight.client_order_id, state=order_state)
        )
        self.walk.do(events.Answered(CommandAnswer(flight.command_id, state, order=order)))
        self._follow()

    @rule(event=st.sampled_from([events.ConnectionLost, events.NoAnswer]))
    def lost(self, event: Any) -> None:
        if self.walk.entry.flights:
            self.walk.do(event(self.walk.entry.flights[0].command_id, "gone"))
            self._follow()

    @rule(is_attached=st.booleans())
    def tick(self, is_attached: bool) -> None:
        for effect in self.walk.tick(is_attached):
            assert not isinstance(effect, events.Send)
            assert effect.flight.client_order_id in self.sent_ids
        self._follow()

    @invariant()
    def each_is_sent_once(self) -> None:
        names = [sent.flight.client_order_id for sent in self.walk.sends]
        assert len(names) == len(set(names))
        assert names == self.sent_ids

    @invariant()
    def nothing_sent_is_forgotten(self) -> None:
        """What has no outcome is in flight, and a surface without one shows none."""
        entry = self.walk.entry
        assert (entry.flight is not None) == (entry.stage in (Stage.SENT, Stage.UNKNOWN))
        assert (entry.stage is Stage.CLOSED) <= (not entry.flights)
        entries = [flight for flight in entry.flights if flight.body.opens]
        assert len(entries) <= 1


TestDesk = Desk.TestCase
TestDesk.settings = settings(derandomize=True, max_examples=120, stateful_step_count=40, deadline=None)
