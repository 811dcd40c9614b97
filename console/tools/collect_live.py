"""``sparko collect spot`` and its like: the live collectors, each in the foreground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.live_options import live

if TYPE_CHECKING:
    from collectors.assembled import Collector


def spot(
    products: Annotated[str, typer.Option(help="Products of Coinbase.")] = "BTC-USD,ETH-USD",
    indexes: Annotated[str, typer.Option(help="Settlement indexes.")] = "BRTI,ETHUSD_RTI",
    sources: Annotated[str, typer.Option(help="Which to ask.")] = "kalshi,coinbase,coinbase_exchange",
    stale_s: Annotated[
        float, typer.Option("--stale", min=0.5, envvar="COINBASE_STALE_SECONDS", help="Seconds of silence.")
    ] = 5.0,
) -> Collector:
    """Crypto prices: the index that markets settle on, from the exchange; trades and quotes of Coinbase.

    \b
    Examples:
      sparko collect spot --home ./sim --for 60
      sparko collect spot --sources coinbase --products BTC-USD --loop
    """
    from collectors.spot.collector import SpotOptions, spot_collector

    options = SpotOptions(
        sources=_listed(sources), products=_listed(products), indexes=_listed(indexes), stale_s=stale_s
    )
    return spot_collector(options)


def weather(
    series: Annotated[str, typer.Option(help="Daily temperature series.")] = "KXHIGHNY,KXHIGHCHI,KXHIGHLAX",
    cities: Annotated[str, typer.Option(help="Cities of the exchange's hourly index.")] = "",
    rules: Annotated[bool, typer.Option(help="Read events, so that values are told about them.")] = True,
) -> Collector:
    """Temperatures: the settlement source of daily markets, readings, forecasts, climate reports.

    \b
    Examples:
      sparko collect weather --home ./sim --once
      sparko collect weather --series KXHIGHNY --cities nyc,chicago --no-rules --loop
    """
    from collectors.weather.collector import WeatherOptions, weather_collector

    options = WeatherOptions(series=_listed(series), cities=_listed(cities), reads_rules=rules)
    return weather_collector(options)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def register(group: typer.Typer) -> None:
    """Puts the live collectors under ``sparko collect``."""
    for own in (spot, weather):
        group.command(own.__name__)(live(own))
