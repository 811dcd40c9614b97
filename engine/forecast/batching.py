"""Requests of one series to a thousand become full batches of one shape, computed one at a time in a thread.

Rows wait in the queue of their bucket (context length). An idle model waits two milliseconds for company; a
busy one needs no waiting, as rows gather while it computes. The oldest request's bucket goes first.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from engine.domain.forecast import DECILES
from engine.forecast.errors import Busy, TooLate
from engine.forecast.metrics import Metrics
from engine.forecast.model import Model
from engine.forecast.series import Ints, Prepared
from engine.forecast.units import Floats

Rows = TypeVar("Rows", Floats, Ints)
COMPANY_S = 0.002
MOST_WAITING = 20_000
"""Series. At TimesFM's rate on two CPU cores that is far beyond any deadline; on a GPU, a blink."""


@dataclass(eq=False)
class _Job:
    """One request, whole when ``missing`` is 0; its rows land in ``out`` (rows, horizon, 9)."""

    out: Floats
    missing: int
    horizon: int
    deadline: float
    done: asyncio.Future[Floats]

    def is_dead(self, now: float) -> bool:
        """Its caller left, or it is too late for it."""
        return self.done.done() or now > self.deadline


@dataclass(eq=False)
class _Piece:
    """Rows of one request that share a bucket; ``place`` is where in the request's answer they go."""

    job: _Job
    values: Floats
    lengths: Ints
    place: Ints | slice


@dataclass(eq=False)
class Batcher:
    """Owns the model: nothing else calls it. ``now`` is the loop's time unless a test has its own."""

    model: Model
    metrics: Metrics = field(default_factory=Metrics)
    most_waiting: int = MOST_WAITING
    company_s: float = COMPANY_S
    now: Callable[[], float] | None = None

    def __post_init__(self) -> None:
        self._queues: dict[int, deque[_Piece]] = {bucket: deque() for bucket in self.model.buckets}
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._runner: asyncio.Task[None] | None = None
        self.waiting = 0
        self.is_warm = False
        """Whether every shape has been computed once."""

    def start(self) -> None:
        self._runner = asyncio.create_task(self._run(), name="batches")

    async def stop(self) -> None:
        """What waits is canceled; a batch that is computing is left to end."""
        if self._runner is not None:
            self._runner.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._runner
        for queue in self._queues.values():
            for piece in queue:
                piece.job.done.cancel()
            queue.clear()
        self.waiting = 0
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def forecast(self, prepared: Prepared, horizon: int, within_s: float) -> Floats:
        """Deciles (rows, horizon, 9) in the model's space, in the order of ``prepared``.

        Raises Busy, TooLate, and what the model raises.
        """
        rows = len(prepared.values)
        out = np.empty((rows, horizon, len(DECILES)), dtype=np.float32)
        if rows == 0:
            return out
        if self.waiting + rows > self.most_waiting:
            raise Busy(self.waiting, self.most_waiting, self._retry_s())
        loop = asyncio.get_running_loop()
        job = _Job(out, rows, horizon, self._time() + within_s, loop.create_future())
        self._enqueue(job, prepared)
        try:
            async with asyncio.timeout(within_s):
                return await job.done
        except TimeoutError:
            raise TooLate(round(within_s * 1000)) from None

    def _enqueue(self, job: _Job, prepared: Prepared) -> None:
        chosen = np.searchsorted(self.model.buckets, prepared.lengths)
        for number, bucket in enumerate(self.model.buckets):
            rows = np.flatnonzero(chosen == number)
            for start in range(0, len(rows), self.model.batch):
                part = _span(rows[start : start + self.model.batch])
                piece = _Piece(job, prepared.values[part, -bucket:], prepared.lengths[part], part)
                self._queues[bucket].append(piece)
                self.waiting += len(piece.values)
        self._arrived.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if not self.waiting:
                self._arrived.clear()
                await self._arrived.wait()
                if self.waiting < self.model.batch:
                    await asyncio.sleep(self.company_s)
            pieces = self._take()
            if not pieces:
                continue
            await self._compute(loop, pieces)

    async def _compute(self, loop: asyncio.AbstractEventLoop, pieces: list[_Piece]) -> None:
        values = _stacked([piece.values for piece in pieces])
        lengths = _stacked([piece.lengths for piece in pieces])
        horizon = max(piece.job.horizon for piece in pieces)
        began = self._time()
        try:
            deciles = await loop.run_in_executor(self._thread, self.model.forecast, values, lengths, horizon)
            self.metrics.batch(len(values), self.model.batch, self._time() - began)
            _hand_out(pieces, deciles)
        except Exception as error:  # The model's own failure is the answer of everyone in the batch.
            self.metrics.failed(len(values))
            for piece in pieces:
                if not piece.job.done.done():
                    piece.job.done.set_exception(error)

    def _take(self) -> list[_Piece]:
        """Whole pieces of the bucket whose head waits longest, up to a batch; the dead are dropped."""
        now = self._time()
        for queue in self._queues.values():
            while queue and queue[0].job.is_dead(now):
                self.waiting -= len(queue.popleft().values)
        heads = [queue for queue in self._queues.values() if queue]
        if not heads:
            return []
        queue = min(heads, key=lambda one: one[0].job.deadline)
        taken: list[_Piece] = []
        rows = 0
        while queue and (not taken or rows + len(queue[0].values) <= self.model.batch):
            piece = queue.popleft()
            self.waiting -= len(piece.values)
            if not piece.job.is_dead(now):
                taken.append(piece)
                rows += len(piece.values)
        return taken

    def _retry_s(self) -> int:
        rate = self.metrics.series_a_second()
        return max(1, min(60, round(self.waiting / rate))) if rate else 1

    def _time(self) -> float:
        return self.now() if self.now is not None else asyncio.get_running_loop().time()


def _hand_out(pieces: list[_Piece], deciles: Floats) -> None:
    row = 0
    for piece in pieces:
        job, rows = piece.job, len(piece.values)
        job.out[piece.place] = deciles[row : row + rows, : job.horizon]
        row += rows
        job.missing -= rows
        if job.missing == 0 and not job.done.done():
            job.done.set_result(job.out)


def _span(rows: Ints) -> Ints | slice:
    """Rows that follow each other as a slice: what it cuts out is looked at where it lies."""
    first, last = int(rows[0]), int(rows[-1])
    return slice(first, last + 1) if last - first + 1 == len(rows) else rows


def _stacked(parts: list[Rows]) -> Rows:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
