"""TimesFM 2.5 as the server's model: numpy in, deciles out, in the thread that owns the device."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np

from engine.domain.forecast import ForecastSource
from engine.forecast.series import SHORTEST, Ints
from engine.forecast.units import Floats

CPU_BATCH = 32
"""Two CPU cores are at their best from 32 rows on; more only delays the first answer."""
GPU_BATCH = 512


class TimesFm:
    """``device`` is ``cpu`` or ``cuda:0``; on the GPU matrices are multiplied in bfloat16."""

    shortest = SHORTEST

    def __init__(self, library: Any, source: ForecastSource, device: str, buckets: tuple[int, ...]) -> None:
        import torch

        from engine.forecast.timesfm_path import LastPatchPath

        self.library = library
        """The library's own model: what our path must equal."""
        self.source = source
        self.device = device
        self.buckets = buckets
        self._on_gpu = device != "cpu"
        self.batch = GPU_BATCH if self._on_gpu else CPU_BATCH
        if self._on_gpu:
            torch.set_float32_matmul_precision("high")
        self._torch = torch
        self._path = LastPatchPath(library.model)

    def forecast(self, values: Floats, lengths: Ints, horizon: int) -> Floats:
        """See :class:`engine.forecast.model.Model`; any width that is a multiple of 32."""
        torch = self._torch
        width = values.shape[1]
        with torch.inference_mode(), self._precision():
            rows = torch.from_numpy(np.ascontiguousarray(values)).to(self.device)
            starts = torch.from_numpy(width - lengths).to(self.device)
            deciles: Floats = self._path.deciles(rows, starts, horizon).float().cpu().numpy()
        return deciles

    def _precision(self) -> Any:
        if not self._on_gpu:
            return nullcontext()
        return self._torch.autocast("cuda", dtype=self._torch.bfloat16)
