"""Imports, exports and XRAY beside a calculation of another kind, to the micro-dollar, over whole histories
with flips, sweeps, halves of contracts, and trades and settlements at the turn of the year.

SPARKO_ACCOUNTS is how many histories are tried.
"""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from account_command import Command
from account_oracle import DOLLAR, Oracle, closing, lots, views, worth, year_of
from small_world import served
from traded_account import ANN, MOB, TradedAccount

from engine.domain.order import BookSide, TimeInForce
from engine.domain.units import MINUTE_NS
from engine.sandbox.server.faults import FaultRule

_HISTORIES = int(os.environ.get("SPARKO_ACCOUNTS", "1"))
_YEARS = ("2026", "2027")
_TURNS = (
    datetime(2026, 12, 31, 23, 59, 59, 999_999, UTC),
    datetime(2027, 1, 1, tzinfo=UTC),
    datetime(2027, 1, 1, 4, 59, 59, 999_999, UTC),
    datetime(2027, 1, 1, 5, tzinfo=UTC),
)
"""Around midnight in Greenwich and in New York."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _ns(moment: datetime) -> int:
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000


class HardAccount(TradedAccount):
    """Sweeps several prices at once, turns its positions round, and lives over the turn of the year."""

    def _trade(self, ticker: str) -> None:
        kind = self.random.random()
        if kind < 0.25:
            self._sweep(ticker)
        elif kind < 0.45:
            self._is_swept(ticker)
        elif kind < 0.6:
            self._flip(ticker)
        else:
            super()._trade(ticker)

    def _sweep(self, ticker: str) -> None:
        """One order that takes three prices at one instant."""
        is_bid = self.random.random() < 0.5
        first = self.random.randrange(20, 70) * 100
        side, other = (BookSide.BID, BookSide.ASK) if is_bid else (BookSide.ASK, BookSide.BID)
        prices = [first + 100 * step for step in range(3)]
        for price in prices:
            self._order(MOB, ticker, other, price, self._count(), TimeInForce.GOOD_TILL_CANCELED)
        worst = max(prices) if is_bid else min(prices)
        self._order(ANN, ticker, side, worst, 3 * self._count(), TimeInForce.IMMEDIATE_OR_CANCEL)
        self._mob_leaves()

    def _is_swept(self, ticker: str) -> None:
        """One order of another takes three of hers at one instant, two of them at one price."""
        first = self.random.randrange(20, 70) * 100
        side, other = self.random.choice(((BookSide.BID, BookSide.ASK), (BookSide.ASK, BookSide.BID)))
        prices = [first, first + 100, first]
        for price in prices:
            self._order(ANN, ticker, side, price, self._count(), TimeInForce.GOOD_TILL_CANCELED)
            self.pass_time(MINUTE_NS)
        worst = min(prices) if side is BookSide.BID else max(prices)
        self._order(MOB, ticker, other, worst, 3 * self._count(), TimeInForce.IMMEDIATE_OR_CANCEL)
        self.cancel_all()

    def _flip(self, ticker: str) -> None:
        """Sells more than is held, or buys more than is short."""
        holding = self.account.holdings.get(ticker)
        held = 0 if holding is None else holding.count_c
        side, other = (BookSide.ASK, BookSide.BID) if held > 0 else (BookSide.BID, BookSide.ASK)
        price, count = self.random.randrange(10, 90) * 100, abs(held) + self._count()
        self._order(MOB, ticker, other, price, count, TimeInForce.GOOD_TILL_CANCELED)
        self._order(ANN, ticker, side, price, count, TimeInForce.IMMEDIATE_OR_CANCEL)
        self._mob_leaves()

    def _mob_leaves(self) -> None:
        for order in list(self.exchange.accounts[MOB].resting.values()):
            self.exchange.cancel_order(MOB, order.order_id)

    def live_over_new_year(self) -> None:
        """Trades at each of the turns, and settles a market exactly at midnight in New York."""
        tickers = self._list(101)
        self.cancel_all()
        for turn, moment in enumerate(_TURNS):
            self.pass_time(_ns(moment) - self.exchange.now_ns)
            for ticker in tickers:
                self._sweep(ticker)
            if turn >= 2:
                self.exchange.close_now(tickers[turn - 2])
                self.exchange.determine(tickers[turn - 2], 6_283)
                self.exchange.settle_now(tickers[turn - 2])
        self.pass_time(MINUTE_NS)


def _life(seed: int) -> HardAccount:
    """Long, so that most of it is historical by its end; more is traded where more histories are tried."""
    orders = 4 if _HISTORIES == 1 else 10
    life = HardAccount(seed, events=10, orders=orders)
    life.live_over_new_year()
    for number in range(102, 122):
        life.live_through(number, orders, settles=number < 120)
    life.cancel_all()
    return life


def _ud(text: str) -> int:
    return int(Decimal(text) * 1_000_000)


def _rows(sparko: Command, what: str, year: str) -> tuple[list[str], list[dict[str, str]]]:
    """What it says of its checks, and its rows."""
    code, out, err = sparko.look("export", what, "--year", year, "--csv")
    assert code == 0, err
    lines = out.splitlines()
    checks = [line for line in lines if line.startswith("#") and "difference" in line]
    return checks, list(csv.DictReader(line for line in lines if not line.startswith("#")))


@pytest.mark.parametrize("seed", range(_HISTORIES))
async def test_every_number_is_that_of_another_calculation(seed: int, tmp_path: Path) -> None:
    life = _life(4_000 + seed)
    oracle = Oracle(life.account)
    assert {year_of(fill.at_ns) for fill in life.account.fills} == {2026, 2027}
    async with served(life.world) as root:
        sparko = Command(life, root, tmp_path)
        await _imported(sparko)
    for year in _YEARS:
        _closed_agrees(sparko, oracle, year)
        _fills_agree(sparko, oracle, year)
        _settlements_agree(sparko, oracle, year)
        _cash_agrees(sparko, oracle, year)
    _xray_agrees(sparko, oracle)


async def _imported(sparko: Command) -> None:
    """With refusals for haste, with a page that is none, and then once more."""
    busy = [FaultRule("429", "GET", f"/{path}", times=2) for path in ("portfolio/fills", "historical/fills")]
    garbage = [FaultRule("garbage_body", "GET", "/portfolio/settlements", times=1)]
    sparko.life.world.faults.set_rules([*busy, *garbage])
    code, out, err = await sparko.run("import", "account", "--page", "40", "--json")
    if code:
        assert "what was read is kept, the next import goes on from there" in err.splitlines()[-1]
        code, out, err = await sparko.run("import", "account", "--page", "7", "--json")
    assert code == 0, err
    assert sum(rule.times for rule in sparko.life.world.faults.rules_left()) == 0, "each fault was met"
    read = {row["list"]: row["rows"] for row in json.loads(out)["read"]}
    assert all(read[name] for name in ("fills", "fills, historical", "orders, historical", "settlements")), (
        read
    )


def _closed_agrees(sparko: Command, oracle: Oracle, year: str) -> None:
    checks, rows = _rows(sparko, "closed", year)
    assert [line.rpartition("difference ")[2] for line in checks] == ["0"] * 6
    wanted = [one for one in oracle.closed if str(year_of(one.at_ns)) == year]
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        ids = [row[name] for name in ("opening_trade_id", "opening_order_id")]
        ids += [row[name] for name in ("closing_trade_id", "closing_order_id")]
        found[row["leg"], *ids, str(int(Decimal(row["close_price"]) * DOLLAR))] += int(
            Decimal(row["contracts"]) * 100
        )
    assert found == lots(wanted)
    assert sum(_ud(row["cost"]) for row in rows) == sum(one.opened.price for one in wanted)
    assert sum(_ud(row["proceeds"]) for row in rows) == sum(one.price for one in wanted)
    assert sum(_ud(row["open_fee"]) for row in rows) == sum(one.opened.fee for one in wanted)
    assert sum(_ud(row["close_fee"]) for row in rows) == sum(one.fee for one in wanted)
    gains: Counter[tuple[str, ...]] = Counter()
    for one in wanted:
        gains[one.opened.fill.trade_id, *closing(one)] += one.gain
    told: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        told[row["opening_trade_id"], row["closing_trade_id"], row["closing_order_id"]] += _ud(row["gain"])
    assert told == gains


def _fills_agree(sparko: Command, oracle: Oracle, year: str) -> None:
    _, rows = _rows(sparko, "fills", year)
    wanted = [fill for fill in oracle.account.fills if str(year_of(fill.at_ns)) == year]
    assert Counter(row["trade_id"] for row in rows) == Counter(fill.trade_id for fill in wanted)
    assert sum(_ud(row["fee"]) for row in rows) == sum(fill.fee_ud for fill in wanted)


def _settlements_agree(sparko: Command, oracle: Oracle, year: str) -> None:
    _, rows = _rows(sparko, "settlements", year)
    wanted = {row.ticker: row for row in oracle.account.settlements if str(year_of(row.at_ns)) == year}
    assert {row["ticker"]: _ud(row["revenue_exact"]) for row in rows} == {
        ticker: row.revenue_ud for ticker, row in wanted.items()
    }
    assert {row["ticker"]: row["yes_value"] for row in rows} == {
        ticker: f"{row.settlement_bp // DOLLAR}.{row.settlement_bp % DOLLAR:04d}"
        for ticker, row in wanted.items()
    }


def _cash_agrees(sparko: Command, oracle: Oracle, year: str) -> None:
    _, rows = _rows(sparko, "cash", year)
    wanted = [flow for flow in oracle.cash if str(year_of(flow.at_ns)) == year]
    for kind in ("deposit", "fill", "settlement"):
        ours = [row for row in rows if row["kind"] == kind]
        theirs = [flow for flow in wanted if flow.kind == kind]
        assert Counter(_ud(row["amount"]) for row in ours) == Counter(flow.amount for flow in theirs)
        assert sum(_ud(row["net"]) for row in ours) == sum(flow.amount - flow.fee for flow in theirs)
    before = [flow for flow in oracle.cash if str(year_of(flow.at_ns)) <= year]
    if rows:
        assert _ud(rows[-1]["balance"]) == sum(flow.amount - flow.fee for flow in before)


def _xray_agrees(sparko: Command, oracle: Oracle) -> None:
    code, out, err = sparko.look("xray", "--json")
    assert code == 0, err
    document = json.loads(out)
    wanted = views(oracle.closed)
    for name, rows in document["groups"].items():
        assert {row["label"]: _view(row) for row in rows} == {
            label: (view.count, view.cost, view.fees, view.gain) for label, view in wanted[name].items()
        }, name
    assert wanted.keys() == document["groups"].keys()
    assert _ud(document["overall"]["gain_dollars"]) == sum(one.gain for one in oracle.closed)
    assert _hundredths(document["open_count"]) == sum(map(len, oracle.left.values()))
    left: Iterable[Any] = (unit for units in oracle.left.values() for unit in units)
    assert _ud(document["open_cost_dollars"]) == sum(unit.price + unit.fee for unit in left)
    told = {int(row["from_cents"] // 10): row for row in document["calibration"]}
    ends = worth(oracle)
    assert told.keys() == ends.keys()
    for first, (count, cost, fees, value) in ends.items():
        row = told[first]
        assert _hundredths(row["count"]) == count
        for name, sum_ud in (("paid", cost), ("paid_with_fee", cost + fees), ("worth", value)):
            assert abs(row[f"{name}_cents"] * 100 - sum_ud / count) <= 0.5 + 1e-6, (first, name)


def _view(row: dict[str, Any]) -> tuple[int, int, int, int]:
    sums = [_ud(row[f"{name}_dollars"]) for name in ("cost", "fees", "gain")]
    return (_hundredths(row["count"]), sums[0], sums[1], sums[2])


def _hundredths(count: float) -> int:
    return round(count * 100)
