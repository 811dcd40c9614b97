"""``sparko kill`` against engines that run, hang, are dead, and start again on a home that was killed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from daemon_client import client_of, lively_quotes
from running_daemon import LIVELY_WORLD, RunningDaemon

from engine.control.rows.markets import QuoteRow
from engine.core.money import MoneyState
from engine.domain.command import Kill, PlaceOrder
from engine.domain.order import Leg, OrderState, TimeInForce

RESTING = (OrderState.RESTING, OrderState.PARTIAL)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningDaemon]:
    made = RunningDaemon(tmp_path / "home", LIVELY_WORLD)
    yield made
    made.close()


def orders_at_the_exchange(desk: RunningDaemon) -> list[str]:
    """Client order ids of those that rest there."""
    return [
        o["client_order_id"] for o in desk.side_door("GET", "orders")["orders"] if o["status"] == "resting"
    ]


async def _trade(home: Path, names: str) -> QuoteRow:
    """Buys two of the liveliest market, offers one of them far above, and rests three entries far below."""
    async with client_of(home) as client:
        held, *others = (await lively_quotes(client, 4))[:4]
        orders = [
            order(f"{names}-held", held, held.ask_bp or 0, 200, TimeInForce.IMMEDIATE_OR_CANCEL),
            *(order(f"{names}-{n}", quote, (quote.bid_bp or 0) - 500) for n, quote in enumerate(others)),
        ]
        for body in orders:
            answer = await client.command(body)
            assert answer.deny_code == "", answer
        out = order(f"{names}-out", held, 9_500)
        answer = await client.command(
            PlaceOrder(out.client_order_id, out.ticker, Leg.YES, False, out.price_bp, 100, opens=False)
        )
        assert answer.deny_code == "", answer
        return held


def order(
    name: str,
    quote: QuoteRow,
    price_bp: int,
    count_c: int = 100,
    lives: TimeInForce = TimeInForce.GOOD_TILL_CANCELED,
) -> PlaceOrder:
    return PlaceOrder(name, quote.ticker, Leg.YES, True, price_bp, count_c, lives, again=True)


def trade(desk: RunningDaemon, names: str) -> str:
    """The market that is held."""
    return asyncio.run(_trade(desk.home, names)).ticker


def resting(money: MoneyState) -> list[str]:
    return [name for name, record in money.orders.items() if record.state in RESTING]


def kill(desk: RunningDaemon, *words: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = desk.sparko("kill", *words, code=code)
    return found


def test_an_engine_that_hangs_is_halted_around_and_obeys_once_it_goes_on(desk: RunningDaemon) -> None:
    desk.start()
    held = trade(desk, "a")
    os.kill(desk.pid, signal.SIGSTOP)
    killed = kill(desk, "--reason", "it hangs")
    assert (killed["engine"], killed["verified"], killed["stops_running"]) == ("silent", True, False)
    assert (len(killed["canceled"]), len(killed["exits_resting"]), killed["left"]) == (3, 1, [])
    assert [(row["ticker"], row["side"], row["count"]) for row in killed["positions"]] == [(held, "yes", 2)]
    assert orders_at_the_exchange(desk) == ["a-out"]

    os.kill(desk.pid, signal.SIGCONT)
    desk.until(lambda: desk.money().halt_id == killed["halt_id"], "no halt")
    desk.until(lambda: resting(desk.money()) == ["a-out"], "entries rest")
    assert desk.money().mode == "HALTED"
    assert desk.sparko("close", held)["status"] == "filled", "the way out is open in every mode"
    resumed = desk.sparko("resume", "--reason", "it runs again")
    off = [{"code": "STAGE_OFF", "text": "strategy timesfm-no is off"}]
    assert resumed == {"mode": "RUNNING", "exits_off": None, "still_stopped": off}
    assert not (desk.home / "HALT").exists()
    desk.until(lambda: not desk.wrong(), "ledger and exchange differ")


def test_a_dead_engine_needs_nobody_and_the_next_one_starts_halted(desk: RunningDaemon) -> None:
    desk.start()
    held = trade(desk, "a")
    desk.kill()
    killed = kill(desk, "--exits-off", "--reason", "gone")
    assert (killed["engine"], killed["verified"], killed["stops_running"]) == ("not running", True, False)
    assert [row["ticker"] for row in killed["positions"]] == [held]
    assert orders_at_the_exchange(desk) == ["a-out"], "a person's own way out is no plan's"

    desk.start()
    desk.until(lambda: desk.money().mode == "HALTED", "no halt")
    status = desk.sparko("status")
    assert status["mode"] == "HALTED"
    money = desk.money()
    assert (money.halt_id, money.exits_off.endswith("gone")) == (killed["halt_id"], True)
    denied = desk.sparko("order", held, "--side", "yes", "--count", "1", "--price", "20", code=1)
    assert denied["deny_code"] == "ENTRIES_OFF"
    desk.until(lambda: resting(desk.money()) == ["a-out"], "entries rest")
    assert desk.wrong() == []


def test_a_kill_from_a_console_lies_in_the_home_too(desk: RunningDaemon) -> None:
    desk.start()
    trade(desk, "a")

    async def killed() -> str:
        async with client_of(desk.home) as client:
            return (await client.command(Kill(reason="K"), command_id="k-1")).text

    assert asyncio.run(killed()).startswith("HALTED: canceling 3 orders; 1 positions, exits by plan are ON")
    desk.until((desk.home / "HALT").exists, "no file")
    desk.until(lambda: orders_at_the_exchange(desk) == ["a-out"], "entries rest")
