"""Exports and XRAY of a handful of fills that can be reckoned by hand."""

from __future__ import annotations

import csv
import io

import pytest

from engine.domain.account_history import (
    AccountHistory,
    AccountName,
    Movement,
    MovementKind,
    TradedMarket,
)
from engine.domain.eastern import of_eastern
from engine.domain.fill import Fill
from engine.domain.market import Outcome
from engine.domain.order import BookSide
from engine.domain.units import CENT_UD, DOLLAR_UD, HOUR_NS, SECOND_NS
from engine.domain.venue import MoneyMovement, Settlement
from engine.domain.xray import XrayVerdict
from engine.research.account.books import Books, books_of
from engine.research.account.exports import ExportKind, Table, Year, table_of
from engine.research.account.xray import xray_of

NOON = of_eastern(2026, 6, 1, 12)
NEW_YEAR = of_eastern(2027, 1, 1)
RAIN, SNOW, HAIL = "KXRAIN-26JUN01-T1", "KXSNOW-26JUN01-T1", "KXHAIL-26DEC31-T1"


def fill(
    number: int, ticker: str, side: BookSide, price_bp: int, count_c: int, at_ns: int, fee_ud: int = 0
) -> Fill:
    return Fill(
        f"t{number}", f"o{number}", ticker, side, price_bp, count_c, fee_ud, number % 2 == 0, at_ns=at_ns
    )


def market(ticker: str, settlement_bp: int | None = None, settled_ns: int | None = None) -> TradedMarket:
    event = ticker.rpartition("-")[0]
    result = {None: "", 0: "no", 10_000: "yes"}.get(settlement_bp, "scalar")
    return TradedMarket(
        ticker, event, event.partition("-")[0], False, NOON, result, settlement_bp, settled_ns
    )


def paid(ticker: str, revenue_ud: int, at_ns: int, result: Outcome | None = Outcome.YES) -> Settlement:
    return Settlement(
        ticker, "", result, "" if result is None else result.value, 0, 0, 0, 0, revenue_ud, None, 0, at_ns, 0
    )


def history(
    fills: list[Fill],
    markets: list[TradedMarket] | None = None,
    settlements: list[Settlement] | None = None,
    movements: list[Movement] | None = None,
) -> AccountHistory:
    return AccountHistory(
        name=AccountName("sandbox", "world", "ann"),
        fills=tuple(fills),
        orders=(),
        settlements=tuple(settlements or ()),
        movements=tuple(movements or ()),
        markets={row.ticker: row for row in markets or ()},
        totals=None,
        complete_ns=NEW_YEAR + HOUR_NS,
    )


