"""One running exchange with everything around it: its markets, its time, its file, its listeners."""

from __future__ import annotations

from collections.abc import Callable

from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.server.auth import KeyRing
from engine.sandbox.server.candles import CandleRecorder
from engine.sandbox.server.clock import ExchangeClock
from engine.sandbox.server.companion import Errands
from engine.sandbox.server.core_rows import changed_rows
from engine.sandbox.server.faults import FaultRules
from engine.sandbox.server.limits import RateLimits
from engine.sandbox.server.past_periods import PastPeriods
from engine.sandbox.server.records import Origin, clock_row, key_row, pauses_row, tier_row
from engine.sandbox.server.shard_transfers import ShardTransfers
from engine.sandbox.server.store import ChangedRow, Store, StoreError
from engine.sandbox.server.stream.hub import Hub
from engine.sandbox.server.wall import Wall
from engine.sandbox.source import KeepsRows, MarketSource

TICK_S = 0.1
IDLE_GAP_NS = 10 * SECOND_NS
"""A recording in which nothing happens for longer than this (of wall time) is skipped to where it goes on."""


class World:
    """Everything is touched from one event loop, synchronously: a request or a tick is one whole step, but
    for candlesticks, of which a long past is read in several.

    Whoever changes the exchange calls :meth:`commit` before anything is answered, without awaiting between.
    """

    def __init__(
        self,
        *,
        exchange: Exchange,
        source: MarketSource,
        clock: ExchangeClock,
        store: Store,
        faults: FaultRules,
        limits: RateLimits,
        keys: KeyRing,
        wall: Wall,
        origin: Origin,
    ) -> None:
        self.exchange = exchange
        self.source = source
        self.clock = clock
        self.store = store
        self.faults = faults
        self.limits = limits
        self.keys = keys
        self.wall = wall
        self.origin = origin
        self.hub = Hub(exchange, faults, keys, wall=wall)
        self.candles = CandleRecorder(exchange, source)
        self.past_periods = PastPeriods(self.candles.told_until_ns)
        self.transfers = ShardTransfers(exchange)
        self.stop: Callable[[], None] | None = None
        """Ends the server that serves this world; None while there is none."""
        self.errands: Errands | None = None
        """Who fetches what a client asks for and the world has not; None where there is nobody."""
        self._keeps = source if isinstance(source, KeepsRows) else None
        self._failure: StoreError | None = None
        self._saved_clock = clock.state
        self._saved_pauses = faults.pauses
        faults.on_pause = self._pause

    def commit(self) -> None:
        """Makes what changed durable, in one transaction, then tells the listeners.

        Raises StoreError; the server must end then, since it knows more than its file.
        """
        if self._failure is not None:
            raise self._failure
        rows = changed_rows(self.exchange.take_changes())
        events = self.exchange.drain()
        if events:
            self.candles.observe(events)
        rows.extend(self._own_rows())
        try:
            self.store.write(rows)
        except StoreError as error:
            # These rows are lost, so nothing may follow them.
            self._failure = error
            raise
        if events:
            self.hub.publish(events)

    def tick(self) -> None:
        """Brings the exchange to the clock's present."""
        to_ns = self._past_idle(self.clock.now_ns())
        if to_ns > self.exchange.now_ns:
            self.source.advance(self.exchange, to_ns)
            self.exchange.advance(to_ns)
        self.transfers.apply_due()
        self.commit()

    async def run(self) -> None:
        """Ticks until it is canceled."""
        while True:
            self.tick()
            await self.wall.sleep(TICK_S)

    def _past_idle(self, now_ns: Nanoseconds) -> Nanoseconds:
        """The present, moved on if the source is a recording that has nothing for a while."""
        if self.origin.catches_up or self.clock.is_paused:
            return now_ns
        source_ns = self.source.next_due_ns(self.exchange.now_ns)
        if source_ns is None:
            return now_ns
        exchange_ns = self.exchange.next_due_ns()
        due_ns = source_ns if exchange_ns is None else min(source_ns, exchange_ns)
        if due_ns - now_ns > IDLE_GAP_NS * self.clock.state.speed_millionths // 1_000_000:
            self.clock.step_to(due_ns)
            return due_ns
        return now_ns

    def _own_rows(self) -> list[ChangedRow]:
        rows = [key_row(record) for record in self.keys.take_changes()]
        rows.extend(tier_row(record) for record in self.limits.take_changes())
        if self.clock.state is not self._saved_clock:
            self._saved_clock = self.clock.state
            rows.append(clock_row(self._saved_clock))
        if self.faults.pauses != self._saved_pauses:
            self._saved_pauses = self.faults.pauses
            rows.append(pauses_row(self._saved_pauses))
        rows.extend(self.candles.take_rows())
        rows.extend(self.transfers.take_rows())
        if self._keeps is not None:
            rows.extend(self._keeps.take_rows())
        return rows

    def _pause(self, exchange_paused: bool | None, trading_paused: bool | None) -> None:
        self.exchange.set_active(
            exchange_active=None if exchange_paused is None else not exchange_paused,
            trading_active=None if trading_paused is None else not trading_paused,
        )
        self.commit()
