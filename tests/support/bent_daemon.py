"""The daemon on a machine whose clock may be wrong, and with a strategy that buys where it is told to.

``SPARKO_BENT`` is a folder. ``clock`` in it says by how many seconds the wall clock is ahead, from one look
at it to the next. The strategy is there if ``market`` is; what it is refused goes to ``refused``, a code a
line; while ``rests`` says anything, it decides nothing. Where ``stale`` says a number of seconds, it enters
by forecasts alone, and a scan may be that old. ``needs`` names kinds of observation that it looks at.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from console import daemon
from engine.assembly import building
from engine.core.engine import Engine
from engine.core.money import MoneyState
from engine.core.settings import EngineSettings
from engine.core.strategy import Decision, Enter, Needs, View
from engine.domain.order import Leg, TimeInForce
from engine.domain.units import CENT_BP, SECOND_NS

FOLDER = Path(os.environ["SPARKO_BENT"])
_LOOK_EACH_NS = SECOND_NS // 10
_right_ns = time.time_ns


class BentClock:
    def __init__(self) -> None:
        self._ahead_ns = 0
        self._look_mono = 0

    def time_ns(self) -> int:
        now = time.monotonic_ns()
        if now >= self._look_mono:
            self._look_mono = now + _LOOK_EACH_NS
            self._ahead_ns = int(said("clock") or 0) * SECOND_NS
        return _right_ns() + self._ahead_ns

    def time(self) -> float:
        return self.time_ns() / SECOND_NS


class Buys:
    """One contract of one market for ten cents, or what ``price`` says, whenever none of its orders works; a
    cent less from time to time, so that no order looks like the one before."""

    name = "buys"
    params = None
    state_type = int

    def __init__(self) -> None:
        self._decided = 0

    def needs(self, params: Any) -> Needs:
        return Needs(
            (said("market").partition("-")[0],),
            observations=tuple(said("needs").split()),
            on_book=True,
            forecast=bool(said("stale")),
        )

    def decide(self, view: View, state: Any) -> tuple[Sequence[Decision], Any]:
        refused = list(view.denials) + ([view.forecast_refusal] if view.forecast_refusal else [])
        if refused:
            with (FOLDER / "refused").open("a") as log:
                log.writelines(f"{denial.code}\n" for denial in refused)
        ticker = said("market")
        if view.orders or said("rests"):
            return (), state
        self._decided += 1
        price_bp = (int(said("price") or 10) - self._decided % 8) * CENT_BP
        return (Enter(ticker, Leg.YES, price_bp, 100, TimeInForce.GOOD_TILL_CANCELED),), state


def said(name: str) -> str:
    try:
        return (FOLDER / name).read_text().strip()
    except FileNotFoundError:
        return ""


def with_strategy(settings: EngineSettings, money: MoneyState, strategies: Sequence[Any] = ()) -> Engine:
    """In place of those that are installed; ``venue`` in the folder is the one that the core believes in."""
    venue, timings = said("venue") or settings.venue, settings.timings
    if seconds := said("stale"):
        timings = msgspec.structs.replace(timings, stale_forecast_ns=int(seconds) * SECOND_NS)
    return Engine(msgspec.structs.replace(settings, venue=venue, timings=timings), money, [Buys()])


if __name__ == "__main__":
    clock = BentClock()
    time.time_ns, time.time = clock.time_ns, clock.time
    if said("market"):
        building.Engine = with_strategy  # type: ignore[misc, assignment]
    daemon.main()
