"""What a generated world is made from."""

from __future__ import annotations

import msgspec

from engine.sandbox.sources.generator.scenario import scenario_named

ALL_SERIES = (
    "KXBTC",
    "KXBTCD",
    "KXBTC15M",
    "KXETH",
    "KXINX",
    "KXNASDAQ100",
    "KXHIGHNY",
    "KXHIGHCHI",
    "KXHIGHLAX",
    "KXTSAW",
)
FEWEST_LEGS = 6


class InvalidOption(ValueError):
    """An option of the generator that makes no world."""


class GeneratorOptions(msgspec.Struct, frozen=True):
    """``legs``: markets of a price ladder at most, nearest the money; None lists the whole ladder."""

    seed: int = 1
    scenario: str = "calm"
    legs: int | None = 40
    series: tuple[str, ...] = ALL_SERIES

    def check(self) -> None:
        """Raises InvalidOption or UnknownScenario."""
        scenario_named(self.scenario)
        unknown = [name for name in self.series if name not in ALL_SERIES]
        if unknown or not self.series:
            got, wanted = ", ".join(unknown) or "none", ", ".join(ALL_SERIES)
            raise InvalidOption(f"series: got {got}, wanted any of {wanted}")
        if self.legs is not None and self.legs < FEWEST_LEGS:
            raise InvalidOption(f"legs: got {self.legs}, wanted at least {FEWEST_LEGS} or all")
