"""The named weathers of a generated world."""

from __future__ import annotations

import msgspec


class UnknownScenario(ValueError):
    """A scenario name that the generator does not have."""


class Scenario(msgspec.Struct, frozen=True):
    """Factors on the ordinary day; 1 is ordinary."""

    name: str
    volatility: float = 1.0
    jumps_per_day: float = 1.0
    """Of each price underlying, on average."""
    spread: float = 1.0
    flow: float = 1.0
    fade_bp: float = 0.0
    """How far quotes sag below the fair value and climb back, at even odds; see ``pricing.fade``."""
    gap_share: float = 0.0
    """Share of ten-minute pieces of a market's life in which a side, or all, of the quotes is missing."""


SCENARIOS: dict[str, Scenario] = {
    "calm": Scenario("calm", volatility=0.8, jumps_per_day=0.5),
    "volatile": Scenario("volatile", volatility=1.9, jumps_per_day=8.0, spread=1.5, flow=2.0),
    "fading": Scenario("fading", volatility=0.6, jumps_per_day=0.3, fade_bp=1_300.0),
    "gappy": Scenario("gappy", jumps_per_day=1.5, spread=3.0, flow=0.5, gap_share=0.35),
}


def scenario_named(name: str) -> Scenario:
    """Raises UnknownScenario, naming those that exist."""
    try:
        return SCENARIOS[name]
    except KeyError:
        raise UnknownScenario(f"scenario: got {name!r}, wanted one of {', '.join(SCENARIOS)}") from None
