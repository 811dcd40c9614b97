"""``config.toml``: what a person may set about an engine, each field checked before anything starts.

Money is dollars, prices cents, counts contracts, durations seconds: the units of the screen.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal, InvalidOperation
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from engine.core.settings import Limits
from engine.ops.alerts.places import AlertsConfig, SinkConfig
from engine.ops.breakers_config import BreakerSettings, BreakersTable, BreakerUnfit, breakers_of
from engine.ops.collectors_config import (
    CollectorSettings,
    CollectorUnfit,
    LakeConfig,
    RecordingConfig,
    check_recording,
    collectors_of,
)
from engine.ops.errors import OpsError
from engine.ops.limits_config import LimitsTable, LimitUnfit, limits_of

BASELINES = ("ewma", "drift", "seasonal")
PERIODS_MIN = (0, 1, 60, 1440)
_MOST_CONTRACTS = 1_000_000
_MOST_DOLLARS = 1_000_000
_MOST_MIRRORED = 2_000


class ConfigError(OpsError):
    """A setting that cannot be used: which one, what was got, what is wanted."""


class SandboxConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The embedded exchange. Seed, scenario and ladders hold from its first start on."""

    seed: int | None = None
    speed: float | None = None
    scenario: str | None = None
    ladders: str | None = None
    series: tuple[str, ...] = ()
    start: str | None = None


class PaperConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The paper exchange. ``upstream`` is what it mirrors: Kalshi, unless an address on this machine. A key
    (one that may only read is enough) has the prices streamed; without it they are polled."""

    upstream: str = ""
    key_id: str = ""
    private_key_path: str = ""
    markets: int = 500
    poll_seconds: int | float = 2
    gap_seconds: int | float = 60


class ForecasterConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who forecasts. Without ``urls`` it is a baseline of our own, which says so; TIMESFM_REMOTE_URL and
    TIMESFM_REMOTE_TOKEN of the environment stand for ``urls`` and ``token`` that are not set.

    ``period_minutes`` 1, 60 or 1440, 0: minutes for markets that live a day, else hours. ``horizon`` and
    ``context`` count periods.
    """

    is_on: bool = True
    urls: tuple[str, ...] = ()
    token: str = ""
    baseline: str = "ewma"
    scan_seconds: int | float = 60
    deadline_seconds: int | float = 10
    period_minutes: int = 0
    horizon: int = 12
    context: int = 512


class AccountConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The key of a demo or live account. The private key itself never stands in a file of ours."""

    key_id: str = ""
    private_key_path: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    series: tuple[str, ...] = ()
    record_inputs: bool = False
    post_timeout_s: int | float = 5
    keep_entries_over_pause: bool = True
    limits: LimitsTable = LimitsTable()
    breakers: BreakersTable = BreakersTable()
    sandbox: SandboxConfig = SandboxConfig()
    account: AccountConfig = AccountConfig()
    paper: PaperConfig = PaperConfig()
    alerts: AlertsConfig = AlertsConfig()
    forecaster: ForecasterConfig = ForecasterConfig()
    collectors: dict[str, dict[str, Any]] = {}
    recording: RecordingConfig = RecordingConfig()
    lake: LakeConfig = LakeConfig()
    strategies: dict[str, dict[str, Any]] = {}


_TABLES: dict[str, type[msgspec.Struct]] = {
    "": _File,
    "sandbox": SandboxConfig,
    "limits": LimitsTable,
    "breakers": BreakersTable,
    "account": AccountConfig,
    "paper": PaperConfig,
    "forecaster": ForecasterConfig,
    "alerts": AlertsConfig,
    "alerts.urls[]": SinkConfig,
    "recording": RecordingConfig,
    "lake": LakeConfig,
}
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_SERIES = re.compile(r"[A-Z0-9][A-Z0-9-]*")
_INDEX = re.compile(r"\[[^]]*\]$")
_WRONG_TYPE = re.compile(r"Expected `(.*)`, got `(.*)`")


class Config(msgspec.Struct, frozen=True):
    """``series`` empty: every series of a sandbox, and a short list on a real exchange."""

    series: tuple[str, ...] = ()
    record_inputs: bool = False
    post_timeout_ns: int = 5_000_000_000
    keep_entries_over_pause: bool = True
    """Resting entries live through an announced pause of the exchange; else they are canceled before it."""
    limits: Limits = Limits()
    breakers: BreakerSettings = BreakerSettings()
    sandbox: SandboxConfig = SandboxConfig()
    account: AccountConfig = AccountConfig()
    paper: PaperConfig = PaperConfig()
    alerts: AlertsConfig = AlertsConfig()
    forecaster: ForecasterConfig = ForecasterConfig()
    collectors: tuple[CollectorSettings, ...] = ()
    recording: RecordingConfig = RecordingConfig()
    lake: LakeConfig = LakeConfig()
    strategies: dict[str, dict[str, Any]] = {}
    """What is set of each strategy, by its name; its own module checks it."""


def read_config(path: Path) -> Config:
    """The settings of a home; all defaults where there is no file. Raises ConfigError."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        table = tomllib.loads(text)
        file = msgspec.convert(table, _File)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deep to be read") from None
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_printable(_named(error))}") from None
    return _checked(path, file)


