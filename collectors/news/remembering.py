"""What the lake has of the last days, so that a new start takes no piece of news for new again.

An engine that starts anew has forgotten them: it is told the newest once more, and passes over what it knows.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from collectors.news.desk import NewsDesk, headline_of
from collectors.news.items import NewsRow
from collectors.observations import Headline
from collectors.weather.stations import utc_day
from engine.domain.units import DAY_NS, Nanoseconds
from engine.lake.open_rows import current_rows
from engine.lake.selection import Selection
from engine.lake.tables import NEWS

MOST_TOLD = 100
_DAYS = 2
_COLUMNS = (*NewsRow.__struct_fields__,)


def remember(desk: NewsDesk, root: Path, now_ns: Nanoseconds) -> list[Headline]:
    """Returns the newest pieces of news, oldest first, each once. Raises Unreadable."""
    since_ns = now_ns - _DAYS * DAY_NS
    selection = Selection(from_date=utc_day(since_ns).isoformat())
    found = current_rows(root, NEWS, selection).select(_COLUMNS).to_pylist()
    told = ({name: value for name, value in kept.items() if value is not None} for kept in found)
    rows = [row for kept in told if (row := msgspec.convert(kept, NewsRow)).received_ns >= since_ns]
    rows.sort(key=lambda row: row.received_ns)
    for row in rows:
        desk.remember(row.id, row.source, row.title, row.url or "", row.received_ns)
    firsts = [row for row in rows if row.duplicate_of is None]
    return [headline_of(row) for row in firsts[-MOST_TOLD:]]
