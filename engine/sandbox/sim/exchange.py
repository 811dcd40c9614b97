"""A sandbox exchange inside a simulation: started, killed at any instant, started again on the same store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp

from engine.sandbox.server.app import build_app
from engine.sandbox.server.opening import Plan, open_world
from engine.sandbox.server.store import Store
from engine.sandbox.server.world import TICK_S, World
from engine.sandbox.sim.clock import SimWall
from engine.sandbox.sim.process import outside


class ExchangeDown(RuntimeError):
    """The exchange's process is not running."""


class Held(Protocol):
    """Something that hangs on the exchange's process: a request on its way, an open stream."""

    def lose(self) -> None:
        """The process is gone."""
        ...


class SimExchange:
    """``tick_s`` is how often the world is brought to the present; a real server does it every 0.1 s.

    A real process ends between two steps of its loop at the earliest, since each step is synchronous and
    commits before it answers; so does :meth:`kill`. ``crashes`` collects what handlers raised.
    """

    def __init__(self, plan: Plan, store: Store, wall: SimWall, *, tick_s: float = TICK_S) -> None:
        self._plan = plan
        self._store = store
        self._tick_s = tick_s
        self._world: World | None = None
        self._app: ASGIApp | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._held: dict[Held, None] = {}
        self.wall = wall
        self.crashes: list[BaseException] = []
        self.on_start: Callable[[World], None] | None = None
        """Called with each newly opened world, before anybody may ask it."""

    @property
    def is_up(self) -> bool:
        return self._world is not None

    @property
    def world(self) -> World:
        """Raises ExchangeDown."""
        if self._world is None:
            raise ExchangeDown("the exchange is not running")
        return self._world

    @property
    def app(self) -> ASGIApp:
        """Raises ExchangeDown."""
        if self._app is None:
            raise ExchangeDown("the exchange is not running")
        return self._app

    def start(self) -> World:
        """Opens the world of the store, or a new one, and lets it run on the loop."""
        if self._world is not None:
            return self._world
        world = self._world = open_world(self._plan, self._store, self.wall)
        self._app = build_app(world)
        if self.on_start is not None:
            self.on_start(world)
        self._ticking = asyncio.get_running_loop().create_task(self._tick(world), context=outside())
        return world

    def kill(self) -> None:
        """Ends the process without a word: whoever waits for an answer loses the connection."""
        if self._ticking is not None:
            self._ticking.cancel()
        self._ticking = self._world = self._app = None
        held, self._held = self._held, {}
        for one in held:
            one.lose()

    def hold(self, one: Held) -> None:
        self._held[one] = None

    def release(self, one: Held) -> None:
        self._held.pop(one, None)

    async def _tick(self, world: World) -> None:
        while True:
            try:
                world.tick()
            except Exception as error:
                # A server whose world cannot go on ends too.
                self.crashes.append(error)
                self.kill()
                return
            await self.wall.sleep(self._tick_s)
