"""What only a GPU can show: our path there against the library's, and a recorded pass against the eager one.

Skipped where there is no CUDA, which is where all of this was written: none of it has been run yet.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from forecast_bench import running
from small_timesfm import FULL, SMALL, save_random

pytest.importorskip("torch")

import torch
from timesfm_oracle import excess, librarys, ours, walks

from engine.domain.forecast import ForecastSource
from engine.forecast.series import prepare
from engine.forecast.timesfm_loading import load, loaded_library
from engine.forecast.timesfm_model import GpuSteps, TimesFm
from engine.forecast.timesfm_shapes import SIZES
from engine.forecast.units import Unit

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device here"),
]
EXACT = GpuSteps(half=False, shapes=False, graphs=False, pinned=False)
STEP_BY_STEP = GpuSteps(graphs=False)
CONTEXTS = (128, 256)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_random(tmp_path_factory.mktemp("small"), SMALL)


def _model(folder: Path, steps: GpuSteps | None = None) -> TimesFm:
    library = loaded_library(folder, "cuda:0")
    return TimesFm(library, ForecastSource("test", False), "cuda:0", CONTEXTS, steps)


def _asked(count: int, context: int, seed: int = 3):
    return prepare(walks(count, seed), Unit.PLAIN, context)


def _away(found: np.ndarray, expected: np.ndarray, series) -> np.ndarray:
    """In deviations of each series."""
    return np.abs(found - expected) / np.array([one.std() for one in series])[:, None, None]


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("horizon", [1, 6, 128])
def test_in_float32_it_equals_the_library_to_a_ten_thousandth(
    small: Path, context: int, horizon: int
) -> None:
    series, model = walks(24), _model(small, EXACT)
    expected = librarys(model.library, series, horizon, context)
    assert excess(ours(model, series, horizon, context), expected, series) < 1.0


@pytest.mark.slow
def test_the_full_network_in_float32_equals_the_library(tmp_path: Path) -> None:
    series, model = walks(24), _model(save_random(tmp_path, FULL), EXACT)
    expected = librarys(model.library, series, 6, 256)
    assert excess(ours(model, series, 6, 256), expected, series) < 1.0


@pytest.mark.slow
def test_the_full_network_in_bfloat16_stays_near_the_library(tmp_path: Path) -> None:
    """Random weights amplify rounding more than trained ones: a few hundredths of a deviation."""
    series, model = walks(24), _model(save_random(tmp_path, FULL))
    found = ours(model, series, 6, 256)
    assert model.notes == ()
    away = _away(found, librarys(model.library, series, 6, 256), series)
    assert float(away.mean()) < 0.1 and float(away.max()) < 0.5
    assert (np.diff(found, axis=-1) >= 0).all()


@pytest.mark.parametrize("context", CONTEXTS)
def test_every_shapes_graph_is_taken_and_gives_what_the_pass_without_it_gives(
    small: Path, context: int
) -> None:
    recorded, eager = _model(small), _model(small, STEP_BY_STEP)
    for size in SIZES:
        for count in (size, size - 3):
            asked = _asked(count, context, seed=size)
            found = recorded.forecast(asked.values, asked.lengths, 6)
            expected = eager.forecast(asked.values, asked.lengths, 6)
            np.testing.assert_allclose(found, expected, rtol=0.01, atol=0.01)
    assert recorded.notes == ()


def test_shapes_in_turn_do_not_disturb_each_other(small: Path) -> None:
    """All graphs share their memory: a replay after others answers as it did before them."""
    model = _model(small)
    asked = {(size, context): _asked(size, context) for size in SIZES for context in CONTEXTS}
    first = {key: model.forecast(one.values, one.lengths, 128) for key, one in asked.items()}
    for key in [*reversed(asked), *asked]:
        one = asked[key]
        np.testing.assert_array_equal(model.forecast(one.values, one.lengths, 128), first[key])


def test_a_pass_that_waits_for_the_device_cannot_be_recorded_and_is_computed_all_the_same(
    small: Path,
) -> None:
    """A real failure of a capture: the next shapes are recorded, and the thread is back on its stream."""
    model = _model(small)
    shaped = model._shaped
    assert shaped is not None
    path, waits = shaped._path, True

    class Waiting:
        def deciles(self, values, starts, horizon):
            if waits:
                float(values.sum())
            return path.deciles(values, starts, horizon)

    shaped._path = Waiting()
    before = torch.cuda.current_stream()
    asked, more = _asked(16, 128), _asked(17, 128)
    found = model.forecast(asked.values, asked.lengths, 6)
    waits = False
    model.forecast(more.values, more.lengths, 6)
    assert torch.cuda.current_stream() == before
    assert len(model.notes) == 1 and model.notes[0].startswith("context 128, 16 rows: ")
    expected = _model(small, STEP_BY_STEP).forecast(asked.values, asked.lengths, 6)
    np.testing.assert_allclose(found, expected, rtol=0.01, atol=0.01)


async def test_a_server_on_the_gpu_says_so_and_has_a_graph_for_every_shape(small: Path) -> None:
    model, _ = load(small, True, "cuda", 256)
    async with running(model) as client:
        body = {"contexts": [one.tolist() for one in walks(20)], "horizon": 6}
        answer = (await client.post("/forecast", json=body)).json()
        health = (await client.get("/health")).json()
    assert answer["statuses"] == ["ok"] * 20
    assert (health["device"], health["notes"]) == ("cuda:0", [])
