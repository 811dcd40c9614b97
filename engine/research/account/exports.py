"""An account's history as tables for other programs and for taxes: exact decimal text, US Eastern years.

A tax year is from midnight to midnight on clocks in New York. Closed lots count in the year they were closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

import msgspec

from engine.domain.eastern import of_eastern
from engine.domain.eastern_text import text_of_eastern
from engine.domain.fill import Fill
from engine.domain.order import BookSide, Leg
from engine.domain.units import SECOND_NS, MicroDollars, Nanoseconds, complement, dollars
from engine.research.account.books import Books
from engine.research.account.lots import ClosedLot, leg_price_bp
from engine.research.account.reconciling import movement_ud
from engine.wire.fixed_point import count_text, money_text, price_text


class ExportKind(StrEnum):
    CLOSED = "closed"
    FILLS = "fills"
    SETTLEMENTS = "settlements"
    CASH = "cash"


class Table(msgspec.Struct, frozen=True):
    """``totals`` are of the year's rows; ``note`` says what the columns are."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: dict[str, MicroDollars]
    note: str


class Year(msgspec.Struct, frozen=True):
    number: int

    @property
    def begins_ns(self) -> Nanoseconds:
        return of_eastern(self.number, 1, 1)

    @property
    def ends_ns(self) -> Nanoseconds:
        """Exclusive."""
        return of_eastern(self.number + 1, 1, 1)

    def holds(self, at_ns: Nanoseconds) -> bool:
        return self.begins_ns <= at_ns < self.ends_ns

    def __str__(self) -> str:
        begins, ends = text_of_eastern(self.begins_ns), text_of_eastern(self.ends_ns)
        return f"{self.number}, US Eastern: from {begins} to before {ends}"


def table_of(kind: ExportKind, books: Books, year: Year) -> Table:
    return _TABLES[kind](books, year)


_CLOSED = (
    "closed_time_et opened_time_et ticker event_ticker leg contracts open_price close_price cost open_fee "
    "proceeds close_fee gain closed_by held_seconds opening_trade_id opening_order_id opening_side "
    "opening_yes_price opening_role closing_trade_id closing_order_id closing_side closing_yes_price "
    "closing_role result"
)


def _closed(books: Books, year: Year) -> Table:
    lots = [lot for lot in books.lots.closed if year.holds(lot.closed_ns)]
    return Table(
        columns=tuple(_CLOSED.split()),
        rows=tuple(_closed_row(books, lot) for lot in lots),
        totals={
            "proceeds": sum(lot.proceeds_ud for lot in lots),
            "cost": sum(lot.cost_ud for lot in lots),
            "fees": sum(lot.fees_ud for lot in lots),
            "gain": sum(lot.gain_ud for lot in lots),
        },
        note="lots first in, first out; prices are of the leg held, yes prices as the exchange states fills "
        "(an ask at a YES price buys NO at a dollar less it); gain is proceeds less cost and fees",
    )


def _closed_row(books: Books, lot: ClosedLot) -> tuple[str, ...]:
    return (
        text_of_eastern(lot.closed_ns),
        text_of_eastern(lot.opening.at_ns),
        lot.ticker,
        books.event_of(lot.ticker),
        lot.leg.value,
        count_text(lot.count_c),
        price_text(lot.open_price_bp),
        price_text(lot.close_price_bp),
        money_text(lot.cost_ud),
        money_text(lot.open_fee_ud),
        money_text(lot.proceeds_ud),
        money_text(lot.close_fee_ud),
        money_text(lot.gain_ud),
        lot.closed_by.value,
        _seconds(lot.held_ns),
        *_leg_columns(lot.opening),
        *(("", "", "", "", "") if lot.closing is None else _leg_columns(lot.closing)),
        books.result_of(lot.ticker),
    )


def _leg_columns(fill: Fill) -> tuple[str, ...]:
    return (fill.trade_id, fill.order_id, fill.side.value, price_text(fill.price_bp), _role(fill))


def _role(fill: Fill) -> str:
    return "taker" if fill.is_taker else "maker"


def _seconds(length_ns: Nanoseconds) -> str:
    seconds, rest = divmod(length_ns, SECOND_NS)
    return f"{seconds}.{rest // 1_000:06d}"


_FILLS = (
    "time_et trade_id order_id ticker event_ticker side leg_bought contracts yes_price no_price cost fee "
    "role exchange_index"
)


def _fills(books: Books, year: Year) -> Table:
    fills = [fill for fill in books.history.fills if year.holds(fill.at_ns)]
    return Table(
        columns=tuple(_FILLS.split()),
        rows=tuple(_fill_row(books, fill) for fill in fills),
        totals={
            "cost": sum(_fill_cost_ud(fill) for fill in fills),
            "fees": sum(fill.fee_ud for fill in fills),
        },
        note="side and yes_price as the exchange states them; cost is of the leg bought, without the fee, "
        "also where the fill closed the other leg",
    )


def _fill_cost_ud(fill: Fill) -> MicroDollars:
    return fill.count_c * leg_price_bp(fill, _leg_bought(fill))


def _leg_bought(fill: Fill) -> Leg:
    return Leg.YES if fill.side is BookSide.BID else Leg.NO


