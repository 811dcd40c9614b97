"""TimesFM at fixed shapes: which shape a batch takes, its buffers, and when a recorded pass is not trusted.

All of it is the code that a GPU runs, on the CPU; what records and replays is a stand-in for CUDA.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from forecast_bench import GatedModel, running
from small_timesfm import SMALL, save_random

pytest.importorskip("timesfm")

from timesfm_oracle import ours, walks

from engine.forecast.baselines import EwmaWalk
from engine.forecast.series import prepare
from engine.forecast.timesfm_graphs import AGREES_WITHIN
from engine.forecast.timesfm_loading import load
from engine.forecast.timesfm_model import NO_HALF, GpuSteps, precision_of
from engine.forecast.timesfm_path import LastPatchPath
from engine.forecast.timesfm_shapes import SIZES, ShapedPath, size_for
from engine.forecast.timesfm_staging import Staging
from engine.forecast.units import Unit

pytestmark = pytest.mark.model
TINY = (4, 8)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = save_random(tmp_path_factory.mktemp("small"), SMALL)
    return load(folder, True, "cpu", 128)[0]


class Recorded:
    """Stands for a graph: runs the pass again, and counts."""

    def __init__(self, work) -> None:
        self._work = work
        self.replays = 0

    def replay(self) -> None:
        self.replays += 1
        self._work()


class Recorder:
    """Records every shape, or fails at the ``failing``-th."""

    def __init__(self, failing: int | None = None) -> None:
        self._failing = failing
        self.graphs: list[Recorded] = []
        self.asked = 0

    def capture(self, work) -> Recorded:
        self.asked += 1
        if self.asked == self._failing:
            raise RuntimeError("CUDA error: operation not permitted when stream is capturing\nand more")
        work()
        self.graphs.append(Recorded(work))
        return self.graphs[-1]


class Bending:
    """The network and its recorder in one, so that only what is replayed comes out bent."""

    def __init__(self, model, bend) -> None:
        self._path, self._bend = LastPatchPath(model.library.model), bend
        self._is_replay = False

    def deciles(self, values, starts, horizon):
        found = self._path.deciles(values, starts, horizon)
        return self._bend(found) if self._is_replay else found

    def capture(self, work) -> Recorded:
        def bent() -> None:
            self._is_replay = True
            work()
            self._is_replay = False

        return Recorded(bent)

    def shaped(self) -> ShapedPath:
        return ShapedPath(self, "cpu", self, pinned=False, sizes=TINY)


def _shaped(model, captures=None) -> ShapedPath:
    return ShapedPath(LastPatchPath(model.library.model), "cpu", captures, pinned=False, sizes=TINY)


def _prepared(count: int, seed: int = 3):
    return prepare(walks(count, seed), Unit.PLAIN, 128)


def _same(found: np.ndarray, expected: np.ndarray) -> bool:
    """Whether two ways to the same numbers differ by no more than the order of their sums does."""
    return bool(np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("rows", "size"),
    [(1, 16), (15, 16), (16, 16), (17, 64), (64, 64), (65, 256), (256, 256), (257, 512), (512, 512)],
)
def test_a_batch_takes_the_smallest_shape_that_holds_it(rows: int, size: int) -> None:
    assert size_for(rows, SIZES) == size


def test_more_rows_than_the_largest_shape_are_refused_with_the_numbers() -> None:
    with pytest.raises(ValueError, match="513 rows: at most 512"):
        size_for(513, SIZES)


@pytest.mark.parametrize("count", [1, 3, 4, 5, 8])
@pytest.mark.parametrize("horizon", [1, 6, 128])
def test_filled_up_to_its_shape_a_batch_is_forecast_as_it_is(model, count: int, horizon: int) -> None:
    asked = _prepared(count)
    found = _shaped(model).forecast(asked.values, asked.lengths, horizon)
    assert found.shape == (count, horizon, 9)
    assert _same(found, model.forecast(asked.values, asked.lengths, horizon))


def test_buffers_are_used_again_and_nothing_of_the_last_batch_is_left(model) -> None:
    """A short batch after a full one of other rows; and what was answered is not written over."""
    shaped = _shaped(model)
    full, short = _prepared(8), _prepared(2, seed=9)
    first = shaped.forecast(full.values, full.lengths, 6)
    kept = first.copy()
    second = shaped.forecast(short.values, short.lengths, 6)
    assert _same(second, model.forecast(short.values, short.lengths, 6))
    np.testing.assert_array_equal(first, kept)


def test_staging_holds_a_batch_and_zeros_after_it() -> None:
    staging = Staging(4, 32, "cpu", pinned=False)
    staging.upload(np.full((4, 32), 7.0, dtype=np.float32), np.full(4, 32))
    staging.upload(np.ones((2, 32), dtype=np.float32), np.array([32, 5]))
    assert staging.values.tolist() == [[1.0] * 32] * 2 + [[0.0] * 32] * 2
    assert staging.starts.tolist() == [0, 27, 0, 0]
    staging.deciles.copy_(staging.deciles.new_ones(staging.deciles.shape).cumsum(1))
    assert staging.download(2, 3)[1, :, 0].tolist() == [1.0, 2.0, 3.0]


def test_a_shape_is_recorded_once_and_replayed_from_then_on(model) -> None:
    recorder = Recorder()
    shaped = _shaped(model, recorder)
    for count in (3, 4, 2, 8):
        asked = _prepared(count)
        found = shaped.forecast(asked.values, asked.lengths, 6)
        assert _same(found, model.forecast(asked.values, asked.lengths, 6))
    small, large = recorder.graphs
    # One replay each to be compared with the pass without the graph.
    assert (small.replays, large.replays) == (1 + 3, 1 + 1)
    assert shaped.notes == ()


def test_a_shape_that_cannot_be_recorded_is_computed_all_the_same_and_told(model, caplog) -> None:
    recorder = Recorder(failing=1)
    shaped = _shaped(model, recorder)
    asked, more = _prepared(3), _prepared(8)
    with caplog.at_level(logging.WARNING, "sparko.forecast"):
        found = shaped.forecast(asked.values, asked.lengths, 6)
        shaped.forecast(more.values, more.lengths, 6)
        shaped.forecast(asked.values, asked.lengths, 6)
    assert _same(found, model.forecast(asked.values, asked.lengths, 6))
    note = (
        "context 128, 4 rows: computed without a CUDA graph: "
        "CUDA error: operation not permitted when stream is capturing"
    )
    assert shaped.notes == (note,)
    assert caplog.messages == [note]
    assert recorder.asked == 2 and recorder.graphs[0].replays == 1 + 1


@pytest.mark.parametrize(
    ("bend", "told"),
    [
        (lambda deciles: deciles * 0, "off by"),
        (lambda deciles: deciles * float("nan"), "off by inf"),
        (lambda deciles: deciles + 2 * AGREES_WITHIN, "off by 0.02 of a deviation, over 0.01"),
        (lambda deciles: deciles.roll(1, dims=0), "off by"),
    ],
)
def test_a_replay_that_gives_something_else_is_never_used(model, bend, told: str) -> None:
    shaped = Bending(model, bend).shaped()
    asked = _prepared(4)
    found = shaped.forecast(asked.values, asked.lengths, 6)
    assert _same(found, model.forecast(asked.values, asked.lengths, 6))
    (note,) = shaped.notes
    assert note.startswith("context 128, 4 rows: ") and told in note


def test_a_replay_that_does_nothing_at_all_is_found_out(model) -> None:
    """What the pass before it left in the buffers is not taken for its answer."""

    class Idle:
        def capture(self, work) -> Recorded:
            return Recorded(lambda: None)

    shaped = _shaped(model, Idle())
    asked = _prepared(4)
    shaped.forecast(asked.values, asked.lengths, 6)
    assert "off by inf" in shaped.notes[0]


def test_a_replay_off_by_rounding_is_used(model) -> None:
    shaped = Bending(model, lambda deciles: deciles + AGREES_WITHIN / 2).shaped()
    asked = _prepared(4)
    found = shaped.forecast(asked.values, asked.lengths, 6)
    assert shaped.notes == ()
    away = found - model.forecast(asked.values, asked.lengths, 6)
    np.testing.assert_allclose(away, AGREES_WITHIN / 2, atol=2e-3)


def test_matrices_in_bfloat16_stay_near_float32_and_their_deciles_in_order(model) -> None:
    import torch

    series = walks(24)
    exact = ours(model, series, 6, 128)
    asked = prepare(series, Unit.PLAIN, 128)
    with torch.inference_mode():
        rounded = LastPatchPath(model.library.model, half=True).deciles(
            torch.from_numpy(asked.values), torch.from_numpy(128 - asked.lengths), 6
        )
    found = rounded.numpy()
    assert rounded.dtype == torch.float32
    away = np.abs(found - exact) / np.array([one.std() for one in series])[:, None, None]
    assert 0.0 < float(away.mean()) < 0.02 and float(away.max()) < 0.2
    assert (np.diff(found, axis=-1) >= 0).all()


def test_a_gpu_without_bfloat16_computes_in_float32_and_says_so(monkeypatch) -> None:
    import torch

    chosen: list[str] = []
    monkeypatch.setattr(torch, "set_float32_matmul_precision", chosen.append)
    for is_there, expected in ((True, (True, ())), (False, (False, (NO_HALF,)))):
        monkeypatch.setattr(
            torch.cuda, "is_bf16_supported", lambda including_emulation, there=is_there: there
        )
        assert precision_of(GpuSteps()) == expected
    assert precision_of(GpuSteps(half=False)) == (False, ())
    assert chosen == ["high", "highest", "highest"]


class _Noted(EwmaWalk):
    notes = ("context 128, 16 rows: computed without a CUDA graph: out of memory",)


async def test_health_says_which_shapes_have_no_graph() -> None:
    async with running(_Noted()) as client:
        assert (await client.get("/health")).json()["notes"] == list(_Noted.notes)
    async with running() as client:
        assert (await client.get("/health")).json()["notes"] == []


class _Sized(GatedModel):
    warm_sizes = (1, 3)


async def test_a_server_is_warm_when_every_shape_was_computed_once() -> None:
    model = _Sized()
    model.gate.clear()
    async with running(model) as client:
        await model.entered_once()
        assert (await client.get("/health")).json()["warm"] is False
        model.gate.set()
        for _ in range(3):
            await model.entered_once()
        while not (await client.get("/health")).json()["warm"]:
            pass
    assert model.sizes == [(1, 128), (3, 128), (1, 512), (3, 512)]
