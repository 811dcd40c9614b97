"""Rows for tests of the lake, and a clock that goes on by itself."""

from __future__ import annotations

from collections.abc import Mapping

NOON_NS = 1_790_000_000_000_000_000
MINUTE_NS = 60_000_000_000


class TickingClock:
    """A microsecond further at each look."""

    def __init__(self, at_ns: int = NOON_NS) -> None:
        self.at_ns = at_ns

    def __call__(self) -> int:
        self.at_ns += 1_000
        return self.at_ns


def trade(number: int, *, received_ns: int = NOON_NS, **changes: object) -> Mapping[str, object]:
    """One a minute and a half, of two series in turn: a few hundred lie in several days."""
    return {
        "ticker": "KXBTC-26SEP21-B100" if number % 2 else "KXETH-26SEP21-T200",
        "trade_id": f"t{number:05d}",
        "at_ns": NOON_NS + number * 3 * MINUTE_NS // 2,
        "price_bp": 100 + number % 9_800,
        "count_c": 100,
        "taker_side": "bid" if number % 3 else None,
        "is_block": False,
        "received_ns": received_ns,
        **changes,
    }


def trades(first: int, last: int, *, received_ns: int = NOON_NS) -> list[Mapping[str, object]]:
    return [trade(number, received_ns=received_ns) for number in range(first, last)]
