"""What is made of the settlement source, of station reports, of forecasts and of rules; what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from collecting import NOW_NS, body, taken_of, told, values

from collectors.taking import FaultKind, SourceFault
from collectors.weather.city_index import CityIndex
from collectors.weather.climate_report import ClimateReports
from collectors.weather.collector import remember_forecasts
from collectors.weather.metar import Remarks, remarks_of
from collectors.weather.nws_forecasts import NwsForecasts
from collectors.weather.nws_reports import NwsReports
from collectors.weather.portal import Portal
from collectors.weather.rules import Settlement, settlement_of
from collectors.weather.stations import BY_SERIES, STATIONS, climate_day, climate_span
from collectors.weather.topics import Topics
from engine.domain.market import Strike, StrikeType
from engine.domain.units import HOUR_NS, SECOND_NS
from engine.lake.tables import table_named
from engine.lake.writer import LakeWriter
from engine.sandbox.sources.generator.slots import Slot
from engine.sandbox.sources.generator.wording import temperature
from engine.wire.iso_time import iso_ns, iso_text

NYC, CHICAGO = BY_SERIES["KXHIGHNY"], BY_SERIES["KXHIGHCHI"]
EVENT = "KXHIGHNY-26NOV17"
RULES = (
    "If the maximum temperature recorded at Central Park, New York (CLINYC) for Nov 17, 2026, is between "
    "48-49° fahrenheit according to {source}, then the market resolves to Yes."
)
COMPANY, REPORT = "The Weather Company", "the National Weather Service's Climatological Report (Daily)"


def topics() -> Topics:
    found = Topics()
    found.understood(EVENT, Settlement(NYC, date(2026, 11, 17), "weather_company"))
    return found


def sites(*results: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"results": list(results)})


def site(status: str, name: str = "NYC", **data: object) -> dict[str, Any]:
    return {"station": {"cliId": name, "icao": f"K{name}"}, "status": status, "data": data or None}


def official(degrees: object, issued: str = "2026-11-18T08:00:00Z") -> dict[str, Any]:
    return site("official", maxTemp=degrees, avgTemp=40, issueTime=issued)


def test_the_first_official_value_counts_and_no_revision_after_it() -> None:
    portal = Portal([NYC], topics(), "https://p.example")

    def ask(result: dict[str, Any]) -> list[tuple[str, str, str]]:
        return told(taken_of(portal, "2026-11-17", sites(result)))

    assert ask(site("no_report")) == []
    assert ask(site("preliminary", maxTemp=47)) == [("climate_preliminary", "NYC:2026-11-17", "47")]
    assert ask(site("preliminary", maxTemp=47)) == []
    assert ask(official(48)) == [("climate_high", "NYC:2026-11-17", "48")]
    assert ask(site("revised", maxTemp=50)) == []
    assert ask(site("preliminary", maxTemp=46)) == []
    assert ask(official(51, "2026-11-18T12:00:00Z")) == []


def test_publications_are_kept_each_with_its_own_words_and_told_of_their_event() -> None:
    portal = Portal([NYC], topics(), "https://p.example")
    first = taken_of(portal, "2026-11-17", sites(official("48"), site("official", "XXX", maxTemp=1)))
    again = taken_of(portal, "2026-11-17", sites(official("48")))
    assert values(first.rows, "climate_date", "status", "max_f", "max_text", "issued_ns") == [
        ("2026-11-17", "official", 48.0, "48", iso_ns("2026-11-18T08:00:00Z"))
    ]
    assert first.told[0].about == (EVENT,)  # type: ignore[union-attr]
    assert (again.rows, again.told, again.repeats) == ([], [], 1)


def test_a_value_is_told_again_once_its_event_is_understood() -> None:
    known = Topics()
    portal = Portal([NYC], known, "https://p.example")
    assert taken_of(portal, "2026-11-17", sites(official(48))).told[0].about == ()  # type: ignore[union-attr]
    known.understood(EVENT, Settlement(NYC, date(2026, 11, 17), "nws_cli"))
    assert not taken_of(portal, "2026-11-17", sites(official(48))).told, "it is settled by another source"
    known.understood(EVENT, Settlement(NYC, date(2026, 11, 17), "weather_company"))
    again = taken_of(portal, "2026-11-17", sites(official(48)))
    assert again.told[0].about == (EVENT,)  # type: ignore[union-attr]
    assert not again.rows


@pytest.mark.parametrize(
    ("result", "kind", "words"),
    [
        (site("final", maxTemp=48), FaultKind.UNRECOGNISED, "status 'final'"),
        (site("official", avgTemp=48), FaultKind.SHAPE, "official without a maximum"),
        (official(480), FaultKind.SHAPE, "480.0 degrees"),
        (official("hot"), FaultKind.SHAPE, "wanted a number"),
        (site("official", maxTemp=48, stationId="KJFK"), FaultKind.UNRECOGNISED, "data of station 'KJFK'"),
        (site("official", "LAX", maxTemp=48), FaultKind.SHAPE, "no row of NYC"),
    ],
)
def test_a_publication_that_is_not_understood_is_refused_and_said(
    result: dict[str, Any], kind: FaultKind, words: str
) -> None:
    taken = taken_of(Portal([NYC], topics(), "https://p.example"), "2026-11-17", sites(result))
    assert (taken.rows, taken.told) == ([], [])
    assert taken.faults[0].kind is kind
    assert words in taken.faults[0].detail


@pytest.mark.parametrize("data", [b'{"items":[]}', b"[]", b'{"results":[{"station":"NYC","status":1}]}'])
def test_a_changed_shape_is_said_and_nothing_is_taken(data: bytes) -> None:
    with pytest.raises(SourceFault, match="shape"):
        taken_of(Portal([NYC], topics(), "https://p.example"), "2026-11-17", data)


def test_a_climate_day_begins_at_one_o_clock_in_summer() -> None:
    start_ns, end_ns = climate_span(NYC, date(2026, 7, 4))
    assert (iso_text(start_ns), iso_text(end_ns)) == ("2026-07-04T05:00:00Z", "2026-07-05T05:00:00Z")
    assert climate_day(NYC, start_ns) == climate_day(NYC, end_ns - 1) == date(2026, 7, 4)
    assert climate_day(NYC, start_ns - 1) == date(2026, 7, 3)


def test_every_station_is_there_once() -> None:
    for names in zip(*[(s.series, s.low_series, s.site, s.icao) for s in STATIONS], strict=True):
        assert len(set(names)) == len(STATIONS)


@pytest.mark.parametrize(("source", "wanted"), [(COMPANY, "weather_company"), (REPORT, "nws_cli")])
def test_rules_that_are_known_say_station_day_and_source(source: str, wanted: str) -> None:
    found = settlement_of(RULES.format(source=source), "KXHIGHNY")
    assert found == Settlement(NYC, date(2026, 11, 17), wanted)


def test_the_sandbox_words_its_rules_as_they_are_read() -> None:
    _, market = temperature("NYC", "Central Park, New York", "CLINYC")
    slot = Slot("26NOV17", date(2026, 11, 17), 0, 0, 0, 0)
    for strike in (
        Strike(StrikeType.GREATER, floor=Decimal(49)),
        Strike(StrikeType.LESS, cap=Decimal(42)),
        Strike(StrikeType.BETWEEN, floor=Decimal(48), cap=Decimal(49)),
    ):
        found = settlement_of(market(slot, strike).rules, "KXHIGHNY")
        assert found == Settlement(NYC, date(2026, 11, 17), "weather_company")


@pytest.mark.parametrize(
    "rules",
    [
        RULES.format(source="AccuWeather"),
        RULES.format(source=COMPANY).replace("CLINYC", "CLIJFK"),
        RULES.format(source=COMPANY).replace("(CLINYC) ", ""),
        RULES.format(source=COMPANY).replace("maximum", "average"),
        RULES.format(source=COMPANY).replace("Nov 17, 2026", "Nov 37, 2026"),
        "",
    ],
)
def test_rules_that_are_not_known_are_refused(rules: str) -> None:
    with pytest.raises(SourceFault) as caught:
        settlement_of(rules, "KXHIGHNY")
    assert caught.value.fault.kind is FaultKind.UNRECOGNISED


def test_the_remarks_of_a_report_are_exact() -> None:
    text = "KNYC 171151Z AUTO 00000KT 10SM CLR 07/M02 A3012 RMK AO2 SLP193 T00721017 10089 21006 401110067="
    assert remarks_of(text) == Remarks(7.2, -1.7, 8.9, -0.6, 11.1, 6.7)
    assert remarks_of("KNYC 171151Z 10089 T00721017") == Remarks()


def report(at: str, celsius: float | None, raw: str = "", unit: str = "wmoUnit:degC") -> dict[str, Any]:
    temperature = {"unitCode": unit, "value": celsius, "qualityControl": "V"}
    return {"properties": {"timestamp": at, "rawMessage": raw, "temperature": temperature}}


def reports(*found: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"features": list(found)})


def test_readings_give_the_newest_and_a_lower_bound_of_the_days_high() -> None:
    source = NwsReports([NYC], Topics(), "https://n.example")
    morning = report("2026-11-18T08:00:00+00:00", 4)
    exact = report("2026-11-18T09:51:00+00:00", 5, "KNYC X RMK T00561017")
    first = taken_of(source, "KNYC", reports(exact, morning))
    assert told(first) == [
        ("temperature", "KNYC", "42.08"),
        ("day_high", "KNYC:2026-11-18", "42.08"),
        ("day_low", "KNYC:2026-11-18", "39.2"),
    ]
    cooler = report("2026-11-18T10:51:00+00:00", 3)
    later = taken_of(source, "KNYC", reports(cooler, exact, morning))
    assert told(later) == [("temperature", "KNYC", "37.4"), ("day_low", "KNYC:2026-11-18", "37.4")]
    assert later.repeats == 2
    filled = report("2026-11-18T10:51:00+00:00", 3, "KNYC X RMK T00301017 10089")
    upserted = taken_of(source, "KNYC", reports(filled))
    assert [row[0] for row in values(upserted.rows, "max_6h_c")] == [8.9]
    assert told(upserted) == [], "its six hours reach into the day before"


def test_six_hours_within_the_day_prove_its_high_and_another_unit_proves_nothing() -> None:
    source = NwsReports([NYC], Topics(), "https://n.example")
    noon = report("2026-11-18T17:51:00+00:00", 3, "KNYC X RMK T00301017 10089")
    wrong = report("2026-11-18T18:51:00+00:00", 99, unit="wmoUnit:degF")
    taken = taken_of(source, "KNYC", reports(wrong, noon), NOW_NS + 8 * HOUR_NS)
    assert ("day_high", "KNYC:2026-11-18", "48.02") in told(taken)
    assert [fault.kind for fault in taken.faults] == [FaultKind.SHAPE]
    assert taken_of(source, "KNYC", reports()).faults


@pytest.mark.parametrize("quality", ["X", "Q", "B"])
def test_a_reading_that_quality_control_doubts_is_kept_and_proves_nothing(quality: str) -> None:
    source = NwsReports([NYC], Topics(), "https://n.example")
    doubted = report("2026-11-18T09:51:00+00:00", 45)
    doubted["properties"]["temperature"]["qualityControl"] = quality
    taken = taken_of(source, "KNYC", reports(report("2026-11-18T08:51:00+00:00", 4), doubted))
    assert len(taken.rows) == 2
    assert told(taken) == [
        ("temperature", "KNYC", "39.2"),
        ("day_high", "KNYC:2026-11-18", "39.2"),
        ("day_low", "KNYC:2026-11-18", "39.2"),
    ]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (report("2026-11-19T09:51:00+00:00", 4), "h to come"),
        (report("2026-11-18T09:51:00+00:00", 99), "210.2 degrees"),
        (report("0001-01-01T00:00:00Z", 4), "wanted a time"),
    ],
)
def test_a_reading_that_cannot_be_is_said_and_the_newest_stays_what_it_was(
    bad: dict[str, Any], words: str
) -> None:
    source = NwsReports([NYC], Topics(), "https://n.example")
    taken = taken_of(source, "KNYC", reports(report("2026-11-18T08:51:00+00:00", 4), bad))
    assert [value for _, _, value in told(taken)] == ["39.2"] * 3
    assert [fault.kind for fault in taken.faults] == [FaultKind.SHAPE]
    assert words in taken.faults[0].detail


def test_a_clock_that_is_an_hour_late_refuses_no_reading() -> None:
    source = NwsReports([NYC], Topics(), "https://n.example")
    data = reports(report("2026-11-18T10:51:00+00:00", 4))
    taken = taken_of(source, "KNYC", data, iso_ns("2026-11-18T10:00:00Z"))
    assert (len(taken.rows), taken.faults) == (1, [])


def hours(start: str, count: int, top: int) -> dict[str, Any]:
    first = iso_ns(start)
    periods = [
        {
            "startTime": iso_text(first + hour * HOUR_NS),
            "endTime": iso_text(first + (hour + 1) * HOUR_NS),
            "temperature": top - abs(9 - hour),
            "temperatureUnit": "F",
        }
        for hour in range(count)
    ]
    return {"properties": {"periods": periods, "updateTime": "2026-11-18T10:00:00+00:00"}}


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_forecast_that_was_kept_before_a_new_start_is_told_and_not_kept_again(
    tmp_path: Path, is_closed: bool
) -> None:
    def started() -> NwsForecasts:
        source = NwsForecasts([NYC], Topics(), "https://n.example")
        cell = {"properties": {"gridId": "OKX", "gridX": 33, "gridY": 37}}
        taken_of(source, "cell KNYC", msgspec.json.encode(cell))
        return source

    data = msgspec.json.encode(hours("2026-11-18T12:00:00Z", 48, 50))
    first = taken_of(started(), "KNYC", data)
    writer = LakeWriter(tmp_path, table_named("weather_forecasts"), 0, now_ns=lambda: NOW_NS)
    writer.append([msgspec.structs.asdict(row) for row in first.rows])
    if is_closed:
        writer.close()
    second = started()
    remember_forecasts(second, tmp_path, NOW_NS)
    again = taken_of(second, "KNYC", data)
    writer.close()
    assert len(first.rows) == 48
    assert (again.rows, again.repeats) == ([], 48)
    assert told(again) == told(first) != []


def test_a_forecast_is_asked_for_by_its_cell_and_gives_the_highs_of_whole_days() -> None:
    source = NwsForecasts([NYC], Topics(), "https://n.example")
    assert [errand.name for errand in source.errands(NOW_NS)] == ["cell KNYC"]
    cell = {"properties": {"gridId": "OKX", "gridX": 33, "gridY": 37}}
    taken_of(source, "cell KNYC", msgspec.json.encode(cell))
    asked = next(errand for errand in source.errands(NOW_NS) if errand.name == "KNYC")
    assert asked.request.url == "https://n.example/gridpoints/OKX/33,37/forecast/hourly"
    answer = msgspec.json.encode(hours("2026-11-18T11:00:00Z", 20, 60))
    taken = taken_of(source, "KNYC", answer)
    assert len(taken.rows) == 20
    assert told(taken) == [
        ("forecast_high", "KNYC:2026-11-18", "60"),
        ("forecast_low", "KNYC:2026-11-18", "51"),
    ], "tomorrow does not reach its end"
    assert taken_of(source, "KNYC", answer).repeats == 20


CLI = """
CDUS41 KOKX 180630
CLINYC

