"""Strategies, and what speaks for them."""

from __future__ import annotations

import msgspec

from engine.domain.units import MicroDollars, Nanoseconds


class StrategyRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """``stage`` is off, shadow or money; ``failure`` why it was switched off by itself."""

    name: str
    stage: str
    failure: str = ""


class EvidenceRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What speaks for a strategy. ``shadowed`` counts the entries that it decided and did not send, since
    ``shadowed_since_ns``; ``events`` are those that it traded and in which nothing is held any more, with
    their mean result after fees and half the width of its 95 % interval (None: too few)."""

    name: str
    stage: str
    failure: str = ""
    shadowed: int = 0
    shadowed_since_ns: Nanoseconds | None = None
    entries: int = 0
    fills: int = 0
    events: int = 0
    net_ud: MicroDollars = 0
    mean_ud: MicroDollars | None = None
    half_width_ud: MicroDollars | None = None
    verdict: str = ""
    """``no evidence``, ``unproven``, ``gains`` or ``loses``."""