def rows(table: Table) -> list[dict[str, str]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def no_leg() -> Books:
    """Ten NO bought at 40 cents as an ask at 60, four sold at 45 as a bid at 55, six paid a dollar."""
    return books_of(
        history(
            [
                fill(1, RAIN, BookSide.ASK, 6_000, 1_000, NOON, fee_ud=168_000),
                fill(2, RAIN, BookSide.BID, 5_500, 400, NOON + HOUR_NS, fee_ud=69_300),
            ],
            [market(RAIN, 0, NOON + 5 * HOUR_NS)],
            [paid(RAIN, 6 * DOLLAR_UD, NOON + 5 * HOUR_NS, Outcome.NO)],
        )
    )


def test_a_no_leg_is_shown_as_held_and_as_the_exchange_states_it() -> None:
    table = table_of(ExportKind.CLOSED, no_leg(), Year(2026))
    sold, settled = rows(table)
    assert (
        sold
        | {
            "leg": "no",
            "contracts": "4.00",
            "open_price": "0.4000",
            "close_price": "0.4500",
            "opening_side": "ask",
            "opening_yes_price": "0.6000",
            "closing_side": "bid",
            "closing_yes_price": "0.5500",
            "opening_role": "maker",
            "closing_role": "taker",
            "open_fee": "0.067200",
            "close_fee": "0.069300",
            "gain": "0.063500",
            "closed_by": "trade",
            "held_seconds": "3600.000000",
            "closed_time_et": "2026-06-01T13:00:00-04:00",
        }
        == sold
    )
    assert (
        settled
        | {
            "leg": "no",
            "contracts": "6.00",
            "close_price": "1.0000",
            "proceeds": "6.000000",
            "closed_by": "settlement",
            "closing_trade_id": "",
            "open_fee": "0.100800",
            "gain": "3.499200",
            "result": "no",
        }
        == settled
    )
    assert table.totals == {
        "proceeds": 7_800_000,
        "cost": 4_000_000,
        "fees": 237_300,
        "gain": 7_800_000 - 4_000_000 - 237_300,
    }


def test_a_tax_year_ends_at_midnight_in_new_york() -> None:
    last = NEW_YEAR - SECOND_NS
    lots = [
        fill(1, HAIL, BookSide.BID, 5_000, 300, NOON),
        fill(2, HAIL, BookSide.ASK, 5_100, 100, last),
        fill(3, HAIL, BookSide.ASK, 5_200, 200, NEW_YEAR),
    ]
    books = books_of(history(lots))
    assert [row["closing_trade_id"] for row in rows(table_of(ExportKind.CLOSED, books, Year(2026)))] == ["t2"]
    assert [row["closing_trade_id"] for row in rows(table_of(ExportKind.CLOSED, books, Year(2027)))] == ["t3"]
    assert [row["trade_id"] for row in rows(table_of(ExportKind.FILLS, books, Year(2026)))] == ["t1", "t2"]
    assert "from 2026-01-01T00:00:00-05:00 to before 2027-01-01T00:00:00-05:00" in str(Year(2026))


def test_cash_runs_from_the_first_dollar_to_the_last() -> None:
    def moved(kind: MovementKind, amount_ud: int, status: str, at_ns: int) -> Movement:
        return Movement(kind, MoneyMovement(f"{kind}-{amount_ud}", amount_ud, CENT_UD, status, at_ns, at_ns))

    books = no_leg()
    movements = [
        moved(MovementKind.DEPOSIT, 50 * DOLLAR_UD, "applied", NOON - HOUR_NS),
        moved(MovementKind.DEPOSIT, 70 * DOLLAR_UD, "failed", NOON - HOUR_NS),
        moved(MovementKind.WITHDRAWAL, 20 * DOLLAR_UD, "applied", NOON + 6 * HOUR_NS),
    ]
    found = history(
        list(books.history.fills),
        list(books.history.markets.values()),
        list(books.history.settlements),
        movements,
    )
    table = rows(table_of(ExportKind.CASH, books_of(found), Year(2026)))
    assert [(row["kind"], row["amount"], row["fee"], row["balance"]) for row in table] == [
        ("deposit", "50.000000", "-0.010000", "49.990000"),
        ("fill", "-4.000000", "-0.168000", "45.822000"),
        ("fill", "1.800000", "-0.069300", "47.552700"),
        ("settlement", "6.000000", "0.000000", "53.552700"),
        ("withdrawal", "-20.000000", "-0.010000", "33.542700"),
    ]


def test_a_settlement_is_shown_as_stated_and_exact() -> None:
    """37.21 cents for 1.5 contracts is 55.815 cents; the exchange says 55."""
    books = books_of(
        history(
            [fill(1, SNOW, BookSide.BID, 3_000, 150, NOON)],
            [market(SNOW, 3_721, NOON + HOUR_NS)],
            [paid(SNOW, 55 * CENT_UD, NOON + HOUR_NS, Outcome.SCALAR)],
        )
    )
    (row,) = rows(table_of(ExportKind.SETTLEMENTS, books, Year(2026)))
    assert (row["yes_value"], row["revenue_stated"], row["revenue_exact"]) == (
        "0.3721",
        "0.550000",
        "0.558150",
    )


def test_a_value_that_nobody_tells_is_not_made_up() -> None:
    untold = paid(SNOW, 50 * CENT_UD, NOON + HOUR_NS, None)
    books = books_of(history([fill(1, SNOW, BookSide.BID, 3_000, 100, NOON)], [], [untold]))
    assert books.unpriced == (SNOW,)
    assert not books.lots.closed
    assert xray_of(books.history).unpriced == (SNOW,)


def test_cells_survive_a_spreadsheet_program() -> None:
    table = table_of(ExportKind.CLOSED, no_leg(), Year(2026))
    text = io.StringIO()
    csv.writer(text).writerows([table.columns, *table.rows])
    assert list(csv.reader(io.StringIO(text.getvalue())))[1:] == [list(row) for row in table.rows]


def _days(wins: int, days: int, price_bp: int) -> AccountHistory:
    """A contract a day for ``price_bp``, each day an event of its own, the first ``wins`` of them won."""
    fills, markets, settlements = [], [], []
    for day in range(days):
        ticker, at_ns = f"KXRAIN-D{day:03d}-T1", NOON + day * 24 * HOUR_NS
        value_bp = 10_000 if day < wins else 0
        fills.append(fill(2 * day, ticker, BookSide.BID, price_bp, 100, at_ns, fee_ud=10_000))
        markets.append(market(ticker, value_bp, at_ns + 2 * HOUR_NS))
        settlements.append(paid(ticker, value_bp * 100, at_ns + 2 * HOUR_NS))
    return history(fills, markets, settlements)


def test_xray_adds_up_by_every_dimension() -> None:
    found = xray_of(no_leg().history)
    assert found.overall.gain_ud == 3_562_700
    assert found.overall.fees_ud == 237_300
    for group in found.groups:
        assert sum(row.gain_ud for row in group.rows) == found.overall.gain_ud, group.name
        assert sum(row.count_c for row in group.rows) == 1_000, group.name
    labels = {group.name: [row.label for row in group.rows] for group in found.groups}
    assert labels == {
        "series": ["KXRAIN"],
        "entry price": ["40 to 50c"],
        "entry hour ET": ["12:00"],
        "entry as": ["maker"],
        "leg": ["NO"],
        "held": ["1 to 6 h"],
        "closed by": ["settlement", "trade"],
    }


@pytest.mark.parametrize(
    ("wins", "days", "price_bp", "verdict"),
    [
        (29, 29, 2_000, XrayVerdict.UNPROVEN),
        (40, 60, 3_000, XrayVerdict.GAINS),
        (5, 60, 3_000, XrayVerdict.LOSES),
        (31, 60, 5_000, XrayVerdict.UNPROVEN),
    ],
)
def test_a_verdict_takes_events_and_a_clear_interval(
    wins: int, days: int, price_bp: int, verdict: XrayVerdict
) -> None:
    found = xray_of(_days(wins, days, price_bp))
    assert found.overall.verdict is verdict
    (row,) = found.calibration
    assert row.verdict is verdict
    assert row.paid_bp == price_bp
    assert row.paid_with_fee_bp == price_bp + 100
    assert row.paid_out_bp == round(10_000 * wins / days)
    assert row.low_bp <= row.paid_out_bp <= row.high_bp


def test_a_sale_before_the_end_is_still_judged_by_the_outcome() -> None:
    """Bought at 40, sold at 45, and the market paid NO: the price paid is set beside nothing."""
    found = xray_of(
        history(
            [
                fill(1, RAIN, BookSide.BID, 4_000, 100, NOON),
                fill(2, RAIN, BookSide.ASK, 4_500, 100, NOON + HOUR_NS),
            ],
            [market(RAIN, 0, NOON + 2 * HOUR_NS)],
        )
    )
    assert found.overall.gain_ud == 50_000
    assert [(row.paid_bp, row.paid_out_bp) for row in found.calibration] == [(4_000, 0)]


def test_an_empty_account_has_an_empty_xray() -> None:
    found = xray_of(history([]))
    assert (found.overall.lots, found.fills, found.calibration) == (0, 0, ())
    assert found.overall.verdict is XrayVerdict.UNPROVEN
