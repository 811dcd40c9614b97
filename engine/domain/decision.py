"""Verdicts of strategies as they are stored and read: what was taken, what was passed, and by which gate.

Prices are of the YES leg unless a field names a leg.
"""

from __future__ import annotations

import msgspec

from engine.domain.order import Leg
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp

TAKE, PASS = "TAKE", "PASS"


class GateRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One gate of a decision: what it got and what it wanted, in words with their units."""

    code: str
    passed: bool
    got: str = ""
    wanted: str = ""


class DecisionRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One verdict of a strategy on one market. ``code`` is the first gate that said no, empty for a TAKE.

    ``stage`` is that at which it was made; a TAKE in SHADOW sent nothing. Times are exchange time.
    """

    decision_id: str
    at_ns: Nanoseconds
    strategy: str
    stage: str
    ticker: str
    verdict: str
    """``TAKE`` or ``PASS``."""
    code: str = ""
    text: str = ""
    leg: Leg | None = None
    price_bp: PriceBp | None = None
    """Limit of the order, of ``leg``."""
    count_c: CountC = 0
    stake_ud: MicroDollars = 0
    take_profit_bp: PriceBp | None = None
    stop_loss_bp: PriceBp | None = None
    forecast_bp: PriceBp | None = None
    """Median of the YES price at the horizon."""
    current_bp: PriceBp | None = None
    move_bp: PriceBp | None = None
    cost_bp: PriceBp | None = None
    """What a contract loses if it is bought and sold at once, with both fees: what having no skill costs."""
    confidence: str = ""
    model: str = ""
    """Label of the forecast: the baseline's or the model's name with the weights' hash."""
    client_order_id: str = ""
    gates: tuple[GateRow, ...] = ()
    """Every gate that was looked at, in order."""
