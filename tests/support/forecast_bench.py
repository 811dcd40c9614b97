"""A forecast server in the test's own loop, reached over real HTTP on a free port of loopback."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

import httpx
import numpy as np

from engine.domain.forecast import ForecastSource
from engine.forecast.app import Limits
from engine.forecast.baselines import EwmaWalk
from engine.forecast.serving import ForecastServer, Listening, Ready, bound


@contextlib.asynccontextmanager
async def running(model=None, token=None, limits=None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that answers and is warm; its ``base_url`` is the server's."""
    listening = Listening(port=0, token=token, limits=limits or Limits())
    listener = bound(listening)
    ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
    server = ForecastServer(model or EwmaWalk(), listening, ready.set_result)
    serving = asyncio.create_task(server.run_on(listener))
    await asyncio.wait([ready, serving], return_when=asyncio.FIRST_COMPLETED)
    try:
        async with httpx.AsyncClient(base_url=(await ready).url, trust_env=False, timeout=300) as client:
            yield client
    finally:
        server.stop()
        await serving


class GatedModel(EwmaWalk):
    """A baseline that computes when it is let, and notes the size of each batch. For tests of batching."""

    name = "gated"
    batch = 32
    buckets = (128, 512)

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self._entered = threading.Semaphore(0)
        self.sizes: list[tuple[int, int]] = []

    async def entered_once(self) -> None:
        """Returns when one more batch has begun."""
        assert await asyncio.to_thread(self._entered.acquire, timeout=20)

    async def warm(self) -> None:
        """Returns when the server's own first forecasts, one a bucket, have begun."""
        for _ in self.buckets:
            await self.entered_once()

    def forecast(self, values, lengths, horizon):
        self._entered.release()
        assert self.gate.wait(20)
        self.sizes.append(values.shape)
        return super().forecast(values, lengths, horizon)


class FaultyModel(EwmaWalk):
    """Answers no numbers for rows whose last value is over a limit; fails at a row far beyond it."""

    def forecast(self, values, lengths, horizon):
        found = super().forecast(values, lengths, horizon)
        found[values[:, -1] > 1000] = np.nan
        if (values[:, -1] > 1e6).any():
            raise RuntimeError("the device is gone")
        return found


class NamedModel(EwmaWalk):
    """Says that it has weights, as a learned model does."""

    @property
    def source(self) -> ForecastSource:
        return ForecastSource("timesfm-2.5-200m", False, "ab" * 32, True)
