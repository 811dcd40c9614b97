"""When a plan ends a position, and how: looks, the ladder, what is waited for."""

from __future__ import annotations

import pytest
from core_bench import TICKER, listed_order, of
from exit_bench import ExitBench, reads_of_books

from engine.core.effects import CancelOrder, SubmitOrder
from engine.core.inputs import (
    Acked,
    BookRead,
    CancelAcked,
    CancelFailed,
    CancelGone,
    NotSent,
    Rejected,
    StatusRead,
    Unknown,
)
from engine.domain.command import Kill, Resume, SetExits, SetMode, SetPlan
from engine.domain.feed import FeedAlive, FeedConnected, FeedLost
from engine.domain.order import Leg, VenueOrderStatus
from engine.domain.plan import PlanState, PlanTerms, Retirement, Target
from engine.domain.units import MINUTE_NS, SECOND_NS

STOP = PlanTerms(stop_loss=Target(-1_000))
BOTH = PlanTerms(take_profit=Target(2_000), stop_loss=Target(-1_000))
LEGS = pytest.mark.parametrize("leg", list(Leg))


@LEGS
def test_a_stop_waits_for_its_grace_and_a_second_look(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bought = bench.mono
    bench.book(41, 43)
    bench.live(14.4)
    assert bench.exits == []
    bench.live(3)
    assert bench.exits == [(41, 500, "IOC")]
    assert 15 * SECOND_NS <= bench.sent[-1][0] - bought <= 16.5 * SECOND_NS
    assert bench.plan.retirement == Retirement.CLOSED
    assert bench.held_c == 0


@LEGS
def test_who_adds_to_a_position_does_not_keep_its_stop_off(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(9)
    bench.buy(STOP, 100)
    bench.book(40, 42)
    bench.live(5.9)
    assert bench.exits == []
    bench.live(2)
    assert bench.exits == [(40, 600, "IOC")]


@LEGS
def test_who_sets_the_plan_again_does_not_keep_its_stop_off(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    bench.book(40, 42)
    for _ in range(3):
        bench.live(1.5)
        assert bench.answer(SetPlan(TICKER, STOP)).deny_code == ""
        assert bench.exits == []
    bench.live(2)
    assert bench.exits == [(40, 500, "IOC")]


@LEGS
def test_a_stop_that_is_set_further_away_is_looked_at_twice_itself(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    bench.book(30, 42)
    bench.live(4)
    bench.answer(SetPlan(TICKER, PlanTerms(stop_loss=Target(-2_000))))
    bench.live(4)
    assert bench.exits == []
    bench.live(3)
    assert bench.exits == [(30, 500, "IOC")]


@LEGS
def test_a_look_above_begins_anew(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    for _ in range(6):
        bench.book(40, 42)
        bench.live(4)
        assert bench.plan.low_at is not None
        bench.book(42, 44)
        bench.live(1.1)
        assert bench.plan.low_at is None
    assert bench.exits == []


@LEGS
def test_changes_of_the_book_between_looks_count_for_nothing(leg: Leg) -> None:
    """A hundred changes at the stop within one second are no second look."""
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    bench.book(41, 43)
    bench.live(1.1)
    for _ in range(100):
        bench.level(41, 100)
    assert bench.exits == []


@LEGS
def test_the_price_is_that_of_the_whole_size(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP, count_c=5_000)
    bench.live(11)
    bench.levels([(48, 1_000), (45, 4_000), (40, 9_000)], [(52, 10_000)])
    bench.live(8)
    assert bench.exits == []
    bench.levels([(48, 1_000), (45, 3_900), (40, 9_000)], [(52, 10_000)])
    bench.live(8)
    assert bench.exits == [(40, 5_000, "IOC")]


@LEGS
def test_fewer_bids_than_are_held_are_sold_to_as_far_as_they_go(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP, count_c=5_000)
    bench.live(11)
    bench.levels([(48, 1_000), (40, 2_900)], [(52, 10_000)])
    bench.live(6.5)
    assert bench.exits[0] == (40, 5_000, "IOC")
    assert abs(bench.held_c) == 1_100
    assert bench.plan.count_c == 1_100


@LEGS
def test_the_disaster_level_needs_one_look_and_no_grace(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(PlanTerms(stop_loss=Target(-1_000), disaster=Target(-2_000)))
    bench.level(31, 10_000)
    step = bench.level(49, -10_000)
    assert of(step.effects, SubmitOrder)
    assert bench.exits == [(31, 500, "IOC")]
    assert bench.alerts("DISASTER")


@LEGS
def test_a_profit_is_taken_in_the_step_in_which_it_is_bid(leg: Leg) -> None:
    bench = ExitBench(leg).open(49, 80)
    bench.buy(PlanTerms(take_profit=Target(2_000), takes=True))
    bench.level(72, 400)
    assert bench.exits == []  # not for the whole size
    step = bench.level(72, 100)
    (sent,) = of(step.effects, SubmitOrder)
    assert (bench.told(sent.request), sent.request.reduce_only) == ((71, 500, "IOC"), True)


@LEGS
def test_a_profit_given_in_part_leaves_the_rest_guarded(leg: Leg) -> None:
    bench = ExitBench(leg).open(49, 80)
    bench.buy(PlanTerms(take_profit=Target(2_000), takes=True))
    bench.on_submit = lambda request: Acked(request.client_order_id, "v-x", 0, 0)
    bench.level(72, 500)
    assert (bench.plan.state, bench.plan.count_c) == (PlanState.GUARDING, 500)
    assert len(bench.exits) == 1
    bench.level(72, 100)
    assert len(bench.exits) == 1  # not twice in one second
    bench.live(1.2)
    assert len(bench.exits) == 2


@LEGS
def test_a_trailing_stop_follows_the_best_look(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(PlanTerms(trailing_bp=500))
    for bid in (52, 56, 60, 58):
        bench.book(bid, bid + 2)
        bench.live(3)
    assert bench.plan.best_bp == 6_000
    bench.book(55, 57)
    bench.live(8)
    assert bench.exits == [(55, 500, "IOC")]
    assert bench.alerts("TRAILING")


@LEGS
def test_a_time_stop_sells_when_its_time_is_over(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(PlanTerms(hold_ns=MINUTE_NS))
    bench.live(59)
    assert bench.exits == []
    bench.live(4)
    assert bench.exits == [(49, 500, "IOC")]


@LEGS
def test_the_take_profit_is_canceled_and_known_before_the_stop_goes_out(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(BOTH)
    bench.book(40, 42)
    bench.is_deaf = True
    bench.live(17)
    assert bench.plan.state is PlanState.EXITING
    assert len(of(bench.effects, CancelOrder)) == 1
    assert bench.exits[1:] == []
    bench.is_deaf = False
    name, request = bench.resting.popitem()
    bench.feed(CancelAcked(name, request.count_c))
    assert bench.exits[1:] == [(40, 500, "IOC")]
    assert bench.held_c == 0


def test_a_fill_that_won_against_the_cancel_is_not_sold_again() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    bench.book(40, 42)
    bench.is_deaf = True
    bench.live(17)
    name = next(iter(bench.resting))
    bench.feed(CancelGone(name))
    bench.live(3)
    assert bench.exits[1:] == []  # gone: a fill may have won, the listing tells
    bench.trade(name, 500)
    bench.listing(listed_order(name, VenueOrderStatus.EXECUTED, 500, 500))
    bench.live(3)
    assert bench.exits[1:] == []
    assert (bench.held_c, bench.plan.retirement) == (0, Retirement.CLOSED)


def test_an_unknown_cancel_holds_the_stop_back_until_it_is_known() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    bench.book(40, 42)
    bench.is_deaf = True
    bench.live(17)
    (name,) = bench.resting
    bench.feed(CancelFailed(name, "timeout", is_unknown=True))
    bench.live(4)
    assert bench.exits[1:] == []
    bench.is_deaf = False
    bench.resting.clear()
    bench.listing(listed_order(name, VenueOrderStatus.CANCELED, 500))
    assert bench.exits[1:] == [(40, 500, "IOC")]


@LEGS
def test_what_is_not_sold_is_offered_lower_each_second_then_held(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.on_submit = lambda request: Acked(request.client_order_id, f"v-{request.client_order_id}", 0, 0)
    bench.live(25)
    assert [price for price, _, _ in bench.exits] == [40, 39, 38, 36, 32]
    assert bench.plan.state is PlanState.BLOCKED
    assert len(bench.alerts("EXIT_HELD")) == 1
    bench.on_submit = None
    bench.live(35)
    assert bench.exits[5] == (40, 500, "IOC")
    assert bench.held_c == 0


@LEGS
def test_never_under_the_floor_while_more_is_bid(leg: Leg) -> None:
    bench = ExitBench(leg).open(5, 7)
    bench.buy(PlanTerms(stop_loss=Target(-300)), price=7)
    bench.book(3, 5)
    bench.on_submit = lambda request: Acked(request.client_order_id, f"v-{request.client_order_id}", 0, 0)
    bench.live(25)
    assert [price for price, _, _ in bench.exits] == [3, 2, 1, 1, 1]


def test_no_second_exit_while_the_first_is_unknown() -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.on_submit = lambda request: Unknown(request.client_order_id, "timeout")
    bench.live(40)
    assert len(bench.exits) == 1
    assert bench.plan.state is PlanState.EXITING
    bench.on_submit = None
    name = bench.sent[-1][1].client_order_id
    bench.trade_unseen(name, 500)
    bench.live(5)
    assert len(bench.exits) == 1
    assert (bench.held_c, bench.plan.retirement) == (0, Retirement.CLOSED)


@pytest.mark.parametrize(
    "answer", [NotSent("x1-r1", "rate budget"), Rejected("x1-r1", 400, "trading_paused", "")]
)
def test_an_exit_that_was_not_taken_is_sent_again(answer: NotSent | Rejected) -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.on_submit = lambda request: answer
    bench.live(15.6)
    assert len(bench.exits) == 1
    bench.on_submit = None
    bench.live(2)
    assert bench.exits[1] == (39, 500, "IOC")
    assert bench.held_c == 0


@LEGS
def test_nobody_bids_is_told_once_and_sells_nothing(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.book(None, 42)
    bench.live(30)
    assert bench.exits == []
    assert bench.plan.state is PlanState.BLOCKED
    assert len(bench.alerts("SL_BLOCKED")) == 1
    bench.book(48, 50)
    bench.live(1.5)
    assert (bench.plan.state, bench.plan.cause) == (PlanState.GUARDING, "")


@LEGS
def test_a_stop_under_the_grid_is_none_and_nothing_is_blocked(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(PlanTerms(stop_loss=Target(-8_000)))
    bench.book(None, 42)
    bench.live(30)
    assert bench.plan.state is PlanState.GUARDING
    assert bench.alerts("SL_BLOCKED") == []


@LEGS
def test_bids_alone_are_no_price_to_stop_at(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.book(40, None)
    bench.live(30)
    assert bench.exits == []
    assert bench.alerts("SL_BLOCKED")
    bench.book(45, None)
    bench.live(1.5)
    assert bench.plan.state is PlanState.GUARDING


@LEGS
def test_a_silent_feed_is_looked_past_over_rest(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    bench.feed(FeedLost("gone"))
    bench.effects.clear()
    reads = 0
    for _ in range(30):
        bench.wait(500_000_000)
        if reads_of_books(bench.effects) > reads:
            reads += 1
            yes = ((4_000, 10_000),), ((4_200, 10_000),)
            no = ((5_800, 10_000),), ((6_000, 10_000),)
            bench.bids, bench.asks = yes if leg is Leg.YES else no
            bench.feed(BookRead(TICKER, tuple(bench.bids), tuple(bench.asks)))
    assert bench.exits == [(40, 500, "IOC")]
    assert bench.held_c == 0
    assert bench.alerts("SL_BLOCKED") == []


def test_without_any_book_the_stop_is_blocked() -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.live(11)
    bench.feed(FeedLost("gone"))
    bench.effects.clear()
    for _ in range(40):
        bench.wait(500_000_000)
    assert bench.plan.state is PlanState.BLOCKED
    assert len(bench.alerts("SL_BLOCKED")) == 1
    assert 3 <= reads_of_books(bench.effects) <= 5
    bench.feed(FeedConnected(1), FeedAlive())
    bench.book(50, 52)
    bench.live(2)
    assert bench.plan.state is PlanState.GUARDING


def test_stops_wait_over_a_pause_and_until_the_spread_is_normal_again() -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.live(11)
    bench.feed(StatusRead(True, False, {}))
    bench.book(40, 42)
    bench.live(20)
    assert bench.exits == []
    bench.feed(StatusRead(True, True, {}))
    bench.book(20, 60)
    bench.live(30)
    assert bench.exits == []
    bench.live(40)
    assert bench.exits == [], "bids so far from the asks are a thin book, into which it goes step by step"
    bench.live(20)
    assert bench.exits == [(20, 500, "IOC")]


@pytest.mark.parametrize("mode", ["NO_NEW_ENTRIES", "HALTED"])
def test_exits_work_in_every_mode(mode: str) -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    bench.answer(SetMode(mode, "test"))
    assert bench.profits == [(71, 500)]
    bench.book(40, 42)
    bench.live(17)
    assert bench.held_c == 0


def test_exits_that_are_off_stay_off_until_they_are_on_again() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    bench.answer(Kill(exits_off=True, reason="test"))
    assert bench.resting == {}
    bench.book(40, 42)
    bench.live(30)
    assert bench.held_c == 500
    bench.ask(Resume("again"))
    bench.live(8)
    assert bench.held_c == 0


def test_exits_switched_off_in_the_middle_of_one() -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.on_submit = lambda request: Acked(request.client_order_id, f"v-{request.client_order_id}", 0, 0)
    bench.live(16)
    assert bench.plan.state is PlanState.EXITING
    bench.ask(SetExits(False, "test"))
    sent = len(bench.exits)
    bench.live(60)
    assert (len(bench.exits), bench.plan.state) == (sent, PlanState.GUARDING)


def test_what_is_left_of_the_entry_ends_with_the_position() -> None:
    bench = ExitBench().open()
    entry = bench.buy(STOP, filled_c=200)
    bench.book(40, 42)
    bench.live(17)
    assert entry not in bench.resting
    assert (bench.held_c, bench.plan.retirement) == (0, Retirement.CLOSED)


def test_no_new_plan_while_the_exit_is_under_way() -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.on_submit = lambda request: Unknown(request.client_order_id, "timeout")
    bench.live(17)
    assert bench.answer(SetPlan(TICKER, BOTH)).deny_code == "EXIT_UNDER_WAY"


def test_a_take_profit_that_would_cross_takes() -> None:
    bench = ExitBench().open()
    bench.buy(None)
    bench.book(80, 82)
    bench.ask(SetPlan(TICKER, BOTH))
    assert bench.exits == [(71, 500, "GTC")]
    assert not bench.sent[-1][1].post_only
    assert bench.held_c == 0


def test_a_take_profit_that_is_refused_is_tried_again_and_told() -> None:
    bench = ExitBench().open()
    bench.buy(None)
    bench.on_submit = lambda request: Rejected(request.client_order_id, 400, "invalid_order", "no")
    bench.ask(SetPlan(TICKER, BOTH))
    bench.live(30)
    assert [request.post_only for _, request in bench.sent[1:]] == [True, False, False, False, False]
    assert len(bench.alerts("TP_REFUSED")) == 1
    bench.on_submit = None
    bench.live(20)
    assert bench.profits == [(71, 500)]


@LEGS
def test_a_restart_neither_skips_nor_restarts_what_was_waited_for(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.live(6)
    again = bench.restart(away_s=2)
    again.come_back()
    began = again.mono
    again.live(1.5)
    assert again.exits == []  # 2 s of the grace are left
    again.live(15)
    assert again.exits == [(40, 500, "IOC")]
    assert 7 * SECOND_NS <= again.sent[-1][0] - began <= 9 * SECOND_NS


@pytest.mark.parametrize("away_s", [0.5, 4.0])
def test_at_an_accelerated_exchange_a_grace_runs_in_monotonic_time(away_s: float) -> None:
    """x600: each second away is ten minutes of the exchange's time, and still a second of the grace."""
    bench = ExitBench(speed_millionths=600_000_000).open()
    bench.buy(STOP)
    bench.book(40, 42)
    again = bench.restart(away_s=600 * away_s)
    again.come_back()
    began = again.mono
    again.live(30)
    waited_s = (again.sent[-1][0] - began) / SECOND_NS
    assert 15 - away_s <= waited_s <= 17 - away_s


def test_an_exit_whose_answer_was_lost_with_the_process_is_not_sent_twice() -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.is_deaf = True
    bench.live(17)
    assert len(bench.exits) == 1
    again = bench.restart()
    name = again.sent[-1][1].client_order_id
    again.come_back()
    again.live(10)
    assert len(again.exits) == 1
    again.trade_unseen(name, 500)
    again.live(5)
    assert (len(again.exits), again.plan.retirement) == (1, Retirement.CLOSED)


def test_an_exit_that_never_arrived_goes_out_after_the_restart() -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.is_deaf = True
    bench.live(17)
    again = bench.restart()
    again.come_back()
    for _ in range(8):
        again.live(1.5)
        again.listing()
    assert again.held_c == 0
    assert len(again.exits) == 2


def lost_stop(leg: Leg) -> ExitBench:
    """A stop whose order went out and whose answer did not come."""
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    bench.on_submit = lambda request: Unknown(request.client_order_id, "timeout")
    bench.book(40, 42)
    bench.live(6.5)
    assert bench.exits == [(40, 500, "IOC")]
    bench.on_submit = None
    return bench


def not_there(bench: ExitBench) -> None:
    """Late and complete listings in which the order is not."""
    for _ in range(3):
        bench.live(3)
        bench.listing()


@LEGS
def test_a_stop_that_proves_absent_goes_out_again_under_its_name(leg: Leg) -> None:
    bench = lost_stop(leg)
    not_there(bench)
    assert [r.client_order_id for _, r in bench.sent[-2:]] == [bench.sent[-1][1].client_order_id] * 2
    assert bench.held_c == 0


@LEGS
def test_a_stop_that_proves_absent_does_not_go_out_while_exits_are_off(leg: Leg) -> None:
    bench = lost_stop(leg)
    bench.ask(Kill())
    bench.ask(Kill(exits_off=True))
    not_there(bench)
    assert len(bench.exits) == 1
    assert abs(bench.held_c) == 500
    bench.ask(SetExits(True, "on again"))
    bench.live(7)
    assert bench.held_c == 0


@LEGS
def test_an_exit_that_proves_absent_does_not_go_out_where_an_entry_brought_another_plan(leg: Leg) -> None:
    bench = ExitBench(leg).open(49, 80)
    bench.buy(PlanTerms(take_profit=Target(2_000), takes=True))
    added = bench.buy(PlanTerms(take_profit=Target(3_000)), filled_c=0)
    bench.on_submit = lambda request: Unknown(request.client_order_id, "timeout")
    bench.book(72, 80)
    assert bench.exits == [(71, 500, "IOC")]
    bench.on_submit = None
    bench.book(49, 80)
    bench.trade(added, 500)
    not_there(bench)
    bench.live(3)
    assert [(price, tif) for price, _, tif in bench.exits[1:]] == [(81, "GTC")] * len(bench.exits[1:])
    assert sum(count_c for _, count_c in bench.profits) == 1_000
