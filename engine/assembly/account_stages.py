"""The lists that make an account's history, each with what it is asked from and where it goes.

Live lists come before historical ones: what moves from the one to the other meanwhile is met in one of them
for sure. Settlements, deposits and withdrawals are in one tier. https://docs.kalshi.com (historical data).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import msgspec

from engine.domain.account_history import Movement, MovementKind
from engine.domain.units import DAY_NS, HOUR_NS, Nanoseconds
from engine.domain.venue import MoneyMovement
from engine.kalshi.client import Reads
from engine.kalshi.listing import Listing
from engine.ledger.account_tables import FILLS, MOVEMENTS, ORDERS, SETTLEMENTS, AccountTable

T = TypeVar("T")
_MOVEMENTS_PAGE = 500


def _same(row: T) -> T:
    return row


class Stage(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """``listing`` takes the time from which rows are wanted. ``now_ns`` tells up to when a walk that begins
    now will know the list. ``overlap_ns``: how much is asked for again, since reads lag what happens."""

    name: str
    table: AccountTable[T]
    listing: Callable[[Nanoseconds | None], Listing[Any]]
    now_ns: Callable[[], Awaitable[Nanoseconds]]
    row: Callable[[Any], T] = _same
    overlap_ns: Nanoseconds = HOUR_NS
    has_times: bool = True
    is_live: bool = True


def stages_of(reads: Reads, page: int) -> tuple[Stage[Any], ...]:
    """In the order in which they are read; ``page`` rows a request."""
    return (*_live(reads, page), *_historical(reads, page), *_movements(reads, page))


def _live(reads: Reads, page: int) -> tuple[Stage[Any], ...]:
    portfolio, now_ns = reads.portfolio, reads.exchange.user_data_ns
    return (
        Stage(
            name="fills",
            table=FILLS,
            listing=lambda from_ns: portfolio.fills(from_ns=from_ns, limit=page),
            now_ns=now_ns,
        ),
        Stage(
            name="orders",
            table=ORDERS,
            listing=lambda from_ns: portfolio.orders(from_ns=from_ns, limit=page),
            now_ns=now_ns,
        ),
        Stage(
            name="settlements",
            table=SETTLEMENTS,
            listing=lambda from_ns: portfolio.settlements(from_ns=from_ns, limit=page),
            now_ns=now_ns,
        ),
    )


def _historical(reads: Reads, page: int) -> tuple[Stage[Any], ...]:
    """Known up to the cutoff: what is newer is live."""
    historical = reads.historical

    async def of_trades() -> Nanoseconds:
        return (await historical.cutoff()).trades_created_ns

    async def of_orders() -> Nanoseconds:
        return (await historical.cutoff()).orders_updated_ns

    return (
        Stage(
            name="fills, historical",
            table=FILLS,
            listing=lambda from_ns: historical.fills(from_ns=from_ns, limit=page),
            now_ns=of_trades,
            overlap_ns=DAY_NS,
            is_live=False,
        ),
        Stage(
            name="orders, historical",
            table=ORDERS,
            listing=lambda from_ns: historical.orders(from_ns=from_ns, limit=page),
            now_ns=of_orders,
            overlap_ns=DAY_NS,
            is_live=False,
        ),
    )


def _movements(reads: Reads, page: int) -> tuple[Stage[Any], ...]:
    """They have no times to ask by, and change their status: read whole each time."""
    portfolio, now_ns = reads.portfolio, reads.exchange.user_data_ns
    limit = min(page, _MOVEMENTS_PAGE)

    def stage(kind: MovementKind, listing: Callable[[], Listing[MoneyMovement]]) -> Stage[Movement]:
        return Stage(
            name=f"{kind}s",
            table=MOVEMENTS,
            listing=lambda from_ns: listing(),
            now_ns=now_ns,
            row=lambda money: Movement(kind, money),
            has_times=False,
        )

    return (
        stage(MovementKind.DEPOSIT, lambda: portfolio.deposits(limit=limit)),
        stage(MovementKind.WITHDRAWAL, lambda: portfolio.withdrawals(limit=limit)),
    )
