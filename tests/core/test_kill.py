"""A kill takes back what adds risk and nothing else, is obeyed once, and ends by a resume alone."""

from __future__ import annotations

from typing import Any

import pytest
from core_bench import CoreBench, a_fill, listed_order, of, place

from engine.core.effects import Alert, Answer, CancelOrder, CancelOrders, LiftHalt, SubmitOrder, WriteHalt
from engine.core.facts.orders import CancelMoved
from engine.core.facts.stance import ExitsSet, ModeSet
from engine.core.inputs import (
    CancelAcked,
    CancelFailed,
    CancelGone,
    CancelsAnswered,
    HaltLifted,
    HaltSeen,
    NotSent,
    OrdersRead,
    Unknown,
)
from engine.core.money import fold
from engine.core.settings import EngineSettings, Limits
from engine.domain.command import Kill, PlaceOrder, Resume, SetExits, SetMode
from engine.domain.halt import Halt
from engine.domain.order import BookSide
from engine.domain.units import DOLLAR_UD, SECOND_NS

MUCH_UD = 1_000 * DOLLAR_UD
WIDE = EngineSettings(
    series=("KXT",),
    limits=Limits(
        market_loss_ud=MUCH_UD,
        event_loss_ud=MUCH_UD,
        total_loss_ud=MUCH_UD,
        total_share=10_000,
        entries_per_minute=1_000,
    ),
)


def started(settings: EngineSettings | None = None) -> CoreBench:
    bench = CoreBench(settings)
    bench.start()
    return bench


def holding(count_c: int = 500) -> CoreBench:
    """Long YES, by somebody else's fill, from the beginning."""
    bench = CoreBench()
    bench.start(fills=[a_fill("t1", count_c, "v-x")])
    return bench


def sale(client_order_id: str) -> PlaceOrder:
    """A resting order that gets out of a long position."""
    return place(client_order_id, buys=False, opens=False, price_bp=6_000, count_c=200)


def canceled(bench: CoreBench) -> list[str]:
    """Client order ids whose cancel went out, in order."""
    found = []
    for effect in bench.effects:
        if isinstance(effect, CancelOrder):
            found.append(effect.client_order_id)
        elif isinstance(effect, CancelOrders):
            found += [one.client_order_id for one in effect.orders]
    return found


def restarted(bench: CoreBench, **given: Any) -> CoreBench:
    again = CoreBench(money=fold(bench.changes), **given)
    again.at, again.mono = bench.at, 1
    return again


def entries(bench: CoreBench, count: int) -> None:
    for number in range(count):
        bench.placed(f"c{number}", price_bp=4_000 + 100 * (number % 8), count_c=100, again=True)
        bench.acked(f"c{number}", count_c=100)


def test_entries_go_and_what_reduces_stays() -> None:
    bench = holding()
    bench.placed("c1")
    bench.acked("c1")
    bench.ask(sale("s1"))
    bench.acked("s1", count_c=200)
    answer = bench.answer(Kill(reason="prices look wrong"), command_id="k1")
    assert answer.text == "HALTED: canceling 1 orders; 1 positions, exits by plan are ON"
    assert canceled(bench) == ["c1"]
    assert bench.engine.mode == "HALTED"
    (written,) = of(bench.effects, WriteHalt)
    assert (written.halt.halt_id, written.halt.why, written.halt.exits_off) == (
        "k1",
        "prices look wrong",
        False,
    )
    assert [alert.code for alert in of(bench.effects, Alert) if alert.level == "urgent"] == ["KILLED"]
    assert bench.answer(place("c2")).deny_code == "ENTRIES_OFF"


def test_many_entries_go_in_few_requests() -> None:
    bench = started(WIDE)
    entries(bench, 45)
    bench.ask(Kill())
    batches = [len(effect.orders) for effect in of(bench.effects, CancelOrders)]
    assert batches == [20, 20, 5]
    assert len(set(canceled(bench))) == 45
    assert len(of(bench.changes, CancelMoved)) == 45


def test_each_order_of_a_batch_has_an_outcome_of_its_own() -> None:
    bench = started(WIDE)
    entries(bench, 3)
    bench.ask(Kill())
    bench.effects.clear()
    bench.feed(
        CancelsAnswered(
            (
                CancelAcked("c0", 100),
                CancelGone("c1"),
                CancelFailed("c2", "503", is_unknown=False),
            )
        )
    )
    assert [bench.state(f"c{n}") for n in range(3)] == ["canceled", "canceled", "resting"]
    bench.run_for(2 * SECOND_NS)
    assert canceled(bench) == ["c2"], "the one that failed is asked for again, alone"


def test_an_order_whose_outcome_is_unknown_is_canceled_as_soon_as_it_is_found_and_never_sent_again() -> None:
    bench = started()
    bench.placed()
    bench.feed(Unknown("c1", "time-out"))
    bench.ask(Kill())
    assert canceled(bench) == []
    bench.at += 5 * SECOND_NS
    bench.mono += 5 * SECOND_NS
    bench.listing(listed_order("c1"))
    assert canceled(bench) == ["c1"]
    assert of(bench.effects, SubmitOrder)[1:] == []


