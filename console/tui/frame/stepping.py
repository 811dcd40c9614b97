"""The market before and after the loaded one, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from console.tui.desk import Desk


def listed(desk: Desk) -> list[str]:
    """All markets, event by event, by strike."""
    return [leg.ticker for event in desk.events() for leg in desk.legs_of(event)]


def held(desk: Desk) -> list[str]:
    return sorted(desk.replica.desk.positions)


def stepped(tickers: Sequence[str], now: str, by: int) -> str:
    """The next one that way, around the ends; the first when ``now`` is none of them; empty of none."""
    if not tickers:
        return ""
    if now not in tickers:
        return tickers[0 if by > 0 else -1]
    return tickers[(tickers.index(now) + by) % len(tickers)]
