"""The outside world of a test's desk: sources as they do, values with their ages, headlines."""

from __future__ import annotations

from panel_events import NOW, WEATHER

from engine.control.rows.outside import HeadlineRow, ObservationRow, OutsideRows, SourceRow
from engine.domain.units import MILLISECOND_NS, MINUTE_NS, SECOND_NS


def sources() -> tuple[SourceRow, ...]:
    return (
        SourceRow(
            name="news/rss",
            state="stale",
            age_ns=17 * MINUTE_NS,
            rate=0.02,
            note="not_json: https://news.example/feed: got '<html>', wanted a feed",
            restarts=2,
        ),
        SourceRow(name="spot/coinbase", state="live", age_ns=90 * MILLISECOND_NS, rate=11.25, dropped=1_250),
        SourceRow(name="tsa", state="off", note="is_on = false in [collectors.tsa]"),
        SourceRow(name="weather/nws", state="live", age_ns=40 * SECOND_NS, rate=0.05),
    )


def observation(kind: str, key: str, value: str, age_ns: int, *about: str, source: str) -> ObservationRow:
    at = NOW - age_ns
    return ObservationRow(kind, key, value, at, at + 30 * MILLISECOND_NS, about, source)


def values() -> tuple[ObservationRow, ...]:
    return (
        observation("spot", "BTC-USD", "95021.40", 120 * MILLISECOND_NS, "BRTI", source="coinbase"),
        observation("spot_mid", "BTC-USD", "95021.00", 120 * MILLISECOND_NS, "BRTI", source="coinbase"),
        observation("temperature", "KNYC", "51.1", MINUTE_NS, WEATHER, source="nws"),
        observation("day_high", "KNYC:2026-11-20", "54", 10 * MINUTE_NS, WEATHER, source="nws"),
    )


def headlines() -> tuple[HeadlineRow, ...]:
    return (
        HeadlineRow(
            headline_id="h1",
            title="Treasury names two deputies",
            source="rss",
            received_ns=NOW - 40 * MINUTE_NS,
            category="politics",
        ),
        HeadlineRow(
            headline_id="h2",
            title="Bitcoin slips under $95,000 as funds sell; traders look to the afternoon's close",
            source="newsapi",
            received_ns=NOW - 17 * MINUTE_NS,
            published_ns=NOW - 18 * MINUTE_NS,
            url="https://news.example/bitcoin",
            category="crypto",
            series=("KXBTCD", "KXETHD"),
        ),
    )


def outside() -> OutsideRows:
    return OutsideRows(values(), headlines())
