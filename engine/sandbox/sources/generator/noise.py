"""Randomness without state: every draw is a function of (seed, label, counter).

A draw can be asked for in any order and any number of times, so a path over years costs nothing until a
piece of it is looked at, and two processes with one seed see one world. Keys come from BLAKE2b, single draws
from the finaliser of SplitMix64 (Steele, Lea, Flood 2014), whole blocks from SHAKE-128.
"""

from __future__ import annotations

import hashlib
import math
import struct

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_UNIT = 2.0**-32
_TURN = 2.0 * math.pi * _UNIT


class Noise:
    """A stream of independent draws, addressed by integer counters of any sign."""

    __slots__ = ("_key", "_name")

    def __init__(self, seed: int, label: str) -> None:
        self._name = f"{seed}|{label}".encode()
        self._key = int.from_bytes(hashlib.blake2b(self._name, digest_size=8).digest(), "little")

    def u64(self, counter: int) -> int:
        """64 random bits."""
        z = (self._key + (counter + 1) * _GOLDEN) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def uniform(self, counter: int) -> float:
        """A number in [0, 1)."""
        return (self.u64(counter) >> 11) * 2.0**-53

    def gauss(self, counter: int) -> float:
        """A standard normal number (Box-Muller on the two halves of one draw)."""
        bits = self.u64(counter)
        return math.sqrt(-2.0 * math.log(((bits >> 32) + 1) * _UNIT)) * math.cos((bits & 0xFFFFFFFF) * _TURN)

    def gauss_block(self, counter: int, count: int) -> list[float]:
        """``count`` standard normal numbers that belong to one counter, drawn together."""
        words = self._words(counter, 2 * count)
        log, sqrt, cos = math.log, math.sqrt, math.cos
        return [
            sqrt(-2.0 * log((words[i] + 1) * _UNIT)) * cos(words[i + 1] * _TURN)
            for i in range(0, 2 * count, 2)
        ]

    def uniform_block(self, counter: int, count: int) -> list[float]:
        """``count`` numbers in [0, 1) that belong to one counter, drawn together."""
        return [word * _UNIT for word in self._words(counter, count)]

    def _words(self, counter: int, count: int) -> tuple[int, ...]:
        data = hashlib.shake_128(self._name + b"|%d" % counter).digest(4 * count)
        return struct.unpack(f"<{count}I", data)


class Octaves:
    """Smooth noise over a real axis: piecewise linear draws at doubling wavelengths, summed.

    With ``growth`` = sqrt(2) it moves like a random walk up to the longest wavelength and is stationary
    beyond; with ``growth`` = 1 every scale is equally loud.
    """

    __slots__ = ("_amplitudes", "_noises", "_wavelength")

    def __init__(
        self, seed: int, label: str, *, wavelength: float, octaves: int, sigma: float, growth: float
    ) -> None:
        self._noises = [Noise(seed, f"{label}|octave{k}") for k in range(octaves)]
        weights = [growth**k for k in range(octaves)]
        scale = sigma / math.sqrt(sum(w * w for w in weights)) * math.sqrt(1.5)
        self._amplitudes = [w * scale for w in weights]
        self._wavelength = wavelength

    def at(self, x: float) -> float:
        """The noise at ``x``; its standard deviation is about ``sigma``."""
        total = 0.0
        wavelength = self._wavelength
        for noise, amplitude in zip(self._noises, self._amplitudes, strict=True):
            position = x / wavelength
            cell = math.floor(position)
            share = position - cell
            total += amplitude * ((1.0 - share) * noise.gauss(cell) + share * noise.gauss(cell + 1))
            wavelength *= 2.0
        return total