def _named(error: msgspec.ValidationError) -> str:
    """``Expected `int | null`, got `str` - at `$.sandbox.seed``` as ``sandbox.seed: got str, wanted int``."""
    what, _, place = str(error).partition(" - at ")
    name = place.strip("`").removeprefix("$").lstrip(".")
    unknown = _UNKNOWN_FIELD.fullmatch(what)
    if unknown is not None:
        wanted = ", ".join(_TABLES[_INDEX.sub("[]", name)].__struct_fields__)
        field = f"{name}.{unknown[1]}" if name else unknown[1]
        return f"{field}: got a field unknown here, wanted {wanted}"
    mistyped = _WRONG_TYPE.fullmatch(what)
    if mistyped is not None:
        wanted = mistyped[1].removesuffix(" | null").replace("object", "table")
        return f"{name}: got {mistyped[2].replace('object', 'table')}, wanted {wanted}"
    return f"{name}: {what}"


def _printable(text: str) -> str:
    """A quoted key may hold anything; what a terminal would obey is written out."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _checked(path: Path, file: _File) -> Config:
    try:
        for name in file.series:
            if _SERIES.fullmatch(name) is None:
                raise ConfigError(f"series: got {name!r}, wanted a series such as KXHIGHNY")
        return Config(
            series=file.series,
            record_inputs=file.record_inputs,
            post_timeout_ns=_scaled("post_timeout_s", file.post_timeout_s, 10**9, 60),
            keep_entries_over_pause=file.keep_entries_over_pause,
            limits=limits_of(file.limits),
            breakers=breakers_of(file.breakers),
            sandbox=_sandbox(file.sandbox),
            account=file.account,
            alerts=file.alerts,
            paper=_paper(file.paper),
            forecaster=_forecaster(file.forecaster),
            collectors=collectors_of(file.collectors),
            recording=check_recording(file.recording),
            lake=file.lake,
            strategies=file.strategies,
        )
    except (ConfigError, LimitUnfit, BreakerUnfit, CollectorUnfit) as error:
        raise ConfigError(f"{path}: {error}") from None


def _sandbox(table: SandboxConfig) -> SandboxConfig:
    """What only the sandbox can judge, it judges itself; a number that is none would not reach it."""
    if table.speed is not None and not isfinite(table.speed):
        raise ConfigError(f"sandbox.speed: got {table.speed}, wanted above 0 and at most 100000")
    return table


def _paper(table: PaperConfig) -> PaperConfig:
    if not 1 <= table.markets <= _MOST_MIRRORED:
        raise ConfigError(f"paper.markets: got {table.markets}, wanted 1 to {_MOST_MIRRORED}")
    _scaled("paper.poll_seconds", table.poll_seconds, 1_000, 60)
    _scaled("paper.gap_seconds", table.gap_seconds, 1_000, 3_600)
    if bool(table.key_id) != bool(table.private_key_path):
        missing = "private_key_path" if table.key_id else "key_id"
        raise ConfigError(f"paper.{missing}: got none, wanted it beside the other half of the key")
    return table


def _forecaster(table: ForecasterConfig) -> ForecasterConfig:
    _scaled("forecaster.scan_seconds", table.scan_seconds, 1_000, 3_600)
    _scaled("forecaster.deadline_seconds", table.deadline_seconds, 1_000, 600)
    if table.baseline not in BASELINES:
        wanted = ", ".join(BASELINES)
        raise ConfigError(f"forecaster.baseline: got {table.baseline!r}, wanted one of {wanted}")
    if table.period_minutes not in PERIODS_MIN:
        wanted = ", ".join(map(str, PERIODS_MIN))
        raise ConfigError(f"forecaster.period_minutes: got {table.period_minutes}, wanted one of {wanted}")
    _between("forecaster.horizon", table.horizon, 1, 128)
    _between("forecaster.context", table.context, 8, 4_096)
    for url in table.urls:
        if not _is_server(url):
            raise ConfigError(f"forecaster.urls: got {url[:60]!r}, wanted http://host:port")
    return table


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _between(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ConfigError(f"{name}: got {value}, wanted {least} to {most}")


def _scaled(name: str, value: float, scale: int, most: int) -> int:
    """A positive number in its integer unit, exactly. Raises ConfigError."""
    try:
        scaled = Decimal(str(value)) * scale
    except InvalidOperation:
        raise ConfigError(f"{name}: got {value}, wanted a number") from None
    if not scaled.is_finite() or not 0 < value <= most or scaled != scaled.to_integral_value():
        raise ConfigError(f"{name}: got {value}, wanted above 0, at most {most}, in steps of 1/{scale}")
    return int(scaled)
