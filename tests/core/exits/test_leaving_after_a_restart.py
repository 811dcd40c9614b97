"""A process that dies while a plan waits or leaves: nothing is skipped, begun anew or sent twice."""

from __future__ import annotations

import pytest
from exit_bench import ExitBench
from exit_plans import LEGS, STOP

from engine.domain.order import Leg
from engine.domain.plan import Retirement
from engine.domain.units import SECOND_NS


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
