"""The hidden price of an underlying: a random walk that can be read at any second of any year.

Days hang on anchors from smooth noise, so no earlier day need be known. A day's 1,440 minutes are a
Brownian bridge between two anchors, run on the clock of its own variance: volatility that clusters, jumps,
and hours in which little moves. A minute's sixty seconds are a bridge again. Blocks are made when first
looked at and kept in a small cache.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from itertools import accumulate

import msgspec

from engine.sandbox.sources.generator.noise import Noise, Octaves
from engine.sandbox.sources.generator.scenario import Scenario

MINUTES = 1_440
_KEPT_DAYS = 12
_KEPT_MINUTES = 96
_EXCESS_FADES_S = 4 * 3_600


class PriceModel(msgspec.Struct, frozen=True):
    """The character of one underlying."""

    name: str
    base: float
    """Its middle level, in its own unit."""
    day_sigma: float
    """Standard deviation of a day's log return on an ordinary day."""
    jump_sigma: float = 0.006


class DayBlock(msgspec.Struct):
    """One UTC day: log level at each minute's start (1,441 values), and its variances."""

    logs: list[float]
    sigmas: list[float]
    """Standard deviation of each minute's log return, jumps aside."""
    weights: list[float]
    """Running sum of the activity of the minutes, 1,441 values; an ordinary day of a market that never
    closes sums to 1,440."""
    quarters: list[float]
    """The factor on volatility at each quarter of an hour, 97 values."""


class MinuteBlock(msgspec.Struct):
    """One minute: the sixty values of its seconds in hundredths, with their running sums (61 values)."""

    cents: list[int]
    sums: list[int]