def _fill_row(books: Books, fill: Fill) -> tuple[str, ...]:
    return (
        text_of_eastern(fill.at_ns),
        fill.trade_id,
        fill.order_id,
        fill.ticker,
        books.event_of(fill.ticker),
        fill.side.value,
        _leg_bought(fill).value,
        count_text(fill.count_c),
        price_text(fill.price_bp),
        price_text(complement(fill.price_bp)),
        money_text(_fill_cost_ud(fill)),
        money_text(fill.fee_ud),
        _role(fill),
        str(fill.exchange_index),
    )


_SETTLEMENTS = (
    "settled_time_et ticker event_ticker result yes_value yes_contracts yes_cost no_contracts no_cost "
    "revenue_stated revenue_exact fees_stated exchange_index"
)


def _settlements(books: Books, year: Year) -> Table:
    lots = books.settled_lots()
    found = [row for row in books.history.settlements if year.holds(row.settled_ns)]
    exact_ud = {row.ticker: sum(lot.proceeds_ud for lot in lots.get(row.ticker, ())) for row in found}
    rows = tuple(
        (
            text_of_eastern(row.settled_ns),
            row.ticker,
            row.event_ticker or books.event_of(row.ticker),
            row.result_text,
            _value(books, row.ticker),
            count_text(row.yes_c),
            money_text(row.yes_cost_ud),
            count_text(row.no_c),
            money_text(row.no_cost_ud),
            money_text(row.revenue_ud),
            money_text(exact_ud[row.ticker]),
            money_text(row.fee_ud),
            str(row.exchange_index),
        )
        for row in found
    )
    return Table(
        columns=tuple(_SETTLEMENTS.split()),
        rows=rows,
        totals={
            "revenue stated": sum(row.revenue_ud for row in found),
            "revenue exact": sum(exact_ud.values()),
        },
        note="contracts, costs and fees as the exchange states them; revenue_stated is cut to whole cents by "
        "the exchange, revenue_exact is what the contracts held were worth",
    )


def _value(books: Books, ticker: str) -> str:
    payout = books.payouts.get(ticker)
    return "" if payout is None else price_text(payout.value_bp)


_CASH = "time_et kind ticker reference amount fee net balance"


class _CashRow(msgspec.Struct, frozen=True):
    at_ns: Nanoseconds
    kind: str
    ticker: str
    reference: str
    amount_ud: MicroDollars
    fee_ud: MicroDollars

    @property
    def net_ud(self) -> MicroDollars:
        return self.amount_ud - self.fee_ud


def _cash(books: Books, year: Year) -> Table:
    rows: list[tuple[str, ...]] = []
    totals = {"amount": 0, "fees": 0, "net": 0}
    balance_ud = 0
    for row in sorted(_cash_rows(books), key=lambda row: (row.at_ns, row.kind, row.reference)):
        balance_ud += row.net_ud
        if not year.holds(row.at_ns):
            continue
        totals["amount"] += row.amount_ud
        totals["fees"] += row.fee_ud
        totals["net"] += row.net_ud
        amounts = (row.amount_ud, -row.fee_ud, row.net_ud, balance_ud)
        named = (text_of_eastern(row.at_ns), row.kind, row.ticker, row.reference)
        rows.append((*named, *(money_text(amount) for amount in amounts)))
    return Table(
        columns=tuple(_CASH.split()),
        rows=tuple(rows),
        totals=totals,
        note="every movement of cash, contracts paid in full (collateral that the exchange gives back early "
        "where one market of an event wins is not in it); balance is since the account's beginning",
    )


def _cash_rows(books: Books) -> Iterator[_CashRow]:
    for movement in books.history.movements:
        money = movement.money
        if movement.is_applied:
            amount_ud = movement_ud(movement.kind, money.amount_ud)
            at_ns = movement.at_ns or 0
            yield _CashRow(at_ns, movement.kind.value, "", money.movement_id, amount_ud, money.fee_ud)
    flows = _flows(books)
    for fill in books.history.fills:
        amount_ud = flows[fill.trade_id, fill.order_id]
        yield _CashRow(fill.at_ns, "fill", fill.ticker, fill.trade_id, amount_ud, fill.fee_ud)
    for ticker, lots in books.settled_lots().items():
        paid_ud = sum(lot.proceeds_ud for lot in lots)
        yield _CashRow(books.payouts[ticker].at_ns, "settlement", ticker, ticker, paid_ud, 0)


def _flows(books: Books) -> dict[tuple[str, str], MicroDollars]:
    """What each fill brought, or took where it is negative, before its fee."""
    flows = dict.fromkeys(((fill.trade_id, fill.order_id) for fill in books.history.fills), 0)
    for lot in books.lots.closed:
        flows[lot.opening.trade_id, lot.opening.order_id] -= lot.cost_ud
        if lot.closing is not None:
            flows[lot.closing.trade_id, lot.closing.order_id] += lot.proceeds_ud
    for held in books.lots.still_open:
        flows[held.fill.trade_id, held.fill.order_id] -= held.cost_ud
    return flows


_TABLES: dict[ExportKind, Callable[[Books, Year], Table]] = {
    ExportKind.CLOSED: _closed,
    ExportKind.FILLS: _fills,
    ExportKind.SETTLEMENTS: _settlements,
    ExportKind.CASH: _cash,
}


def difference_text(amount_ud: MicroDollars) -> str:
    """To the micro-dollar."""
    return "0" if amount_ud == 0 else dollars(amount_ud)
