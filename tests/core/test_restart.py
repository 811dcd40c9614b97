"""What a new process on the same ledger knows of the old one, and what it does not."""

from __future__ import annotations

import pytest
from core_bench import TICKER, CoreBench, balance, of, place

from engine.core.changes import Change
from engine.core.effects import Answer, SubmitOrder
from engine.core.facts.orders import OrderIntended
from engine.core.money import fold
from engine.domain.command import Arm
from engine.domain.feed import BookFresh
from engine.domain.units import DOLLAR_UD, SECOND_NS


def restarted(journal: list[Change], at: int) -> CoreBench:
    """The monotonic clock begins anew, that of the exchange goes on."""
    bench = CoreBench(money=fold(journal))
    bench.at, bench.mono = at, 5
    bench.start(run_id="r2", cash=balance(1_000 * DOLLAR_UD))
    return bench


@pytest.mark.parametrize(("down_ns", "expected"), [(3 * SECOND_NS, "LOOKS_DUPLICATE"), (10 * SECOND_NS, "")])
def test_an_order_of_the_last_run_still_looks_like_a_repetition(down_ns: int, expected: str) -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    again = restarted(bench.changes, bench.at + down_ns)
    step = again.ask(place("c2"))
    sent = of(step.effects, SubmitOrder)
    assert bool(sent) is (not expected)
    if expected:
        denied = again.answer(place("c3"))
        assert (denied.deny_code, denied.numbers["ago_ns"]) == (expected, down_ns)


def test_the_window_of_the_last_run_ends_when_it_would_have() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    again = restarted(bench.changes, bench.at + 3 * SECOND_NS)
    for wait_ns, expected in ((7 * SECOND_NS - 1, ["LOOKS_DUPLICATE"]), (1, [])):
        again.at += wait_ns
        again.mono += wait_ns
        again.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
        step = again.ask(place(f"c-{wait_ns}"))
        assert [answer.deny_code for answer in of(step.effects, Answer)] == expected


def test_the_newest_of_two_that_look_alike_counts() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    first = of(bench.changes, OrderIntended)[0]
    bench.at += 8 * SECOND_NS
    bench.mono += SECOND_NS
    bench.placed("c2", again=True)
    second = of(bench.changes, OrderIntended)[1]
    again = restarted([second, first], bench.at + 4 * SECOND_NS)
    assert again.answer(place("c3")).numbers["ago_ns"] == 4 * SECOND_NS


def test_the_arm_lease_does_not_outlive_its_process() -> None:
    bench = CoreBench()
    bench.start()
    bench.ask(Arm(60), who="dan")
    assert of(bench.ask(place(), who="dan", typed=True).effects, SubmitOrder)
    again = restarted(bench.changes, bench.at + SECOND_NS)
    assert again.engine.lease is None
    assert again.answer(place("c2", again=True), who="dan", typed=True).deny_code == "NOT_ARMED"
