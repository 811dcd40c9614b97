"""A source of a collector in words."""

from __future__ import annotations

from console.tools.words import duration
from engine.control.rows.outside import SourceRow

_CALM = ("live", "off")


def source_text(source: SourceRow) -> str:
    """``live, heard 0.4 s ago, 12.5/s``; what should be live and is not is in capitals."""
    parts = [source.state if source.state in _CALM else source.state.upper()]
    if source.age_ns is not None:
        parts.append(f"heard {duration(source.age_ns)} ago")
    if source.rate:
        parts.append(f"{source.rate:g}/s")
    return ", ".join(parts)


def source_trouble(source: SourceRow) -> str:
    """What else there is to say of one, in a line; empty if nothing."""
    parts = [source.note] if source.note else []
    if source.restarts:
        parts.append("begun anew once" if source.restarts == 1 else f"begun anew {source.restarts} times")
    if source.dropped:
        parts.append(f"{source.dropped:,} values came too fast")
    return f"feed {source.name}: {'; '.join(parts)}" if parts else ""
