"""What an exchange has on record of one account: everything it traded, was paid, and moved."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from engine.domain.fill import Fill
from engine.domain.units import MicroDollars, Nanoseconds, PriceBp
from engine.domain.venue import Balance, MoneyMovement, Settlement, VenueOrder, VenuePosition


class AccountName(msgspec.Struct, frozen=True):
    """Whose history it is. ``exchange`` is a sandbox's world id, or the host of a real exchange."""

    venue: str
    exchange: str
    account: str

    def __str__(self) -> str:
        return f"venue {self.venue}, exchange {self.exchange}, account {self.account}"


class MovementKind(StrEnum):
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


class Movement(msgspec.Struct, frozen=True):
    """Money in or out. What is not applied has not moved."""

    kind: MovementKind
    money: MoneyMovement

    @property
    def is_applied(self) -> bool:
        return self.money.status == "applied"

    @property
    def at_ns(self) -> Nanoseconds | None:
        """When it was applied, as far as that is told; else when it was asked for."""
        return self.money.finalized_ns or self.money.created_ns


class TradedMarket(msgspec.Struct, frozen=True):
    """A market in which the account ever traded. ``settlement_bp`` is what one YES is paid; ``settled_ns``
    None: it has not paid yet. ``is_exclusive`` None: its event does not say."""

    ticker: str
    event_ticker: str
    series_ticker: str
    is_exclusive: bool | None
    close_ns: Nanoseconds
    result_text: str = ""
    settlement_bp: PriceBp | None = None
    settled_ns: Nanoseconds | None = None


class AccountTotals(msgspec.Struct, frozen=True):
    """What the exchange says of the account as a whole, at ``as_of_ns``. ``is_still``: nothing was traded or
    paid while it was read, so that it goes with the fills."""

    balance: Balance
    resting_ud: MicroDollars
    positions: tuple[VenuePosition, ...]
    as_of_ns: Nanoseconds
    is_still: bool


class AccountHistory(msgspec.Struct, frozen=True):
    """Fills in the order of their time; settlements and movements too. ``complete_ns``: up to when all of it
    is there; None: an import has not come to its end yet."""

    name: AccountName
    fills: tuple[Fill, ...]
    orders: tuple[VenueOrder, ...]
    settlements: tuple[Settlement, ...]
    movements: tuple[Movement, ...]
    markets: dict[str, TradedMarket]
    totals: AccountTotals | None
    complete_ns: Nanoseconds | None
