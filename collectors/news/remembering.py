"""What the lake has of the last days, so that a new start tells no piece of news again."""

from __future__ import annotations

from pathlib import Path

from collectors.news.desk import NewsDesk
from collectors.weather.stations import utc_day
from engine.domain.units import DAY_NS, Nanoseconds
from engine.lake.open_rows import current_rows
from engine.lake.selection import Selection
from engine.lake.tables import NEWS

_DAYS = 2
_COLUMNS = ("id", "source", "title", "url", "received_ns")


def remember(desk: NewsDesk, root: Path, now_ns: Nanoseconds) -> int:
    """Returns how many tellings there were. Raises Unreadable."""
    since = utc_day(now_ns - _DAYS * DAY_NS).isoformat()
    rows = current_rows(root, NEWS, Selection(from_date=since)).select(_COLUMNS).to_pylist()
    rows = [row for row in rows if row["received_ns"] >= now_ns - _DAYS * DAY_NS]
    for row in sorted(rows, key=lambda row: row["received_ns"]):
        desk.remember(row["id"], row["source"], row["title"], row["url"] or "", row["received_ns"])
    return len(rows)
