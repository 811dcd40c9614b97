"""The network's thousand small steps as one graph of CUDA, which starts them all with one call.

A pass over a small batch is over sooner than its steps are started one by one. A graph is recorded once a
shape and replayed for each batch of that shape. It is trusted only after it gave, for other numbers than it
was recorded with, what the pass without it gives; where it does not, or cannot be recorded, that shape is
computed without one, and its ``problem`` says why. Source of the steps of a capture: "CUDA semantics, CUDA
Graphs", https://docs.pytorch.org/docs/stable/notes/cuda.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch

from engine.forecast.model import LONGEST_HORIZON
from engine.forecast.series import SHORTEST, Ints
from engine.forecast.timesfm_staging import Staging
from engine.forecast.units import Floats

WARM_UPS = 3
"""Passes before a capture: what is set up at the first call must not be recorded."""
AGREES_WITHIN = 0.01
"""Of the unit that trial rows vary by. The same steps at the same shape differ by rounding at most; bfloat16
has eight bits, and an order of summing that differs moves the last one."""


class Replay(Protocol):
    def replay(self) -> None: ...


class Captures(Protocol):
    def capture(self, work: Callable[[], None]) -> Replay:
        """What does the same as ``work`` on the same buffers. Raises RuntimeError."""
        ...


class CudaCaptures:
    """All graphs share one pool of memory and the stream they are recorded on: they are replayed one at a
    time, and what one leaves is copied out of the pool before the next one runs."""

    def __init__(self, device: str) -> None:
        self._device = torch.device(device)
        self._begin_anew()

    def capture(self, work: Callable[[], None]) -> Replay:
        current = torch.cuda.current_stream(self._device)
        graph = torch.cuda.CUDAGraph()
        try:
            self._warm_up(work, current)
            with torch.cuda.graph(
                graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"
            ):
                work()
        except RuntimeError:
            # What a broken capture leaves behind is used by none after it; torch stays on its stream.
            torch.cuda.set_stream(current)
            self._begin_anew()
            raise
        current.wait_stream(self._stream)
        found: Replay = graph
        return found

    def _warm_up(self, work: Callable[[], None], current: Any) -> None:
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            for _ in range(WARM_UPS):
                work()
        self._stream.synchronize()

    def _begin_anew(self) -> None:
        self._stream = torch.cuda.Stream(self._device)
        self._pool = torch.cuda.graph_pool_handle()


class Lane:
    """One shape's buffers and the way it is computed: by its graph, or step by step."""

    def __init__(self, staging: Staging, work: Callable[[], None], captures: Captures | None) -> None:
        """``work`` computes ``staging.deciles`` from its other buffers. Without ``captures``, no graph."""
        self._staging, self._work = staging, work
        self._graph: Replay | None = None
        self.problem = ""
        """Why it has no graph although it should; empty where it has one, or none was wanted."""
        if captures is not None:
            self._graph = self._captured(captures)

    @property
    def label(self) -> str:
        return self._staging.label

    def deciles(self, values: Floats, lengths: Ints, horizon: int) -> Floats:
        """See :class:`engine.forecast.model.Model`; at most the rows of the shape."""
        self._staging.upload(values, lengths)
        if self._graph is None:
            self._work()
        else:
            self._graph.replay()
        return self._staging.download(len(values), horizon)

    def _captured(self, captures: Captures) -> Replay | None:
        try:
            self._staging.upload(*_trial(self._staging, 0))
            graph = captures.capture(self._work)
            difference = self._difference(graph)
        except RuntimeError as error:
            self.problem = _first_line(error)
            return None
        if difference <= AGREES_WITHIN:
            return graph
        self.problem = f"its replay was off by {difference:.2g} of a deviation, over {AGREES_WITHIN:g}"
        return None

    def _difference(self, graph: Replay) -> float:
        """The furthest that the graph is from the pass without it; infinite where only one has a number."""
        staging = self._staging
        staging.upload(*_trial(staging, 1))
        self._work()
        expected = staging.download(staging.rows, LONGEST_HORIZON)
        # What a replay that does nothing would leave must not look like its answer.
        staging.deciles.fill_(float("nan"))
        graph.replay()
        found = staging.download(staging.rows, LONGEST_HORIZON)
        differs = np.where(np.isnan(found) & np.isnan(expected), 0.0, np.abs(found - expected))
        return float(np.nan_to_num(differs, nan=np.inf).max())


def _trial(staging: Staging, seed: int) -> tuple[Floats, Ints]:
    """Walks of many lengths, each with a deviation of about one, for a whole batch."""
    draw = np.random.default_rng(seed)
    walks = draw.normal(size=(staging.rows, staging.context)).cumsum(axis=1)
    lengths = draw.integers(SHORTEST, staging.context, size=staging.rows, endpoint=True)
    walks = (walks - walks.mean(axis=1, keepdims=True)) / walks.std(axis=1, keepdims=True)
    walks[np.arange(staging.context) < (staging.context - lengths)[:, None]] = 0.0
    return walks.astype(np.float32), lengths


def _first_line(error: RuntimeError) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
