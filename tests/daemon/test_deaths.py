"""What comes back, and what ends, when a part is killed or told to end."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_client import client_of, lively_quotes
from running_daemon import LIVELY_WORLD, ROOT, RunningDaemon, is_exchange
from wide_limits import WIDE_LIMITS_TABLE

from console.starting import is_listening
from engine.control.client import ControlClient
from engine.domain.command import PlaceOrder
from engine.domain.order import Leg, OrderState, TimeInForce

CONFIG = f"{WIDE_LIMITS_TABLE}{LIVELY_WORLD}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDaemon]:
    """One home for all; every test leaves an engine running on it."""
    made = RunningDaemon(tmp_path_factory.mktemp("deaths") / "home", CONFIG)
    made.start()
    yield made
    made.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningDaemon]:
    made = RunningDaemon(tmp_path / "home", CONFIG)
    yield made
    made.close()


async def order(client: ControlClient, name: str, *, rests: bool) -> PlaceOrder:
    """Three contracts, to trade at once or to rest far from the market."""
    quote = (await lively_quotes(client, 1))[0]
    return PlaceOrder(
        name,
        quote.ticker,
        Leg.YES,
        buys=True,
        price_bp=100 if rests else (quote.ask_bp or 0) + 200,
        count_c=300,
        time_in_force=TimeInForce.GOOD_TILL_CANCELED if rests else TimeInForce.IMMEDIATE_OR_CANCEL,
        again=True,
        far=True,
    )


async def place(desk: RunningDaemon, name: str, *, rests: bool) -> OrderState:
    """The state of the order when it was answered."""
    async with client_of(desk.home) as client:
        answer = await client.command(await order(client, name, rests=rests))
    assert answer.order is not None, answer
    return answer.order.state


def test_an_exchange_that_is_killed_comes_back_as_it_was(desk: RunningDaemon) -> None:
    before = desk.endpoint
    killed = desk.kill_exchange()
    desk.until_exchange_is_back(killed)
    found = desk.endpoint
    assert (found.rest, found.world_id, found.key_id) == (before.rest, before.world_id, before.key_id)
    desk.until(lambda: f"the exchange is back (pid {found.pid})" in desk.events(), "no word of it")
    assert f"the exchange (pid {killed}) has died; it is started again" in desk.events()
    assert desk.side_door("GET", "world")["world_id"] == before.world_id


def test_the_next_engine_takes_over_the_exchange_that_runs(desk: RunningDaemon) -> None:
    before = desk.endpoint
    desk.kill()
    assert is_exchange(before.pid)
    desk.start()
    assert desk.endpoint == before
    assert desk.exchanges() == [before.pid]


def test_both_are_killed_and_the_world_is_the_same(desk: RunningDaemon) -> None:
    before = desk.endpoint
    desk.kill()
    killed = desk.kill_exchange()
    desk.start()
    found = desk.endpoint
    assert found.pid != killed
    assert (found.rest, found.world_id) == (before.rest, before.world_id)
    assert desk.sparko("status")["exchange"]["connected"]


def test_an_exchange_that_is_killed_after_an_engine_that_took_it_over(desk: RunningDaemon) -> None:
    """It is not that engine's child."""
    desk.kill()
    desk.start()
    world = desk.endpoint.world_id
    desk.until_exchange_is_back(desk.kill_exchange())
    assert desk.endpoint.world_id == world


