"""Every source that is asked over HTTP with an answer in the shape that it is known to have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from coinbase_words import rest_trade
from collecting import taken_of

from collectors.index.delayed import Cboe, Yahoo
from collectors.index.fred import Fred
from collectors.index.symbols import SYMBOLS
from collectors.news.desk import NewsDesk
from collectors.news.services import alphavantage, gdelt, newsapi, weather_alerts, x_search
from collectors.polling import PollSource
from collectors.spot.candles import CoinbaseCandles
from collectors.spot.holes import Holes
from collectors.spot.missed_trades import MissedTrades
from collectors.weather.city_index import CityIndex
from collectors.weather.climate_report import ClimateReports
from collectors.weather.nws_forecasts import NwsForecasts
from collectors.weather.nws_reports import NwsReports
from collectors.weather.portal import Portal
from collectors.weather.stations import BY_SERIES
from collectors.weather.topics import Topics

URL, KEY = "https://source.example", "K3Y-v3ry-s3cr3t"
TITLE = "Federal Reserve raises interest rates by 25 basis points"
AT = "2026-11-18T10:00:00Z"
_SPX, _NYC = SYMBOLS["SPX"], BY_SERIES["KXHIGHNY"]
CLIMATE_REPORT = (
    "\n000\nCDUS41 KOKX 180720\nCLINYC\n\n...THE CENTRAL PARK NY CLIMATE SUMMARY FOR NOVEMBER 17 2026...\n\n"
    "TEMPERATURE (F)\n YESTERDAY\n  MAXIMUM         48   2:00 PM\n  MINIMUM         40   3:00 AM\n"
)


class Known(NamedTuple):
    """How a source is made, the errand that ``answer`` is of, and that answer."""

    make: Callable[[], PollSource]
    errand: str
    answer: Any


def _forecasts() -> PollSource:
    source = NwsForecasts([_NYC], Topics(), URL)
    taken_of(source, "cell KNYC", b'{"properties":{"gridId":"OKX","gridX":33,"gridY":37}}')
    return source


def _reports() -> PollSource:
    source = ClimateReports([_NYC], URL)
    taken_of(source, "list NYC", msgspec.json.encode({"@graph": [{"id": "a-1", "issuanceTime": AT}]}))
    return source


def _missed() -> PollSource:
    holes = Holes()
    holes.came("BTC-USD", 1)
    holes.came("BTC-USD", 5)
    return MissedTrades(("BTC-USD",), [holes], URL)


def _quantity(value: float, unit: str = "wmoUnit:degC") -> dict[str, Any]:
    return {"unitCode": unit, "value": value, "qualityControl": "V"}


_HOUR = {"startTime": "2026-11-18T12:00:00Z", "endTime": "2026-11-18T13:00:00Z"}
_READING = {
    "timestamp": "2026-11-18T08:00:00+00:00",
    "rawMessage": "KNYC X RMK T00561017",
    "temperature": _quantity(4),
    "windSpeed": _quantity(3, "wmoUnit:km_h-1"),
}
_META = {"symbol": "^GSPC", "regularMarketPrice": 6012.5, "regularMarketTime": 1_794_999_000}
_DAY = {"maxTemp": 48, "minTemp": 40, "issueTime": AT, "stationId": "KNYC"}
_SITE = {"station": {"cliId": "NYC", "icao": "KNYC"}, "status": "official", "data": _DAY}
_ARTICLE = {"title": TITLE, "url": f"{URL}/a", "publishedAt": AT, "source": {"name": "A"}, "description": "d"}
_STORY = {"title": TITLE, "url": f"{URL}/b", "time_published": "20261118T100000", "source": "s"}
_FOUND = {"title": TITLE, "url": f"{URL}/c", "seendate": "20261118T100000Z", "domain": "d"}
_POST = {"id": "1", "text": TITLE, "created_at": AT, "author_id": "3"}
_ALERT = {"id": "1", "headline": TITLE, "@id": f"{URL}/d", "senderName": "s", "areaDesc": "a", "sent": AT}

KNOWN: dict[str, Known] = {
    "newsapi": Known(
        lambda: newsapi(NewsDesk(), URL, KEY, "x"), "newsapi", {"status": "ok", "articles": [_ARTICLE]}
    ),
    "alphavantage": Known(
        lambda: alphavantage(NewsDesk(), URL, KEY, "x"),
        "alphavantage",
        {"feed": [_STORY | {"overall_sentiment_score": 0.2}]},
    ),
    "gdelt": Known(lambda: gdelt(NewsDesk(), URL, "x"), "gdelt", {"articles": [_FOUND]}),
    "x": Known(
        lambda: x_search(NewsDesk(), URL, KEY, "x", 60.0), "x", {"data": [_POST], "meta": {"result_count": 1}}
    ),
    "x of none": Known(lambda: x_search(NewsDesk(), URL, KEY, "x", 60.0), "x", {"meta": {"result_count": 0}}),
    "alerts": Known(
        lambda: weather_alerts(NewsDesk(), URL, "NY"), "noaa_alerts", {"features": [{"properties": _ALERT}]}
    ),
    "yahoo": Known(
        lambda: Yahoo([_SPX], URL), "SPX", {"chart": {"result": [{"meta": _META}], "error": None}}
    ),
    "cboe": Known(
        lambda: Cboe([_SPX], URL),
        "SPX",
        {"data": {"current_price": 6011.1, "last_trade_time": "2026-11-17T15:59:59"}},
    ),
    "fred": Known(
        lambda: Fred([_SPX], KEY, URL), "SPX", {"observations": [{"date": "2026-11-17", "value": "6010.5"}]}
    ),
    "candles": Known(
        lambda: CoinbaseCandles(("BTC-USD",), URL), "BTC-USD", [[1_794_990_000, 1.0, 5.0, 2.0, 3.0, 10.5]]
    ),
    "missed trades": Known(_missed, "trades BTC-USD", [rest_trade(number) for number in (4, 3, 2)]),
    "city index": Known(
        lambda: CityIndex(("nyc",), URL),
        "nyc",
        {
            "units": "fahrenheit",
            "timeseries": [{"t": 1_794_999_900_000, "v": "48.51", "status": "normal"}],
            "config_version": 3,
        },
    ),
    "cell": Known(
        lambda: NwsForecasts([_NYC], Topics(), URL),
        "cell KNYC",
        {"properties": {"gridId": "OKX", "gridX": 33, "gridY": 37}},
    ),
    "forecast": Known(
        _forecasts,
        "KNYC",
        {"properties": {"periods": [_HOUR | {"temperature": 50, "temperatureUnit": "F"}], "updateTime": AT}},
    ),
    "readings": Known(
        lambda: NwsReports([_NYC], Topics(), URL), "KNYC", {"features": [{"properties": _READING}]}
    ),
    "portal": Known(lambda: Portal([_NYC], Topics(), URL), "2026-11-17", {"results": [_SITE]}),
    "climate list": Known(
        lambda: ClimateReports([_NYC], URL),
        "list NYC",
        {"@graph": [{"id": "a-1", "issuanceTime": AT}]},
    ),
    "climate report": Known(
        _reports, "NYC a-1", {"id": "a-1", "issuanceTime": AT, "productText": CLIMATE_REPORT}
    ),
}
