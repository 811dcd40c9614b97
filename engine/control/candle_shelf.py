"""Candlesticks that were told once: periods that are over do not change, the one that runs does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from engine.control.queries import CandlesArgs
from engine.domain.candle import Candlestick
from engine.domain.units import SECOND_NS
from engine.ports import Clock

Ask = Callable[[CandlesArgs], Awaitable[tuple[Candlestick, ...]]]

SETTLED_S = 120
"""So long after its end, in exchange time, a period is taken for final: the exchange counts late."""
BELIEVED_NS = SECOND_NS
"""How long an answer about periods that are not final is given again."""
MOST_SHELVES = 64
MOST_KEPT = 20_000
"""Candlesticks of all shelves, at some 700 bytes each."""


class Shelf:
    """One market and period. Holds every candlestick that ends in [``start_s``, ``final_s``], and what was
    told of [``final_s`` + 1, ``end_s``] at ``told_mono``."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.start_s = 0
        self.final_s = -1
        self.end_s = -1
        self.told_mono = 0
        self.final: dict[int, Candlestick] = {}
        self.running: tuple[Candlestick, ...] = ()

    def missing(self, args: CandlesArgs, now_mono: int) -> CandlesArgs | None:
        """What has to be asked for ``args`` to be answered."""
        if not self.start_s <= args.start_s <= self.final_s + 1:
            return args
        is_told = args.end_s <= self.end_s and now_mono - self.told_mono < BELIEVED_NS
        if args.end_s <= self.final_s or is_told:
            return None
        return CandlesArgs(args.ticker, args.period_min, self.final_s + 1, args.end_s)

    def put(self, asked: CandlesArgs, found: tuple[Candlestick, ...], now_s: int, now_mono: int) -> None:
        """Takes an answer to what was missing, asked at ``now_s``."""
        if asked.start_s != self.final_s + 1:
            self.start_s, self.final_s = asked.start_s, asked.start_s - 1
            self.final = {}
        self.final_s = max(self.final_s, min(asked.end_s, now_s - SETTLED_S))
        self.final.update((candle.end_s, candle) for candle in found if candle.end_s <= self.final_s)
        self.running = tuple(candle for candle in found if candle.end_s > self.final_s)
        self.end_s, self.told_mono = asked.end_s, now_mono

    def within(self, args: CandlesArgs) -> tuple[Candlestick, ...]:
        """Oldest first."""
        held = [self.final[end_s] for end_s in sorted(self.final)]
        return tuple(
            candle for candle in (*held, *self.running) if args.start_s <= candle.end_s <= args.end_s
        )


class CandleShelves:
    """Asks ``ask`` for what it does not have. Of one market and period one question is under way at a time;
    whoever asks meanwhile waits and mostly finds the answer there."""

    def __init__(self, ask: Ask, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._shelves: dict[tuple[str, int], Shelf] = {}
        """The one that was used last at the end."""

    async def candles(self, args: CandlesArgs) -> tuple[Candlestick, ...]:
        """Raises what ``ask`` raises; then nothing is kept of it."""
        key = (args.ticker, args.period_min)
        shelf = self._shelves.pop(key, None) or Shelf()
        self._shelves[key] = shelf
        self._make_room()
        async with shelf.turn:
            missing = shelf.missing(args, self._clock.mono_ns())
            if missing is not None:
                now_s = self._clock.exchange_ns() // SECOND_NS
                found = await self._ask(missing)
                shelf.put(missing, found, now_s, self._clock.mono_ns())
            return shelf.within(args)

    def _make_room(self) -> None:
        """Takes away what was not used for longest, never what was used last."""
        kept = sum(len(shelf.final) for shelf in self._shelves.values())
        while len(self._shelves) > 1 and (kept > MOST_KEPT or len(self._shelves) > MOST_SHELVES):
            kept -= len(self._shelves.pop(next(iter(self._shelves))).final)