def test_a_foreign_entry_goes_too_and_a_foreign_way_out_stays() -> None:
    bench = holding(500)
    buys = listed_order("foreign-in")
    sells = listed_order("foreign-out", side=BookSide.ASK, price_bp=6_000, count_c=500)
    more = listed_order("foreign-flip", side=BookSide.ASK, price_bp=6_000, count_c=600)
    bench.feed(OrdersRead("", 0, (buys, sells, more), bench.at, True))
    bench.ask(Kill())
    assert sorted(canceled(bench)) == ["foreign-flip", "foreign-in"]


def test_a_second_kill_stops_exits_too() -> None:
    bench = holding()
    bench.ask(Kill(), command_id="k1")
    answer = bench.answer(Kill(exits_off=True, reason="really"), command_id="k2", who="dan")
    assert answer.text.endswith("exits by plan are OFF (by dan: really)")
    assert bench.engine.money.exits_off == "by dan: really"
    assert of(bench.effects, WriteHalt)[-1].halt.exits_off
    again = restarted(bench)
    assert (again.engine.mode, again.engine.money.exits_off) == ("HALTED", "by dan: really")


def test_exits_go_on_alone_while_entries_stay_off() -> None:
    bench = holding()
    bench.ask(Kill(exits_off=True))
    assert bench.answer(SetExits(is_on=True)).deny_code == ""
    assert (bench.engine.mode, bench.engine.money.exits_off) == ("HALTED", "")
    assert [change.off == "" for change in of(bench.changes, ExitsSet)] == [False, True]


def test_a_resume_is_answered_once_the_file_is_gone() -> None:
    bench = started()
    bench.ask(Kill(exits_off=True), command_id="k1")
    step = bench.ask(Resume("checked"), command_id="r1")
    assert of(step.effects, Answer) == []
    assert of(step.effects, LiftHalt) == [LiftHalt("k1")]
    modes = [change.mode for change in of(step.changes, ModeSet)]
    assert (modes, bench.engine.money.exits_off) == (["RUNNING"], ""), "journaled before the file goes"
    bench.feed(HaltSeen(Halt("k1", 0)))
    assert bench.engine.mode == "RUNNING", "a last look at the file that is just being lifted"
    (answer,) = of(bench.feed(HaltLifted("k1")).effects, Answer)
    assert (answer.command_id, answer.deny_code) == ("r1", "")
    assert of(bench.ask(place()).effects, SubmitOrder)


def test_a_file_that_stays_keeps_the_engine_halted() -> None:
    bench = started()
    bench.ask(Kill(), command_id="k1")
    bench.ask(Resume("checked"), command_id="r1")
    (answer,) = of(bench.feed(HaltLifted("k1", "Read-only file system")).effects, Answer)
    assert (answer.command_id, answer.deny_code) == ("r1", "HALT_STAYS")
    assert "Read-only file system" in answer.text
    assert (bench.engine.mode, bench.engine.money.halt_id) == ("HALTED", "k1")
    bench.ask(Resume("now it can be written"), command_id="r2")
    (answer,) = of(bench.feed(HaltLifted("k1")).effects, Answer)
    assert (answer.command_id, answer.deny_code, bench.engine.mode) == ("r2", "", "RUNNING")


def test_a_kill_that_others_wrote_is_obeyed_once() -> None:
    bench = started()
    bench.placed()
    bench.acked()
    halt = Halt("k9", 5, "sparko kill", "wedged", exits_off=True)
    bench.feed(HaltSeen(halt))
    assert (bench.engine.mode, canceled(bench)) == ("HALTED", ["c1"])
    assert bench.engine.money.exits_off == "by sparko kill: wedged"
    bench.ask(SetExits(is_on=True))
    before = len(bench.changes)
    bench.feed(HaltSeen(halt))
    assert len(bench.changes) == before
    again = restarted(bench)
    again.feed(HaltSeen(halt))
    assert of(again.changes, ModeSet) == []
    assert again.engine.money.exits_off == "", "exits came back on after that kill"


def test_the_engines_own_kill_and_the_file_of_the_same_name_are_one() -> None:
    bench = started()
    bench.feed(HaltSeen(Halt("k1", 5, "sparko kill", "now")))
    bench.ask(Kill(reason="now"), command_id="k1")
    assert len(of(bench.changes, ModeSet)) == 1
    assert [alert.code for alert in of(bench.effects, Alert)].count("KILLED") == 1


def test_a_new_kill_after_a_resume_halts_again() -> None:
    bench = started()
    bench.ask(Kill(), command_id="k1")
    bench.ask(Resume("checked"))
    bench.feed(HaltLifted("k1"))
    bench.feed(HaltSeen(Halt("k2", 9)))
    assert (bench.engine.mode, bench.engine.money.halt_id) == ("HALTED", "k2")


def test_what_the_sender_held_back_never_was() -> None:
    bench = started()
    bench.placed()
    (answer,) = of(bench.feed(NotSent("c1", "HALT: a kill is in force")).effects, Answer)
    assert (bench.state(), answer.deny_code) == ("rejected", "NOT_SENT")
    assert "HALT" in answer.text


@pytest.mark.parametrize("state", ["HALTED", "NO_NEW_ENTRIES"])
def test_a_kill_of_an_engine_that_takes_no_entries_already(state: str) -> None:
    bench = started()
    bench.ask(SetMode(state))
    bench.ask(Kill(), command_id="k1")
    assert (bench.engine.mode, bench.engine.money.halt_id) == ("HALTED", "k1")
