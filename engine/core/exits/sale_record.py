"""Sales that wait for a take profit to be out of their way, as the money state keeps them: at most one a
market, as the fact that said so."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING

from engine.core.row import Row

if TYPE_CHECKING:
    from engine.core.facts.plans import SaleEnded, SaleWaits


def sale_waits(sales: MutableMapping[str, SaleWaits], change: SaleWaits) -> list[Row]:
    sales[change.ticker] = change
    return [Row("sale", change.ticker, change)]


def sale_ended(sales: MutableMapping[str, SaleWaits], change: SaleEnded) -> list[Row]:
    return [Row("sale", change.ticker, None)] if sales.pop(change.ticker, None) is not None else []
