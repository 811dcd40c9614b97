"""What is known of the recorded series beside their prices (facts sheet, series facts and fees)."""

from __future__ import annotations

import re

import msgspec

from engine.domain.fee import FeeSchedule, FeeType

HALF = 500_000
_CLI = (("National Weather Service", "https://www.weather.gov/"),)
_CF = (("CF Benchmarks", "https://www.cfbenchmarks.com/"),)
_CITIES = {
    "NY": "New York City",
    "NYC": "New York City",
    "CHI": "Chicago",
    "LAX": "Los Angeles",
    "MIA": "Miami",
    "AUS": "Austin",
    "DEN": "Denver",
    "PHIL": "Philadelphia",
    "ATL": "Atlanta",
    "BOS": "Boston",
    "DAL": "Dallas",
    "DC": "Washington, DC",
    "HOU": "Houston",
    "LV": "Las Vegas",
    "MIN": "Minneapolis",
    "NOLA": "New Orleans",
    "OKC": "Oklahoma City",
    "PHX": "Phoenix",
    "SATX": "San Antonio",
    "SEA": "Seattle",
    "SFO": "San Francisco",
}
_WEATHER = re.compile(rf"KX(HIGH|LOW|TEMP)T?({'|'.join(_CITIES)})(H?)")
_CRYPTO = re.compile(r"KX(BTC|ETH)(15M|D|)")
_COINS = {"BTC": ("Bitcoin", "BRTI", "BTC-USD"), "ETH": ("Ethereum", "ETHUSD_RTI", "ETH-USD")}


class SeriesFacts(msgspec.Struct, frozen=True):
    """``unit`` is ``°``, ``$`` or empty; ``product`` is the spot stand-in for the settlement index."""

    title: str
    category: str = ""
    frequency: str = "custom"
    unit: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    fees: FeeSchedule = FeeSchedule()
    index_id: str | None = None
    product: str | None = None
    one_winner: bool = False
    """Known to be mutually exclusive where the strikes do not show it."""


def facts_of(series: str) -> SeriesFacts:
    """The facts of a series; one that is unknown is titled by its ticker and pays the standard fee."""
    if weather := _WEATHER.fullmatch(series):
        return _weather(weather[1], _CITIES[weather[2]])
    if crypto := _CRYPTO.fullmatch(series):
        return _crypto(crypto[1], crypto[2])
    if series == "KXMLBGAME":
        fees = FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES, HALF)
        return SeriesFacts("Professional Baseball Game", "Sports", fees=fees, one_winner=True)
    return SeriesFacts(title=series)


def _weather(kind: str, city: str) -> SeriesFacts:
    word = {"HIGH": "Highest temperature", "LOW": "Lowest temperature", "TEMP": "Temperature"}[kind]
    frequency = "hourly" if kind == "TEMP" else "daily"
    return SeriesFacts(f"{word} in {city}", "Climate and Weather", frequency, "°", _CLI)


def _crypto(coin: str, form: str) -> SeriesFacts:
    name, index_id, product = _COINS[coin]
    title = {"15M": f"{name} price up or down", "D": f"{name} price above", "": f"{name} price range"}[form]
    frequency = "fifteen_min" if form == "15M" else "hourly"
    return SeriesFacts(title, "Crypto", frequency, "$", _CF, index_id=index_id, product=product)
