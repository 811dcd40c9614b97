"""What an account's own trades say of its trader: gains by kind of trade, prices paid beside outcomes."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp

XRAY = "xray"
"""The name of the report that an import leaves."""
LEAST_EVENTS = 30
"""Below so many independent events nothing is called proven, whatever the numbers say."""


class XrayVerdict(StrEnum):
    """UNPROVEN: too few events, or chance alone explains it as well (95 %)."""

    UNPROVEN = "unproven"
    GAINS = "gains"
    LOSES = "loses"


class XrayRow(msgspec.Struct, frozen=True):
    """Closed lots of one kind. ``won_bp`` is the part of contracts that ended with a gain, in basis points,
    with its 95 % Wilson interval clustered by event; the gain of an event has a 95 % interval too, None for
    fewer than two events. Gains are after all fees."""

    label: str
    lots: int
    events: int
    count_c: CountC
    cost_ud: MicroDollars
    fees_ud: MicroDollars
    gain_ud: MicroDollars
    won_bp: int
    won_low_bp: int
    won_high_bp: int
    event_gain_low_ud: MicroDollars | None
    event_gain_high_ud: MicroDollars | None
    verdict: XrayVerdict


class XrayGroup(msgspec.Struct, frozen=True):
    name: str
    rows: tuple[XrayRow, ...]


class CalibrationRow(msgspec.Struct, frozen=True):
    """Contracts opened at prices of the leg from ``from_bp`` to before ``to_bp`` whose result is known.

    ``paid_bp`` and ``paid_with_fee_bp`` are averages a contract, ``paid_out_bp`` what they were worth at
    settlement, with its 95 % Wilson interval clustered by event. GAINS: paid less than the interval.
    """

    from_bp: PriceBp
    to_bp: PriceBp
    events: int
    count_c: CountC
    paid_bp: PriceBp
    paid_with_fee_bp: PriceBp
    paid_out_bp: PriceBp
    low_bp: PriceBp
    high_bp: PriceBp
    verdict: XrayVerdict


class Xray(msgspec.Struct, frozen=True):
    """``complete_ns``: up to when everything is in it; ``unpriced``: markets settled at a value not told."""

    account: str
    complete_ns: Nanoseconds | None
    first_ns: Nanoseconds | None
    last_ns: Nanoseconds | None
    fills: int
    open_count_c: CountC
    open_cost_ud: MicroDollars
    overall: XrayRow
    groups: tuple[XrayGroup, ...]
    calibration: tuple[CalibrationRow, ...]
    unpriced: tuple[str, ...] = ()
