"""News services that answer in JSON: NewsAPI, Alpha Vantage, GDELT, X, and the weather service's alerts.

Several tell of a limit or an error in an answer of success; such an answer is a fault and not "no news".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from collectors.fetching import Body, Request, json_of
from collectors.news.desk import NewsDesk
from collectors.news.items import Item
from collectors.polling import Errand
from collectors.taking import FaultKind, SourceFault, Taken
from collectors.words import one_line
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.wire.iso_time import TimeError, iso_ns

NEWSAPI, ALPHAVANTAGE, GDELT, X, ALERTS = "newsapi", "alphavantage", "gdelt", "x", "noaa_alerts"
_MOST_ITEMS = 1_000


class Service:
    """A :class:`collectors.polling.PollSource` of one address, whose answers ``read`` makes into items."""

    keeps_raw = False

    def __init__(
        self,
        name: str,
        desk: NewsDesk,
        request: Request,
        every_s: float,
        spacing_s: float,
        read: Callable[[Any], list[Item]],
    ) -> None:
        self.name = name
        self.spacing_s = spacing_s
        self._desk = desk
        self._errand = Errand(name=name, request=request, every_s=every_s)
        self._read = read

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        return [self._errand]

    def take(self, errand: Errand, body: Body) -> Taken:
        return self._desk.take(self._read(json_of(body))[:_MOST_ITEMS], body.received_ns)


def newsapi(desk: NewsDesk, url: str, key: str, query: str) -> Service:
    """Its free plan is a day late and has 100 requests a day."""
    params = {"q": query, "sortBy": "publishedAt", "language": "en", "pageSize": "100"}
    request = Request(url=f"{url}/v2/everything", params=params, headers={"X-Api-Key": key}, is_keyed=True)
    return Service(NEWSAPI, desk, request, 900.0, 5.0, _newsapi_items)


def alphavantage(desk: NewsDesk, url: str, key: str, topics: str) -> Service:
    """Its free plan has 25 requests a day."""
    params = {
        "function": "NEWS_SENTIMENT",
        "topics": topics,
        "sort": "LATEST",
        "limit": "200",
        "apikey": key,
    }
    request = Request(url=f"{url}/query", params=params, is_keyed=True)
    return Service(ALPHAVANTAGE, desk, request, 3_600.0, 12.0, _alphavantage_items)


def gdelt(desk: NewsDesk, url: str, query: str) -> Service:
    """One request in five seconds at most; its index moves every fifteen minutes."""
    params = {
        "query": query,
        "mode": "artlist",
        "format": "json",
        "maxrecords": "100",
        "timespan": "1h",
        "sort": "datedesc",
    }
    return Service(GDELT, desk, Request(url=f"{url}/api/v2/doc/doc", params=params), 900.0, 6.0, _gdelt_items)


def x_search(desk: NewsDesk, url: str, token: str, query: str, every_s: float) -> Service:
    """Each post that is read is paid for; the same again within a day of UTC is free."""
    params = {"query": query, "max_results": "10", "tweet.fields": "created_at,author_id"}
    headers = {"Authorization": f"Bearer {token}"}
    request = Request(url=f"{url}/tweets/search/recent", params=params, headers=headers, is_keyed=True)
    return Service(X, desk, request, every_s, 2.0, _x_items)


def weather_alerts(desk: NewsDesk, url: str, areas: str) -> Service:
    request = Request(url=url, params={"area": areas}, headers={"Accept": "application/geo+json"})
    return Service(ALERTS, desk, request, 60.0, 5.0, _alert_items)


def _newsapi_items(document: Any) -> list[Item]:
    if _field(document, "status", str) != "ok":
        said = f"{document.get('code', '')} {document.get('message', '')}"
        raise SourceFault(FaultKind.ERROR_TEXT, one_line(said) or "status is not ok")
    return [
        Item(
            source=NEWSAPI,
            title=_text(found, "title"),
            url=_text(found, "url"),
            outlet=_text(found.get("source") or {}, "name"),
            summary=_text(found, "description"),
            published_ns=_iso(_text(found, "publishedAt")),
            published_text=_text(found, "publishedAt"),
        )
        for found in _objects(document, "articles")
    ]


def _alphavantage_items(document: Any) -> list[Item]:
    for name in ("Information", "Note", "Error Message"):
        if isinstance(document, dict) and name in document:
            raise SourceFault(FaultKind.ERROR_TEXT, one_line(str(document[name])))
    return [
        Item(
            source=ALPHAVANTAGE,
            title=_text(found, "title"),
            url=_text(found, "url"),
            outlet=_text(found, "source"),
            summary=_text(found, "summary"),
            published_ns=_digits(_text(found, "time_published"), "%Y%m%dT%H%M%S"),
            published_text=_text(found, "time_published"),
            sentiment=_score(found.get("overall_sentiment_score")),
        )
        for found in _objects(document, "feed")
    ]


def _gdelt_items(document: Any) -> list[Item]:
    if document == {}:
        return []
    return [
        Item(
            source=GDELT,
            title=_text(found, "title"),
            url=_text(found, "url"),
            outlet=_text(found, "domain"),
            published_ns=_digits(_text(found, "seendate"), "%Y%m%dT%H%M%SZ"),
            published_text=_text(found, "seendate"),
        )
        for found in _objects(document, "articles")
    ]


def _x_items(document: Any) -> list[Item]:
    if isinstance(document, dict) and "data" not in document:
        meta = document.get("meta")
        if isinstance(meta, dict) and meta.get("result_count") == 0:
            return []
        said = document.get("detail") or document.get("title") or document.get("errors") or "no data"
        raise SourceFault(FaultKind.ERROR_TEXT, one_line(str(said)))
    return [
        Item(
            source=X,
            own_id=_text(found, "id"),
            title=_text(found, "text"),
            url=f"https://x.com/i/status/{_text(found, 'id')}",
            outlet=f"x:{_text(found, 'author_id')}",
            published_ns=_iso(_text(found, "created_at")),
            published_text=_text(found, "created_at"),
        )
        for found in _objects(document, "data")
    ]


def _alert_items(document: Any) -> list[Item]:
    alerts = [found.get("properties") or {} for found in _objects(document, "features")]
    return [
        Item(
            source=ALERTS,
            own_id=_text(found, "id"),
            title=_text(found, "headline") or _text(found, "event"),
            url=_text(found, "@id"),
            outlet=_text(found, "senderName"),
            summary=f"{_text(found, 'areaDesc')}. {_text(found, 'description')}",
            published_ns=_iso(_text(found, "sent")),
            published_text=_text(found, "sent"),
        )
        for found in alerts
    ]


def _objects(document: Any, name: str) -> list[dict[str, Any]]:
    found = _field(document, name, list)
    if not all(isinstance(one, dict) for one in found):
        raise SourceFault(FaultKind.SHAPE, f"{name}: got another thing than objects")
    return found  # type: ignore[no-any-return]  # every one is a dict


def _field(document: Any, name: str, kind: type) -> Any:
    found = document.get(name) if isinstance(document, dict) else None
    if not isinstance(found, kind):
        raise SourceFault(FaultKind.SHAPE, f"{name}: got {one_line(repr(document), 80)}")
    return found


def _text(found: Any, name: str) -> str:
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""


def _score(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and -1 <= value <= 1 else None  # type: ignore[operator, arg-type]


def _iso(text: str) -> Nanoseconds | None:
    try:
        return iso_ns(text)
    except TimeError:
        return None


def _digits(text: str, pattern: str) -> Nanoseconds | None:
    try:
        found = datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(found.timestamp()) * SECOND_NS
