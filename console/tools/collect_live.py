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
    series: Annotated[str, typer.Option(help="Daily highs and lows.")] = "KXHIGHNY,KXHIGHCHI,KXHIGHLAX",
    cities: Annotated[str, typer.Option(help="Cities of the exchange's hourly index.")] = "",
    rules: Annotated[bool, typer.Option(help="Read events, so that values are told about them.")] = True,
) -> Collector:
    """Temperatures: the settlement source of daily markets, readings, forecasts, climate reports.

    \b
    Examples:
      sparko collect weather --home ./sim --once
      sparko collect weather --series KXHIGHNY,KXLOWTNYC --loop
      sparko collect weather --series KXHIGHNY --cities nyc,chicago --no-rules --loop
    """
    from collectors.weather.collector import WeatherOptions, weather_collector

    options = WeatherOptions(series=_listed(series), cities=_listed(cities), reads_rules=rules)
    return weather_collector(options)


def tsa() -> Collector:
    """Travellers screened at airports, from tsa.gov, and from mirrors of it while it refuses.

    \b
    Examples:
      sparko collect tsa --once
      sparko collect tsa --loop
    """
    from collectors.tsa.collector import tsa_collector

    return tsa_collector()


def index(
    symbols: Annotated[str, typer.Option(help="SPX, NDX.")] = "SPX,NDX",
    sources: Annotated[str, typer.Option(help="Which to ask.")] = "massive,yahoo,cboe,fred",
) -> Collector:
    """Levels of stock indexes; Massive (without delay) and FRED need keys: MASSIVE_API_KEY, FRED_API_KEY.

    \b
    Examples:
      sparko collect index --once
      sparko collect index --symbols SPX --sources yahoo,cboe --loop
    """
    from collectors.index.collector import IndexOptions, index_collector

    return index_collector(IndexOptions(symbols=_listed(symbols), sources=_listed(sources)))


def news(
    sources: Annotated[
        str, typer.Option(help="Which to ask; x is paid for by the post.")
    ] = "rss,noaa_alerts,gdelt,newsapi,alphavantage",
    feeds: Annotated[list[str] | None, typer.Option("--feed", help="A feed, instead of the usual.")] = None,
    query: Annotated[str | None, typer.Option(help="What services are searched for.")] = None,
    areas: Annotated[str, typer.Option(help="States of weather alerts.")] = "NY,IL,CA,FL,TX,CO,PA",
    x_every_s: Annotated[float, typer.Option("--x-every", min=5, help="Seconds between reads of X.")] = 60,
) -> Collector:
    """News, each piece once whoever tells it; keys: NEWSAPI_KEY, ALPHAVANTAGE_KEY, TWITTER_BEARER_TOKEN.

    \b
    Examples:
      sparko collect news --sources rss,noaa_alerts --once
      sparko collect news --feed https://www.bls.gov/feed/bls_latest.rss --loop
    """
    from collectors.news.collector import FEEDS, NewsOptions, news_collector

    options = NewsOptions(
        sources=_listed(sources),
        feeds=tuple(feeds or FEEDS),
        query=query or NewsOptions().query,
        areas=areas,
        x_every_s=x_every_s,
    )
    return news_collector(options)


def books(
    series: Annotated[str, typer.Option(help="Series whose open markets are recorded.")] = "KXBTCD",
) -> Collector:
    """Order books and best prices of the exchange, whole and change by change.

    \b
    Examples:
      sparko collect books --home ./sim --series KXBTCD,KXHIGHNY --for 60
      sparko collect books --venue live --series KXBTCD --node-id 0 --total-nodes 2 --loop
    """
    return _markets("books", series)


def trades(
    series: Annotated[str, typer.Option(help="Series whose prints are recorded.")] = "KXBTCD",
) -> Collector:
    """Prints of the exchange; those that were missed are read when the connection is back.

    \b
    Examples:
      sparko collect trades --home ./sim --series KXBTCD --for 60
      sparko collect trades --venue live --series KXBTCD,KXBTC --loop
    """
    return _markets("trades", series)


def _markets(name: str, series: str) -> Collector:
    from collectors.markets.collector import MarketOptions, market_collector

    return market_collector(MarketOptions(name=name, series=_listed(series)))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def register(group: typer.Typer) -> None:
    """Puts the live collectors under ``sparko collect``."""
    for own in (spot, weather, tsa, index, news, books, trades):
        group.command(own.__name__)(live(own))
