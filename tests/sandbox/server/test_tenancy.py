"""When an exchange of one home ends by itself, by a clock that is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.sandbox.server.tenancy import Tenancy

IDLE_S = 600.0


class Traffic:
    def __init__(self) -> None:
        self.total_requests = 0
        self.connections: set[object] = set()


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "exchange"
    made.mkdir()
    return made


@pytest.fixture
def tenancy(home: Path, clock: Clock) -> Tenancy:
    return Tenancy(home, IDLE_S, clock)


def test_it_ends_after_the_idle_time_and_not_before(tenancy: Tenancy, clock: Clock) -> None:
    traffic = Traffic()
    assert tenancy.reason_to_end(traffic) == ""
    clock.now_s += IDLE_S - 1
    assert tenancy.reason_to_end(traffic) == ""
    clock.now_s += 1
    assert tenancy.reason_to_end(traffic) == "no client for 600 s"


def test_a_connection_is_a_client_however_long_it_says_nothing(tenancy: Tenancy, clock: Clock) -> None:
    traffic = Traffic()
    traffic.connections.add(object())
    clock.now_s += 10 * IDLE_S
    assert tenancy.reason_to_end(traffic) == ""
    traffic.connections.clear()
    clock.now_s += IDLE_S - 1
    assert tenancy.reason_to_end(traffic) == ""
    clock.now_s += 1
    assert tenancy.reason_to_end(traffic) == "no client for 600 s"


def test_a_request_between_two_looks_begins_the_time_anew(tenancy: Tenancy, clock: Clock) -> None:
    traffic = Traffic()
    assert tenancy.reason_to_end(traffic) == ""
    clock.now_s += IDLE_S
    traffic.total_requests += 1
    assert tenancy.reason_to_end(traffic) == ""
    clock.now_s += IDLE_S
    assert tenancy.reason_to_end(traffic) != ""


def test_it_ends_when_its_home_is_gone(tenancy: Tenancy, home: Path) -> None:
    home.rmdir()
    assert tenancy.reason_to_end(Traffic()) == f"its home {home} is gone"


def test_another_folder_in_its_place_is_not_its_home(tenancy: Tenancy, home: Path) -> None:
    home.rename(home.with_name("away"))
    home.mkdir()
    assert tenancy.reason_to_end(Traffic()) == f"its home {home} is gone"


def test_a_home_that_is_not_there(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(FileNotFoundError):
        Tenancy(tmp_path / "none", IDLE_S, clock)


async def test_the_watch_says_the_reason_once(
    tenancy: Tenancy, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.sandbox.server.tenancy.LOOK_EACH_S", 0)
    said: list[str] = []
    traffic = Traffic()
    assert tenancy.reason_to_end(traffic) == ""
    watching = asyncio.create_task(tenancy.watch(traffic, said.append))
    for _ in range(10):
        await asyncio.sleep(0)
    assert said == []
    clock.now_s += IDLE_S
    async with asyncio.timeout(5):
        await watching
    assert said == ["no client for 600 s"]
