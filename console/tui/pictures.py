"""The engine's pictures as panels ask for them: by name, and None where nothing was told."""

from __future__ import annotations

from engine.control.replica import BookPicture, Replica
from engine.control.rows.account import CashRow, PositionRow
from engine.control.rows.markets import IndexRow, MarketRow, QuoteRow
from engine.control.rows.orders import OrderRow
from engine.control.rows.status import StatusRow


class Pictures:
    """Nothing is kept here: each answer is that of the replica now."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica

    @property
    def status(self) -> StatusRow | None:
        return self.replica.desk.status

    @property
    def cash(self) -> CashRow | None:
        return self.replica.desk.cash

    @property
    def indexes(self) -> dict[str, IndexRow]:
        return self.replica.indexes

    def market(self, ticker: str) -> MarketRow | None:
        return self.replica.watch.markets.get(ticker)

    def quote(self, ticker: str) -> QuoteRow | None:
        return self.replica.watch.quotes.get(ticker)

    def book(self, ticker: str) -> BookPicture | None:
        return self.replica.books.get(ticker)

    def position(self, ticker: str) -> PositionRow | None:
        return self.replica.desk.positions.get(ticker)

    def orders_of(self, ticker: str) -> tuple[OrderRow, ...]:
        """Working and unknown orders of a market, oldest first."""
        mine = (order for order in self.replica.desk.orders.values() if order.ticker == ticker)
        return tuple(sorted(mine, key=lambda order: (order.intended_ns, order.client_order_id)))
