"""What an engine process occupies with over 500 markets, while it trades against its embedded exchange."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from order_stream import OrderStream
from running_daemon import RunningDaemon
from wide_limits import WIDE_LIMITS_TABLE

CONFIG = f'{WIDE_LIMITS_TABLE}[sandbox]\nstart = "2026-11-20T15:00:00Z"\n'
MOST_MB = 160
ORDERS = 300


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningDaemon]:
    made = RunningDaemon(tmp_path / "home", CONFIG)
    yield made
    made.close()


def resident_mb(pid: int, name: str) -> float:
    """``VmRSS`` is now, ``VmHWM`` the most there ever was."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"no {name}")


@pytest.mark.slow
async def test_resident_memory_with_over_500_markets(desk: RunningDaemon) -> None:
    desk.start()
    at_start = resident_mb(desk.pid, "VmRSS")
    markets = len(desk.sparko("markets"))
    async with OrderStream(desk.home / "engine.sock", Random(7)) as stream:
        await stream.answered(ORDERS)
        await stream.pause()
    now, most = resident_mb(desk.pid, "VmRSS"), resident_mb(desk.pid, "VmHWM")
    print(
        f"\n{markets} markets: {at_start:.0f} MB at start, {now:.0f} MB after {ORDERS} orders, at most "
        f"{most:.0f}"
    )
    assert markets > 500
    assert most < MOST_MB
    assert len(desk.money().orders) > ORDERS // 2
