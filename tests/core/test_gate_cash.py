"""Cash at the gate: what is there, on which shard, and what of it is spoken for."""

from __future__ import annotations

from typing import Any

import pytest
from core_bench import TICKER, balance
from gate_bench import SENT, bench_with, code

from engine.core.denial import DenyCode
from engine.core.inputs import Acked, BalanceRead, Unknown
from engine.domain.feed import BookFresh
from engine.domain.units import DOLLAR_UD, SECOND_NS

LOSS_UD = 2_587_500


@pytest.mark.parametrize(
    ("cash", "expected"),
    [
        (balance(LOSS_UD), SENT),
        (balance(LOSS_UD - 1), DenyCode.INSUFFICIENT_BALANCE),
        (balance(100 * DOLLAR_UD, s0=LOSS_UD, s2=0), SENT),
        (balance(100 * DOLLAR_UD, s0=LOSS_UD - 1, s2=99 * DOLLAR_UD), DenyCode.INSUFFICIENT_SHARD_CASH),
        (balance(100 * DOLLAR_UD, s2=100 * DOLLAR_UD), DenyCode.INSUFFICIENT_SHARD_CASH),
    ],
)
def test_cash_and_the_shards_cash(cash: Any, expected: str) -> None:
    assert code(bench_with(cash=cash)) == expected


@pytest.mark.parametrize("state", ["intent", "unknown", "resting", "filled"])
def test_what_is_under_way_or_not_in_the_balance_yet_is_spoken_for(state: str) -> None:
    bench = bench_with(cash=balance(2 * LOSS_UD - 1))
    bench.placed()
    if state == "unknown":
        bench.feed(Unknown("c1", "timeout"))
    elif state != "intent":
        bench.acked(filled_c=500 if state == "filled" else 0)
    assert bench.state() == state
    assert code(bench, again=True) == DenyCode.INSUFFICIENT_BALANCE


def test_a_balance_asked_for_later_has_it_and_unknown_ones_stay_spoken_for() -> None:
    bench = bench_with(cash=balance(2 * LOSS_UD))
    bench.placed("c1")
    bench.acked("c1")
    bench.placed("c2", again=True)
    bench.feed(Unknown("c2", "timeout"))
    bench.run_for(2 * SECOND_NS)  # a balance is asked for
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
    bench.feed(BalanceRead(balance(LOSS_UD)))  # the exchange set c1 aside, and of c2 nobody knows
    assert code(bench, again=True) == DenyCode.INSUFFICIENT_BALANCE
    bench.feed(BalanceRead(balance(2 * LOSS_UD)))
    assert code(bench, again=True) == SENT


def test_a_refused_order_frees_its_cash() -> None:
    bench = bench_with(cash=balance(LOSS_UD))
    bench.placed()
    bench.feed(Acked("c1", "v-c1", 0, 0))
    assert bench.state() == "canceled"
    assert code(bench, again=True) == SENT
