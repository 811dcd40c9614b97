"""What an engine process occupies with over 500 markets, while it trades against a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House

ALL_SERIES = (
    "KXBTC",
    "KXBTCD",
    "KXBTC15M",
    "KXETH",
    "KXINX",
    "KXNASDAQ100",
    "KXHIGHNY",
    "KXHIGHCHI",
    "KXTSAW",
)
MOST_MB = 160
ORDERS = 300


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, *ALL_SERIES)
    try:
        yield made
    finally:
        made.close()


def resident_mb(pid: int, name: str) -> float:
    """``VmRSS`` is now, ``VmHWM`` the most there ever was."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"no {name}")


@pytest.mark.slow
def test_resident_memory_with_over_500_markets(house: House) -> None:
    house.start_sandbox()
    house.start_engine()
    books = house.engine_ready()["books"]
    assert house.engine is not None
    pid = house.engine.process.pid
    at_start = resident_mb(pid, "VmRSS")
    house.trade_until(ORDERS)
    now, most = resident_mb(pid, "VmRSS"), resident_mb(pid, "VmHWM")
    print(
        f"\n{books} books: {at_start:.0f} MB at start, {now:.0f} MB after {ORDERS} orders, at most {most:.0f}"
    )
    assert books > 500
    assert most < MOST_MB
    assert house.check()["orders"] >= ORDERS
