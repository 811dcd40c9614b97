"""The engine at a glance: its exchange, its feeds, who may send, and what keeps entries off."""

from __future__ import annotations

import msgspec

from engine.control.rows.alerts import AlertRow
from engine.control.rows.outside import SourceRow
from engine.control.rows.risk import BreakerRow, LimitRow
from engine.control.rows.strategies import StrategyRow
from engine.domain.units import MicroDollars, Nanoseconds


class ExchangeRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """``is_connected`` is the stream, ``rest`` a word for requests (``ok``, ``failing``, or empty before
    any); ``clock_offset_ns`` is the exchange's clock less ours, known to ``clock_uncertainty_ns``."""

    is_connected: bool = False
    rest: str = ""
    is_trading: bool | None = None
    clock_offset_ns: Nanoseconds | None = None
    prices: str = ""
    """Of a sandbox: ``generated`` or ``recorded``; of a paper exchange ``mirrored`` or ``polled``."""
    prices_age_ns: Nanoseconds | None = None
    """Of a paper exchange: how long ago its prices were heard, as it says itself."""
    speed_millionths: int = 1_000_000
    """How fast the exchange's time runs; 0 while it stands still."""
    clock_uncertainty_ns: Nanoseconds = 0


class FeedRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """``state`` is live, stale or lost; ``age_ns`` is how long ago it was last heard."""

    name: str
    state: str
    age_ns: Nanoseconds | None = None


class LeaseRow(msgspec.Struct, frozen=True):
    """Who may send interactive entries, and for how much longer."""

    who: str
    left_ns: Nanoseconds


class StopRow(msgspec.Struct, frozen=True):
    """Something that keeps entries off, or some of them; ``code`` is the denial's that they would get."""

    code: str
    text: str


class StatusRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The engine at ``exchange_ns``. ``rev`` counts the engine's steps that changed something."""

    venue: str
    mode: str
    account: str = ""
    build: str = ""
    run_id: str = ""
    pid: int
    uptime_ns: Nanoseconds
    rev: int
    exchange_ns: Nanoseconds = 0
    is_ready: bool = False
    is_stopping: bool = False
    exchange: ExchangeRow = ExchangeRow()
    feeds: tuple[FeedRow, ...] = ()
    sources: tuple[SourceRow, ...] = ()
    """Of the collectors that run beside the engine."""
    lease: LeaseRow | None = None
    positions: int = 0
    resting_orders: int = 0
    unknown_orders: int = 0
    markets: int = 0
    books_fresh: int = 0
    clients: int = 0
    limits: tuple[LimitRow, ...] = ()
    day_pnl_ud: MicroDollars | None = None
    """Realised since the start of the Eastern day, plus what is open at the bid, less fees; None while a
    position has no price."""
    entries_stopped: str = ""
    """Why no entries are taken; empty while they are."""
    stops: tuple[StopRow, ...] = ()
    """Everything that keeps entries off, or those of some: what is over all first."""
    exits_off: str = ""
    """Why exits by plan do not work; empty while they do."""
    plans: int = 0
    """Positions that a live plan guards."""
    breakers: tuple[BreakerRow, ...] = ()
    strategies: tuple[StrategyRow, ...] = ()
    alerts: tuple[AlertRow, ...] = ()
    notice: str = ""
    """What the exchange has announced and what that means here: a pause, with its time and what is held."""
