"""Events of a climate day's low: their stations, their rules, what is told about them and not about highs."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from collecting import NOW_NS, taken_of, told

from collectors.observations import Observation
from collectors.taking import FaultKind, SourceFault, Taken
from collectors.weather.nws_forecasts import NwsForecasts
from collectors.weather.nws_reports import NwsReports
from collectors.weather.portal import Portal
from collectors.weather.rules import Settlement, settlement_of
from collectors.weather.rules_part import agreed
from collectors.weather.stations import BY_SERIES, Extreme, extreme_of
from collectors.weather.topics import Topics
from engine.domain.units import HOUR_NS
from engine.wire.iso_time import iso_ns, iso_text

LAX = BY_SERIES["KXLOWTLAX"]
HIGH_EVENT, LOW_EVENT = "KXHIGHLAX-26NOV18", "KXLOWTLAX-26NOV18"
DAY = date(2026, 11, 18)
RULES = (
    "If the {which} temperature recorded at Los Angeles (CLILAX) for Nov 18, 2026, is between 52-53° "
    "fahrenheit according to The Weather Company, then the market resolves to Yes."
)


def both_events() -> Topics:
    found = Topics()
    for event, extreme in ((HIGH_EVENT, Extreme.HIGH), (LOW_EVENT, Extreme.LOW)):
        found.understood(event, Settlement(LAX, DAY, "weather_company", extreme))
    return found


def about(taken: Taken) -> dict[str, tuple[str, ...]]:
    return {one.kind: one.about for one in taken.told if isinstance(one, Observation)}


def test_a_recorded_event_was_settled_by_the_low_or_high_of_the_station_that_the_table_names(
    recordings: Path,
) -> None:
    rows = pq.read_table(recordings / "weather_actuals.parquet").to_pylist()
    observed = {(row["date"], row["station"], row["kind"]): row["value_f"] for row in rows}
    columns = ["event_ticker", "series", "settlement_value"]
    compared = {Extreme.HIGH: set(), Extreme.LOW: set()}  # type: dict[Extreme, set[str]]
    for row in pq.read_table(recordings / "markets.parquet", columns=columns).to_pylist():
        series, value = row["series"], row["settlement_value"]
        if not series.startswith(("KXHIGH", "KXLOW")) or value is None:
            continue
        day = datetime.strptime(row["event_ticker"].split("-")[1], "%y%b%d").date()  # noqa: DTZ007
        known = observed.get((day.isoformat(), BY_SERIES[series].icao, extreme_of(series).value))
        assert known in (None, value), row
        if known is not None:
            compared[extreme_of(series)].add(series)
    assert (len(compared[Extreme.HIGH]), len(compared[Extreme.LOW])) == (20, 20)


@pytest.mark.parametrize(
    ("which", "extreme"),
    [("minimum", Extreme.LOW), ("lowest", Extreme.LOW), ("maximum", Extreme.HIGH), ("highest", Extreme.HIGH)],
)
def test_rules_say_which_end_of_the_day_they_are_about(which: str, extreme: Extreme) -> None:
    found = settlement_of(RULES.format(which=which), "KXLOWTLAX")
    assert found == Settlement(LAX, DAY, "weather_company", extreme)


def test_rules_of_the_other_end_of_the_day_are_refused() -> None:
    minimum, maximum = RULES.format(which="minimum"), RULES.format(which="maximum")
    assert agreed(LOW_EVENT, "KXLOWTLAX", [minimum, minimum]).extreme is Extreme.LOW
    for event, series, rules in (
        (LOW_EVENT, "KXLOWTLAX", [maximum]),
        (HIGH_EVENT, "KXHIGHLAX", [minimum]),
        (LOW_EVENT, "KXLOWTLAX", [minimum, maximum]),
        (LOW_EVENT, "KXLOWTSEA", [minimum]),
    ):
        with pytest.raises(SourceFault) as caught:
            agreed(event, series, rules)
        assert caught.value.fault.kind is FaultKind.UNRECOGNISED


def test_rules_of_another_day_than_the_events_name_are_refused() -> None:
    minimum = RULES.format(which="minimum")
    later = LOW_EVENT.replace(f"{DAY:%d}", f"{DAY.day + 4:02}")
    with pytest.raises(SourceFault, match=f"its rules are of {DAY}, its name of"):
        agreed(later, "KXLOWTLAX", [minimum])
    assert agreed("KXLOWTLAX", "KXLOWTLAX", [minimum]).day == DAY, "a name without a day says nothing"


def published(status: str, **data: object) -> bytes:
    row = {"station": {"cliId": "LAX", "icao": "KLAX"}, "status": status, "data": data}
    return msgspec.json.encode({"results": [row]})


def test_the_first_official_minimum_is_told_about_the_low_event_alone() -> None:
    portal = Portal([LAX], both_events(), "https://p.example")

    def ask(status: str, **data: object) -> Taken:
        return taken_of(portal, "2026-11-18", published(status, **data))

    early = ask("preliminary", maxTemp=70, minTemp=53)
    assert told(early) == [
        ("climate_preliminary", "LAX:2026-11-18", "70"),
        ("climate_low_preliminary", "LAX:2026-11-18", "53"),
    ]
    final = ask("official", maxTemp=71, minTemp=52)
    assert about(final) == {"climate_high": (HIGH_EVENT,), "climate_low": (LOW_EVENT,)}
    assert told(final)[1] == ("climate_low", "LAX:2026-11-18", "52")
    assert told(ask("revised", maxTemp=71, minTemp=50)) == []
    assert told(ask("preliminary", maxTemp=71, minTemp=51)) == []


def test_an_official_day_without_a_minimum_is_said_where_an_event_waits_for_it() -> None:
    bare = published("official", maxTemp=71)
    taken = taken_of(Portal([LAX], both_events(), "https://p.example"), "2026-11-18", bare)
    assert told(taken) == [("climate_high", "LAX:2026-11-18", "71")], "the high counts all the same"
    assert [fault.detail for fault in taken.faults] == ["LAX 2026-11-18: official without a minimum"]
    assert not taken_of(Portal([LAX], Topics(), "https://p.example"), "2026-11-18", bare).faults


def report(at: str, celsius: float, raw: str = "") -> dict[str, Any]:
    temperature = {"unitCode": "wmoUnit:degC", "value": celsius, "qualityControl": "V"}
    return {"properties": {"timestamp": at, "rawMessage": raw, "temperature": temperature}}


def test_readings_give_an_upper_bound_of_the_low_of_a_day_in_standard_time() -> None:
    source = NwsReports([LAX], both_events(), "https://n.example")
    found = [
        report("2026-11-18T07:51:00+00:00", 5),  # 23:51 of the day before, in standard time
        report("2026-11-18T08:51:00+00:00", 11),
        report("2026-11-18T17:51:00+00:00", 14, "KLAX X RMK T01400100 20089"),
    ]
    taken = taken_of(source, "KLAX", msgspec.json.encode({"features": found}), NOW_NS + 8 * HOUR_NS)
    low = next(one for one in told(taken) if one[0] == "day_low")
    assert low == ("day_low", "KLAX:2026-11-18", "48.02"), "its six hours lie within the day"
    assert about(taken) == {
        "temperature": (HIGH_EVENT, LOW_EVENT),
        "day_high": (HIGH_EVENT,),
        "day_low": (LOW_EVENT,),
    }


def test_a_forecast_gives_the_low_of_whole_days() -> None:
    source = NwsForecasts([LAX], both_events(), "https://n.example")
    first = iso_ns("2026-11-18T11:00:00Z")
    periods = [
        {
            "startTime": iso_text(first + hour * HOUR_NS),
            "endTime": iso_text(first + (hour + 1) * HOUR_NS),
            "temperature": 50 + abs(4 - hour),
            "temperatureUnit": "F",
        }
        for hour in range(24)
    ]
    answer = {"properties": {"periods": periods, "updateTime": "2026-11-18T10:00:00+00:00"}}
    cell = {"properties": {"gridId": "LOX", "gridX": 148, "gridY": 41}}
    taken_of(source, "cell KLAX", msgspec.json.encode(cell))
    taken = taken_of(source, "KLAX", msgspec.json.encode(answer))
    assert told(taken) == [
        ("forecast_high", "KLAX:2026-11-18", "66"),
        ("forecast_low", "KLAX:2026-11-18", "50"),
    ]
    assert about(taken)["forecast_low"] == (LOW_EVENT,)
