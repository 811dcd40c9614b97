"""What a person may ask of ``sparko sandbox``, checked before anything is touched."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.server.clock import MILLIONTHS, SPEED_MAX_MILLIONTHS
from engine.sandbox.server.faults import FaultRule, FaultRules, InvalidFault
from engine.sandbox.server.limits import Tier


class InvalidSetting(Exception):
    """A setting that cannot be used. The text is one line naming it, what was given and what is wanted."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """None: as the stored world has it, or the default of a new one."""

    host: str = "127.0.0.1"
    port: int = 0
    key_out: Path | None = None
    state: Path | None = None
    seed: int | None = None
    speed: float | None = None
    scenario: str | None = None
    ladders: str | None = None
    series: tuple[str, ...] = ()
    replay: Path | None = None
    day_from: str | None = None
    day_to: str | None = None
    depth: int | None = None
    faults: Path | None = None
    start: str | None = None
    tier: str = Tier.BASIC.value
    allow_remote: bool = False
    strict_shards: bool = False
    idle_exit_s: float | None = None
    """With a state folder: end after so long without a connection, or when that folder is gone."""


def speed_millionths(speed: float | None) -> int | None:
    """Raises InvalidSetting outside (0, 100000]."""
    if speed is None:
        return None
    scaled = round(speed * MILLIONTHS) if abs(speed) < 1e9 else 0
    if not 0 < scaled <= SPEED_MAX_MILLIONTHS:
        raise InvalidSetting(f"--speed: got {speed:g}, wanted above 0 and at most 100000")
    return scaled


def start_ns(text: str | None) -> Nanoseconds | None:
    """ISO 8601; a time without zone is UTC. Raises InvalidSetting."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidSetting(f"--start: got {text!r}, wanted a time such as 2026-11-20T14:30:00Z") from None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return int(aware.timestamp()) * SECOND_NS


def tier_named(name: str) -> Tier:
    """Raises InvalidSetting, naming the tiers."""
    try:
        return Tier(name)
    except ValueError:
        names = ", ".join(tier.value for tier in Tier)
        raise InvalidSetting(f"--tier: got {name!r}, wanted one of {names}") from None


class _FaultFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: list[FaultRule]


def fault_rules(path: Path | None) -> list[FaultRule]:
    """The rules of a file as ``POST /sandbox/faults`` takes them. Raises InvalidSetting."""
    if path is None:
        return []
    try:
        rules = msgspec.json.decode(path.read_bytes(), type=_FaultFile).rules
        FaultRules().set_rules(rules)
    except OSError as error:
        raise InvalidSetting(f"--faults {path}: {error.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, InvalidFault) as error:
        raise InvalidSetting(f"--faults {path}: {' '.join(str(error).split())}") from None
    return rules
