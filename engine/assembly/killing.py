"""Stops everything that adds risk, without the engine's help: it may be stopped, wedged or dead.

Entries are canceled by their ids, in batches, over a connection of our own, until the exchange has listed
none for a while. Orders that get out of a position stay, unless exits are to stop too. Never the exchange's
cancel-all: it would also take an exit that is just on its way.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from engine.core.facts.orders import EXTERNAL
from engine.core.killing import reduces
from engine.core.order_record import OrderRecord
from engine.domain.order import OrderState
from engine.domain.units import SECOND_NS, CountC
from engine.domain.venue import VenueOrder
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiClient
from engine.kalshi.errors import KalshiError
from engine.kalshi.outcome import Answered, Gone
from engine.kalshi.settings import ClientSettings
from engine.ledger.errors import LedgerError
from engine.ledger.glimpse import Glimpse, glimpse, orders_named

BATCH = 20
LOOK_EACH_S = 0.5
_AGAIN_S = 0.05
"""Before the listing that follows a cancel."""
LEAST_LISTINGS = 3
QUIET_S = 3.0
"""How long the exchange has to list no entry before that is believed."""
QUIET_IN_DOUBT_S = 8.0
"""The same while an order's outcome is unknown: longer than any request of it can be under way."""
_DOUBTFUL = (OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN)
_READ_WITHIN_NS = 4 * SECOND_NS

KILL_SETTINGS = ClientSettings(
    write_wait_ns=20 * SECOND_NS, read_deadline_ns=_READ_WITHIN_NS, read_attempts=3
)
"""A cancel waits for its tokens as long as it takes: it is never too late."""
Say = Callable[[str], None]


class Swept(msgspec.Struct, frozen=True):
    """``zero_after_s`` is from the kill to the first listing without entries after which none came again."""

    is_verified: bool
    zero_after_s: float | None
    canceled: tuple[str, ...]
    """Order ids, in the order they went."""
    foreign: tuple[str, ...]
    """Those among them that the ledger does not know, or knows as another program's."""
    kept: tuple[str, ...]
    """Order ids that rest on: they get out of a position."""
    left: tuple[str, ...]
    """Entries that the last listing still had."""
    listings: int
    in_doubt: tuple[str, ...]
    """Client order ids of orders whose outcome the ledger does not know."""
    problem: str = ""


