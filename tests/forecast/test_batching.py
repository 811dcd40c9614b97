"""Requests of any size become batches of one shape; late and left ones cost nobody else."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from forecast_bench import GatedModel

from engine.forecast.baselines import EwmaWalk
from engine.forecast.batching import Batcher
from engine.forecast.errors import Busy, TooLate
from engine.forecast.series import prepare
from engine.forecast.units import Unit


def _prepared(count: int, length: int = 60, seed: int = 2):
    walks = np.random.default_rng(seed).normal(size=(count, length)).cumsum(axis=1)
    return prepare(list(walks), Unit.PLAIN, 512)


async def _gated(**options) -> tuple[Batcher, GatedModel]:
    """Started, with the model held at a batch of one row that is under way."""
    model = GatedModel()
    batcher = Batcher(model, **options)
    batcher.start()
    model.gate.clear()
    asyncio.get_running_loop().create_task(batcher.forecast(_prepared(1), 1, 30.0))
    await model.entered_once()
    return batcher, model


async def test_single_callers_share_batches_and_each_gets_its_own() -> None:
    batcher, model = await _gated()
    asked = [_prepared(1, seed=seed) for seed in range(64)]
    waiting = [asyncio.create_task(batcher.forecast(one, 1 + i % 3, 30.0)) for i, one in enumerate(asked)]
    await asyncio.sleep(0)
    model.gate.set()
    found = await asyncio.gather(*waiting)
    assert model.sizes == [(1, 128), (32, 128), (32, 128)]
    for i, (one, answer) in enumerate(zip(asked, found, strict=True)):
        alone = EwmaWalk().forecast(one.values[:, -128:], one.lengths, 1 + i % 3)
        np.testing.assert_allclose(answer, alone, rtol=1e-5, atol=1e-5)
    await batcher.stop()


async def test_a_large_request_is_cut_by_length_and_size_and_put_back_in_order() -> None:
    batcher, model = await _gated()
    lengths = [60, 200, 128, 129] * 25
    walks = [np.random.default_rng(i).normal(size=size).cumsum() for i, size in enumerate(lengths)]
    asked = prepare(walks, Unit.PLAIN, 512)
    waiting = asyncio.create_task(batcher.forecast(asked, 4, 30.0))
    await asyncio.sleep(0)
    model.gate.set()
    found = await waiting
    assert sorted(model.sizes[1:]) == [(18, 128), (18, 512), (32, 128), (32, 512)]
    whole = EwmaWalk().forecast(asked.values, asked.lengths, 4)
    np.testing.assert_allclose(found, whole, rtol=1e-5, atol=1e-5)
    assert batcher.waiting == 0
    await batcher.stop()


async def test_more_than_may_wait_is_refused_with_the_numbers() -> None:
    batcher, model = await _gated(most_waiting=10)
    waiting = asyncio.create_task(batcher.forecast(_prepared(8), 1, 30.0))
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="8 series wait, at most 10") as told:
        await batcher.forecast(_prepared(3), 1, 30.0)
    assert 1 <= told.value.retry_s <= 60
    model.gate.set()
    assert (await waiting).shape == (8, 1, 9)
    await batcher.stop()


class _Short(EwmaWalk):
    """Its first answer lacks a row."""

    answers = 0

    def forecast(self, values, lengths, horizon):
        self.answers += 1
        found = super().forecast(values, lengths, horizon)
        return found[1:] if self.answers == 1 else found


async def test_an_answer_of_another_shape_fails_its_batch_and_the_next_one_is_computed() -> None:
    batcher = Batcher(_Short())
    batcher.start()
    with pytest.raises(ValueError):
        await batcher.forecast(_prepared(3), 2, 30.0)
    assert (await batcher.forecast(_prepared(3), 2, 30.0)).shape == (3, 2, 9)
    assert batcher.metrics.failures == 3
    await batcher.stop()


async def test_the_late_and_the_canceled_are_never_computed() -> None:
    batcher, model = await _gated()
    with pytest.raises(TooLate, match="1 ms"):
        await batcher.forecast(_prepared(5), 1, 0.001)
    leaving = asyncio.create_task(batcher.forecast(_prepared(7), 1, 30.0))
    await asyncio.sleep(0)
    leaving.cancel()
    staying = asyncio.create_task(batcher.forecast(_prepared(3), 1, 30.0))
    await asyncio.sleep(0)
    model.gate.set()
    await staying
    assert model.sizes == [(1, 128), (3, 128)]
    assert batcher.waiting == 0
    await batcher.stop()
