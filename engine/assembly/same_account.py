"""Whether a key reads the account that a home's engine trades: by the orders that both should know."""

from __future__ import annotations

from pathlib import Path

from engine.core.facts.orders import EXTERNAL
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiReader
from engine.kalshi.errors import RequestRefused
from engine.ledger.pages import OrderFilter
from engine.ledger.queries import LedgerQueries

_LOOKED_AT = 200
_ASKED = 3
_NOT_FOUND = 404


async def knows_orders(client: KalshiReader, ledger: Path) -> bool | None:
    """True if the key's account has one of the newest orders of the ledger, False if it has none of them,
    None where there is nothing to ask for: no engine has traded here since the exchange's cutoff.

    Raises KalshiError and LedgerError.
    """
    order_ids = await _newest(client, ledger)
    for order_id in order_ids:
        try:
            await client.reads(Lane.COLLECT).portfolio.order(order_id)
        except RequestRefused as refusal:
            if refusal.status != _NOT_FOUND:
                raise
        else:
            return True
    return False if order_ids else None


async def _newest(client: KalshiReader, ledger: Path) -> list[str]:
    """Of our own orders that the exchange has in its live tier still."""
    cutoff_ns = (await client.reads(Lane.COLLECT).historical.cutoff()).orders_updated_ns
    try:
        queries = LedgerQueries(ledger)
    except FileNotFoundError:
        return []
    try:
        page = await queries.orders(OrderFilter(), None, _LOOKED_AT)
    finally:
        await queries.close()
    known = [
        record.order_id
        for record in page.items
        if record.order_id and record.terms.owner != EXTERNAL and record.updated_at > cutoff_ns
    ]
    return known[:_ASKED]
