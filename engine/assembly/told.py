"""Alerts as they are kept, as rows for consoles."""

from __future__ import annotations

from engine.control.rows.alerts import AlertRow, ToldRow
from engine.ops.alerts.entries import Entry

_LONGEST_TEXT = 400


def told_row(entry: Entry) -> ToldRow:
    return ToldRow(
        alert_id=str(entry.no),
        level=entry.level.value,
        code=entry.code,
        text=entry.text[:_LONGEST_TEXT],
        first_ns=entry.first_ns,
        last_ns=entry.last_ns,
        count=entry.count,
        times=entry.times,
        is_open=entry.is_open,
        acknowledged_by=entry.acknowledged_by,
        acknowledged_ns=entry.acknowledged_ns,
        sent=tuple(entry.sent_ns),
        waiting=tuple(entry.waiting),
    )


def alert_row(entry: Entry) -> AlertRow:
    text = entry.text[:_LONGEST_TEXT]
    return AlertRow(str(entry.no), entry.level.value, entry.code, text, entry.last_ns, max(1, entry.times))
