"""What the account has, did and was paid. Prices are of the ``leg`` that a row names."""

from __future__ import annotations

import msgspec

from engine.domain.market import Outcome
from engine.domain.order import Leg
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp


class CashRow(msgspec.Struct, frozen=True):
    """Cash that may be spent, all in all and on each shard; ``portfolio_value_ud`` is the exchange's word."""

    cash_ud: MicroDollars
    portfolio_value_ud: MicroDollars
    by_shard_ud: dict[int, MicroDollars]
    updated_ns: Nanoseconds


class PositionRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """``count_c`` contracts of ``leg`` (None when flat) that cost ``cost_ud``.

    ``exit_ud`` is what selling all of them into the book brings now, before fees; None while the book may not
    be read or does not hold that many. ``settled_bp`` is what one YES was paid.
    """

    ticker: str
    leg: Leg | None = None
    count_c: CountC = 0
    cost_ud: MicroDollars = 0
    exit_ud: MicroDollars | None = None
    realised_ud: MicroDollars = 0
    fees_ud: MicroDollars = 0
    owner: str = ""
    settled_bp: PriceBp | None = None

    @property
    def unrealised_ud(self) -> MicroDollars | None:
        """P&L if all were sold now, before fees."""
        return None if self.exit_ud is None else self.exit_ud - self.cost_ud


class FillRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    trade_id: str
    order_id: str
    client_order_id: str = ""
    ticker: str
    owner: str
    leg: Leg
    buys: bool
    price_bp: PriceBp
    count_c: CountC
    fee_ud: MicroDollars
    is_taker: bool
    at_ns: Nanoseconds


class SettlementRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a market paid us; ``value_bp`` is what one YES got."""

    ticker: str
    event_ticker: str
    result: Outcome | None
    value_bp: PriceBp
    yes_c: CountC = 0
    no_c: CountC = 0
    cost_ud: MicroDollars = 0
    revenue_ud: MicroDollars = 0
    fee_ud: MicroDollars = 0
    settled_ns: Nanoseconds
