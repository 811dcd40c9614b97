"""Generated worlds for tests: an exchange with its generator, moved by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from engine.domain.market import MarketStatus
from engine.domain.units import SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import FeedEvent
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.sources.generator.desk import Desk
from engine.sandbox.sources.generator.options import ALL_SERIES, GeneratorOptions
from engine.sandbox.sources.generator.source import Generator

FRIDAY = 1_794_582_600
"""2026-11-13 15:10 UTC, 10:10 in the morning in the east."""


class World:
    """An exchange at ``start_s`` with its generator open."""

    def __init__(
        self,
        *,
        seed: int = 3,
        scenario: str = "calm",
        legs: int | None = 40,
        series: tuple[str, ...] = ALL_SERIES,
        start_s: int = FRIDAY,
    ) -> None:
        self.exchange = Exchange(world_id=f"test-{seed}", now_ns=start_s * SECOND_NS)
        self.generator = Generator(GeneratorOptions(seed, scenario, legs, series))
        self.generator.open(self.exchange)
        self.opening = self.exchange.drain()

    @property
    def now_s(self) -> int:
        return self.exchange.now_ns // SECOND_NS

    def run(self, seconds: float, *, step_s: float = 0.1) -> Iterator[FeedEvent]:
        """Moves on in steps as the server does, giving what happened."""
        end_ns = self.exchange.now_ns + int(seconds * SECOND_NS)
        while self.exchange.now_ns < end_ns:
            to_ns = min(end_ns, self.exchange.now_ns + int(step_s * SECOND_NS))
            self.generator.advance(self.exchange, to_ns)
            self.exchange.advance(to_ns)
            yield from self.exchange.drain()

    def live(self, seconds: float, *, step_s: float = 0.1) -> list[FeedEvent]:
        return list(self.run(seconds, step_s=step_s))


def fingerprint(seed: int) -> str:
    """A hash of all that happens in a short life with steps of different lengths."""
    world = World(seed=seed)
    digest = hashlib.sha256()
    for step_s in (0.1, 0.7, 6.0, 60.0, 0.1):
        for event in world.run(8 * step_s, step_s=step_s):
            digest.update(repr(event).encode())
    for ticker in sorted(world.exchange.markets):
        digest.update(repr((ticker, world.exchange.markets[ticker].levels)).encode())
    return digest.hexdigest()


def active(exchange: Exchange) -> list[MarketRecord]:
    return [record for record in exchange.markets.values() if record.market.status is MarketStatus.ACTIVE]


def check_book(record: MarketRecord) -> None:
    levels = record.levels
    assert not levels.is_crossed, record.ticker
    for price_bp in (*levels.bids, *levels.asks):
        assert record.market.grid.accepts(price_bp), (record.ticker, price_bp)


def desks(world: World, series: str | None = None) -> list[Desk]:
    """The open markets as the makers see them, of all series or of one."""
    events = world.generator.live_events
    return [d for e in events if series in (None, e.plan.family.series.ticker) for d in e.desks]


def mid_bp(record: MarketRecord) -> float | None:
    bid, ask = record.levels.best_bid_bp, record.levels.best_ask_bp
    return None if bid is None or ask is None else (bid + ask) / 2
