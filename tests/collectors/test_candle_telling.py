"""What a collector of candlesticks tells the engine beside it."""

from __future__ import annotations

from collecting import ListSink
from manual_clock import ManualClock

from collectors.candles.collecting import Meter, SeriesReport
from collectors.candles.running import LookReport
from collectors.candles.telling import CandleTelling
from collectors.observations import Health
from engine.domain.units import SECOND_NS

HOUR_S = 3_600.0


class Told:
    def __init__(self) -> None:
        self.clock, self.meter, self.sink = ManualClock(), Meter(), ListSink()
        self.lines: list[str] = []
        self._telling = CandleTelling(self.meter, self.sink, self.clock, HOUR_S, self.lines.append)

    async def after(self, seconds: float, done: int) -> Health:
        """What is told once so many requests of this look are answered."""
        await self.clock.advance(round(seconds * SECOND_NS))
        self.meter.done = done
        self._telling.tell()
        told = self.sink.messages[-1]
        assert isinstance(told, Health)
        return told

    def look_ends(self, *series: SeriesReport, left_out: str = "") -> None:
        unlisted = {} if series else {"KXHIGHNY": left_out}
        self._telling.looked(LookReport(series, unlisted, 1.0), left_out)


async def test_the_rate_is_that_of_answers_and_the_age_that_of_the_last() -> None:
    told = Told()
    assert ((await told.after(0, 0)).connected, (await told.after(0, 0)).age_s) == (True, None)
    assert (await told.after(10, 20)).rate == 2.0
    assert (await told.after(5, 20)).age_s == 5.0
    told.look_ends(SeriesReport("KXHIGHNY"))
    assert (await told.after(0, 20)).age_s == 0.0, "it has looked, though there was nothing to ask for"
    later = await told.after(1_800, 0)
    assert (later.age_s, later.rate, later.stale_s) == (1_800.0, 0.0, HOUR_S + 900)
    assert (await told.after(1, 3)).age_s == 0.0, "the next look counts from nothing"


async def test_what_a_look_left_out_is_its_note_until_a_look_has_all() -> None:
    told = Told()
    told.look_ends(SeriesReport("KXHIGHNY", failed=2), left_out="KXHIGHNY: 2 events incomplete")
    health = await told.after(0, 0)
    assert (health.connected, health.note) == (True, "gap: KXHIGHNY: 2 events incomplete")
    assert told.lines == ["candles: gap: KXHIGHNY: 2 events incomplete"]
    await told.after(HOUR_S, 0)
    told.look_ends(SeriesReport("KXHIGHNY"))
    assert (await told.after(0, 0)).note == ""


async def test_an_exchange_that_lists_nothing_is_not_connected() -> None:
    told = Told()
    told.look_ends(left_out="KXHIGHNY could not be listed: HTTP 503")
    health = await told.after(0, 0)
    assert (health.connected, health.note) == (
        False,
        "unreachable: KXHIGHNY could not be listed: HTTP 503",
    )
    await told.after(HOUR_S, 0)
    told.look_ends(SeriesReport("KXHIGHNY"))
    assert (await told.after(0, 0)).connected
