"""The engine's beat: its word each second that it is there."""

from __future__ import annotations

from msgspec.structs import replace

from engine.control.replica import DeskPicture
from engine.control.rows.status import StatusRow


class Beats:
    """Tells beats from news: of a beat nothing is to be drawn but ages."""

    def __init__(self) -> None:
        self._picture: DeskPicture | None = None
        self._told: tuple[int, StatusRow | None] | None = None

    def is_news(self, picture: DeskPicture) -> bool:
        """Whether something else was told since the last time than that time went by."""
        told = (picture.news, ageless(picture.status))
        is_news = picture is not self._picture or told != self._told
        self._picture, self._told = picture, told
        return is_news


def ageless(status: StatusRow | None) -> StatusRow | None:
    """The status without what moves by itself, which the console counts on or shows with the next change."""
    if status is None:
        return None
    return replace(
        status,
        uptime_ns=0,
        exchange_ns=0,
        rev=0,
        lease=status.lease and replace(status.lease, left_ns=0),
        feeds=tuple(replace(feed, age_ns=None) for feed in status.feeds),
        sources=tuple(replace(source, age_ns=None, rate=None) for source in status.sources),
        exchange=replace(status.exchange, prices_age_ns=None, clock_offset_ns=None, clock_uncertainty_ns=0),
    )
