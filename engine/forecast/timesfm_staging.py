"""The buffers of one fixed shape: what a batch is written into, computed from, and read out of.

A graph of CUDA reads and writes the same memory each time it runs, and a copy to or from a GPU goes without a
detour only where the host's side is page-locked. Such a copy goes on behind our back: the host's side is
touched again only when the last copy is known to be over.
"""

from __future__ import annotations

import numpy as np
import torch

from engine.domain.forecast import DECILES
from engine.forecast.model import LONGEST_HORIZON
from engine.forecast.series import Ints
from engine.forecast.units import Floats


class Staging:
    """``values`` (rows, context) and ``deciles`` (rows, 128, 9) float32, ``starts`` (rows,), on ``device``.

    ``pinned`` makes the host's side page-locked, which only a machine with CUDA can. Used by one thread.
    """

    def __init__(self, rows: int, context: int, device: str, pinned: bool) -> None:
        self.rows, self.context = rows, context
        longest = rows * LONGEST_HORIZON * len(DECILES)
        self._host_values = torch.zeros((rows, context), pin_memory=pinned)
        self._host_starts = torch.zeros(rows, dtype=torch.int64, pin_memory=pinned)
        self._host_deciles = torch.zeros(longest, pin_memory=pinned)
        self.values = torch.zeros((rows, context), device=device)
        self.starts = torch.zeros(rows, dtype=torch.int64, device=device)
        self.deciles = torch.zeros((rows, LONGEST_HORIZON, len(DECILES)), device=device)
        # Never recorded is over: the first write waits for nothing.
        self._over = None if device == "cpu" else torch.cuda.Event()

    def upload(self, values: Floats, lengths: Ints) -> None:
        """At most ``rows`` of them; rows that are left over are zeros, which are computed as any other."""
        count = len(values)
        self._wait()
        host, starts = self._host_values.numpy(), self._host_starts.numpy()
        host[:count], host[count:] = values, 0.0
        starts[:count], starts[count:] = self.context - lengths, 0
        self.values.copy_(self._host_values, non_blocking=True)
        self.starts.copy_(self._host_starts, non_blocking=True)
        self._mark()

    def download(self, count: int, horizon: int) -> Floats:
        """Deciles (count, horizon, 9) of the first rows once they are computed, in memory of their own."""
        part = self._host_deciles[: count * horizon * len(DECILES)].view(count, horizon, len(DECILES))
        self._wait()
        part.copy_(self.deciles[:count, :horizon], non_blocking=True)
        self._mark()
        self._wait()
        found: Floats = np.array(part.numpy())
        return found

    def _mark(self) -> None:
        if self._over is not None:
            self._over.record(torch.cuda.current_stream(self.values.device))

    def _wait(self) -> None:
        if self._over is not None:
            self._over.synchronize()

    @property
    def label(self) -> str:
        return f"context {self.context}, {self.rows} rows"
