"""The tables ``[collectors.NAME]`` of ``config.toml``: which collectors run beside the engine, and how.

A collector of the house is named alone; another program that speaks as they do
(:mod:`collectors.observations`) is one by its ``command``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.domain.units import SECOND_NS, Nanoseconds

STALE_SECONDS = {"spot": 15, "index": 180, "weather": 900, "news": 900, "tsa": 7_200, "candles": 7_200}
"""The collectors of the house, each with the age of its last word from which it does not count as live."""
_STALE_SECONDS = 60
_MOST_SECONDS = 7 * 86_400
_MOST_COLLECTORS = 16
_LONGEST_NAME = 32


class CollectorTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``options`` are added to the collector's command line; ``stale_seconds`` stands for its default."""

    is_on: bool = True
    options: tuple[str, ...] = ()
    stale_seconds: int | float | None = None
    command: tuple[str, ...] = ()


class CollectorSettings(msgspec.Struct, frozen=True):
    """``command`` is empty for a collector of the house."""

    name: str
    is_on: bool
    options: tuple[str, ...]
    stale_ns: Nanoseconds
    command: tuple[str, ...] = ()


class RecordingConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether what the exchange's feed tells the engine is written to the lake; ``node_id`` is the number of
    this writer among those of all machines."""

    is_on: bool = False
    node_id: int = 0


class LakeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the files of days that are over, and of those with many, are joined beside the engine."""

    compact: bool = True


class CollectorUnfit(ValueError):
    """A setting that cannot be used. One line: which one, what was got, what is wanted."""


def collectors_of(tables: Mapping[str, Mapping[str, Any]]) -> tuple[CollectorSettings, ...]:
    """By name. Raises CollectorUnfit."""
    if len(tables) > _MOST_COLLECTORS:
        raise CollectorUnfit(f"collectors: got {len(tables)} of them, wanted at most {_MOST_COLLECTORS}")
    return tuple(_collector(name, _table(name, tables[name])) for name in sorted(tables))


def _table(name: str, table: Mapping[str, Any]) -> CollectorTable:
    try:
        return msgspec.convert(dict(table), CollectorTable)
    except msgspec.ValidationError as error:
        what, _, place = str(error).replace("`", "").partition(" - at $")
        raise CollectorUnfit(f"collectors.{name[:_LONGEST_NAME]}{place}: {what}") from None


def _collector(name: str, table: CollectorTable) -> CollectorSettings:
    if not table.command and name not in STALE_SECONDS:
        wanted = ", ".join(STALE_SECONDS)
        raise CollectorUnfit(f"collectors: got {name[:40]!r}, wanted one of {wanted}, or one with a command")
    if not name.isascii() or not name.replace("-", "").isalnum() or len(name) > _LONGEST_NAME:
        raise CollectorUnfit(
            f"collectors: got {name[:40]!r}, wanted at most {_LONGEST_NAME} of letters, digits and -"
        )
    seconds = table.stale_seconds
    if seconds is None:
        seconds = STALE_SECONDS.get(name, _STALE_SECONDS)
    if not 0 < seconds <= _MOST_SECONDS:
        raise CollectorUnfit(
            f"collectors.{name}.stale_seconds: got {seconds}, wanted above 0, at most {_MOST_SECONDS}"
        )
    return CollectorSettings(name, table.is_on, table.options, int(seconds * SECOND_NS), table.command)


def check_recording(table: RecordingConfig) -> RecordingConfig:
    """Raises CollectorUnfit."""
    if not 0 <= table.node_id < 1_000:
        raise CollectorUnfit(f"recording.node_id: got {table.node_id}, wanted 0 to 999")
    return table
