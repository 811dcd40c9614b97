"""What a strategy remembers is in the ledger, with the decisions that it came with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core_bench import TICKER, CoreBench, of
from core_strategies import BuysCheap, Scripted

from engine.core.changes import Change
from engine.core.effects import Alert, SubmitOrder
from engine.core.facts.orders import OrderIntended
from engine.core.facts.stance import StrategyKept
from engine.core.inputs import Recovered
from engine.core.money import fold
from engine.core.strategy import Needs
from engine.domain.feed import BookFresh
from engine.domain.units import MINUTE_NS, SECOND_NS

NEEDS = Needs(series=("KXT",), every_ns=MINUTE_NS)


class Remembers(Scripted):
    """Keeps what ``after`` makes of what it kept."""

    def __init__(self, after: Callable[[Any], Any], state_type: Any = int) -> None:
        super().__init__(NEEDS)
        self.state_type = state_type
        self.seen: list[Any] = []
        self._after = after

    def decide(self, view: Any, state: Any) -> tuple[list[Any], Any]:
        self.seen.append(state)
        return [], self._after(state)


def started(strategy: Any, journal: list[Change] | None = None) -> CoreBench:
    bench = CoreBench(money=fold(journal or []), strategies=[strategy])
    bench.start(run_id=f"r{len(journal or [])}")
    return bench


def next_minute(bench: CoreBench) -> None:
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    bench.run_for(MINUTE_NS - SECOND_NS)
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    bench.run_for(SECOND_NS)


def test_it_is_given_back_after_a_restart() -> None:
    bench = started(Remembers(lambda state: (state or 0) + 1))
    next_minute(bench)
    next_minute(bench)
    assert [change.state for change in of(bench.changes, StrategyKept)] == [b"\x01", b"\x02"]
    strategy = Remembers(lambda state: state)
    next_minute(started(strategy, bench.changes))
    assert strategy.seen == [2]


def test_a_state_that_stays_is_not_written_again() -> None:
    for state in (None, 7):
        bench = started(Remembers(lambda _, kept=state: kept))  # type: ignore[misc]
        next_minute(bench)
        next_minute(bench)
        assert len(of(bench.changes, StrategyKept)) == (0 if state is None else 1)
        again = started(Remembers(lambda kept: kept), bench.changes)
        next_minute(again)
        assert of(again.changes, StrategyKept) == []


def test_a_state_that_is_changed_in_place_is_written_too() -> None:
    def longer(state: list[int] | None) -> list[int]:
        state = [] if state is None else state
        state.append(len(state))
        return state

    bench = started(Remembers(longer, list[int]))
    next_minute(bench)
    next_minute(bench)
    assert len(of(bench.changes, StrategyKept)) == 2


def test_memory_and_order_are_one_record_so_nothing_is_bought_twice() -> None:
    bench = started(BuysCheap())
    next_minute(bench)
    kinds = [type(change) for change in bench.changes]
    assert kinds[:2] == [StrategyKept, OrderIntended]
    again = started(BuysCheap(), bench.changes)
    next_minute(again)
    assert of(again.effects, SubmitOrder) == []


def failures(bench: CoreBench) -> list[str]:
    return [alert.text for alert in of(bench.effects, Alert) if alert.code == "STRATEGY_FAILED"]


def test_a_memory_of_another_shape_switches_the_strategy_off() -> None:
    """An empty memory would let it do again what it did."""
    bench = started(Remembers(lambda _: 7))
    next_minute(bench)
    strategy = Remembers(lambda state: state, tuple[str, ...])
    again = CoreBench(money=fold(bench.changes), strategies=[strategy])
    alerts = [effect for effect in again.feed(Recovered("r9")).effects if isinstance(effect, Alert)]
    assert [alert.code for alert in alerts] == ["STRATEGY_FAILED"]
    again.start(run_id="r9")
    next_minute(again)
    assert strategy.seen == []
    assert again.engine.money.strategies == {"scripted": b"\x07"}, "and is kept as it is"


def test_a_state_that_cannot_be_written_switches_the_strategy_off() -> None:
    strategy = Remembers(lambda _: object())
    bench = started(strategy)
    next_minute(bench)
    next_minute(bench)
    assert len(strategy.seen) == 1
    assert len(failures(bench)) == 1
    assert of(bench.changes, StrategyKept) == []
