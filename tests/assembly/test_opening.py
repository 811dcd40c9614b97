"""A start that comes to nothing ends what it started, and leaves alone what it found."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_daemon import SMALL_WORLD, RunningDaemon, is_exchange

from engine.assembly.assembled import AssembledEngine
from engine.assembly.opening import Options, check_options, open_engine
from engine.ops.home import Binding, Home, HomeMismatch
from engine.sandbox.endpoint import read_endpoint


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningDaemon]:
    made = RunningDaemon(tmp_path / "home", SMALL_WORLD)
    yield made
    made.close()


async def opened(home: Path) -> AssembledEngine:
    options = Options(home)
    return await open_engine(options, check_options(options))


async def test_a_start_that_fails_ends_the_exchange_that_it_started(desk: RunningDaemon) -> None:
    first = await opened(desk.home)
    await first.close(graceful=True)
    await first.stop(graceful=False)
    assert desk.exchanges() == []
    rebind(desk.home)
    with pytest.raises(HomeMismatch):
        await opened(desk.home)
    assert desk.exchanges() == []


async def test_a_start_that_fails_leaves_the_exchange_that_it_found(desk: RunningDaemon) -> None:
    await asyncio.to_thread(desk.start)
    desk.kill()
    found = desk.endpoint
    rebind(desk.home)
    with pytest.raises(HomeMismatch):
        await opened(desk.home)
    assert is_exchange(found.pid)


def rebind(home: Path) -> None:
    """As if the home were another world's."""
    bound = Home(home).binding()
    assert bound is not None
    (home / "binding.json").unlink()
    Home(home).bind(Binding(bound.venue, "another-world", bound.account))


async def test_an_opened_engine_is_bound_to_the_world_it_found(desk: RunningDaemon) -> None:
    engine = await opened(desk.home)
    try:
        found = read_endpoint(desk.home / "exchange")
        assert found is not None
        assert Home(desk.home).binding() == Binding("sandbox", found.world_id, found.key_id)
        assert engine.connection.series == ("KXHIGHNY",)
    finally:
        await engine.close(graceful=True)
        await engine.stop(graceful=False)
