"""One order into each fault of the exchange: how many orders are there in the end, by pykalshi 2.0.0 and by
us.

    python -m pytest tests/benchmarks/test_faults_peer.py -s -o addopts=--import-mode=importlib

prints the table. pykalshi is asked once for each order, as its users do: with what it does by itself, and
with a client order id of the caller's. It may raise; what counts is what the exchange holds.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fault_bench import OPTIONS, FaultBench
from fault_cases import ORDERS, REST_EFFECTS
from pykalshi import KalshiClient
from pykalshi.exceptions import KalshiError
from running_sandbox import RunningSandbox, sandbox_in

from engine.domain.command import CancelAll, PlaceOrder
from engine.domain.order import Leg

TIME_OUT_S = 1.0
DOUBLING = ("accept_then_stall", "accept_then_503")
FAULTS = tuple(effect for effect in REST_EFFECTS if not effect.startswith("delay"))


@pytest.fixture
async def ours(tmp_path: Path) -> AsyncIterator[FaultBench]:
    with sandbox_in(tmp_path / "ours", *OPTIONS) as sandbox:
        made = FaultBench(sandbox, tmp_path)
        await made.live.start()
        yield made
        await made.live.stop()


@pytest.fixture
def peers(tmp_path: Path) -> Iterator[RunningSandbox]:
    """The same world on its own."""
    with sandbox_in(tmp_path / "peers", *OPTIONS) as sandbox:
        yield sandbox


@pytest.fixture
def theirs(peers: RunningSandbox) -> Iterator[KalshiClient]:
    with KalshiClient(
        api_key_id=peers.key_id,
        private_key_path=peers.private_key_path,
        api_base=peers.rest,
        timeout=TIME_OUT_S,
    ) as client:
        yield client


async def test_orders_at_the_exchange_for_one_intent(
    ours: FaultBench, peers: RunningSandbox, theirs: KalshiClient
) -> None:
    (ticker,) = await ours.markets(1)
    print(
        f"\norders at the exchange for one intent\n{'fault':<22}{'pykalshi':>10}{'with an id':>12}{'ours':>6}"
    )
    found: dict[str, tuple[int, int, int]] = {}
    for effect in FAULTS:
        plain = await asyncio.to_thread(of_peer, peers, theirs, ticker, effect, None)
        named = await asyncio.to_thread(of_peer, peers, theirs, ticker, effect, str(uuid.uuid4()))
        own = await of_ours(ours, ticker, effect)
        found[effect] = (plain, named, own)
        print(f"{effect:<22}{plain:>10}{named:>12}{own:>6}")
    assert max(own for _, _, own in found.values()) == 1
    assert [effect for effect in FAULTS if found[effect][0] > 1] == list(DOUBLING)


def of_peer(sandbox: RunningSandbox, client: KalshiClient, ticker: str, effect: str, name: str | None) -> int:
    before = there(sandbox)
    sandbox.side_door("POST", "faults", rules=[rule(effect)])
    try:
        client.portfolio.place_order(
            ticker, book_side="bid", count_fp="1.00", price_dollars="0.0100", client_order_id=name
        )
    except (KalshiError, httpx.HTTPError, ValueError, KeyError) as error:
        print(f"  pykalshi raises {type(error).__name__}")
    sandbox.side_door("DELETE", "faults")
    return there(sandbox) - before


async def of_ours(bench: FaultBench, ticker: str, effect: str) -> int:
    before = await asyncio.to_thread(there, bench.sandbox)
    await bench.rules(rule(effect))
    order = PlaceOrder(str(uuid.uuid4()), ticker, Leg.YES, True, 100, 100, again=True, far=True)
    await bench.live.ask(order)
    await bench.rules()
    await bench.settled()
    made = await asyncio.to_thread(there, bench.sandbox) - before
    await bench.live.ask(CancelAll())
    return made


def rule(effect: str) -> dict[str, object]:
    return {"effect": effect, "method": "POST", "path": ORDERS, "times": 1}


def there(sandbox: RunningSandbox) -> int:
    """How many orders the exchange ever took."""
    orders = sandbox.side_door("GET", "orders")["orders"]
    assert isinstance(orders, list)
    return len(orders)
