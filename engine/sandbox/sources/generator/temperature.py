"""A weather station: the season, passing air, the course of a day, gusts, and the day's maximum so far."""

from __future__ import annotations

import math
from collections import OrderedDict
from datetime import date
from decimal import Decimal
from itertools import accumulate

import msgspec

from engine.sandbox.sources.generator.eastern import DAY_S, EPOCH
from engine.sandbox.sources.generator.noise import Noise, Octaves
from engine.sandbox.sources.generator.outlook import Outlook, Settlement
from engine.sandbox.sources.generator.slots import HOUR_S, Slot, climate_midnight

_STEP_S = 300
_STEPS = DAY_S // _STEP_S
_PEAK_H = 15.5
_KEPT_DAYS = 24


class Station(msgspec.Struct, frozen=True):
    """A place in degrees Fahrenheit: what a usual day's high is through the year."""

    name: str
    standard_offset_h: int
    mean_high: float
    season: float
    """Half the way from the coldest to the warmest time of the year."""
    warmest_day: int
    """Day of the year."""
    day_range: float
    spread: float
    """Standard deviation of a day's high around the season."""


class ClimateDay(msgspec.Struct):
    """Running maximum, whole degrees, after each five minutes (288 values), and the day's true peak."""

    maxima: list[int]
    peak: float


class DailyHigh:
    """The official maximum of a climate day, whole degrees."""

    def __init__(self, seed: int, station: Station) -> None:
        self._station = station
        label = station.name
        self._masses = Octaves(
            seed, f"{label}|air", wavelength=0.4, octaves=5, sigma=station.spread, growth=1.3
        )
        self._gusts = Noise(seed, f"{label}|gust")
        self._errors = Octaves(seed, f"{label}|forecast", wavelength=1.5, octaves=5, sigma=1.0, growth=1.2)
        self._days: OrderedDict[date, ClimateDay] = OrderedDict()

    def outlook(self, slot: Slot, at_s: int) -> Outlook:
        """A forecast that is off by less and less, and never below what has been measured already."""
        day = self.day(slot.day)
        midnight = climate_midnight(slot.day, self._station.standard_offset_h)
        error = self._forecast_sd(at_s, midnight)
        shift = self._errors.at(at_s / HOUR_S)
        step = min((at_s - midnight) // _STEP_S, _STEPS)
        least = float(day.maxima[step - 1]) if step > 0 else -math.inf
        return Outlook(day.peak + error * shift, error, least=least)

    def settlement(self, slot: Slot) -> Settlement:
        degrees = self.day(slot.day).maxima[-1]
        return Settlement(Decimal(degrees), f"{degrees}.00")

    def day(self, day: date) -> ClimateDay:
        known = self._days.get(day)
        if known is None:
            known = self._days[day] = self._make(day)
            if len(self._days) > _KEPT_DAYS:
                self._days.popitem(last=False)
        return known

    def _forecast_sd(self, at_s: int, midnight: int) -> float:
        """In degrees: about 2.3 a day ahead, half a degree as the peak passes, then soon nothing."""
        ahead = (midnight + _PEAK_H * HOUR_S - at_s) / HOUR_S
        if ahead > 0:
            return 0.5 + 0.36 * math.sqrt(ahead)
        return 0.1 + 0.4 * math.exp(ahead / 1.5)

    def _make(self, day: date) -> ClimateDay:
        station = self._station
        number = (day - EPOCH).days
        turn = 2.0 * math.pi * (day.timetuple().tm_yday - station.warmest_day) / 365.25
        high = station.mean_high + station.season * math.cos(turn)
        masses = [self._masses.at(number + hour / 24) for hour in range(25)]
        draws = self._gusts.gauss_block(number, _STEPS)
        gusts = accumulate(draws, lambda last, draw: 0.8 * last + 0.3 * draw)
        readings = []
        for step, gust in enumerate(gusts):
            hour, rest = divmod(step * _STEP_S, HOUR_S)
            air = masses[hour] + (masses[hour + 1] - masses[hour]) * rest / HOUR_S
            course = (1.0 - math.cos(2.0 * math.pi * (step * _STEP_S / HOUR_S - _PEAK_H) / 24.0)) / 2.0
            readings.append(high + air - station.day_range * course + gust)
        running = list(accumulate(readings, max))
        return ClimateDay([math.floor(value + 0.5) for value in running], running[-1])
