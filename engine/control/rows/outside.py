"""What consoles are told of the outside world: values, headlines, and the sources that they come from."""

from __future__ import annotations

import msgspec

from engine.domain.units import Nanoseconds


class ObservationRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """The newest value of a kind and key, a decimal number as its source writes it. ``about`` names the
    events, series and indexes that it says something of."""

    kind: str
    key: str
    value: str
    source_ns: Nanoseconds
    received_ns: Nanoseconds
    about: tuple[str, ...] = ()
    source: str = ""


class HeadlineRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One piece of news; ``series`` are those whose markets it may move. Words of strangers."""

    headline_id: str
    title: str
    source: str
    received_ns: Nanoseconds
    published_ns: Nanoseconds | None = None
    url: str = ""
    category: str = ""
    series: tuple[str, ...] = ()


class SourceRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One source of a collector. ``state`` is ``live``, ``stale`` (connected, and nothing comes), ``down`` or
    ``off``; ``age_ns`` is how long ago it last said anything, ``rate`` values a second."""

    name: str
    state: str
    age_ns: Nanoseconds | None = None
    rate: float | None = None
    note: str = ""
    """One line: why it is not live, or what it last complained of."""
    restarts: int = 0
    """How often its process was started anew."""
    dropped: int = 0
    """What came faster than it is taken, or could not be kept."""


class OutsideRows(msgspec.Struct, frozen=True, tag="outside", omit_defaults=True):
    """In a snapshot all that is kept, in a delta what moved; headlines oldest first."""

    values: tuple[ObservationRow, ...] = ()
    headlines: tuple[HeadlineRow, ...] = ()
