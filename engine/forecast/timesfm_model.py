"""TimesFM 2.5 as the server's model: numpy in, deciles out, in the thread that owns the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.domain.forecast import ForecastSource
from engine.forecast.series import SHORTEST, Ints
from engine.forecast.units import Floats

if TYPE_CHECKING:
    from engine.forecast.timesfm_shapes import ShapedPath

CPU_BATCH = 32
"""Two CPU cores are at their best from 32 rows on; more only delays the first answer."""
GPU_BATCH = 512
NO_HALF = "this GPU has no bfloat16: matrices are multiplied in float32"


@dataclass(frozen=True)
class GpuSteps:
    """What a GPU is made faster by, each on top of the one before it; the CPU's path has none of it.

    ``half`` multiplies matrices in bfloat16, ``shapes`` fills batches up to a few sizes, ``graphs`` replays
    each as one graph, ``pinned`` copies from and to page-locked memory.
    """

    half: bool = True
    shapes: bool = True
    graphs: bool = True
    pinned: bool = True


class TimesFm:
    """``device`` is ``cpu`` or ``cuda:0``."""

    shortest = SHORTEST

    def __init__(
        self,
        library: Any,
        source: ForecastSource,
        device: str,
        buckets: tuple[int, ...],
        steps: GpuSteps | None = None,
    ) -> None:
        import torch

        from engine.forecast.timesfm_path import LastPatchPath

        self.library = library
        """The library's own model: what our path must equal."""
        self.source = source
        self.device = device
        self.buckets = buckets
        on_gpu = device != "cpu"
        steps = steps or GpuSteps()
        self.batch = GPU_BATCH if on_gpu else CPU_BATCH
        self._lacks: tuple[str, ...] = ()
        half = False
        if on_gpu:
            half, self._lacks = precision_of(steps)
        self._torch = torch
        self._path = LastPatchPath(library.model, half)
        self._shaped = _shaped(self._path, device, steps) if on_gpu and steps.shapes else None

    @property
    def notes(self) -> tuple[str, ...]:
        return self._lacks + (self._shaped.notes if self._shaped is not None else ())

    @property
    def warm_sizes(self) -> tuple[int, ...]:
        return self._shaped.sizes if self._shaped is not None else (1,)

    def forecast(self, values: Floats, lengths: Ints, horizon: int) -> Floats:
        """See :class:`engine.forecast.model.Model`; any width that is a multiple of 32."""
        if self._shaped is not None:
            return self._shaped.forecast(values, lengths, horizon)
        torch = self._torch
        width = values.shape[1]
        with torch.inference_mode():
            rows = torch.from_numpy(np.ascontiguousarray(values)).to(self.device)
            starts = torch.from_numpy(width - lengths).to(self.device)
            deciles: Floats = self._path.deciles(rows, starts, horizon).cpu().numpy()
        return deciles


def precision_of(steps: GpuSteps) -> tuple[bool, tuple[str, ...]]:
    """Whether matrices are multiplied in bfloat16, and what is to be told of it."""
    import torch

    half = steps.half and bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # What stays in float32, the heads, is multiplied with ten bits of it beside bfloat16's seven.
    torch.set_float32_matmul_precision("high" if half else "highest")
    if half or not steps.half:
        return half, ()
    return False, (NO_HALF,)


def _shaped(path: Any, device: str, steps: GpuSteps) -> ShapedPath:
    from engine.forecast.timesfm_graphs import CudaCaptures
    from engine.forecast.timesfm_shapes import ShapedPath

    captures = CudaCaptures(device) if steps.graphs else None
    return ShapedPath(path, device, captures, steps.pinned)
