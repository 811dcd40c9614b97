"""Facts of money: fills, positions, settlements, cash, and how far the exchange's lists were read."""

from __future__ import annotations

from engine.core.facts.fact import Fact
from engine.domain.fill import Fill
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp
from engine.domain.venue import Balance, Settlement


class FillBooked(Fact, frozen=True, tag="fill_booked"):
    """A fill, by trade id and order id, with whose it is. Booked once, in whatever state its order is."""

    fill: Fill
    owner: str
    client_order_id: str = ""


class PositionAdopted(Fact, frozen=True, tag="position_adopted"):
    """The exchange holds contracts that no fill explains (older than its history): taken over as they are."""

    ticker: str
    count_c: CountC
    cost_ud: MicroDollars
    at: Nanoseconds


class SettlementBooked(Fact, frozen=True, tag="settlement_booked"):
    """A market paid. ``value_bp`` is what one YES contract got."""

    settlement: Settlement
    value_bp: PriceBp
    at: Nanoseconds


class CashSeen(Fact, frozen=True, tag="cash_seen"):
    balance: Balance
    at: Nanoseconds


class ReadThrough(Fact, frozen=True, tag="read_through"):
    """Up to where a list of the exchange was read; the next read starts from there."""

    stream: str
    until_ns: Nanoseconds


class TripEnded(Fact, frozen=True, tag="trip_ended"):
    """A market's position was closed, turned over or paid: what it made from open to end, less fees."""

    ticker: str
    result_ud: MicroDollars
    at: Nanoseconds
