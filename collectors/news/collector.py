"""News of several services and feeds, each piece told once."""

from __future__ import annotations

import msgspec

from collectors.assembled import CollectError, Collector, Room
from collectors.keys import ALPHAVANTAGE as ALPHAVANTAGE_KEY
from collectors.keys import NEWSAPI as NEWSAPI_KEY
from collectors.keys import X as X_TOKEN
from collectors.news.desk import NewsDesk
from collectors.news.feeds import NAME as RSS
from collectors.news.feeds import Feeds
from collectors.news.remembering import remember
from collectors.news.services import (
    ALERTS,
    ALPHAVANTAGE,
    GDELT,
    NEWSAPI,
    X,
    alphavantage,
    gdelt,
    newsapi,
    weather_alerts,
    x_search,
)
from collectors.places import check_address
from collectors.polling import PollSource
from collectors.running import Part
from collectors.taking import Taken

NEWS = "news"
SOURCES = (RSS, ALERTS, GDELT, NEWSAPI, ALPHAVANTAGE, X)
_TABLES = ("news",)
_KEYS = {NEWSAPI: NEWSAPI_KEY, ALPHAVANTAGE: ALPHAVANTAGE_KEY, X: X_TOKEN}
FEEDS = (
    "https://www.federalreserve.gov/feeds/press_all.xml",
    "https://www.bls.gov/feed/bls_latest.rss",
    "https://www.sec.gov/news/pressreleases.rss",
    "https://www.whitehouse.gov/news/feed/",
)


class NewsOptions(msgspec.Struct, frozen=True, kw_only=True):
    """``query`` is what services are searched for, ``areas`` the states whose weather alerts count. X is
    asked only if it is named among the sources: each post that is read costs money. ``topics`` of Alpha
    Vantage are joined by and."""

    sources: tuple[str, ...] = (RSS, ALERTS, GDELT, NEWSAPI, ALPHAVANTAGE)
    feeds: tuple[str, ...] = FEEDS
    query: str = 'bitcoin OR "federal reserve" OR inflation OR "S&P 500"'
    topics: str = "financial_markets"
    areas: str = "NY,IL,CA,FL,TX,CO,PA"
    x_every_s: float = 60.0


def news_collector(options: NewsOptions) -> Collector:
    """Raises CollectError and PlaceRefused. A source without its key is left out, and that is said."""
    unknown = [name for name in options.sources if name not in SOURCES]
    if unknown:
        raise CollectError(f"--sources: got {unknown[0]!r}, wanted some of {', '.join(SOURCES)}")
    for url in options.feeds:
        check_address(url)

    async def parts(room: Room) -> list[Part]:
        desk = NewsDesk()
        room.recorder.put(NEWS, Taken(told=[*remember(desk, room.lake, room.clock.wall_ns())]))
        found: list[Part] = []
        for name in room.owned(options.sources):
            key = room.key_or_say(NEWS, name, _KEYS[name]) if name in _KEYS else ""
            if name not in _KEYS or key:
                source = _source(name, options, room, desk, key)
                found.append(room.poller(NEWS, source, (key,) if key else ()))
        return found

    return Collector(NEWS, _TABLES, parts)


def _source(name: str, options: NewsOptions, room: Room, desk: NewsDesk, key: str) -> PollSource:
    if name == RSS:
        return Feeds(desk, options.feeds)
    url = room.places[name]
    match name:
        case "noaa_alerts":
            return weather_alerts(desk, url, options.areas)
        case "gdelt":
            return gdelt(desk, url, options.query)
        case "newsapi":
            return newsapi(desk, url, key, options.query)
        case "alphavantage":
            return alphavantage(desk, url, key, options.topics)
        case _:
            return x_search(desk, url, key, options.query, options.x_every_s)
