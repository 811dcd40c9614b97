"""What a candle collector beside an engine tells it: how it does. Candlesticks themselves go to the lake."""

from __future__ import annotations

from collections.abc import Callable

from collectors.candles.collecting import Meter
from collectors.candles.running import LookReport
from collectors.health import SourceHealth
from collectors.observations import Health
from collectors.sinks import ObservationSink
from collectors.taking import Fault, FaultKind, Taken
from collectors.words import one_line
from engine.domain.units import SECOND_NS
from engine.kalshi.clock import Clock

NAME = "candles"
_EACH_NS = 2 * SECOND_NS
_LOOK_TAKES_S = 900.0
"""A look may last so long without a request: its lists are read first."""
_NOTE = 300


class CandleTelling:
    """The rate is that of answered requests; the age that of the last one, or of the last look's end."""

    def __init__(
        self, meter: Meter, sink: ObservationSink, clock: Clock, every_s: float, say: Callable[[str], None]
    ) -> None:
        self.health = SourceHealth(NAME, clock.monotonic_ns, say)
        self.health.stale_s = every_s + _LOOK_TAKES_S
        self.health.connected()
        self._meter, self._sink, self._clock = meter, sink, clock
        self._done = 0

    async def run(self) -> None:
        """Until it is canceled."""
        while True:
            self.tell()
            await self._clock.sleep(_EACH_NS)

    def tell(self) -> None:
        health = self.health
        self._count()
        note = one_line(health.note, _NOTE)
        rate = round(health.rate, 3)
        self._sink.put(Health(NAME, health.is_connected, health.age_s, rate, note, health.stale_s))

    def looked(self, report: LookReport, left_out: str) -> None:
        """After each look. ``left_out`` is what it could not have, in words; empty: it has all."""
        self._count()
        health = self.health
        if report.trouble:
            health.fault(Fault(FaultKind.DISK, report.trouble))
            return
        if not report.series:
            health.disconnected()
            health.fault(Fault(FaultKind.UNREACHABLE, left_out))
            return
        if not health.is_connected:
            health.connected()
        health.took(Taken())
        if left_out:
            health.fault(Fault(FaultKind.GAP, left_out))
        else:
            health.is_well()

    def _count(self) -> None:
        """The requests since the last time; each look counts from nothing."""
        done = self._meter.done
        for _ in range(done - self._done if done >= self._done else done):
            self.health.took(Taken())
        self._done = done
