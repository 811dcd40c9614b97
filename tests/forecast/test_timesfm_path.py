"""Our path over the library's weights gives what the library's own ``forecast()`` gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_timesfm import FULL, SMALL, save_random
from timesfm_oracle import excess, librarys, ours, walks

from engine.forecast.timesfm_loading import load

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_random(tmp_path_factory.mktemp("small"), SMALL)


@pytest.mark.parametrize("context", [32, 128, 256, 512])
@pytest.mark.parametrize("horizon", [1, 6, 128])
def test_equals_the_library(small: Path, context: int, horizon: int) -> None:
    series = walks(24)
    model, _ = load(small, True, "cpu", context)
    expected = librarys(model.library, series, horizon, context)
    assert excess(ours(model, series, horizon, context), expected, series) < 1.0


def test_layers_and_positions_matter_with_these_weights(small: Path) -> None:
    """What would let a broken attention pass: outputs that do not depend on the patches before."""
    model, _ = load(small, True, "cpu", 128)
    draw = np.random.default_rng(1)
    tail = draw.normal(size=32)
    first = np.concatenate([draw.normal(size=96), tail]).astype(np.float32)
    swapped = np.concatenate([first[32:64], first[:32], first[64:]])
    found = ours(model, [first, swapped], 6, 128)
    assert float(np.abs(found[0] - found[1]).max()) > 1e-3


def test_deciles_do_not_cross_and_a_rows_answer_does_not_depend_on_its_company(small: Path) -> None:
    model, _ = load(small, True, "cpu", 128)
    series = walks(12)
    together = ours(model, series, 12, 128)
    assert (np.diff(together, axis=-1) >= 0).all()
    for i, one in enumerate(series):
        alone = ours(model, [one], 12, 128)
        assert excess(alone, together[i : i + 1], [one]) < 1.0


@pytest.mark.slow
def test_the_full_network_equals_the_library(tmp_path: Path) -> None:
    folder = save_random(tmp_path, FULL)
    model, notes = load(folder, True, "cpu", 128)
    assert model.source.model == "timesfm-2.5-200m"
    assert not model.source.is_pinned and "unpinned" in notes[0]
    series = walks(8)
    expected = librarys(model.library, series, 6, 128)
    assert excess(ours(model, series, 6, 128), expected, series) < 1.0
