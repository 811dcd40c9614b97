"""The topics of which every change is sent, once made for all clients: ``desk`` and ``log``."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice

import msgspec

from engine.control.forecast_board import ForecastBoard
from engine.control.limits import ControlLimits
from engine.control.log_lines import Line, line_of_change, line_of_effect
from engine.control.money_rows import (
    booked_fill_row,
    cash_row,
    known_fill_row,
    order_row,
    position_row,
)
from engine.control.plan_rows import live_plans, moved_plans
from engine.control.prepared_rows import all_loads, moved_conditions, moved_loads, shown_conditions
from engine.control.protocol import DESK, LOG, Delta, DeskRows, LogRows, Snapshot, encode
from engine.control.rows.account import FillRow, PositionRow
from engine.control.rows.history import LogRow
from engine.control.rows.orders import OrderRow
from engine.control.rows.status import StatusRow
from engine.control.status_row import StatusSource
from engine.core.engine import Engine
from engine.core.facts.money import FillBooked
from engine.core.holdings import PositionRecord
from engine.core.order_record import OrderRecord
from engine.core.step import Step
from engine.domain.order import OrderState
from engine.domain.units import Nanoseconds
from engine.domain.venue import Balance
from engine.ports import Clock

LINES_KEPT = 500
_ENDED_LOOKED_AT = 1_000
"""How many of the newest orders are looked through for ended ones."""


class DeskTopic:
    """``rev`` counts its deltas. The snapshot is bounded: first what is in doubt, then the newest."""

    topic = DESK

    def __init__(
        self,
        engine: Engine,
        status: StatusSource,
        limits: ControlLimits,
        forecasts: ForecastBoard | None = None,
    ) -> None:
        self._engine = engine
        self._forecasts = forecasts or ForecastBoard()
        self._status = status
        self._limits = limits
        self.rev = 0
        self.clients = 0
        self._positions: dict[str, PositionRow] = {}
        self._snapshot: tuple[int, bytes] | None = None
        self._told = status.quick_key()

    def delta_of(self, step: Step) -> bytes | None:
        """What a step changed on the desk."""
        rows = self._rows_of(step)
        told = self._status.quick_key()
        if told != self._told:
            self._told = told
            rows = msgspec.structs.replace(rows, status=self._status.row(self.clients))
        return None if rows == _NOTHING else self._delta(rows)

    def delta_of_marks(self, tickers: Iterable[str]) -> bytes | None:
        """Positions whose value at the book changed; quotes come in bundles, so these do too."""
        moved = []
        for ticker in tickers:
            held = self._engine.money.positions.get(ticker)
            if held is None or held.position.count_c == 0:
                continue
            row = position_row(held, self._engine.books.get(ticker))
            if self._positions.get(ticker) != row:
                self._positions[ticker] = row
                moved.append(row)
        return self._delta(DeskRows(positions=tuple(moved))) if moved else None

    def delta_of_scan(self) -> bytes:
        """The forecaster's last scan."""
        return self._delta(DeskRows(scan=self._forecasts.scan))

    def delta_of_status(self) -> bytes:
        """The beat by which a client knows that the engine lives."""
        return self._delta(DeskRows(status=self._status.row(self.clients)))

    def snapshot(self) -> bytes:
        if self._snapshot is None or self._snapshot[0] != self.rev:
            self._snapshot = (self.rev, self._bounded())
        return self._snapshot[1]

    def _bounded(self) -> bytes:
        """As much as the limits show; half of it as often as it is too long."""
        share = 1
        while True:
            data = encode(Snapshot(DESK, self.rev, self._all(share)))
            if len(data) <= self._limits.desk_bytes or share > self._limits.orders_shown:
                return data
            share *= 2

    def status(self) -> StatusRow:
        return self._status.row(self.clients)

    def _delta(self, rows: DeskRows) -> bytes:
        self.rev += 1
        return encode(Delta(DESK, self.rev - 1, self.rev, rows))

    def _rows_of(self, step: Step) -> DeskRows:
        """The last row of each order and position, every fill."""
        orders: dict[str, OrderRecord] = {}
        positions: dict[str, PositionRecord] = {}
        fills: list[FillBooked] = []
        cash: Balance | None = None
        for row in step.rows:
            match row.kind:
                case "order":
                    orders[row.key] = row.value
                case "position":
                    positions[row.key] = row.value
                case "fill":
                    fills.append(row.value)
                case "cash":
                    cash = row.value
        return DeskRows(
            cash=None if cash is None else cash_row(cash),
            positions=tuple(self._position(held) for held in positions.values()),
            orders=tuple(order_row(record) for record in orders.values()),
            fills=tuple(booked_fill_row(fill, self._engine.money) for fill in fills),
            plans=moved_plans(step.rows, self._engine),
            conditions=moved_conditions(step.rows),
            loads=moved_loads(step.rows),
        )

    def _position(self, held: PositionRecord) -> PositionRow:
        ticker = held.position.ticker
        row = position_row(held, self._engine.books.get(ticker))
        if row.count_c:
            self._positions[ticker] = row
        else:
            self._positions.pop(ticker, None)
        return row

    def _all(self, share: int) -> DeskRows:
        """A ``share``-th of what the limits show of each list."""
        limits, money = self._limits, self._engine.money
        orders, positions = limits.orders_shown // share, limits.positions_shown // share
        held = [record for record in money.positions.values() if record.position.count_c]
        working = self._working()
        return DeskRows(
            status=self._status.row(self.clients),
            cash=None if money.cash is None else cash_row(money.cash),
            positions=tuple(
                position_row(record, self._engine.books.get(record.position.ticker))
                for record in held[:positions]
            ),
            orders=(*self._ended(share), *(order_row(record) for record in working[:orders])),
            fills=self._fills(share),
            orders_left_out=max(0, len(working) - orders),
            positions_left_out=max(0, len(held) - positions),
            plans=live_plans(self._engine),
            conditions=shown_conditions(money, limits.ended_shown // share),
            loads=all_loads(money),
            scan=self._forecasts.scan,
        )

    def _working(self) -> list[OrderRecord]:
        """Unknown ones first, then the newest."""
        money = self._engine.money
        records = [money.orders[name] for name in reversed(money.working)]
        records.sort(key=lambda record: record.state is not OrderState.UNKNOWN)
        return records

    def _ended(self, share: int) -> list[OrderRow]:
        """The newest orders that ended, oldest first."""
        money = self._engine.money
        newest = islice(reversed(money.orders), _ENDED_LOOKED_AT)
        ended = islice(
            (name for name in newest if name not in money.working), self._limits.ended_shown // share
        )
        return [order_row(money.orders[name]) for name in ended][::-1]

    def _fills(self, share: int) -> tuple[FillRow, ...]:
        money = self._engine.money
        newest = islice(reversed(money.fills.values()), self._limits.fills_shown // share)
        return tuple(known_fill_row(fill, money) for fill in newest)[::-1]


_NOTHING = DeskRows()


class LogTopic:
    """The last lines of what was done and refused."""

    topic = LOG

    def __init__(self, engine: Engine, clock: Clock, limits: ControlLimits) -> None:
        self._engine = engine
        self._clock = clock
        self._shown = limits.lines_shown
        self._lines: deque[LogRow] = deque(maxlen=LINES_KEPT)
        self._count = 0
        self.rev = 0

    def delta_of(self, step: Step) -> bytes | None:
        found: list[Line | None] = [line_of_change(change, self._engine.money) for change in step.changes]
        found += [line_of_effect(effect) for effect in step.effects]
        lines = [line for line in found if line is not None]
        if not lines:
            return None
        at = self._clock.exchange_ns()
        rows = tuple(self._row(line, at) for line in lines)
        self._lines.extend(rows)
        self.rev += 1
        return encode(Delta(LOG, self.rev - 1, self.rev, LogRows(rows)))

    def snapshot(self) -> bytes:
        shown = tuple(self._lines)[-self._shown :]
        return encode(Snapshot(LOG, self.rev, LogRows(shown)))

    def _row(self, line: Line, at: Nanoseconds) -> LogRow:
        self._count += 1
        return LogRow(self._count, at, line.level, line.code, line.text[:400], line.ticker)
