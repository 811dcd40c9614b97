"""The balance: when it is read, one at a time, and which of them is believed."""

from __future__ import annotations

import pytest
from core_bench import CoreBench, a_fill, alerts, balance, listed_order, of, seen_order

from engine.core.effects import ReadBalance
from engine.core.inputs import BalanceRead, CancelAcked, CancelGone, CoreEvent, ReadFailed
from engine.domain.feed import FillSeen
from engine.domain.order import VenueOrderStatus
from engine.domain.units import DOLLAR_UD, SECOND_NS


def test_all_cash_gone_at_once_is_believed_the_third_time() -> None:
    bench = CoreBench()
    bench.start(cash=balance(10 * DOLLAR_UD))
    seen = []
    for _ in range(3):
        bench.feed(BalanceRead(balance(0)))
        cash = bench.engine.money.cash
        assert cash is not None
        seen.append(cash.cash_ud)
    assert seen == [10 * DOLLAR_UD, 10 * DOLLAR_UD, 0]
    assert alerts(bench).count("IMPLAUSIBLE_BALANCE") == 2


def test_one_balance_is_asked_for_at_a_time_and_the_next_one_after_its_answer() -> None:
    """The exchange answers about one a second; asked for more often they would all come too late."""
    bench = CoreBench()
    bench.start()
    bench.run_for(2 * SECOND_NS)
    bench.effects.clear()
    for number in range(4):
        bench.feed(FillSeen(a_fill(f"t{number}", 100, "v-x", at_ns=bench.at), 100, 0))
        bench.run_for(2 * SECOND_NS)
    assert len(of(bench.effects, ReadBalance)) == 1
    step = bench.feed(BalanceRead(balance()))
    assert len(of(step.effects, ReadBalance)) == 1
    assert of(bench.feed(BalanceRead(balance())).effects, ReadBalance) == []


@pytest.mark.parametrize(
    "ended",
    [
        CancelAcked("c1", 500),
        CancelGone("c1"),
        seen_order(listed_order("c1", VenueOrderStatus.CANCELED)),
    ],
)
def test_an_order_that_ends_unfilled_has_the_balance_read(ended: CoreEvent) -> None:
    """What it held is free again, and nothing else says how much that is."""
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    bench.run_for(2 * SECOND_NS)
    bench.feed(BalanceRead(balance()))
    bench.run_for(5 * SECOND_NS)
    bench.effects.clear()
    bench.feed(ended)
    bench.run_for(2 * SECOND_NS)
    assert bench.state() == "canceled"
    assert len(of(bench.effects, ReadBalance)) == 1


def test_fills_that_do_not_end_do_not_put_the_balance_off() -> None:
    bench = CoreBench()
    bench.start()
    bench.run_for(2 * SECOND_NS)
    bench.feed(BalanceRead(balance()))
    bench.effects.clear()
    for number in range(6):
        bench.feed(FillSeen(a_fill(f"t{number}", 100, "v-x", at_ns=bench.at), 100, 0))
        bench.run_for(SECOND_NS // 2)
    assert len(of(bench.effects, ReadBalance)) == 1


def test_a_balance_that_could_not_be_read_is_asked_for_again_outside_of_a_round_too() -> None:
    bench = CoreBench()
    bench.start()
    bench.feed(FillSeen(a_fill("t1", 100, "v-x", at_ns=bench.at), 100, 0))
    bench.run_for(2 * SECOND_NS)
    bench.effects.clear()
    bench.feed(ReadFailed("ReadBalance", "", "429"))
    bench.run_for(2 * SECOND_NS)
    assert len(of(bench.effects, ReadBalance)) == 1


def test_a_balance_that_says_the_same_is_not_written_again() -> None:
    bench = CoreBench()
    bench.start()
    bench.feed(BalanceRead(balance()))
    assert bench.changes == []
    bench.feed(BalanceRead(balance(999 * DOLLAR_UD)))
    assert len(bench.changes) == 1