class Sweep:
    """One kill. ``began`` is when it was asked for, by :func:`time.monotonic`."""

    def __init__(
        self, client: KalshiClient, ledger: Path, *, exits_off: bool, began: float, say: Say
    ) -> None:
        self._client = client
        self._portfolio = client.reads(Lane.RECONCILE).portfolio
        self._ledger = ledger
        self._exits_off = exits_off
        self._began = began
        self._say = say
        self._known: dict[str, OrderRecord] = {}
        self._held: dict[str, CountC] = {}
        self._canceled: dict[str, None] = {}
        self._foreign: dict[str, None] = {}
        self._tried: dict[str, int] = {}
        self._kept: tuple[str, ...] = ()
        self._in_doubt: tuple[str, ...] = ()
        self._problem = ""

    async def run(self, verify_s: float) -> Swept:
        """Until no entry was listed for a while, or ``verify_s`` seconds are over. Raises nothing."""
        await self._cancel_what_the_ledger_knows()
        listings, in_a_row, zero_at = 0, 0, None
        left: list[VenueOrder] = []
        while True:
            asked_at = time.monotonic()
            found = await self._entries()
            if found is not None:
                listings, left = listings + 1, found
                in_a_row = 0 if found else in_a_row + 1
                zero_at = None if found else (zero_at or asked_at)
                await self._cancel([(order.order_id, order.ticker) for order in found])
            quiet_s = QUIET_IN_DOUBT_S if self._in_doubt else QUIET_S
            is_quiet = zero_at is not None and time.monotonic() - max(zero_at, self._began) >= quiet_s
            if (is_quiet and in_a_row >= LEAST_LISTINGS) or time.monotonic() - self._began >= verify_s:
                break
            await asyncio.sleep(_AGAIN_S if found else LOOK_EACH_S)
        return self._swept(is_quiet and in_a_row >= LEAST_LISTINGS, zero_at, listings, left)

    def _swept(
        self, is_verified: bool, zero_at: float | None, listings: int, left: list[VenueOrder]
    ) -> Swept:
        return Swept(
            is_verified=is_verified,
            zero_after_s=None if zero_at is None else zero_at - self._began,
            canceled=tuple(self._canceled),
            foreign=tuple(self._foreign),
            kept=self._kept,
            left=tuple(order.order_id for order in left),
            listings=listings,
            in_doubt=self._in_doubt,
            problem="" if is_verified else self._problem,
        )

    async def _cancel_what_the_ledger_knows(self) -> None:
        """Before the first listing, and whatever comes of it: these are ours for sure."""
        seen = self._glimpse()
        if seen is None:
            return
        wanted = [
            (record.order_id, record.terms.ticker)
            for record in seen.working.values()
            if record.order_id and record.terms.owner != EXTERNAL and self._ends(record)
        ]
        await self._cancel(wanted)

    def _glimpse(self) -> Glimpse | None:
        try:
            seen = glimpse(self._ledger)
        except (LedgerError, OSError, sqlite3.Error) as error:
            self._trouble(f"ledger: {error}; orders are told apart by what is held")
            return None
        self._known |= seen.working
        self._held = {ticker: record.position.count_c for ticker, record in seen.held.items()}
        self._in_doubt = tuple(
            name for name, record in seen.working.items() if record.state in _DOUBTFUL and record.terms.opens
        )
        return seen

    async def _entries(self) -> list[VenueOrder] | None:
        """Resting orders that a kill ends, of one complete listing; None if it could not be read."""
        try:
            listed = await self._portfolio.orders(status="resting").collect()
            positions = await self._portfolio.positions().collect()
        except KalshiError as error:
            self._trouble(f"the exchange cannot be read: {error}")
            return None
        self._held = {row.ticker: row.count_c for row in positions}
        self._learn(order.client_order_id for order in listed)
        entries = [order for order in listed if self._is_wanted_gone(order)]
        gone = {order.order_id for order in entries}
        self._kept = tuple(order.order_id for order in listed if order.order_id not in gone)
        return entries

    def _learn(self, client_order_ids: Iterable[str]) -> None:
        missing = [name for name in client_order_ids if name and name not in self._known]
        self._glimpse()
        missing = [name for name in missing if name not in self._known]
        if not missing:
            return
        try:
            self._known |= orders_named(self._ledger, missing)
        except (LedgerError, OSError, sqlite3.Error) as error:
            self._trouble(f"ledger: {error}")

    def _is_wanted_gone(self, order: VenueOrder) -> bool:
        """An order of ours by what it was decided as; any other by what it would do to what is held."""
        record = self._known.get(order.client_order_id)
        if record is not None and record.terms.owner != EXTERNAL:
            return self._ends(record)
        if reduces(order.side, order.remaining_c, self._held.get(order.ticker, 0)):
            return False
        if order.order_id not in self._foreign:
            self._foreign[order.order_id] = None
            self._say(f"order {order.order_id} in {order.ticker} is not ours; it is canceled too")
        return True

    def _ends(self, record: OrderRecord) -> bool:
        return record.terms.opens or (self._exits_off and bool(record.terms.exit_cause))

    async def _cancel(self, orders: list[tuple[str, str]]) -> None:
        """Once each, in batches; what a batch did not end goes alone the next time."""
        alone = [order for order in orders if self._tried.get(order[0])]
        together = [order for order in orders if not self._tried.get(order[0])]
        parts = [together[first : first + BATCH] for first in range(0, len(together), BATCH)]
        await asyncio.gather(*(self._batch(part) for part in parts), *(self._one(*order) for order in alone))

    async def _batch(self, part: list[tuple[str, str]]) -> None:
        outcomes = await self._client.writes.batches.cancel(part)
        for (order_id, _), outcome in zip(part, outcomes, strict=True):
            self._took(order_id, outcome)

    async def _one(self, order_id: str, ticker: str) -> None:
        self._took(order_id, await self._client.writes.orders.cancel(order_id, ticker))

    def _took(self, order_id: str, outcome: object) -> None:
        self._tried[order_id] = self._tried.get(order_id, 0) + 1
        if isinstance(outcome, Answered):
            self._canceled[order_id] = None
        elif not isinstance(outcome, Gone):
            self._trouble(f"order {order_id}: {outcome}")

    def _trouble(self, line: str) -> None:
        """Said once until it is another one."""
        if line != self._problem:
            self._say(line)
        self._problem = line