CLIMATE REPORT
...THE CENTRAL PARK NY CLIMATE SUMMARY FOR NOVEMBER 17 2026...

WEATHER ITEM   OBSERVED TIME   RECORD YEAR NORMAL DEPARTURE LAST
TEMPERATURE (F)
 {group}
  MAXIMUM         {high}    2:11 PM  75    1990  54     -6       48
  MINIMUM         38    6:40 AM  20    1933  42     -4       41
"""


def product(group: str = "YESTERDAY", high: str = "48", place: str = "CLINYC") -> bytes:
    text = CLI.format(group=group, high=high).replace("CLINYC", place)
    return msgspec.json.encode({"id": "abc-1", "issuanceTime": "2026-11-18T06:30:00Z", "productText": text})


def test_climate_reports_are_listed_read_once_and_told_to_nobody() -> None:
    source = ClimateReports([NYC], "https://n.example")
    listed = [{"id": f"abc-{n}", "issuanceTime": f"2026-11-1{n}T06:30:00Z"} for n in (1, 3, 2)]
    taken_of(source, "list NYC", msgspec.json.encode({"@graph": listed}))
    assert [errand.name for errand in source.errands(NOW_NS)] == ["list NYC", "NYC abc-3", "NYC abc-2"]
    taken = taken_of(source, "NYC abc-3", product())
    assert values(taken.rows, "climate_date", "status", "max_f", "min_f") == [
        ("2026-11-17", "official", 48.0, 38.0)
    ]
    assert not taken.told
    taken_of(source, "list NYC", msgspec.json.encode({"@graph": listed}))
    assert [errand.name for errand in source.errands(NOW_NS)] == ["list NYC", "NYC abc-2"]


@pytest.mark.parametrize(
    ("group", "high", "wanted"),
    [("TODAY", "47R", ("preliminary", 47.0)), ("YESTERDAY", "MM", ("official", None))],
)
def test_an_afternoon_is_preliminary_and_what_is_missing_is_nothing(
    group: str, high: str, wanted: tuple[str, float | None]
) -> None:
    source = ClimateReports([NYC], "https://n.example")
    listed = [{"id": "abc-1", "issuanceTime": "2026-11-18T06:30:00Z"}]
    taken_of(source, "list NYC", msgspec.json.encode({"@graph": listed}))
    assert values(taken_of(source, "NYC abc-1", product(group, high)).rows, "status", "max_f") == [wanted]


def test_a_report_of_another_site_is_refused() -> None:
    source = ClimateReports([CHICAGO], "https://n.example")
    listed = [{"id": "abc-1", "issuanceTime": "2026-11-18T06:30:00Z"}]
    taken_of(source, "list MDW", msgspec.json.encode({"@graph": listed}))
    with pytest.raises(SourceFault, match="unrecognised"):
        taken_of(source, "MDW abc-1", product())


def test_the_hourly_index_tells_its_newest_whole_minute() -> None:
    source = CityIndex(["nyc"], "https://k.example")
    minute = NOW_NS // SECOND_NS // 60 * 60_000
    series = [
        {"t": minute, "status": "incomplete"},
        {"t": minute - 60_000, "v": "48.12", "status": "normal"},
        {"t": minute - 120_000, "v": "48.10", "status": "normal"},
    ]
    data = {"city": "nyc", "units": "fahrenheit", "config_version": 3, "timeseries": series}
    taken = taken_of(source, "nyc", msgspec.json.encode(data))
    assert told(taken) == [("weather_index", "nyc", "48.12")]
    assert len(taken.rows) == 3
    series[0]["v"], series[0]["status"] = "48.15", "normal"
    again = taken_of(source, "nyc", msgspec.json.encode(data))
    assert (told(again), again.repeats) == ([("weather_index", "nyc", "48.15")], 2)
    with pytest.raises(SourceFault, match="units 'celsius'"):
        source.take(source.errands(1)[0], body(msgspec.json.encode(data | {"units": "celsius"})))
