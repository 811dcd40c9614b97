"""How often what happened lay within the 10 to 90 % band, as it was said beforehand.

Of each market one step at a time is waited for, so that no outcome is counted twice: the last of a forecast.
Counted for each forecaster by its label; the file is small and replaced whole.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from engine.domain.forecast import Forecast
from engine.domain.units import PriceBp

LATE_PERIODS = 3
"""Periods after its end at which a step without a price is given up."""


class Awaited(msgspec.Struct, frozen=True):
    """A step that ends at ``end_s``, with its band."""

    end_s: int
    step_s: int
    low_bp: PriceBp
    high_bp: PriceBp


class Tally(msgspec.Struct):
    covered: int = 0
    judged: int = 0
    awaited: dict[str, Awaited] = {}


class Coverage:
    """Counts in ``path``; a file that cannot be read begins anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tallies = _read(path)
        self._is_changed = False

    def tally(self, label: str) -> Tally:
        return self._tallies.setdefault(label, Tally())

    def expect(self, forecast: Forecast, close_s: int) -> None:
        """Waits for its last step before the close, unless one of the market's is waited for already."""
        kept = forecast.until(close_s)
        awaited = self.tally(forecast.source.label).awaited
        if not kept.horizon or forecast.ticker in awaited:
            return
        low_bp, high_bp = kept.band_bp(-1)
        end_s = kept.end_s(kept.horizon - 1)
        awaited[forecast.ticker] = Awaited(end_s, kept.step_s, low_bp, high_bp)
        self._is_changed = True

    def judge(self, price_at: Callable[[str, int], PriceBp | None], now_s: int) -> None:
        """``price_at`` of a market and the end of a period; None while there is none."""
        for tally in self._tallies.values():
            for ticker, one in [*tally.awaited.items()]:
                if now_s < one.end_s:
                    continue
                price_bp = price_at(ticker, one.end_s)
                if price_bp is None and now_s <= one.end_s + LATE_PERIODS * one.step_s:
                    continue
                del tally.awaited[ticker]
                self._is_changed = True
                if price_bp is not None:
                    tally.judged += 1
                    tally.covered += one.low_bp <= price_bp <= one.high_bp

    def save(self) -> None:
        """Writes what changed. Raises OSError."""
        if not self._is_changed:
            return
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.write_bytes(msgspec.json.encode(self._tallies))
        fresh.replace(self._path)
        self._is_changed = False


def _read(path: Path) -> dict[str, Tally]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Tally])
    except (OSError, msgspec.DecodeError):
        return {}
