"""Whatever happens on the way, ledger and exchange agree in the end, and the journal says all of it."""

from __future__ import annotations

from core_world import RESTING, TICKERS, CoreWorld, run_history
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.facts.orders import OrderAmended
from engine.core.facts.stance import RunStarted
from engine.core.inputs import FillsRead, Input
from engine.core.money import MoneyState, fold
from engine.core.state_hash import state_hash
from engine.domain.order import OrderState
from engine.domain.position import position_of

SEEDS = st.integers(min_value=0, max_value=2**32)
NOT_THERE = (OrderState.ABSENT, OrderState.REJECTED)


def assert_agreement(world: CoreWorld) -> None:
    money, exchange = world.engine.money, world.exchange
    assert [name for name in money.working if money.orders[name].state is OrderState.UNKNOWN] == []
    resting = {name for name, order in exchange.orders.items() if order.status is RESTING}
    assert set(money.working) == resting
    assert {name for name, record in money.orders.items() if record.state not in NOT_THERE} == set(
        exchange.orders
    )
    for name, order in exchange.orders.items():
        record = money.orders[name]
        assert (record.order_id, record.filled_c, record.remaining_c) == (
            order.order_id,
            order.filled_c,
            order.remaining_c,
        ), name
    for ticker in TICKERS:
        held = money.positions.get(ticker)
        fills = [fill for fill in exchange.fills if fill.ticker == ticker]
        assert (None if held is None else held.position) == (position_of(ticker, fills) if fills else None)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=SEEDS, faults=st.sampled_from((0.0, 0.1, 0.3, 0.6)))
def test_ledger_and_exchange_agree_and_the_journal_folds_to_the_live_state(seed: int, faults: float) -> None:
    world = run_history(seed, 40, faults)
    assert_agreement(world)
    assert state_hash(fold(world.journal)) == state_hash(world.engine.money)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_a_restart_after_the_end_changes_nothing(seed: int) -> None:
    """Nothing but the expiry of what rests, which goes on being extended."""
    world = run_history(seed, 30, 0.3, has_strategy=False)
    before = len(world.journal)
    world.start()
    world.run(30)
    own = (RunStarted, OrderAmended)
    assert [change for change in world.journal[before:] if not isinstance(change, own)] == []
    digest = state_hash(world.engine.money)
    world.start()
    assert state_hash(world.engine.money) == digest


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=SEEDS)
def test_the_inputs_of_a_run_make_it_again(seed: int) -> None:
    """The last run's inputs, on the ledger that it began with, give the same changes."""
    world = run_history(seed, 40, 0.0)
    engine = world.new_engine(MoneyState())
    changes = [change for given in world.inputs for change in engine.step(given).changes]
    assert changes == world.journal
    assert state_hash(engine.money) == state_hash(world.engine.money)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=SEEDS, data=st.data())
def test_fills_in_any_order_make_the_same_positions(seed: int, data: st.DataObject) -> None:
    fills = run_history(seed, 30, 0.0).exchange.fills
    shuffled = data.draw(st.permutations(fills))
    repeated = [*shuffled, *data.draw(st.lists(st.sampled_from(fills), max_size=5) if fills else st.just([]))]
    world = CoreWorld(seed, 0.0)
    for fill in repeated:
        world.engine.step(Input(world.now, world.mono, FillsRead(0, (fill,), world.now, True)))
    for ticker in TICKERS:
        own = [fill for fill in fills if fill.ticker == ticker]
        held = world.engine.money.positions.get(ticker)
        assert (None if held is None else held.position) == (position_of(ticker, own) if own else None)
