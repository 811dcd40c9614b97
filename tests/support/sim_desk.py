"""A simulated exchange with one funded customer, and the adapter's client and stream of that customer."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import httpx
from quick_key import QuickPrivateKey, take_quick_key
from sim_crowd import START_NS, Crowd, crowd_plan
from sim_store import SimStore

from engine.domain.feed import FeedEvent
from engine.domain.units import DOLLAR_UD
from engine.kalshi.client import KalshiClient
from engine.kalshi.clock import LoopClock
from engine.kalshi.credentials import Credentials
from engine.kalshi.hosts import Endpoint, Venue, endpoint_of
from engine.kalshi.settings import ClientSettings
from engine.kalshi.stream.feed import StreamFeed
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.stream.socket import SocketLost
from engine.sandbox.server.faults import FaultRule
from engine.sandbox.server.keys import KeyType
from engine.sandbox.server.opening import Plan
from engine.sandbox.server.world import World
from engine.sandbox.sim.clock import SimWall
from engine.sandbox.sim.delays import Delays
from engine.sandbox.sim.exchange import SimExchange
from engine.sandbox.sim.loop import running_loop
from engine.sandbox.sim.process import SimProcess
from engine.sandbox.sim.rest import SimTransport
from engine.sandbox.sim.stream import connector

ACCOUNT = "ann"
_SECRET = b"of the simulated customer"
CASH_UD = 10_000 * DOLLAR_UD
ENDPOINT: Endpoint = endpoint_of("http://127.0.0.1:1/trade-api/v2")


class SimDesk:
    """Made inside a simulation. ``chance`` gives everything that is random about the network."""

    def __init__(
        self,
        seed: int,
        *,
        plan: Plan | None = None,
        tick_s: float = 0.1,
        delays: Delays = Delays(),  # noqa: B008 - frozen
        clock: LoopClock | None = None,
    ) -> None:
        """``clock`` is the customer's own, where it may be wrong."""
        self.has_own_clock = clock is not None
        self.chance = Random(seed)
        self.delays = delays
        self.wall = SimWall(running_loop(), START_NS)
        self.clock = clock or LoopClock(START_NS)
        self.exchange = SimExchange(plan or crowd_plan(Crowd(seed)), SimStore(), self.wall, tick_s=tick_s)
        world = self.exchange.start()
        world.exchange.open_account(ACCOUNT, {0: CASH_UD, 2: CASH_UD})
        self._key_id = world.keys.create(ACCOUNT, key_type=KeyType.ED25519).record.key_id
        world.commit()
        key: Any = QuickPrivateKey(_SECRET)
        self.credentials = Credentials(self._key_id, key, Venue.SANDBOX)
        self.exchange.on_start = self._take_key
        self._take_key(world)

    def _take_key(self, world: World) -> None:
        """A started exchange has read the public half of a real key, of which nobody has the private one."""
        take_quick_key(world.keys, self._key_id, _SECRET)

    def fault(self, *rules: FaultRule) -> None:
        self.exchange.world.faults.set_rules(rules)

    def client(
        self,
        settings: ClientSettings | None = None,
        process: SimProcess | None = None,
        around: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] | None = None,
    ) -> KalshiClient:
        """``around`` may put something of its own between the client and the exchange."""
        transport = SimTransport(self.exchange, Random(self.chance.random()), self.delays, process)
        return KalshiClient(
            ENDPOINT,
            self.credentials,
            settings=settings,
            clock=self.clock,
            jitter=self.chance.random,
            http_transport=transport if around is None else around(transport),
        )

    def machine(self, sink: Callable[[FeedEvent], None], client: KalshiClient) -> StreamMachine:
        return StreamMachine(sink, self.clock.monotonic_ns, client.drift)

    def feed(self, machine: StreamMachine, client: KalshiClient) -> StreamFeed:
        signer = client.signer
        assert signer is not None
        connect: Any = connector(self.exchange, Random(self.chance.random()), SocketLost, self.delays)
        return StreamFeed(machine, ENDPOINT.ws_url, signer, self.clock, self.chance.random, connect=connect)