class PricePath:
    """``activity(day)`` gives the 1,440 weights of a day's minutes, ``clock(day)`` how many days of trade
    came before it; both by UTC day number since 1970. A day that ``clock`` does not count has no activity."""

    def __init__(
        self,
        seed: int,
        model: PriceModel,
        scenario: Scenario,
        activity: Callable[[int], list[float]] | None = None,
        clock: Callable[[int], int] | None = None,
    ) -> None:
        self.model = model
        self._sigma = model.day_sigma * scenario.volatility
        self._jump_chance = scenario.jumps_per_day / MINUTES
        self._activity = activity
        self._clock = clock
        label = model.name
        # Seven doublings from two days: a spread of 9.2 daily sigmas overall makes steps of about one a day.
        spread = self._sigma * 9.2
        self._anchors = Octaves(
            seed, f"{label}|day", wavelength=2.0, octaves=7, sigma=spread, growth=math.sqrt(2.0)
        )
        self._clusters = Octaves(seed, f"{label}|vol", wavelength=2.0, octaves=5, sigma=0.35, growth=1.15)
        self._minutes = Noise(seed, f"{label}|minute")
        self._jumps = Noise(seed, f"{label}|jump")
        self._seconds = Noise(seed, f"{label}|second")
        self._days: OrderedDict[int, DayBlock] = OrderedDict()
        self._blocks: OrderedDict[int, MinuteBlock] = OrderedDict()

    def cents(self, at_s: int) -> int:
        """The index value at this second, in hundredths."""
        return self.minute(at_s // 60).cents[at_s % 60]

    def level(self, at_s: int) -> float:
        """The index value at this second."""
        return self.cents(at_s) / 100

    def trailing_cents(self, at_s: int) -> int:
        """Mean of the sixty values that end with this second's, in hundredths, halves up."""
        minute, second = divmod(at_s, 60)
        now = self.minute(minute)
        total = now.sums[second + 1]
        if second < 59:
            earlier = self.minute(minute - 1)
            total += earlier.sums[60] - earlier.sums[second + 1]
        return mean_cents(total, 60)

    def window_sum(self, at_s: int) -> tuple[int, int]:
        """Sum of this minute's values up to this second, in hundredths, and how many they are."""
        minute, second = divmod(at_s, 60)
        return self.minute(minute).sums[second + 1], second + 1

    def closing_cents(self, close_s: int) -> int:
        """Mean of the sixty values before ``close_s`` (a whole minute), in hundredths, halves up."""
        return mean_cents(self.minute(close_s // 60 - 1).sums[60], 60)

    def minute_log(self, minute: int) -> float:
        """The log level at the start of a minute since 1970; cheaper than a second's value."""
        day, offset = divmod(minute, MINUTES)
        return self.day(day).logs[offset]

    def variance(self, start_s: int, end_s: int) -> float:
        """Variance of the log return between two seconds, as one who knows the present volatility sees it.

        The present excess over the ordinary volatility fades within hours.
        """
        if end_s <= start_s:
            return 0.0
        ordinary = self._sigma * self._sigma / MINUTES
        excess = self.day(start_s // 86_400).quarters[start_s % 86_400 // 900] ** 2 - 1.0
        spans = (end_s - start_s) / _EXCESS_FADES_S
        return ordinary * self._weight(start_s, end_s) * (1.0 + excess * (1.0 - math.exp(-spans)) / spans)

    def day(self, day: int) -> DayBlock:
        """The block of a UTC day since 1970."""
        block = self._days.get(day)
        if block is None:
            block = self._make_day(day)
            self._days[day] = block
            if len(self._days) > _KEPT_DAYS:
                self._days.popitem(last=False)
        return block

    def minute(self, minute: int) -> MinuteBlock:
        """The block of a minute since 1970."""
        block = self._blocks.get(minute)
        if block is None:
            block = self._make_minute(minute)
            self._blocks[minute] = block
            if len(self._blocks) > _KEPT_MINUTES:
                self._blocks.popitem(last=False)
        return block

    def _weight_until(self, at_s: int) -> float:
        day, second = divmod(at_s, 86_400)
        minute, rest = divmod(second, 60)
        weights = self.day(day).weights
        return weights[minute] + (weights[minute + 1] - weights[minute]) * rest / 60

    def _weight(self, start_s: int, end_s: int) -> float:
        first, last = start_s // 86_400, end_s // 86_400
        whole = sum(self.day(day).weights[-1] for day in range(first, last))
        return whole + self._weight_until(end_s) - self._weight_until(start_s)

    def _anchor(self, day: int) -> float:
        return self._anchors.at(day if self._clock is None else self._clock(day))

    def _make_day(self, day: int) -> DayBlock:
        weights = self._activity(day) if self._activity is not None else [1.0] * MINUTES
        quarters = [math.exp(self._clusters.at(day * 24 + q / 4)) for q in range(97)]
        unit = self._sigma / math.sqrt(MINUTES)
        sigmas = [
            unit
            * math.sqrt(weight)
            * (quarters[m // 15] + (quarters[m // 15 + 1] - quarters[m // 15]) * (m % 15) / 15)
            for m, weight in enumerate(weights)
        ]
        steps = [
            sigma * draw for sigma, draw in zip(sigmas, self._minutes.gauss_block(day, MINUTES), strict=True)
        ]
        self._add_jumps(day, steps, weights)
        walk = list(accumulate(steps, initial=0.0))
        clock = list(accumulate((s * s for s in sigmas), initial=0.0))
        start = math.log(self.model.base) + self._anchor(day)
        # What the walk must be bent by to arrive at the next anchor, spread over the day's variance.
        bend = (self._anchor(day + 1) - self._anchor(day) - walk[-1]) / (clock[-1] or 1.0)
        logs = [start + moved + bend * passed for moved, passed in zip(walk, clock, strict=True)]
        return DayBlock(logs, sigmas, list(accumulate(weights, initial=0.0)), quarters)

    def _add_jumps(self, day: int, steps: list[float], weights: list[float]) -> None:
        for m, draw in enumerate(self._jumps.uniform_block(day, MINUTES)):
            if draw < self._jump_chance * weights[m]:
                steps[m] += self.model.jump_sigma * self._jumps.gauss(day * MINUTES + m)

    def _make_minute(self, minute: int) -> MinuteBlock:
        day, offset = divmod(minute, MINUTES)
        block = self.day(day)
        start, step = block.logs[offset], block.logs[offset + 1] - block.logs[offset]
        unit = block.sigmas[offset] / math.sqrt(60.0)
        walk = list(accumulate(self._seconds.gauss_block(minute, 60), initial=0.0))
        end = walk[60]
        cents = [
            round(100.0 * math.exp(start + step * s / 60 + unit * (walk[s] - end * s / 60)))
            for s in range(60)
        ]
        return MinuteBlock(cents, list(accumulate(cents, initial=0)))


def mean_cents(total: int, count: int) -> int:
    """``total / count`` rounded to a whole hundredth, halves up."""
    return (2 * total + count) // (2 * count)


def decimal_text(cents: int) -> str:
    """Hundredths as text with two decimals: 8427512 -> ``84275.12``."""
    return f"{cents // 100}.{cents % 100:02d}"
