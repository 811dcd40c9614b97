"""TimesFM at a few fixed shapes: rows are filled up to the next size, so that each shape is set up once."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Sequence

import torch

from engine.forecast.model import LONGEST_HORIZON
from engine.forecast.series import Ints
from engine.forecast.timesfm_graphs import Captures, Lane
from engine.forecast.timesfm_path import LastPatchPath
from engine.forecast.timesfm_staging import Staging
from engine.forecast.units import Floats

SIZES = (16, 64, 256, 512)
"""Rows. A request of one market costs sixteen, which on a GPU take no longer than one."""
_log = logging.getLogger("sparko.forecast")


def size_for(rows: int, sizes: Sequence[int]) -> int:
    """The smallest of ``sizes`` (ascending) that holds them. Raises ValueError where none does."""
    place = bisect_left(sizes, rows)
    if place == len(sizes):
        raise ValueError(f"{rows} rows: at most {sizes[-1]} in one batch")
    return sizes[place]


class ShapedPath:
    """Lanes by context and size, each made when it is first asked for. Used by one thread.

    ``captures`` records graphs; None computes step by step. ``pinned`` as in :class:`Staging`.
    """

    def __init__(
        self,
        path: LastPatchPath,
        device: str,
        captures: Captures | None,
        pinned: bool,
        sizes: Sequence[int] = SIZES,
    ) -> None:
        self._path, self._device, self._captures, self._pinned = path, device, captures, pinned
        self.sizes = tuple(sizes)
        self._lanes: dict[tuple[int, int], Lane] = {}
        self.notes: tuple[str, ...] = ()
        """The shapes that have no graph although they should, and why; replaced as a whole."""

    def forecast(self, values: Floats, lengths: Ints, horizon: int) -> Floats:
        """See :class:`engine.forecast.model.Model`. Raises ValueError for more rows than the largest size."""
        key = (values.shape[1], size_for(len(values), self.sizes))
        with torch.inference_mode():
            lane = self._lanes.get(key)
            if lane is None:
                lane = self._lanes[key] = self._made(*key)
            return lane.deciles(values, lengths, horizon)

    def _made(self, context: int, rows: int) -> Lane:
        staging = Staging(rows, context, self._device, self._pinned)

        def work() -> None:
            staging.deciles.copy_(self._path.deciles(staging.values, staging.starts, LONGEST_HORIZON))

        lane = Lane(staging, work, self._captures)
        if lane.problem:
            note = f"{lane.label}: computed without a CUDA graph: {lane.problem}"
            self.notes = (*self.notes, note)
            _log.warning(note)
        return lane