def test_a_lost_terminal_ends_nothing(desk: RunningDaemon) -> None:
    os.kill(desk.pid, signal.SIGHUP)
    text = "the terminal is gone; the engine goes on: sparko stop ends it"
    desk.until(lambda: text in desk.events(), "no word of it")
    assert desk.sparko("status")["engine"]["pid"] == desk.pid
    assert text not in desk.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_orderly_end_cancels_what_rests_and_keeps_what_is_held(
    desk: RunningDaemon, number: signal.Signals
) -> None:
    exchange = desk.endpoint.pid
    bought, resting = f"bought-{number}", f"resting-{number}"
    assert asyncio.run(place(desk, bought, rests=False)) is OrderState.FILLED
    assert asyncio.run(place(desk, resting, rests=True)) is OrderState.RESTING
    held = desk.money().positions
    os.kill(desk.pid, number)
    assert desk.wait() == 0
    assert not is_exchange(exchange)
    assert not (desk.home / "engine.sock").exists()
    money = desk.money()
    assert money.orders[resting].state is OrderState.CANCELED
    assert money.positions == held
    desk.start()
    assert desk.wrong() == []


async def test_a_second_signal_ends_it_at_once_and_the_next_start_knows_the_order(
    desk: RunningDaemon,
) -> None:
    rule = {"method": "POST", "path": "/portfolio/events/orders", "effect": "accept_then_stall"}
    await asyncio.to_thread(desk.side_door, "POST", "faults", rules=[rule])
    exchange = desk.endpoint.pid
    async with client_of(desk.home) as client:
        # The stream tells of it, although the request is never answered.
        answer = await client.command(await order(client, "stalled", rests=True))
        # At once, since a graceful end is soon over, and of two kinds, since two of one may come as one.
        os.kill(desk.pid, signal.SIGTERM)
        os.kill(desk.pid, signal.SIGINT)
        assert await asyncio.to_thread(desk.wait) == 0
    events = desk.events()
    assert "engine ends: no more entries, working ones are canceled; a second signal ends it now" in events
    assert "engine ends now" in events
    assert events[-1] == "engine has ended"
    assert is_exchange(exchange)
    await asyncio.to_thread(desk.start)
    assert desk.endpoint.pid == exchange
    assert answer.order is not None
    assert desk.money().orders["stalled"].order_id == answer.order.order_id
    await asyncio.to_thread(desk.until, lambda: not desk.wrong(), "ledger and exchange differ")


def test_told_to_end_before_it_was_ready(own: RunningDaemon) -> None:
    own.begin()
    own.until(lambda: bool(own.exchanges()), "no exchange")
    os.kill(own.pid, signal.SIGTERM)
    assert own.wait() == 0
    assert own.exchanges() == []
    own.start()
    assert own.sparko("status")["venue"] == "sandbox"


def test_a_home_that_is_taken_away_ends_both(own: RunningDaemon) -> None:
    own.start()
    exchange = own.endpoint.pid
    moved = shutil.move(own.home, own.home.with_name("moved"))
    assert own.wait() == 1
    assert own.said.splitlines()[-1] == f"error: exchange: its folder {own.home / 'exchange'} is gone"
    assert not is_exchange(exchange)
    assert not (own.home / "exchange").exists()
    shutil.rmtree(own.home, ignore_errors=True)
    shutil.move(moved, own.home)


def test_another_world_in_place_of_the_bound_one_is_not_traded_at(own: RunningDaemon) -> None:
    own.start()
    before = own.endpoint
    for path in (own.home / "exchange").glob("exchange.sqlite*"):
        path.unlink()
    own.kill_exchange()
    assert own.wait() == 1
    last = own.said.splitlines()[-1]
    assert last.startswith("error: exchange: world ")
    assert last.endswith(f" came back, wanted {before.world_id}")
    assert own.exchanges() == []


STARTER = """
import signal, sys
from pathlib import Path
from console.starting import ensure_engine
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may ignore it
ensure_engine(Path(sys.argv[1]), "sandbox", None)
print("asked", flush=True)
input()
"""


def test_a_detached_engine_outlives_the_session_of_its_starter(own: RunningDaemon) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(own.home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    )
    with starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"asked\n"
        own.until_listening()
        os.killpg(starter.pid, signal.SIGHUP)
        assert starter.wait(20) == -signal.SIGHUP
    assert is_listening(own.home)
    assert own.sparko("stop")["stopped"]
    assert own.exchanges() == []
