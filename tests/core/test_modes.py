"""Modes are made stricter at once, survive a restart, and are loosened by a resume with a reason alone."""

from __future__ import annotations

import pytest
from core_bench import CoreBench, a_fill, listed_order, of, place

from engine.core.effects import CancelOrder, SubmitOrder
from engine.core.facts.stance import ModeSet
from engine.core.inputs import FillsRead, OrdersRead, Recovered
from engine.core.money import fold
from engine.domain.command import ClosePosition, PlaceOrder, Resume, SetMode
from engine.domain.order import TimeInForce
from engine.domain.units import MINUTE_NS


def started() -> CoreBench:
    bench = CoreBench()
    bench.start()
    return bench


def reducing(client_order_id: str) -> PlaceOrder:
    ioc = TimeInForce.IMMEDIATE_OR_CANCEL
    return place(client_order_id, buys=False, opens=False, price_bp=4_900, time_in_force=ioc)


def restarted(bench: CoreBench) -> CoreBench:
    """A new process on the journal of the old one."""
    again = CoreBench(money=fold(bench.changes))
    again.at, again.mono = bench.at, 1
    again.start(run_id="r2")
    return again


@pytest.mark.parametrize("mode", ["NO_NEW_ENTRIES", "HALTED"])
def test_entries_are_off_and_the_ways_out_are_open(mode: str) -> None:
    bench = started()
    bench.feed(FillsRead(0, (a_fill("t1", 500, "v-x"),), bench.at, True))
    assert bench.answer(SetMode(mode, "lunch")).deny_code == ""
    assert bench.engine.mode == mode
    denied = bench.answer(place())
    assert (denied.deny_code, denied.numbers) == ("ENTRIES_OFF", {"mode": mode})
    assert of(bench.ask(reducing("c2")).effects, SubmitOrder)
    bench.acked("c2", filled_c=0, count_c=0)
    assert of(bench.ask(ClosePosition("c3", place().ticker)).effects, SubmitOrder)


def test_halting_cancels_the_entries_that_work_and_no_new_entries_does_not() -> None:
    bench = started()
    bench.placed()
    bench.acked()
    assert of(bench.ask(SetMode("NO_NEW_ENTRIES")).effects, CancelOrder) == []
    assert [c.client_order_id for c in of(bench.ask(SetMode("HALTED")).effects, CancelOrder)] == ["c1"]


def test_a_mode_survives_a_restart_with_its_reason() -> None:
    bench = started()
    bench.ask(SetMode("HALTED", "  news at two "), who="dan")
    (change,) = of(bench.changes, ModeSet)
    assert (change.mode, change.who, change.reason) == ("HALTED", "dan", "news at two")
    again = restarted(bench)
    assert again.engine.mode == "HALTED"
    assert again.answer(place()).deny_code == "ENTRIES_OFF"


def test_it_is_loosened_by_a_resume_alone() -> None:
    bench = started()
    bench.ask(SetMode("HALTED"))
    for mode in ("RUNNING", "NO_NEW_ENTRIES"):
        assert bench.answer(SetMode(mode, "because")).deny_code == "RESUME_NEEDED"
    assert bench.engine.mode == "HALTED"
    assert bench.answer(Resume(" ")).deny_code == "REASON_MISSING"
    assert bench.answer(Resume("the news is out")).deny_code == ""
    assert [(m.mode, m.reason) for m in of(bench.changes, ModeSet)][-1] == ("RUNNING", "the news is out")
    assert of(bench.ask(place()).effects, SubmitOrder)
    assert restarted(bench).engine.mode == "RUNNING"


def test_entries_that_a_foreign_order_took_off_come_back() -> None:
    bench = started()
    foreign = listed_order("foreign")
    bench.feed(OrdersRead("", 0, (foreign,), bench.at, True))
    assert bench.answer(place()).deny_code == "ENTRIES_OFF"
    assert bench.answer(Resume("that was me, in the browser")).deny_code == ""
    bench.feed(OrdersRead("", 0, (foreign,), bench.at, True))
    assert bench.engine.mode == "RUNNING", "the order is known by now"
    bench.feed(OrdersRead("", 0, (foreign, listed_order("another")), bench.at, True))
    assert bench.engine.mode == "NO_NEW_ENTRIES", "this one is not"


@pytest.mark.parametrize("body", [SetMode("RUNNING"), Resume("just so")])
def test_what_is_so_already_is_not_written_again(body: SetMode | Resume) -> None:
    bench = started()
    assert bench.answer(body).deny_code == ""
    assert of(bench.changes, ModeSet) == []


def test_a_mode_that_is_none_is_named() -> None:
    answer = started().answer(SetMode("running"))
    assert answer.deny_code == "UNKNOWN_MODE"
    assert "RUNNING, NO_NEW_ENTRIES, HALTED" in answer.text


def test_an_order_that_proved_absent_is_not_sent_again_while_entries_are_off() -> None:
    """The mode was changed while the engine was down to look."""
    bench = started()
    bench.placed()
    bench.ask(SetMode("NO_NEW_ENTRIES"))
    again = CoreBench(money=fold(bench.changes))
    again.at, again.mono = bench.at, 1
    again.feed(Recovered("r2"))
    for _ in range(4):
        again.at += MINUTE_NS // 10
        again.mono += MINUTE_NS // 10
        again.listing()
    assert of(again.effects, SubmitOrder) == []
    assert again.state() == "absent"
