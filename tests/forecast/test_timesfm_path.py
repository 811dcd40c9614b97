"""Our path over the library's weights gives what the library's own ``forecast()`` gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_timesfm import FULL, SMALL, save_random

from engine.forecast.series import prepare
from engine.forecast.timesfm_loading import load
from engine.forecast.units import Unit

pytestmark = pytest.mark.model


def _walks(count: int, seed: int = 3) -> list[np.ndarray]:
    """Walks of many lengths, levels and sizes, shorter and longer than a patch and than the context."""
    draw = np.random.default_rng(seed)
    lengths = [3, 31, 32, 33, 64, 100, 127, 128, 129, 200, 255, 300]
    return [
        (draw.normal(size=lengths[i % len(lengths)]).cumsum() * 10.0 ** (i % 4 - 1) + 50 * (i % 3)).astype(
            np.float32
        )
        for i in range(count)
    ]


def _librarys(library, series, horizon: int, context: int) -> np.ndarray:
    from timesfm import ForecastConfig

    library.compile(
        ForecastConfig(
            max_context=context,
            max_horizon=128,
            per_core_batch_size=len(series),
            use_continuous_quantile_head=True,
            force_flip_invariance=False,
            infer_is_positive=False,
            fix_quantile_crossing=True,
        )
    )
    return library.forecast(horizon, list(series))[1][:, :, 1:]


def _ours(model, series, horizon: int, context: int) -> np.ndarray:
    prepared = prepare(series, Unit.PLAIN, context)
    assert len(prepared.index) == len(series)
    return model.forecast(prepared.values, prepared.lengths, horizon)


def _excess(ours: np.ndarray, librarys: np.ndarray, series) -> float:
    """The largest difference in shares of what is allowed: 1e-4 of a series' deviation, and what float32
    leaves of numbers of its size (the library's own running mean is float32)."""
    allowed = np.array([1e-4 * float(one.std()) + 2e-6 * float(np.abs(one).max()) for one in series])
    return float((np.abs(ours - librarys) / allowed[:, None, None]).max())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_random(tmp_path_factory.mktemp("small"), SMALL)


@pytest.mark.parametrize("context", [32, 128, 256, 512])
@pytest.mark.parametrize("horizon", [1, 6, 128])
def test_equals_the_library(small: Path, context: int, horizon: int) -> None:
    series = _walks(24)
    model, _ = load(small, True, "cpu", context)
    librarys = _librarys(model.library, series, horizon, context)
    assert _excess(_ours(model, series, horizon, context), librarys, series) < 1.0


def test_layers_and_positions_matter_with_these_weights(small: Path) -> None:
    """What would let a broken attention pass: outputs that do not depend on the patches before."""
    model, _ = load(small, True, "cpu", 128)
    draw = np.random.default_rng(1)
    tail = draw.normal(size=32)
    first = np.concatenate([draw.normal(size=96), tail]).astype(np.float32)
    swapped = np.concatenate([first[32:64], first[:32], first[64:]])
    found = _ours(model, [first, swapped], 6, 128)
    assert float(np.abs(found[0] - found[1]).max()) > 1e-3


def test_deciles_do_not_cross_and_a_rows_answer_does_not_depend_on_its_company(small: Path) -> None:
    model, _ = load(small, True, "cpu", 128)
    series = _walks(12)
    together = _ours(model, series, 12, 128)
    assert (np.diff(together, axis=-1) >= 0).all()
    for i, one in enumerate(series):
        alone = _ours(model, [one], 12, 128)
        assert _excess(alone, together[i : i + 1], [one]) < 1.0


@pytest.mark.slow
def test_the_full_network_equals_the_library(tmp_path: Path) -> None:
    folder = save_random(tmp_path, FULL)
    model, notes = load(folder, True, "cpu", 128)
    assert model.source.model == "timesfm-2.5-200m"
    assert not model.source.is_pinned and "unpinned" in notes[0]
    series = _walks(8)
    librarys = _librarys(model.library, series, 6, 128)
    assert _excess(_ours(model, series, 6, 128), librarys, series) < 1.0
