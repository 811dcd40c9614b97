"""A mistake between core and exchange leaves nothing hanging: whatever waits for an answer gets one."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from core_bench import CoreBench, of

from engine.core import effects, inputs
from engine.core.failed_effect import answer_of_failure
from engine.domain import command
from engine.domain.order import BookSide

UNANSWERED = (
    effects.WatchBooks,
    effects.WatchIndexes,
    effects.WriteHalt,
    effects.LiftHalt,
    effects.Answer,
    effects.Alert,
    effects.KeepDecision,
)
CANCEL = effects.CancelOrder("c1", "v-c1", "T", 0)
MADE: dict[type[Any], Any] = {
    effects.CancelOrder: CANCEL,
    effects.CancelOrders: effects.CancelOrders((CANCEL, CANCEL)),
    effects.AmendOrder: effects.AmendOrder("c1", "v-c1", "T", BookSide.BID, 100, 100, None),
    effects.ReadOrders: effects.ReadOrders("T", 0),
    effects.ReadFills: effects.ReadFills(0),
    effects.ReadPositions: effects.ReadPositions(),
    effects.ReadSettlements: effects.ReadSettlements(0),
    effects.ReadBalance: effects.ReadBalance(),
    effects.ReadStatus: effects.ReadStatus(),
    effects.ReadSchedule: effects.ReadSchedule(0),
    effects.ReadMarkets: effects.ReadMarkets("S"),
    effects.ReadMarket: effects.ReadMarket("T"),
    effects.ReadCandles: effects.ReadCandles("T", "S", 1, 0, 1),
    effects.ReadBook: effects.ReadBook("T"),
    effects.Compute: effects.Compute("s", "r", b""),
    effects.ReadGroups: effects.ReadGroups(),
    effects.ChangeGroup: effects.ChangeGroup("0/s", effects.GroupVerb.CREATE, "", 100, 0),
}


@pytest.mark.parametrize("kind", [kind for kind in get_args(effects.Effect) if kind not in UNANSWERED])
def test_every_effect_that_is_answered_is_answered_when_it_broke(kind: type[Any]) -> None:
    if kind is effects.SubmitOrder:
        bench = CoreBench()
        bench.start()
        given: Any = bench.placed()
    else:
        given = MADE[kind]
    assert answer_of_failure(given, "KeyError: 'x'") is not None


def test_an_order_whose_request_broke_is_looked_for() -> None:
    bench = CoreBench()
    bench.start()
    broken = answer_of_failure(bench.placed(), "SubmitOrder broke")
    assert broken is not None
    step = bench.feed(broken)
    assert bench.state() == "unknown"
    assert of(step.effects, effects.ReadOrders)


def test_cancels_that_broke_are_read_one_by_one() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    (asked,) = of(bench.ask(command.CancelOrder("c1")).effects, effects.CancelOrder)
    broken = answer_of_failure(effects.CancelOrders((asked,)), "broke")
    assert isinstance(broken, inputs.CancelsAnswered)
    step = bench.feed(broken)
    assert bench.engine.money.orders["c1"].cancel == "unknown"
    assert of(step.effects, effects.ReadOrders)
