"""The library's own ``forecast()`` as the oracle of our path over its weights."""

from __future__ import annotations

import numpy as np

from engine.forecast.series import prepare
from engine.forecast.units import Unit


def walks(count: int, seed: int = 3) -> list[np.ndarray]:
    """Walks of many lengths, levels and sizes, shorter and longer than a patch and than the context."""
    draw = np.random.default_rng(seed)
    lengths = [3, 31, 32, 33, 64, 100, 127, 128, 129, 200, 255, 300]
    return [
        (draw.normal(size=lengths[i % len(lengths)]).cumsum() * 10.0 ** (i % 4 - 1) + 50 * (i % 3)).astype(
            np.float32
        )
        for i in range(count)
    ]


def librarys(library, series, horizon: int, context: int) -> np.ndarray:
    """Deciles of the library's own ``forecast()``, which has no flip, no cut at zero and none that cross."""
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


def ours(model, series, horizon: int, context: int) -> np.ndarray:
    """The same of our path."""
    prepared = prepare(series, Unit.PLAIN, context)
    assert len(prepared.index) == len(series)
    return model.forecast(prepared.values, prepared.lengths, horizon)


def excess(found: np.ndarray, expected: np.ndarray, series) -> float:
    """The largest difference in shares of what is allowed: 1e-4 of a series' deviation, and what float32
    leaves of numbers of its size (the library's own running mean is float32)."""
    allowed = np.array([1e-4 * float(one.std()) + 2e-6 * float(np.abs(one).max()) for one in series])
    return float((np.abs(found - expected) / allowed[:, None, None]).max())
