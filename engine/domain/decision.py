"""Verdicts of strategies as they are stored and read: what was taken, what was passed, and by which gate.

Prices are of the YES leg unless a field names a leg.
"""

from __future__ import annotations

import msgspec

from engine.domain.order import Leg
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp

TAKE, PASS, EXIT = "TAKE", "PASS", "EXIT"
"""What is bought, what is left, and what a plan sells."""


class GateRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One gate of a decision: what it got and what it wanted, in words with their units."""

    code: str
    passed: bool
    got: str = ""
    wanted: str = ""


class DecisionRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One verdict on one market: a strategy's, or that of a plan to sell what is held. ``code`` is the first
    gate that said no, empty for a TAKE; of an EXIT its cause, as of a stop loss.

    ``stage`` is that at which it was made; a TAKE in SHADOW sent nothing. Times are exchange time.
    """

    decision_id: str
    at_ns: Nanoseconds
    strategy: str
    stage: str
    ticker: str
    verdict: str
    """``TAKE``, ``PASS`` or ``EXIT``."""
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
    """The mean of the forecast's medians up to ``ends_s``."""
    current_bp: PriceBp | None = None
    """Where ``move_bp`` begins: the book's middle at that moment if ``is_from_book``, else ``seen_bp``."""
    move_bp: PriceBp | None = None
    """``forecast_bp`` less ``current_bp``."""
    cost_bp: PriceBp | None = None
    """What a contract loses if it is bought and sold at once, with both fees: what having no skill costs."""
    confidence: str = ""
    model: str = ""
    """Label of the forecast: the baseline's or the model's name with the weights' hash."""
    client_order_id: str = ""
    gates: tuple[GateRow, ...] = ()
    """Every gate that was looked at, in order."""
    seen_bp: PriceBp | None = None
    """The last price that the model saw."""
    is_from_book: bool = False
    ends_s: int = 0
    """The end of the horizon, unix seconds."""
