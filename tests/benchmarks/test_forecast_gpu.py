"""What each step makes of a GPU: series a second at a context of 512, against what its matrices allow.

pytest tests/benchmarks/test_forecast_gpu.py -o addopts=--import-mode=importlib -p no:cacheprovider -s

Skipped without CUDA, where all of it was written: no number of this table has been measured yet. The limit
is arithmetic: 790 TFLOP/s, an H200's measured rate of bfloat16 products, over 6.4 GFLOP a series.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from small_timesfm import FULL, save_random

pytest.importorskip("torch")

import torch

from engine.domain.forecast import ForecastSource
from engine.forecast.timesfm_loading import loaded_library
from engine.forecast.timesfm_model import GpuSteps, TimesFm

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device here")
CONTEXT, HORIZON, ROUNDS = 512, 6, 20
BATCHES = (1, 16, 500, 512)
LIMIT_FLOPS = 790e12
FLOP_A_SERIES = 16 * 2 * (196.7e6 + 1.8e6) + 2 * 32.8e6
WANTED_OVER_DEFAULTS = 2.0
STEPS = {
    "our path, float32": GpuSteps(half=False, shapes=False, graphs=False, pinned=False),
    "+ bfloat16": GpuSteps(shapes=False, graphs=False, pinned=False),
    "+ fixed shapes": GpuSteps(graphs=False, pinned=False),
    "+ CUDA graphs": GpuSteps(pinned=False),
    "+ page-locked staging": GpuSteps(),
}


def _rows(count: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, CONTEXT)).cumsum(axis=1).astype(np.float32)


def _rate(count: int, work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Series a second of the fastest of some rounds, each over when its answer is in the host's memory."""
    for _ in range(3):
        work()
    spent = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return count / min(spent)


def _librarys(library, count: int, flips: bool) -> Callable[[], object]:
    from timesfm import ForecastConfig

    settings = {"max_context": CONTEXT, "max_horizon": 128, "per_core_batch_size": count}
    if not flips:
        settings |= {"force_flip_invariance": False, "use_continuous_quantile_head": True}
    series = list(_rows(count))

    def work() -> object:
        library.compile(ForecastConfig(**settings))
        return library.forecast(HORIZON, list(series))

    return work


def _ours(model: TimesFm, count: int) -> Callable[[], object]:
    rows, lengths = _rows(count), np.full(count, CONTEXT)
    return lambda: model.forecast(rows, lengths, HORIZON)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_random(tmp_path_factory.mktemp("full"), FULL)


def _measured(folder: Path) -> Iterator[tuple[str, list[float]]]:
    """Each step's name and its rates, one a batch size."""
    library = loaded_library(folder, "cuda:0")
    for name, flips in (("library's defaults", True), ("library, no flip", False)):
        yield name, [_rate(count, _librarys(library, count, flips), 5) for count in BATCHES]
    for name, steps in STEPS.items():
        model = TimesFm(library, ForecastSource("random", False), "cuda:0", (CONTEXT,), steps)
        yield name, [_rate(count, _ours(model, count)) for count in BATCHES]
        assert model.notes == (), "a shape without a graph is not what is measured here"


def test_what_each_step_gains(folder: Path) -> None:
    found = dict(_measured(folder))
    limit = LIMIT_FLOPS / FLOP_A_SERIES
    print(f"\n{torch.cuda.get_device_name(0)}, context {CONTEXT}: series a second by rows in a batch")
    print(f"{'':24}" + "".join(f"{count:>12}" for count in BATCHES) + f"{'gain':>8}{'of limit':>10}")
    before = None
    for name, rates in found.items():
        gain = "" if before is None else f"{rates[-1] / before:.2f}x"
        cells = "".join(f"{rate:12,.0f}" for rate in rates)
        print(f"{name:24}{cells}{gain:>8}{rates[-1] / limit:>10.1%}")
        before = rates[-1]
    print(f"limit at {LIMIT_FLOPS / 1e12:.0f} TFLOP/s: {limit:,.0f} series a second")
    rates = list(found.values())
    assert rates[-1][-1] / rates[0][-1] >= WANTED_OVER_DEFAULTS
