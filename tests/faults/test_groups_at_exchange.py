"""Order groups against the whole exchange in virtual time: made, lost, triggered and reset over crashes."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import msgspec
import pytest
from rests_bids import Buyer
from sim_desk import ACCOUNT, SimDesk
from sim_engine import SimEngine
from sim_history import settings

from engine.core.effects import Alert
from engine.core.group_record import GroupState
from engine.core.inputs import Command
from engine.domain.command import Resume
from engine.domain.order import BookSide, OrderRequest, OrderState, TimeInForce
from engine.domain.units import HOUR_NS, ONE_CONTRACT_C
from engine.sandbox.server.faults import FaultRule
from engine.sandbox.sim.loop import simulate

CREATE = "/portfolio/order_groups/create"
RESET = "/portfolio/order_groups/*/reset"


class Life:
    def __init__(self, seed: int = 5) -> None:
        self.desk = SimDesk(seed, tick_s=0.25)
        series = next(iter(self.exchange.markets.values())).market.series_ticker
        chosen = msgspec.structs.replace(settings(HOUR_NS, trips=True), series=(series,))
        self.engine = SimEngine(self.desk, chosen, Random(seed))
        self.engine.strategies = lambda: [Buyer(series)]
        self.commands = 0

    @property
    def exchange(self) -> Any:
        return self.desk.exchange.world.exchange

    @property
    def groups(self) -> list[str]:
        """At the exchange."""
        return [name for name, group in self.exchange.groups.items() if group.account_id == ACCOUNT]

    @property
    def record(self) -> Any:
        (record,) = self.engine.money.groups.values()
        return record

    @property
    def ours(self) -> list[Any]:
        return list(self.engine.money.orders.values())

    def resting(self) -> list[Any]:
        """At the exchange."""
        group = self.exchange.groups[self.record.group_id]
        return sorted(group.order_ids)

    def trigger(self) -> None:
        self.exchange.trigger_group(ACCOUNT, self.record.group_id)
        self.desk.exchange.world.commit()

    def alerts(self, code: str) -> list[Alert]:
        return [alert for alert in self.engine.alerts.heard if alert.code == code]

    async def resume(self) -> None:
        self.commands += 1
        assert self.engine.runtime is not None
        await self.engine.runtime.command(Command(f"q{self.commands}", "ann", Resume("looked at it")))

    async def restart(self) -> None:
        self.engine.crash()
        await asyncio.sleep(1)
        self.engine.start()
        await asyncio.sleep(6)

    async def end(self) -> None:
        await self.engine.stop()
        self.desk.exchange.kill()


async def began(*rules: FaultRule, seed: int = 5, seconds: float = 12) -> Life:
    life = Life(seed)
    life.desk.fault(*rules)
    life.engine.start()
    await asyncio.sleep(seconds)
    return life


def test_each_entry_carries_the_one_group_over_crashes() -> None:
    async def lived() -> None:
        life = await began()
        for _ in range(3):
            assert len(life.groups) == 1
            assert len(life.resting()) > 1
            await life.restart()
        assert {order.terms.group for order in life.ours} == set(life.groups)
        on_exchange = {
            order.order_group_id for order in life.exchange.orders.values() if order.account_id == ACCOUNT
        }
        assert on_exchange == set(life.groups)
        await life.end()

    simulate(lived())


@pytest.mark.parametrize(
    ("effect", "times"),
    [
        ("accept_then_reset", 1),
        ("accept_then_stall", 1),
        ("accept_then_503", 1),
        ("2xx_without_order", 1),
        ("garbage_body", 1),
        ("reset_before_accept", 2),
        ("503", 2),
        ("429", 2),
    ],
)
def test_a_creation_whose_answer_is_lost_gives_one_group(effect: str, times: int) -> None:
    async def lived() -> None:
        life = await began(FaultRule(effect, "POST", CREATE, times=times), seconds=40)
        assert life.record.state is GroupState.READY
        assert life.groups == [life.record.group_id], "none was made twice"
        assert {order.terms.group for order in life.ours} == set(life.groups)
        await life.end()

    simulate(lived())


def test_a_triggered_group_holds_the_strategy_over_crashes_until_a_resume() -> None:
    async def lived() -> None:
        life = await began()
        life.trigger()
        await asyncio.sleep(2)
        assert life.record.state is GroupState.TRIGGERED
        causes = {order.cause for order in life.ours if order.state is OrderState.CANCELED}
        assert "order group triggered" in causes
        assert not [o for o in life.ours if o.terms.client_order_id in life.engine.money.working]
        assert len(life.alerts("ORDER_GROUP")) == 1
        await life.restart()
        count = len(life.ours)
        await asyncio.sleep(20)
        assert len(life.ours) == count
        life.desk.fault(FaultRule("accept_then_reset", "PUT", RESET), FaultRule("503", "PUT", RESET))
        await life.resume()
        await asyncio.sleep(15)
        assert (life.record.state, len(life.groups)) == (GroupState.READY, 1)
        assert len(life.ours) > count
        assert len(life.resting()) > 0
        await life.end()

    simulate(lived())


def test_a_trigger_while_the_engine_is_away_is_found_by_the_next_entry() -> None:
    async def lived() -> None:
        life = await began()
        group_id = life.record.group_id
        life.engine.crash()
        life.exchange.trigger_group(ACCOUNT, group_id)
        life.desk.exchange.world.commit()
        life.engine.start()
        await asyncio.sleep(12)
        assert life.record.state is GroupState.TRIGGERED
        assert "triggered" in life.record.text
        refused = [order for order in life.ours if order.state is OrderState.REJECTED]
        assert len(refused) == 1, "the next entry told, and no other was sent"
        await life.end()

    simulate(lived())


def test_the_exchange_brakes_by_its_own_count() -> None:
    """Somebody set the limit lower than the strategy trades: its matches trigger the group."""

    async def lived() -> None:
        life = await began(seconds=8)
        life.exchange.limit_group(ACCOUNT, life.record.group_id, ONE_CONTRACT_C)
        life.desk.exchange.world.commit()
        life.exchange.open_account("rival", {0: 10**12, 2: 10**12})
        await sell_into(life)
        await asyncio.sleep(3)
        assert life.record.state is GroupState.TRIGGERED
        held = [record.position.count_c for record in life.engine.money.positions.values()]
        assert sum(held) > ONE_CONTRACT_C, "what was matched is kept"
        await life.end()

    simulate(lived())


async def sell_into(life: Life) -> None:
    """Another customer sells to every bid of the market until some of the strategy's have traded."""
    ticker = next(order.terms.ticker for order in life.ours)
    count_c, ioc = 20_000 * ONE_CONTRACT_C, TimeInForce.IMMEDIATE_OR_CANCEL
    for number in range(40):
        sale = OrderRequest(ticker, BookSide.ASK, 100, count_c, f"s{number}", ioc)
        life.exchange.create_order("rival", sale)
        life.desk.exchange.world.commit()
        if any(order.filled_c for order in life.ours):
            return
        await asyncio.sleep(0.05)
