"""Where the outside sources are, and where a person or a test says that they are instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from engine.kalshi.hosts import is_loopback

VARIABLE = "SPARKO_COLLECT_URLS"
"""``name=url`` pairs with commas between them, as ``--url`` takes one of."""

DEFAULTS: Mapping[str, str] = {
    "coinbase": "wss://advanced-trade-ws.coinbase.com",
    "coinbase_exchange": "wss://ws-feed.exchange.coinbase.com",
    "coinbase_rest": "https://api.exchange.coinbase.com",
    "weather_company": "https://weather.com/kalshi/api",
    "nws": "https://api.weather.gov",
    "weather_index": "https://external-api.kalshi.com/trade-api/v2",
    "tsa": "https://www.tsa.gov/travel/passenger-volumes",
    "tsa_mirror": "https://raw.githubusercontent.com/bcantoni/tsa-data/main",
    "tsa_archive": "https://web.archive.org/web/2id_/https://www.tsa.gov/travel/passenger-volumes",
    "massive": "wss://socket.massive.com/indices",
    "yahoo": "https://query1.finance.yahoo.com",
    "cboe": "https://cdn.cboe.com/api/global/delayed_quotes/quotes",
    "fred": "https://api.stlouisfed.org",
    "newsapi": "https://newsapi.org",
    "alphavantage": "https://www.alphavantage.co",
    "x": "https://api.x.com/2",
    "gdelt": "https://api.gdeltproject.org",
    "noaa_alerts": "https://api.weather.gov/alerts/active",
}
_PLAIN = {"http": "https", "ws": "wss"}


class PlaceRefused(ValueError):
    """An address that is not used. One line."""


class Places:
    """The address of each source, without a slash at its end."""

    def __init__(self, said: Mapping[str, str] | None = None) -> None:
        self._said = dict(said or {})

    def __getitem__(self, name: str) -> str:
        return self._said.get(name, DEFAULTS[name])


def places_of(pairs: Sequence[str], environment: Mapping[str, str]) -> Places:
    """``pairs`` are ``name=url`` and come before those of the environment. Raises PlaceRefused."""
    of_environment = [pair for pair in environment.get(VARIABLE, "").split(",") if pair.strip()]
    return Places(dict(_pair(pair) for pair in [*of_environment, *pairs]))


def _pair(text: str) -> tuple[str, str]:
    name, sign, url = (part.strip() for part in text.partition("="))
    if not sign or name not in DEFAULTS:
        raise PlaceRefused(f"url: got {text!r}, wanted name=url, name one of {', '.join(DEFAULTS)}")
    check_address(url)
    return name, url.rstrip("/")


def check_address(url: str) -> None:
    """Raises PlaceRefused: for a scheme that is none of these, and for plain text beyond this machine."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise PlaceRefused(f"url: got {url}: {error}") from None
    if parts.scheme in _PLAIN and not is_loopback(parts.hostname):
        raise PlaceRefused(f"url: got {url}, wanted {_PLAIN[parts.scheme]}:// beyond this machine")
    if parts.scheme not in (*_PLAIN, *_PLAIN.values()) or not parts.hostname:
        raise PlaceRefused(f"url: got {url}, wanted https:// or wss://")
