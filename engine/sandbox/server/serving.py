"""uvicorn around the application: our protocols, a quiet log, an orderly end on SIGTERM and SIGINT."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator

import uvicorn

from engine.sandbox.server.app import build_app
from engine.sandbox.server.companion import Companion
from engine.sandbox.server.connection import CuttableProtocol
from engine.sandbox.server.date_header import DateHeader
from engine.sandbox.server.stream.protocol import UVICORN_OPTIONS
from engine.sandbox.server.tenancy import Tenancy
from engine.sandbox.server.world import World

SIGNALS = (signal.SIGTERM, signal.SIGINT)
GRACE_S = 1
KEEP_ALIVE_S = 75


class SandboxServer(uvicorn.Server):
    """A uvicorn server that says when it listens, and that ends by returning, whichever signal came."""

    def __init__(
        self,
        world: World,
        on_ready: Callable[[], None],
        tenancy: Tenancy | None = None,
        companion: Companion | None = None,
    ) -> None:
        """With a ``tenancy`` it also ends when that says so. A ``companion`` begins before the first client
        and ends with the last."""
        super().__init__(_config(world))
        self._companion = companion
        self._on_ready = on_ready
        self._world = world
        self._tenancy = tenancy
        world.stop = self.stop

    async def run_on(self, listener: socket.socket) -> None:
        """Serves the world on a bound socket until :meth:`stop` or a signal, then closes the world's store.

        Raises what ended the world's own running, a StoreError for instance.
        """
        world, companion = self._world, self._companion
        if companion is not None:
            await self._begin(companion)
        ticking = asyncio.create_task(world.run())
        ticking.add_done_callback(lambda _: self.stop())
        tasks = [ticking]
        if companion is not None:
            beside = asyncio.create_task(companion.run())
            beside.add_done_callback(lambda _: self.stop())
            tasks.append(beside)
        if self._tenancy is not None:
            tasks.append(asyncio.create_task(self._tenancy.watch(self.server_state, self._leave)))
        try:
            await self.serve([listener])
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            await world.hub.close()
            world.store.close()
        for failure in ended:
            if isinstance(failure, Exception):
                raise failure

    async def _begin(self, companion: Companion) -> None:
        """Raises CompanionFailed; the store is closed then, as nobody was served from it."""
        try:
            await companion.begin()
        except BaseException:
            self._world.store.close()
            raise
        self._world.tick()

    def _leave(self, reason: str) -> None:
        print(f"sandbox: ends: {reason}", file=sys.stderr, flush=True)
        self.stop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        """Ends gracefully; at once when asked a second time."""
        self.force_exit = self.should_exit
        self.should_exit = True


def _config(world: World) -> uvicorn.Config:
    return uvicorn.Config(
        DateHeader(build_app(world), wall=world.wall),
        http=CuttableProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        # The side door trusts the peer's address; a header must not be able to change it.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        **UVICORN_OPTIONS,
    )
