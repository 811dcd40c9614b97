"""Takes items of all news sources: each telling is kept, each piece of news is told once."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.news.items import MOST_SUMMARY, MOST_TITLE, MOST_URL, Item, NewsRow, plain_text
from collectors.news.sameness import Sameness
from collectors.news.topics import topic_of
from collectors.observations import Headline
from collectors.seen import Seen
from collectors.taking import Taken
from engine.domain.units import HOUR_NS, Nanoseconds

_AHEAD_NS = HOUR_NS
"""A publication that lies further in the future than this is no time."""


class NewsDesk:
    """Shared by the sources. ``received_ns`` is when we had it, which a backtest may use; what the source
    calls the publication is kept apart, and may be wrong or missing."""

    def __init__(self) -> None:
        self._seen = Seen(50_000)
        self._sameness = Sameness()

    def remember(self, item_id: str, source: str, title: str, url: str, received_ns: Nanoseconds) -> None:
        """Something that was taken before this process began."""
        self._seen.is_new((source, item_id))
        self._sameness.first_of(item_id, title, url, received_ns)

    def take(self, items: Iterable[Item], received_ns: Nanoseconds) -> Taken:
        taken = Taken()
        for item in items:
            title = plain_text(item.title, MOST_TITLE)
            if not title:
                continue
            if not self._seen.is_new((item.source, item.id)):
                taken.repeats += 1
                continue
            first = self._sameness.first_of(item.id, title, item.url, received_ns)
            row = _row(item, title, first, received_ns)
            taken.rows.append(row)
            if first == item.id:
                taken.told.append(headline_of(row))
        return taken


def _row(item: Item, title: str, first: str, received_ns: Nanoseconds) -> NewsRow:
    summary = plain_text(item.summary, MOST_SUMMARY)
    topic = topic_of(title, summary)
    published_ns = item.published_ns
    if published_ns is not None and not 0 < published_ns <= received_ns + _AHEAD_NS:
        published_ns = None
    return NewsRow(
        id=item.id,
        source=item.source,
        outlet=plain_text(item.outlet, 64) or None,
        title=title,
        summary=summary or None,
        url=_address(item.url),
        published_ns=published_ns,
        published_text=plain_text(item.published_text, 64) or None,
        categories=topic.categories,
        markets=topic.series,
        duplicate_of=None if first == item.id else first,
        sentiment=item.sentiment,
        received_ns=received_ns,
    )


def _address(url: str) -> str | None:
    """Web addresses alone: whoever shows one may offer to open it."""
    is_web = url.startswith(("https://", "http://")) and len(url) <= MOST_URL and url.isprintable()
    return url if is_web and " " not in url else None


def headline_of(row: NewsRow) -> Headline:
    """What the engine hears of a piece of news that was kept."""
    return Headline(
        headline_id=row.id,
        title=row.title,
        source=row.outlet or row.source,
        received_ts_ns=row.received_ns,
        published_ts_ns=row.published_ns,
        url=row.url or "",
        category=row.categories[0] if row.categories else "",
        series=row.markets,
    )
