"""How often the markets of an event traded before the exchange ran, so cheaply that all of it can be summed.

An event's life is cut into blocks. How many trades a market has in a block follows from the fair price at its
middle; the sizes of a market's trades, in their order, go round a table whose sums are known. So the volume
up to any moment needs one look at each block, and not at each trade.
"""

from __future__ import annotations

import msgspec

from engine.domain.units import CONTRACT_BP, CountC, MicroDollars
from engine.sandbox.sources.generator.noise import Noise
from engine.sandbox.sources.generator.plan import Plan
from engine.sandbox.sources.generator.pricing import odds_share, trade_size, trades_per_minute
from engine.sandbox.sources.generator.scenario import Scenario
from engine.sandbox.sources.generator.slots import HOUR_S, QUARTER_S

_BLOCKS: tuple[tuple[int, int], ...] = ((HOUR_S, 300), (6 * HOUR_S, QUARTER_S))
"""The life of an event up to which, and the length of block in which it is cut; longer ones into hours."""
_TRADES_A_MINUTE = 12
_HARDLY = 1e-4
"""Fewer expected trades in a block than this are none."""
_TABLE = 1_024


def _running_sizes() -> tuple[CountC, ...]:
    noise, total, sums = Noise(0, "sizes of told trades"), 0, [0]
    for number in range(_TABLE):
        total += trade_size(noise, 2 * number)
        sums.append(total)
    return tuple(sums)


_SUMS = _running_sizes()
"""Running sums of the table of sizes: _TABLE + 1 values."""


def volume_of(salt: int, trades: int) -> CountC:
    """What a market's first so many trades are in all; ``salt`` is where in the table it begins."""
    rounds, rest = divmod(salt + trades, _TABLE)
    return rounds * _SUMS[_TABLE] + _SUMS[rest] - _SUMS[salt]


def size_of(salt: int, number: int) -> CountC:
    """The size of a market's trade, counted from 0."""
    place = (salt + number) % _TABLE
    return _SUMS[place + 1] - _SUMS[place]


class Counts(msgspec.Struct, frozen=True):
    """All markets of an event at the beginning of a block, in the order of the ladder."""

    trades: list[int]
    """How many each had before."""
    dollars: list[MicroDollars]
    """What those were worth, at the fair prices of their blocks."""


class Turnover:
    """The trade counts of one event, made as far as they are asked for. A pure function of world and plan."""

    def __init__(self, seed: int, scenario: Scenario, plan: Plan) -> None:
        slot = plan.slot
        self._scenario = scenario
        self._plan = plan
        self._seed = seed
        self._tickers = plan.tickers
        self._draws: dict[int, Noise] = {}
        self.open_s = slot.open_s
        self.close_s = slot.close_s
        life_s = slot.close_s - slot.open_s
        self.block_s = next((block_s for most_s, block_s in _BLOCKS if life_s <= most_s), HOUR_S)
        nothing = [0] * len(self._tickers)
        self._before = [Counts(nothing, nothing)]

    def salt(self, place: int) -> int:
        """Where in the table of sizes a market begins."""
        return self._noise(place).u64(-1) % _TABLE

    def block_at(self, at_s: int) -> int:
        """The number of the block that a moment of the life belongs to."""
        return (at_s - self.open_s) // self.block_s

    def span(self, block: int) -> tuple[int, int]:
        """When a block begins and ends, in unix seconds."""
        start_s = self.open_s + block * self.block_s
        return start_s, min(start_s + self.block_s, self.close_s)

    def before(self, block: int) -> Counts:
        """The counts at the beginning of a block."""
        while len(self._before) <= block:
            self._before.append(self._after(len(self._before) - 1))
        return self._before[block]

    def _after(self, block: int) -> Counts:
        start_s, end_s = self.span(block)
        middle_s = (start_s + end_s) // 120 * 60
        minutes, remaining = (end_s - start_s) / 60, self.close_s - middle_s
        liveliness, most = self._plan.family.liveliness, round(_TRADES_A_MINUTE * minutes)
        earlier = self._before[block]
        trades, dollars = earlier.trades.copy(), earlier.dollars.copy()
        at_even_odds = minutes * trades_per_minute(liveliness, self._scenario, 0.5, remaining)
        for place, fair in enumerate(self._plan.fair(middle_s)):
            expected = at_even_odds * odds_share(fair)
            if expected < _HARDLY:
                continue
            bits = self._noise(place).u64(block)
            busy, chance = (bits >> 32) * 2.0**-32, (bits & 0xFFFFFFFF) * 2.0**-32
            count = min(int(expected * 2.0 * busy + chance), most)
            if count:
                salt, known = self.salt(place), trades[place]
                volume_c = volume_of(salt, known + count) - volume_of(salt, known)
                trades[place] = known + count
                dollars[place] += volume_c * round(fair * CONTRACT_BP)
        return Counts(trades, dollars)

    def _noise(self, place: int) -> Noise:
        """A market's own, made when it is needed: most markets of a long ladder never trade."""
        found = self._draws.get(place)
        if found is None:
            found = self._draws[place] = Noise(self._seed, f"{self._tickers[place]}|turnover")
        return found
