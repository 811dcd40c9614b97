"""From what a market is worth to where it is quoted: sagging quotes, gaps, spreads, levels.

All of it is a function of the market's noise and the time, so the past can be told without having been lived.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from engine.domain.price_grid import STRUCTURES
from engine.domain.units import CONTRACT_BP, ONE_CONTRACT_C, CountC, PriceBp
from engine.sandbox.sources.generator.noise import Noise
from engine.sandbox.sources.generator.scenario import Scenario

_GAP_S = 600
_TAPER_S = 900.0
_WOBBLE_S = 30
_FALLING = 0.88
"""Share of a fade's round in which quotes fall; the rest brings them back."""


class Maker(msgspec.Struct, frozen=True):
    """A house account that quotes both sides of every market. Prices in basis points at even odds."""

    account_id: str
    half_spread_bp: float
    noise_bp: float
    """How far its opinion strays from the fair price."""
    step_bp: float
    """How far the fair price must move before it quotes anew."""
    pace_ms: int
    """How often it looks at a market at most."""
    refresh_s: int
    """How often it restores its sizes when the price stands still."""
    levels: int
    stride: int
    """Ticks between its levels."""
    size: int
    """Contracts at a level, at the median."""


MAKERS: tuple[Maker, ...] = (
    Maker("house-narrow", 85.0, 15.0, 60.0, 0, 45, 3, 1, 40),
    Maker("house-steady", 170.0, 40.0, 130.0, 1_200, 100, 5, 1, 150),
    Maker("house-deep", 330.0, 80.0, 260.0, 4_000, 240, 6, 2, 500),
)
Level = tuple[PriceBp, CountC]


class Shown(msgspec.Struct, frozen=True):
    """Where a market stands at one moment: the price that makers see, and which sides they quote."""

    price_bp: float
    has_bids: bool = True
    has_asks: bool = True


@lru_cache(maxsize=16)
def order_prices(structure: str) -> tuple[PriceBp, ...]:
    """Every price that an order may have, ascending."""
    grid = STRUCTURES[structure]
    return tuple(price for price in range(1, CONTRACT_BP) if grid.accepts(price))


@lru_cache(maxsize=16)
def size_table(median: int) -> tuple[CountC, ...]:
    """Sixty-four sizes around a median, a few of them with a fraction of a contract."""
    noise = Noise(median, "sizes")
    sizes = []
    for k in range(64):
        contracts = max(1, round(median * math.exp2(1.1 * noise.gauss(k))))
        fraction = noise.u64(1_000 + k) % 100 if k % 9 == 0 else 0
        sizes.append(contracts * ONE_CONTRACT_C + fraction)
    return tuple(sizes)


def shown(scenario: Scenario, noise: Noise, fair: float, at_s: int, remaining_s: float) -> Shown:
    """The market's standing at a fair probability, under the scenario's weather."""
    price_bp = fair * CONTRACT_BP
    if scenario.fade_bp:
        price_bp += fade(scenario.fade_bp, noise, fair, at_s, remaining_s)
    if scenario.gap_share:
        has_bids, has_asks = sides(scenario.gap_share, noise, at_s)
        return Shown(price_bp, has_bids, has_asks)
    return Shown(price_bp)


def fade(depth_bp: float, noise: Noise, fair: float, at_s: int, remaining_s: float) -> float:
    """How far the crowd stands off the fair price, in basis points.

    In rounds of two to four hours it falls steadily from above the fair price to below it, then comes back
    fast. Strongest at even odds; gone as the close nears. One market in four has none of it.
    """
    salt = noise.u64(-7)
    if salt % 4 == 0:
        return 0.0
    period = 7_200 + salt % 7_200
    place = ((at_s + (salt >> 20) % period) % period) / period
    swing = (
        1.0 - 2.0 * place / _FALLING if place < _FALLING else 2.0 * (place - _FALLING) / (1 - _FALLING) - 1.0
    )
    return depth_bp * swing * 4.0 * fair * (1.0 - fair) * min(1.0, max(0.0, remaining_s) / _TAPER_S)


def sides(gap_share: float, noise: Noise, at_s: int) -> tuple[bool, bool]:
    """Whether bids and asks are quoted; in a gap one side, or now and then both, are missing."""
    draw = noise.uniform(at_s // _GAP_S + 1_000_003)
    if draw >= gap_share:
        return True, True
    kind = draw / gap_share
    return 0.4 <= kind < 0.8, kind < 0.4


def half_spread(maker: Maker, scenario: Scenario, fair: float, remaining_s: float) -> float:
    """In basis points: narrow in the tails, wider in the last minutes."""
    odds = fair * (1.0 - fair)
    late = 1.0 + 60.0 / (60.0 + max(0.0, remaining_s))
    return maker.half_spread_bp * scenario.spread * (0.35 + 2.6 * odds) * late


def touch(prices: Sequence[PriceBp], centre_bp: float, half_bp: float) -> tuple[int, int]:
    """Places in ``prices`` of the best bid (-1: none) and the best ask (past the end: none)."""
    bid = bisect_right(prices, centre_bp - half_bp) - 1
    ask = bisect_left(prices, centre_bp + half_bp)
    return bid, max(ask, bid + 1)


def wobble(maker: Maker, noise: Noise, number: int, at_s: int) -> float:
    """A maker's momentary opinion, in basis points off the shown price."""
    return maker.noise_bp * noise.gauss((at_s // _WOBBLE_S) * 8 + number)


def ladder_of(
    maker: Maker, number: int, noise: Noise, prices: Sequence[PriceBp], place: tuple[int, int], at_s: int
) -> tuple[list[Level], list[Level]]:
    """Bids and asks of one maker, best first.

    The size at a price does not depend on where the market stands, so a small move changes few levels.
    """
    bid, ask = place
    sizes = size_table(maker.size)
    salt = noise.u64(number) & 1023
    epoch = at_s // (2 * maker.refresh_s)
    end = len(prices)
    step, depth = maker.stride, maker.levels * maker.stride
    bids = [
        (prices[k], sizes[(7 * k + salt + (epoch + k) // 4) & 63])
        for k in range(bid, max(-1, bid - depth), -step)
    ]
    asks = [
        (prices[k], sizes[(5 * k + salt + (epoch + k) // 4) & 63])
        for k in range(ask, min(end, ask + depth), step)
    ]
    return bids, asks


def odds_share(fair: float) -> float:
    """How often a market trades by its odds alone, as a share of how often it would at even odds."""
    return 4.0 * fair * (1.0 - fair)


def trades_per_minute(liveliness: float, scenario: Scenario, fair: float, remaining_s: float) -> float:
    """How often a market trades: most at even odds, more as the close nears."""
    near = 1.0 + 1_800.0 / (1_800.0 + max(0.0, remaining_s))
    return liveliness * scenario.flow * odds_share(fair) * near / 2.0


def trade_size(noise: Noise, counter: int) -> CountC:
    """Hundredths of a contract: mostly small and whole."""
    bits = noise.u64(counter)
    contracts = max(1, round(8.0 * math.exp2(1.6 * noise.gauss(counter + 1))))
    fraction = (bits >> 8) % 100 if bits % 6 == 0 else 0
    return min(contracts, 2_000) * ONE_CONTRACT_C + fraction
